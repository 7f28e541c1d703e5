"""The pages of sources: the files that a page shows are written, its study.toml reads them, its lines run."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

import outcomes as oc
from pages import shown_files
from shared import ROOT


def run(page: str, folder: Path) -> oc.Study:
    text = (ROOT / "docs" / "howto" / page).read_text(encoding="utf-8")
    for name, content in shown_files(text).items():
        (folder / name).write_text(content, encoding="utf-8")
    before, names = Path.cwd(), {"oc": oc}
    os.chdir(folder)
    try:
        for block in re.findall(r"^```python\n(.*?)^```", text, re.M | re.S):
            exec(compile(block, page, "exec"), names)
    finally:
        os.chdir(before)
    found: Any = names["study"]
    return found


def days(study: oc.Study, *columns: str) -> list[list[object]]:
    rows = study.diary.assign(date=study.diary["date"].dt.strftime("%m-%d"))
    return rows[["patient_id", "date", *columns]].astype("object").to_numpy().tolist()


def test_text_files(tmp_path):
    study = run("csv.md", tmp_path)
    assert days(study, "headache", "pain", "duration_h")[0] == ["0012", "03-13", True, 6.5, 4.5]
    assert days(study)[1] == ["0012", "03-14"]
    assert len(study.diary) == 2  # an answer that is not recorded is no free day
    assert study.findings["rule"].tolist() == ["column_not_used", "missing_value"]


def test_parquet(tmp_path):
    study = run("parquet.md", tmp_path)
    assert days(study, "headache", "pain")[::2] == [["01", "01-05", True, 6], ["02", "01-07", True, 4]]
    assert not len(study.findings)


@pytest.mark.parametrize("proposed", [False, pytest.param(True, marks=pytest.mark.long)])
def test_an_app_as_the_page_declares_it_and_as_it_is_proposed(tmp_path, proposed):
    study = run("diary_apps.md", tmp_path)
    if proposed:
        from typer.testing import CliRunner

        from outcomes.cli import app

        (tmp_path / "study.toml").unlink()
        files = [str(tmp_path / name) for name in ("P07.csv", "patients.csv")]
        done = CliRunner().invoke(app, ["init", "--from", files[0], "--from", files[1], "--yes"])
        assert done.exit_code == 0
        study = oc.read_study(tmp_path)
    assert [row[1] for row in days(study)] == ["01-03", "01-06", "01-07"]
    assert study.diary["duration_h"].tolist() == pytest.approx([2 + 50 / 60, 80 / 60, 80 / 60])
    assert study.diary["pain"].tolist() == [7, 8, 8]
    assert study.diary["acute_medication"].tolist() == ["nsaid+triptan", "none", "none"]
    assert study.diary["nausea"].tolist()[0] is True
    assert study.diary["nausea"].isna().tolist() == [False, True, True]
