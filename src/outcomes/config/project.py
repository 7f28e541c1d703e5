"""A clinic's own project around a study: notebook, schedule, tests, and what must not leave the folder."""

from __future__ import annotations

import json

__all__ = ["project_files"]

README = """# Our study

| file | what |
|---|---|
| `study.toml`, `*.csv` | what the data are, and the data; fill them in first |
| `analysis.ipynb` | the questions of this study, on its own data |
| `tests/` | what must hold before a report goes out |
| `schedule.cron` | the report made every Monday |

    outcomes check .                       # every fault of every row
    pytest tests                           # what must hold
    outcomes report . --out reports        # one page
    jupyter lab analysis.ipynb             # needs outcomes[notebooks]

Data and reports are about people: `.gitignore` keeps them out of version control. State your question
in `[estimand]` before you look.
"""
#: Folders that commands write into.
FOLDERS = ("reports", "sheets", "tables")
SCHEDULE = """# Every Monday at 06:15: put this line into `crontab -e`, with the folder of this project.
15 6 * * 1 cd /path/to/this/folder && outcomes report study.toml --out reports --if-changed >/dev/null
"""
TESTS = '''"""What must hold before a report goes out: `pytest tests`."""

from pathlib import Path

import outcomes as oc

STUDY = Path(__file__).parents[1] / "study.toml"


def test_every_row_is_accounted_for():
    rows = oc.read_study(STUDY).flow.groupby("status")["rows"].sum()
    assert rows["received"] == rows.get("accepted", 0) + rows.get("rejected", 0)


def test_hardly_a_row_is_lost():
    flow = oc.read_study(STUDY).flow
    once = flow[~flow["reason"].isin(["same_row_again"])]  # a row that stands twice is no loss
    rows = once.groupby("status")["rows"].sum()
    assert rows.get("rejected", 0) <= 0.02 * rows["received"], "see: outcomes check ."


def test_nobody_has_a_value_who_was_not_treated():
    study = oc.read_study(STUDY)
    assert set(oc.periods(study)["patient_id"]) <= set(oc.courses(study)["patient_id"])
'''
CELLS = (
    (
        "markdown",
        "# Our questions\n\nRun from top to bottom. Results are about people: clear them before you save it.",
    ),
    ("code", 'import outcomes as oc\n\nclinic = oc.read_study("study.toml")\nclinic'),
    ("markdown", "## Are the data usable?"),
    ("code", 'clinic.findings.groupby(["table", "rule"])["count"].sum()'),
    ("code", "oc.flow(clinic)"),
    (
        "markdown",
        "## Headache days\n\nA change in patients who were all treated is not an effect of the drug.",
    ),
    ("code", "periods = oc.periods(clinic)\noc.change(periods)"),
    ("code", "oc.responders(periods)"),
)


def project_files() -> dict[str, str]:
    """Return file name -> text of what a clinic puts around its study.

    Examples
    --------
    >>> sorted(project_files())
    ['.gitignore', 'README.md', 'analysis.ipynb', 'schedule.cron', 'tests/test_study.py']
    """
    return {
        "README.md": README,
        ".gitignore": _ignored(),
        "analysis.ipynb": _notebook(),
        "schedule.cron": SCHEDULE,
        "tests/test_study.py": TESTS,
    }


def _notebook() -> str:
    cells: list[dict[str, object]] = []
    for number, (kind, text) in enumerate(CELLS, start=1):
        cell: dict[str, object] = {
            "id": f"cell-{number}",
            "cell_type": kind,
            "metadata": {},
            "source": text.splitlines(keepends=True),
        }
        cells.append(cell | ({"execution_count": None, "outputs": []} if kind == "code" else {}))
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    book = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, indent=1) + "\n"


def _ignored() -> str:
    """Return what version control leaves out: every kind of file that is read, and what is written."""
    from outcomes.sources.files import PARQUET, READERS, TEXT
    from outcomes.sources.packed import PACKED

    kinds = [f"*{ending}" for ending in (*TEXT, *PARQUET, *READERS, *PACKED)]
    return "\n".join(["# data and reports are about people", *kinds, *(f"{one}/" for one in FOLDERS), ""])
