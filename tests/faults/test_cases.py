"""Small studies that once came out wrong: their right values, counted by hand or by independent code."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import outcomes as oc
from outcomes.cli import main
from outcomes.errors import DataError
from shared import shared

EXACT = 1e-12  # means of whole days: only rounding is left
PRINTED = 5e-3 + 1e-9  # half a unit of the two decimals that were printed; ties are allowed

pytestmark = pytest.mark.reference


def case(name: str) -> Path:
    return Path(shared("cases", name, "study.toml")).parent


def with_lines(tmp_path: Path, name: str, *, top: str = "", **tables: str) -> Path:
    """Copy a case, with lines added to study.toml: at its end, or below the file of a table."""
    for file in case(name).iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    path = tmp_path / "study.toml"
    text = path.read_text(encoding="utf-8")
    for table, lines in tables.items():
        text = text.replace(f"[tables.{table}]\n", f"[tables.{table}]\n{lines}\n")
    path.write_text(f"{text}\n{top}\n", encoding="utf-8")
    return path


def code_of(*words: str | Path) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    return int(left.value.code or 0)


def first_change(study: oc.Study) -> pd.Series:
    return oc.change(oc.periods(study)).to_frame().iloc[0]


def test_a_drug_by_its_name_costs_its_cell_and_moves_nothing():
    study = oc.read_study(case("drug_by_name"))
    assert len(study.diary) == 1700
    assert study.diary["acute_medication"].isna().sum() == 346
    found = first_change(study)
    assert found["estimate"] == pytest.approx(0.0, abs=EXACT)
    assert found["sd"] == pytest.approx(3.93, abs=PRINTED)
    assert found["baseline_mean"] == pytest.approx(16.9, abs=EXACT)
    alarm = study.alarms.iloc[0]
    assert (alarm["table"], alarm["column"], alarm["cells"]) == ("diary", "acute_medication", 346)
    assert "346 x words" in alarm["message"]
    assert "values.acute_medication" in alarm["hint"]


def test_check_and_report_end_with_4_and_a_waiver_lets_the_report_open_with_its_reason(tmp_path, capsys):
    folder = case("drug_by_name")
    assert code_of("check", folder, "--json") == 4
    told = json.loads(capsys.readouterr().out)
    assert told["alarms"][0]["column"] == "acute_medication"
    assert code_of("report", folder, "--out", tmp_path / "reports") == 4
    assert code_of("tables", folder, "--formats", "html", "--out", tmp_path / "tables") == 4
    assert not (tmp_path / "tables").exists()
    assert oc.read_study(folder).alarms["column"].tolist() == ["acute_medication"]
    reason = "free text until March"
    waived = with_lines(tmp_path, "drug_by_name", top=f'[waivers]\ndiary.acute_medication = "{reason}"')
    assert code_of("check", waived) == 0
    assert code_of("report", waived, "--out", tmp_path / "reports") == 0
    assert code_of("tables", waived, "--formats", "html", "--out", tmp_path / "tables") == 0
    page = (tmp_path / "reports" / "latest" / "report.html").read_text(encoding="utf-8")
    head = page[: page.index("<nav")]
    assert reason in head
    assert "346 of 1,700 cells of acute_medication" in head


def test_a_score_is_no_answer(tmp_path):
    with pytest.raises(DataError) as refused:
        oc.read_study(case("pain_score_as_headache"))
    assert refused.value.exit_code == 4
    assert '2700 x "0-10"' in str(refused.value)
    assert 'headache = "pain above 0"' in str(refused.value)
    assert code_of("check", case("pain_score_as_headache")) == 4
    assert code_of("report", case("pain_score_as_headache"), "--out", tmp_path / "reports") == 4
    lines = 'columns.pain = "headache"\nheadache = "pain above 0"'
    found = first_change(oc.read_study(with_lines(tmp_path, "pain_score_as_headache", diary=lines)))
    assert found["n"] == 30
    for name, right in (("estimate", -1.33), ("sd", 3.33), ("baseline_mean", 13.43), ("value_mean", 12.10)):
        assert found[name] == pytest.approx(right, abs=PRINTED), name


def test_a_score_in_a_typed_column_is_no_answer_either():
    diary = pd.DataFrame({"patient_id": "1", "date": pd.date_range("2026-01-01", periods=6)})
    checked = oc.validate({"diary": diary.assign(headache=[0, 1, 0, 1, 4, 7])})
    assert checked.flow.query("status == 'rejected'")["reason"].tolist() == ["not_yes_no"]
    assert len(checked.accepted["diary"]) == 0
    as_answer = oc.validate({"diary": diary.assign(headache=[0, 1, 0, 1, 1, 0])})
    assert as_answer.accepted["diary"]["headache"].tolist() == [False, True, False, True, True, False]


def test_a_setting_in_words_moves_no_time_zero():
    study = oc.read_study(case("setting_in_words"))
    assert len(study.sessions) == 40
    assert study.sessions["setting"].isna().sum() == 20
    found = first_change(study)
    assert (found["estimate"], found["baseline_mean"], found["value_mean"]) == (-14.0, 28.0, 14.0)
    assert study.alarms["column"].tolist() == ["setting"]


def test_an_event_with_an_unknown_group_stays_and_stays_serious():
    study = oc.read_study(case("event_group_in_words"))
    assert len(study.adverse_events) == 8
    assert study.adverse_events["serious"].sum() == 1
    stroke = study.adverse_events.query("serious").iloc[0]
    assert (stroke["term"], stroke["grade"], stroke["group"]) == ("stroke", 4, "other")
    found = study.findings.query("column == 'group'").iloc[0]
    assert found["cost"] == "cell not used"


def test_a_scale_of_0_to_3_is_found_and_can_be_declared(tmp_path):
    study = oc.read_study(case("severity_0_to_3"))
    found = study.findings.query("rule == 'pain_never_above_3'")
    assert found["count"].tolist() == [int(study.diary["pain"].notna().sum())]
    assert 'pain_scale = "0-3"' in found["hint"].item()
    path = with_lines(tmp_path, "severity_0_to_3")
    path.write_text(path.read_text().replace("[rules]\n", '[rules]\npain_scale = "0-3"\nmoderate_pain = 2\n'))
    declared = oc.read_study(path)
    assert "pain_never_above_3" not in declared.findings["rule"].tolist()
    row = first_change(declared)
    for name, right in (("baseline_mean", 7.63), ("value_mean", 7.25), ("estimate", -0.38)):
        assert row[name] == pytest.approx(right, abs=PRINTED), name


def test_weights_in_pounds_are_found_and_can_be_declared(tmp_path):
    study = oc.read_study(case("weights_in_pounds"))
    found = study.findings.query("rule == 'weights_look_like_pounds'")
    assert found["count"].tolist() == [8]
    assert 'units.weight_kg = "lb"' in found["hint"].item()
    assert oc.exposure(study)["mean_rate"].mean() == pytest.approx(0.136, abs=PRINTED)
    declared = oc.read_study(with_lines(tmp_path, "weights_in_pounds", sessions='units.weight_kg = "lb"'))
    assert "weights_look_like_pounds" not in declared.findings["rule"].tolist()
    assert oc.exposure(declared)["mean_rate"].mean() == pytest.approx(0.30, abs=PRINTED)


def test_identifiers_that_look_like_one_patient_are_named_once():
    study = oc.read_study(case("look_alike_ids"))
    found = study.findings.query("rule == 'look_alike_ids'")
    assert len(found) == 1
    shown = " ".join([found["message"].item(), found["hint"].item()])
    assert not any(word in shown for word in ("P01", "p01", "P-01", "P1"))


def test_a_drug_that_cannot_be_read_is_not_known_and_never_none():
    day = pd.DataFrame({"patient_id": "1", "date": pd.date_range("2026-01-01", periods=4), "duration_h": 1.0})
    diary = day.assign(
        headache=["yes", "no", "yes", "no"], acute_medication=["none", "none", "sumatriptan", "sumatriptan"]
    )
    patients = pd.DataFrame({"patient_id": ["1"], "index_date": pd.to_datetime(["2026-02-01"])})
    days = oc.days(oc.Study(diary=diary, patients=patients))
    assert days["acute_medication"].isna().tolist() == [False, False, True, True]
    assert days["headache"].tolist() == [True, False, True, False]
    # with a drug that nobody can read an hour of headache may count as moderate or severe
    assert pd.isna(days["moderate_severe"].iloc[2])
    assert days["moderate_severe"].iloc[[1, 3]].tolist() == [False, False]
