"""A rule that is waived with a reason is asked no more, stays on record, and changes no number."""

from __future__ import annotations

import pytest

import outcomes as oc
from outcomes.cli import main
from outcomes.errors import ConfigError
from outcomes.page.quality.quality_page import quality_page
from outcomes.page.quality.queries import query_list
from studies import ALL, write_study

REASON = "told by the ward; settled"
DIARY = "patient_id,date,headache,pain\n01,2026-01-05,no,6\n01,2026-01-06,no,5\n01,2026-01-07,yes,0\n"
DIARY += "01,2026-01-08,no,0\n01,2026-01-08,yes,3\n"


def study_of(folder, waivers=""):
    path = write_study(folder, {"patients": ALL["patients"], "diary": DIARY})
    path.write_text(path.read_text() + waivers)
    return oc.read_study(path)


def test_a_waived_rule_is_asked_no_more_and_changes_no_number(tmp_path, capsys):
    asked = study_of(tmp_path)
    waived = study_of(
        tmp_path, f'\n[waivers.diary]\npain_without_headache = "{REASON}"\nduplicate_day = "{REASON}"\n'
    )
    assert asked.diary.equals(waived.diary)
    assert asked.flow.equals(waived.flow)
    assert asked.findings.drop(columns="waived").equals(waived.findings.drop(columns="waived"))
    said = waived.findings.groupby("rule")["waived"].unique().map(list).to_dict()
    assert said["pain_without_headache"] == said["duplicate_day"] == [REASON]
    assert said["pain_0_with_headache"] == [""]
    rules = query_list(asked).groupby("rule").size()
    assert rules.to_dict() == {"pain_without_headache": 2, "duplicate_day": 2, "pain_0_with_headache": 1}
    assert query_list(waived)["rule"].tolist() == ["pain_0_with_headache"]
    page = quality_page(waived)
    assert f"2 findings of pain_without_headache in diary asked no more: {REASON}" in page
    with pytest.raises(SystemExit) as done:
        main(["check", str(tmp_path)])
    assert done.value.code == 4, "what was rejected stays rejected"
    assert f"waived: {REASON}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('diary.pain_without_headach = "x"', "pain_without_headache"),
        ('diary.late_entry = " "', "no reason"),
        ('diary.column_declared_wrongly = "x"', "column or rule of a waiver of diary"),
        ('dairy.late_entry = "x"', "table of a waiver"),
    ],
)
def test_a_waiver_that_waives_nothing_is_refused(tmp_path, line, says):
    with pytest.raises(ConfigError, match=says):
        study_of(tmp_path, f"\n[waivers]\n{line}\n")


def test_no_rule_is_called_like_a_column():
    from outcomes.schema.contract import specs
    from outcomes.schema.fault_rules import fault_rules
    from outcomes.schema.tables import TABLES

    assert {name for table in TABLES for name in specs(table)} & set(fault_rules()) == set()
