"""Calibrations of what was estimated stand on their pages as the result files have them.

Each file is tracked and names the command that writes it; a table with a coverage that no file holds fails.
"""

from __future__ import annotations

import re

import pandas as pd
import pytest

from shared import ROOT

METHODS, BENCHMARKS = ROOT / "docs" / "methods", ROOT / "benchmarks"
#: Result file -> page, script that writes it.
FILES = {
    "chance": ("regression_to_mean", "chance.py"),
    "control": ("negative_control", "chance.py"),
    "lasting_alarms": ("still_better", "lasting.py"),
    "lasting_shares": ("still_better", "lasting.py"),
    "later_courses": ("estimands", "later_courses.py"),
    "later_periods": ("estimands", "later_periods.py"),
    "looks": ("sequential", "looks.py"),
    "one_patient": ("one_patient", "one_patient.py"),
}
#: `benchmarks/calibration.py` writes its tables into the pages itself; tests/calibrate holds them.
OWN = "calibration table: written by benchmarks/calibration.py"
TABLE = re.compile(r"(?:^\|.*\|$\n?)+", re.MULTILINE)


def lines(name: str) -> str:
    """Return the result file as a table of a page."""
    table = pd.read_csv(BENCHMARKS / f"{name}.csv", keep_default_na=False, dtype=str)
    rows = [list(table.columns), ["---"] * len(table.columns), *table.to_numpy().tolist()]
    return (
        "\n".join("| " + " | ".join(row) + " |" for row in rows)
        .replace("| --- ", "|---")
        .replace("--- |", "---|")
    )


def page(name: str) -> str:
    return (METHODS / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FILES)
def test_the_page_holds_the_result_file_and_names_its_command(name: str) -> None:
    where, script = FILES[name]
    assert lines(name) in page(where)
    assert f"benchmarks/{script}" in page(where)
    source = (BENCHMARKS / script).read_text(encoding="utf-8")
    assert f"{name}.csv" in source


@pytest.mark.parametrize("where", sorted({page for page, _ in FILES.values()}))
def test_no_coverage_stands_on_the_page_without_a_result_file(where: str) -> None:
    text = page(where)
    written = [lines(name) for name, (at, _) in FILES.items() if at == where]
    assert len(written) <= sum(found.group().strip() in written for found in TABLE.finditer(text))
    for found in TABLE.finditer(text):
        heading = found.group().split("\n")[0]
        if re.search(r"\bcover", heading) and OWN not in text[: found.start()].rsplit("\n\n", 1)[-1]:
            assert found.group().strip() in written, heading
