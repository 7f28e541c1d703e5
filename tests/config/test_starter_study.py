"""The first study.toml: every line that it shows may be used as it stands."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib

import outcomes as oc
from outcomes.config import StudyConfig, starter_files
from outcomes.config.reporting import Reporting
from outcomes.schema.rules import Rules
from outcomes.sources.conventions import TableSource


def test_every_key_is_shown_and_every_shown_line_is_taken():
    shown = re.sub(r"^#(?! )", "", starter_files()["study.toml"], flags=re.MULTILINE)
    config = tomllib.loads(shown)
    StudyConfig.model_validate(config)
    assert set(config["rules"]) == set(Rules.model_fields)
    assert set(config["report"]) == set(Reporting.model_fields)
    used = set().union(*(set(part) for part in config["tables"].values()))
    assert used == set(TableSource.model_fields) - {"redcap_api"}  # it stands in place of a file


def test_no_file_that_is_read_goes_into_version_control(tmp_path):
    from outcomes.config.project import project_files

    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text(project_files()[".gitignore"])
    data = [
        f"diary{ending}" for ending in (".csv", ".tsv", ".xlsx", ".ods", ".parquet", ".sav", ".zip", ".db")
    ]
    kept = ["study.toml", "README.md", "analysis.ipynb", "schedule.cron", "tests/test_study.py"]
    command = ["git", "-C", str(tmp_path), "check-ignore", *data, "reports/a.html", "sheets/a.pdf", *kept]
    out = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
    assert out == [*data, "reports/a.html", "sheets/a.pdf"]


def test_a_project_of_a_clinic_works_once_its_tables_are_filled(tmp_path, monkeypatch):
    from outcomes.config.project import project_files

    for name, text in (starter_files() | project_files()).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    simulated = oc.simulate(patients=6, seed=2, months=2).study
    for table in ("diary", "sessions"):
        columns = (tmp_path / f"{table}.csv").read_text().strip().split(",")
        getattr(simulated, table).reindex(columns=columns).to_csv(tmp_path / f"{table}.csv", index=False)
    text = (tmp_path / "study.toml").read_text()
    kept, *tables = re.split(r"(?m)^(?=\[tables\.)", text)
    tables = [part for part in tables if part.startswith(("[tables.diary]", "[tables.sessions]"))]
    (tmp_path / "study.toml").write_text(kept + "".join(tables))
    monkeypatch.chdir(tmp_path)
    tests = {"__file__": str(tmp_path / "tests" / "test_study.py"), "__name__": "test_study"}
    exec((tmp_path / "tests" / "test_study.py").read_text(), tests)
    ran = [test() for name, test in tests.items() if name.startswith("test_")]
    assert len(ran) == 3
    book = json.loads((tmp_path / "analysis.ipynb").read_text())
    names: dict[str, object] = {}
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert len(names["periods"])
