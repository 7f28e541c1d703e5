"""Every bad input of adverse events, through the doors that users take, with the row and reason it gets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError, DataError
from studies import SESSIONS, rules_found, study_of

HEAD = "event_id,patient_id,session_id,term,onset,resolved,grade,outcome\n"
AT_TEN = "2026-01-20T10:00+01:00"
#: Clopper-Pearson has a closed form at 0 and N; only the quantile of the beta distribution is rounded.
CLOSED_FORM = 1e-10


def patients(n: int, arm: str = "active") -> pd.DataFrame:
    return pd.DataFrame({"patient_id": [f"{arm}{i}" for i in range(n)], "arm": arm})


def events_of(people: pd.DataFrame, **columns: object) -> pd.DataFrame:
    rows = pd.DataFrame({"patient_id": people["patient_id"], "term": "nausea"}).assign(**columns)
    return rows.assign(event_id=[f"e{i}" for i in range(len(rows))]).reset_index(drop=True)


def events_in_the_study(folder: Path, rows: str) -> oc.Study:
    return study_of(folder, adverse_events=HEAD + rows)


def rejected(study: oc.Study) -> int:
    return len(study.rejected["adverse_events"]) if "adverse_events" in study.rejected else 0


def test_nobody_of_nobody_has_no_percentage() -> None:
    nobody = patients(0)
    result = oc.incidence(events_of(nobody), nobody)
    row = result.to_frame().iloc[0]
    assert (row["n"], row["N"], row["status"]) == (0, 0, "nobody at risk")
    assert row[["percent", "lower", "upper"]].isna().all()
    assert result.status == "nobody at risk"


def test_none_of_n_has_the_exact_upper_limit() -> None:
    row = oc.incidence(events_of(patients(0)), patients(20)).to_frame().iloc[0]
    assert (row["n"], row["N"], row["percent"], row["lower"], row["status"]) == (0, 20, 0, 0, "ok")
    assert row["upper"] == pytest.approx(100 * (1 - 0.025 ** (1 / 20)), rel=CLOSED_FORM)


def test_all_of_n_have_the_exact_lower_limit() -> None:
    everybody = patients(20)
    row = oc.incidence(events_of(everybody), everybody).to_frame().iloc[0]
    assert (row["n"], row["N"], row["percent"], row["upper"], row["status"]) == (20, 20, 100, 100, "ok")
    assert row["lower"] == pytest.approx(100 * 0.025 ** (1 / 20), rel=CLOSED_FORM)


def test_no_event_and_every_patient_in_both_arms_are_compared_without_a_false_number() -> None:
    both = pd.concat([patients(10), patients(10, "placebo")], ignore_index=True)
    counted = oc.incidence(events_of(both), both, by="term", arm="arm")
    row = oc.compare_arms(counted, reference="placebo").to_frame().iloc[0]
    assert (row["estimate"], row["p_value"], row["status"]) == (0, 1, "ok")
    assert -1 < row["lower"] < 0 < row["upper"] < 1
    counted = oc.incidence(events_of(patients(0)), both, arm="arm")
    row = oc.compare_arms(counted, reference="placebo").to_frame().iloc[0]
    assert row["status"] == "no event in either arm"
    assert np.isnan(row["p_value"])


@pytest.mark.parametrize("events", [0, 1])
def test_no_exposure_has_no_rate(events: int) -> None:
    exposure = patients(1).assign(hours=0.0)
    row = oc.rates(events_of(exposure.iloc[:events]), exposure).to_frame().iloc[0]
    assert (row["events"], row["exposure"], row["status"]) == (events, 0, "no exposure")
    assert row[["rate", "lower", "upper"]].isna().all()


def test_an_arm_without_patients_is_a_row_without_percentage_and_no_comparison() -> None:
    people = patients(5).assign(arm=pd.Categorical(["active"] * 5, categories=["active", "placebo"]))
    counted = oc.incidence(events_of(people), people, by="term", arm="arm")
    frame = counted.to_frame().set_index("arm")
    assert frame.loc["placebo", ["n", "N"]].tolist() == [0, 0]
    assert frame.loc["placebo", "status"] == "nobody at risk"
    assert np.isnan(frame.loc["placebo", "percent"])
    row = oc.compare_arms(counted, reference="placebo").to_frame().iloc[0]
    assert row["status"] == "nobody at risk"
    assert row[["estimate", "lower", "upper", "p_value"]].isna().all()


def test_an_arm_that_is_nowhere_is_refused_by_name() -> None:
    counted = oc.incidence(events_of(patients(5)), patients(5), by="term", arm="arm")
    with pytest.raises(ArgumentError, match="reference"):
        oc.compare_arms(counted, reference="placebo")


def test_an_event_of_an_unknown_patient_is_an_error_of_its_row(tmp_path: Path) -> None:
    study = events_in_the_study(tmp_path, f"e1,99,,nausea,{AT_TEN},,1,\n")
    found = rules_found(study)
    assert ("adverse_events", 1, "patient_id", "unknown_patient", "error") in found
    assert (len(study.adverse_events), rejected(study)) == (0, 1)


def test_an_event_of_a_patient_not_at_risk_is_refused_with_its_row_or_counted_in_a_note() -> None:
    events = events_of(patients(3))
    with pytest.raises(DataError, match=r"1 event of a patient that is not at risk.*row 3"):
        oc.incidence(events, patients(2))
    with pytest.raises(DataError, match=r"1 event of a patient that is not at risk.*row 3"):
        oc.rates(events, patients(2).assign(hours=1.0))
    with pytest.raises(DataError, match=r"1 event of a patient that is not at risk.*row 3"):
        oc.safety_data(events, patients(2))
    result = oc.incidence(events, patients(2), unknown="note")
    assert result.to_frame()["n"].tolist() == [2]
    assert any("row 3; not counted" in note for note in result.notes)


def test_the_same_event_entered_twice_is_kept_once(tmp_path: Path) -> None:
    rows = f"01,nausea,{AT_TEN},,1\n01,nausea,{AT_TEN},,1\n01,NAUSEA,{AT_TEN},,1\n"
    study = study_of(tmp_path, adverse_events="patient_id,term,onset,resolved,grade\n" + rows)
    assert ("adverse_events", 2, "", "same_row_again", "warning") in rules_found(study)
    assert ("adverse_events", 3, "term", "duplicate_event", "error") in rules_found(study)
    assert (len(study.adverse_events), rejected(study)) == (1, 2)


def test_events_without_a_day_are_never_taken_for_each_other(tmp_path: Path) -> None:
    """Also when not one event of the table has a day: registries often have none."""
    rows = "01,nausea,,,1\n01,nausea,,,1\n02,nausea,,,1\n02,rash,,,1\n"
    study = study_of(tmp_path, adverse_events="patient_id,term,onset,resolved,grade\n" + rows)
    assert (len(study.adverse_events), rejected(study)) == (4, 0)
    assert not [rule for *_, rule, _ in rules_found(study) if rule == "duplicate_event"]


def test_events_that_are_numbered_within_each_patient_all_stay(tmp_path: Path) -> None:
    rows = f"1,01,,nausea,{AT_TEN},,1,\n2,01,,rash,{AT_TEN},,1,\n1,02,,stroke,{AT_TEN},,4,\n"
    study = events_in_the_study(tmp_path, rows)
    assert {row for _, row, _, rule, _ in rules_found(study) if rule == "duplicate_event_id"} == {1, 3}
    assert (study.adverse_events["event_id"].nunique(), rejected(study)) == (3, 0)
    assert study.adverse_events["term"].tolist() == ["nausea", "rash", "stroke"]


def test_two_events_of_a_patient_with_one_identifier_both_stay_without_it(tmp_path: Path) -> None:
    study = events_in_the_study(tmp_path, f"e1,01,,nausea,{AT_TEN},,1,\ne1,01,,rash,{AT_TEN},,1,\n")
    rows = {row for _, row, _, rule, _ in rules_found(study) if rule == "duplicate_event_id"}
    assert rows == {1, 2}
    assert study.adverse_events["term"].tolist() == ["nausea", "rash"]
    assert (study.adverse_events["event_id"].nunique(), rejected(study)) == (2, 0)


def test_an_event_exported_again_with_its_outcome_is_one_event_with_its_number(tmp_path: Path) -> None:
    rows = f"e1,01,,nausea,{AT_TEN},,1,\ne1,01,,nausea,{AT_TEN},,1,fatal\n"
    study = events_in_the_study(tmp_path, rows)
    assert ("adverse_events", 1, "term", "duplicate_event", "error") in rules_found(study)
    assert study.adverse_events[["event_id", "outcome"]].to_numpy().tolist() == [["e1", "fatal"]]


def test_events_that_share_an_identifier_are_refused_by_every_table() -> None:
    events = events_of(patients(3)).assign(event_id=["a", "b", "a"])
    for call in (
        lambda: oc.incidence(events, patients(3)),
        lambda: oc.rates(events, patients(3).assign(hours=1.0)),
        lambda: oc.safety_data(events, patients(3)),
    ):
        with pytest.raises(DataError, match=r"2 events share their event_id.*rows 1, 3"):
            call()


def test_a_grade_in_words_costs_its_cell_and_is_unknown_not_0(tmp_path: Path) -> None:
    study = events_in_the_study(tmp_path, f"e1,01,,nausea,{AT_TEN},,severe,\n")
    assert ("adverse_events", 1, "grade", "not_a_number", "error") in rules_found(study)
    assert rejected(study) == 0
    assert study.adverse_events["grade"].isna().tolist() == [True]


def test_a_grade_in_words_has_no_worst_and_makes_no_table() -> None:
    events = events_of(patients(2), grade=["mild", "severe"], group="nausea")
    with pytest.raises(DataError, match="no order"):
        oc.incidence(events, patients(2), worst="grade")
    with pytest.raises(DataError, match="grade is not a number"):
        oc.safety_tables(oc.safety_data(events, patients(2)))


def test_an_onset_after_death_is_a_warning_of_its_row_and_no_first_event(tmp_path: Path) -> None:
    fatal = f"e1,01,,nausea,{AT_TEN},2026-01-20T11:00+01:00,5,fatal\n"
    study = events_in_the_study(tmp_path, fatal + "e2,01,,dizziness,2026-01-21T10:00+01:00,,1,\n")
    assert ("adverse_events", 2, "onset", "after_death", "warning") in rules_found(study)
    assert (len(study.adverse_events), rejected(study)) == (2, 0)
    followed = pd.DataFrame(
        {
            "patient_id": ["01"],
            "start": pd.to_datetime(["2026-01-20T08:00Z"]),
            "end": pd.to_datetime(["2026-01-20T10:00Z"]),
            "how": ["death"],
        }
    )
    with pytest.raises(DataError, match="after the death"):
        oc.first_events(study.adverse_events, followed, ended_by="how")


def test_an_end_before_the_onset_costs_the_end_and_not_the_event(tmp_path: Path) -> None:
    study = events_in_the_study(tmp_path, f"e1,01,,nausea,{AT_TEN},2026-01-20T09:00+01:00,1,\n")
    assert ("adverse_events", 1, "resolved", "resolved_before_onset", "error") in rules_found(study)
    assert rejected(study) == 0
    assert study.adverse_events["resolved"].isna().tolist() == [True]


def test_an_event_of_a_session_that_was_never_started(tmp_path: Path) -> None:
    """The session goes with an error; its event stays, of an unknown session, and counts for none."""
    study = study_of(
        tmp_path,
        sessions=SESSIONS.replace("s1,01,2026-01-20T09:00+01:00,", "s1,01,,"),
        titration="session_id,time,rate,action\ns2,2026-01-21T09:00+01:00,0.3,start\n",
        adverse_events=HEAD + f"e1,01,s1,nausea,{AT_TEN},,1,\n",
    )
    found = rules_found(study)
    assert ("sessions", 1, "start", "missing_value", "error") in found
    assert ("adverse_events", 1, "onset", "before_any_session", "warning") in found
    event = oc.emergent(study).iloc[0]
    assert event["session_source"] == "unknown"
    assert pd.isna(event["session_id"])
    assert pd.isna(event["window"])
    counted = oc.incidence(oc.emergent(study), study.sessions, unit="session")
    assert (counted.to_frame()["n"].sum(), len(study.sessions)) == (0, 1)
    assert "1 event belongs to no session and is not counted here" in counted.notes


def test_an_event_of_a_session_that_is_nowhere_is_a_warning_of_its_row(tmp_path: Path) -> None:
    study = events_in_the_study(tmp_path, f"e1,01,s9,nausea,{AT_TEN},,1,\n")
    assert ("adverse_events", 1, "session_id", "unknown_session", "warning") in rules_found(study)
    event = oc.emergent(study).iloc[0]
    assert (event["session_id"], event["session_source"]) == ("s1", "unknown")


def test_a_flag_that_nobody_answered_has_no_rate() -> None:
    events = events_of(patients(2), serious=pd.array([None, None], dtype="boolean"))
    row = oc.rates(events, patients(2).assign(hours=5.0), where="serious").to_frame().iloc[0]
    assert row["status"] == "serious is not recorded"
    assert row[["rate", "lower", "upper", "lower_cluster", "upper_cluster"]].isna().all()


def test_one_patient_has_no_limits_by_patient_and_is_told_why() -> None:
    result = oc.rates(events_of(patients(1)), patients(1).assign(hours=5.0))
    row = result.to_frame().iloc[0]
    assert row[["lower_cluster", "upper_cluster"]].isna().all()
    assert row[["rate", "lower", "upper"]].notna().all()
    assert any("limits by patient need two patients" in note for note in result.notes)
