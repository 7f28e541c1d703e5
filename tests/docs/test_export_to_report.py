"""The lines of docs/howto/export_to_report.md: its study.toml reads such files, its units are units."""

from __future__ import annotations

import re

import outcomes as oc
from outcomes.units import units_of
from shared import ROOT

PAGE = (ROOT / "docs" / "howto" / "export_to_report.md").read_text(encoding="utf-8")
HEADER = "Day,Time,Lasted,Drug 1,Drug 2,Symptoms\n"


def test_the_study_toml_of_the_page_reads_such_files(tmp_path):
    toml = re.search(r"```toml\n(.*?)```", PAGE, re.S)[1]
    (tmp_path / "study.toml").write_text(toml, encoding="utf-8")
    (tmp_path / "patients.csv").write_text("patient_id,index_date\none,2026-05-01\ntwo,2026-05-01\n")
    (tmp_path / "one.csv").write_text(HEADER + "3.4.2026,23:00,2h 30m,Imigran,Dafalgan,Nausea\n")
    (tmp_path / "two.csv").write_text(HEADER + "04/03/2026,08:00,45 min,,,\n")
    diary = oc.read_study(tmp_path).diary
    assert diary["date"].dt.strftime("%m-%d").tolist() == ["04-03", "04-04", "04-03"]
    assert diary["duration_h"].tolist() == [1, 1.5, 0.75]
    assert diary["acute_medication"].tolist()[0] == "simple_analgesic+triptan"


def test_every_unit_of_the_page_may_be_declared():
    told = {
        (table, column): {
            unit for unit in re.findall(r"`([^`]+)`", cells) if "[" not in unit and unit != "mg_per_ml"
        }
        for table, column, cells in re.findall(r"^\| `(\w+)\.(\w+)`[^|]*\| (.*) \|$", PAGE, re.M)
    }
    assert len(told) >= 6
    assert all(units <= set(units_of(*place)) for place, units in told.items())
