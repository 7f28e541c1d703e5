"""Safety tables: hand-made cells, both denominators, members, and agreement with incidence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from outcomes.errors import ArgumentError, DataError
from outcomes.models.harm.incidence import incidence
from outcomes.models.harm.tables import (
    by_group_and_term,
    by_worst_grade,
    common_events,
    exposure_table,
    leading_to_stop,
    overview,
    safety_data,
    safety_tables,
    serious_events,
    serious_listing,
)

ORDER = [
    "exposure",
    "overview",
    "serious",
    "serious_listing",
    "leading_to_stop",
    "by_group_and_term",
    "by_worst_grade",
    "common",
]


@pytest.fixture
def sessions() -> pd.DataFrame:
    patient = np.repeat(list("abcd"), 2)
    return pd.DataFrame(
        {"patient_id": patient, "session_id": [f"{p}{i}" for p, i in zip(patient, [1, 2] * 4, strict=True)]}
    )


@pytest.fixture
def events() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "event_id": ["e1", "e2", "e3", "e4", "e5"],
            "patient_id": list("aabcc"),
            "session_id": ["a1", "a2", "b1", "c1", "c1"],
            "group": ["nausea", "nausea", "nausea", "dizziness", "nausea"],
            "term": ["nausea", "queasy", "nausea", "dizzy", "nausea"],
            "grade": pd.array([1, 3, 2, 1, None], dtype="Int64"),
            "serious": pd.array([False, True, False, None, False], dtype="boolean"),
            "related": pd.array([True] * 5, dtype="boolean"),
            "medical_attention": pd.array([False] * 5, dtype="boolean"),
            "action": ["none", "stopped", "none", "none", "paused"],
            "outcome": ["recovered", "fatal", "recovered", "unknown", "recovered"],
            "window": ["<=24h", "<=24h", "<=7d", "<=24h", "<=24h"],
        }
    )


@pytest.fixture
def data(events, sessions):
    return safety_data(events, sessions[["patient_id"]].drop_duplicates(), sessions=sessions)


def row(result, **wanted: object) -> pd.Series:
    frame = result.to_frame()
    picked = frame[np.logical_and.reduce([frame[k] == v for k, v in wanted.items()])]
    assert len(picked) == 1
    return picked.iloc[0]


def test_the_overview_has_both_denominators(data) -> None:
    result = overview(data)
    assert row(result, unit="patient", term="any")[["n", "N", "events"]].tolist() == [3, 4, 5]
    assert row(result, unit="session", term="any")[["n", "N", "events"]].tolist() == [3, 8, 4]
    for term, n in {"serious": 1, "fatal": 1, "infusion stopped": 1, "related": 3, "grade 3+": 1}.items():
        assert row(result, unit="patient", term=term)["n"] == n
    assert row(result, unit="patient", term="needing medical attention")[["n", "percent"]].tolist() == [0, 0]
    assert result.notes == (
        "sessions: events from line in until 24h after line out; 1 began later",
        "1 event without an answer to 'serious' is not counted there",
        "serious: coding to be checked of 1 event (fatal but grade below 5)",
        "fatal: coding to be checked of 1 event (fatal but grade below 5)",
        "grade 3+: coding to be checked of 1 event (fatal but grade below 5)",
        "1 event without a grade is not counted as grade 3+",
    )


def test_a_row_that_was_not_recorded_is_left_out_and_told(events, sessions) -> None:
    result = overview(safety_data(events[["patient_id", "grade"]], sessions[["patient_id"]]))
    assert result["term"].tolist() == ["any", "grade 3+"]
    assert "serious: not recorded" in result.notes


def test_groups_stand_before_their_terms_and_agree_with_incidence(data, events, sessions) -> None:
    result = by_group_and_term(data)
    patients = result.frame[result.frame["unit"] == "patient"]
    assert list(zip(patients["group"], patients["term"], strict=True)) == [
        ("any", "any"),
        ("dizziness", "any"),
        ("dizziness", "dizzy"),
        ("nausea", "any"),
        ("nausea", "nausea"),
        ("nausea", "queasy"),
    ]
    alone = incidence(events, sessions[["patient_id"]].drop_duplicates(), by=["group", "term"]).to_frame()
    merged = patients.merge(alone, on=["group", "term"], suffixes=("", "_alone"))
    assert len(merged) == len(alone)
    for column in ("n", "N", "percent", "events", "lower", "upper"):
        np.testing.assert_array_equal(merged[column], merged[f"{column}_alone"])


def test_worst_grades_add_up_to_the_units_with_an_event(data) -> None:
    result = by_worst_grade(data).to_frame()
    for unit, total in (("patient", 3), ("session", 3)):
        any_event = result[(result["unit"] == unit) & (result["group"] == "any")]
        assert any_event["n"].sum() == total
    nausea = result[(result["unit"] == "patient") & (result["group"] == "nausea")]
    assert nausea["grade"].fillna(0).tolist() == [1, 2, 3, 0]
    assert nausea["n"].tolist() == [0, 1, 1, 1]
    assert nausea["events"].tolist() == [1, 1, 1, 1]


def test_members_stand_behind_every_row(data) -> None:
    for result in (
        overview(data),
        by_group_and_term(data),
        by_worst_grade(data),
        common_events(data, at_least=30),
        serious_events(data),
        leading_to_stop(data),
    ):
        frame, members = result.to_frame(), result.members
        behind = data.events.iloc[members["event_row"]].reset_index(drop=True).assign(row=members["row"])
        assert (behind["patient_id"] == members["patient_id"]).all()
        for unit, key in (("patient", "patient_id"), ("session", "session_id")):
            rows = frame.index[frame["unit"] == unit]
            counted = behind[behind["row"].isin(rows)].groupby("row")[key].nunique()
            assert counted.reindex(rows, fill_value=0).tolist() == frame.loc[rows, "n"].tolist()


def test_common_events_are_those_of_enough_patients_of_any_arm(events, sessions) -> None:
    sessions["arm"] = np.where(sessions["patient_id"].isin(["a", "b"]), "x", "y")
    data = safety_data(
        events, sessions[["patient_id", "arm"]].drop_duplicates(), sessions=sessions, arm="arm"
    )
    result = common_events(data, at_least=60)
    assert result["term"].unique().tolist() == ["nausea"]
    assert len(result) == 4
    assert result.notes[-1] == "terms of at least 60 % of the patients of an arm: 1 of 3"
    assert len(common_events(data, at_least=100.0)) == 4


def test_stop_and_serious_listing(data) -> None:
    stopped = leading_to_stop(data)
    assert row(stopped, unit="patient", group="nausea", term="queasy")["n"] == 1
    assert set(stopped["term"]) == {"any", "queasy"}
    listing = serious_listing(data)
    assert listing["event_id"].tolist() == ["e2", "e4"]
    assert listing["coding to be checked"].tolist() == ["fatal but grade below 5", "serious not known"]
    assert listing.members["event_row"].tolist() == [1, 3]
    assert listing.notes == (
        "1 serious event of 1 patient; coding to be checked: 2 events",
        "1 event without an answer to 'serious' is not counted there",
    )


def test_all_tables_come_in_order_also_without_any_event(data, events, sessions) -> None:
    sessions["hours"] = 2.0
    assert list(safety_tables(data, exposure=sessions)) == ORDER
    empty = safety_data(events.iloc[:0], sessions[["patient_id"]], sessions=sessions)
    tables = safety_tables(empty, exposure=sessions)
    assert tables["overview"]["n"].sum() == 0
    assert tables["overview"].frame.query("unit == 'patient'")["N"].unique().tolist() == [4]
    assert len(tables["serious_listing"]) == 0


def test_exposure_keeps_patients_without_an_end() -> None:
    start = pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-01"], utc=True)
    exposure = pd.DataFrame({"patient_id": list("aab"), "session_id": [1, 2, 3], "start": start})
    exposure["end"] = exposure["start"] + pd.to_timedelta([2, 4, 1], unit="h")
    exposure.loc[2, "end"] = pd.NaT
    result = exposure_table(exposure)
    hours = result.frame[result.frame["term"] == "hours"]
    assert hours["status"].tolist() == ["ok", "unknown"]
    assert hours["N"].tolist() == [1, 1]
    assert hours["total"].iloc[0] == 6
    assert result.members[result.members["row"] == hours.index[1]]["patient_id"].tolist() == ["b"]
    assert result.notes == ("1 patient has no end of exposure",)


def test_what_cannot_be_tabulated_is_refused(data, events, sessions) -> None:
    with pytest.raises(ArgumentError, match="at_least is not a percentage"):
        common_events(data, at_least=200)
    words = safety_data(events.assign(grade="severe"), sessions[["patient_id"]])
    with pytest.raises(DataError, match="the grade is not a number"):
        by_worst_grade(words)
    with pytest.raises(ArgumentError, match="'serious' is not yes or no"):
        serious_listing(safety_data(events.assign(serious="Y"), sessions[["patient_id"]]))
    with pytest.raises(ArgumentError, match="window is not one of its options"):
        safety_data(events, sessions[["patient_id"]], sessions=sessions, window="1d")
    with pytest.raises(DataError, match="1 dose is negative"):
        exposure_table(pd.DataFrame({"patient_id": ["a"], "hours": [1.0], "dose_mg": [-1.0]}))


def test_what_no_event_was_asked_is_not_recorded_instead_of_none() -> None:
    events = pd.DataFrame({"patient_id": ["a", "b"], "group": "g", "term": ["x", "y"]})
    events = events.assign(
        grade=pd.array([pd.NA, pd.NA], dtype="Int64"),
        serious=pd.array([pd.NA, pd.NA], dtype="boolean"),
        action=pd.Series([None, None], dtype="str"),
    )
    tables = safety_tables(safety_data(events, pd.DataFrame({"patient_id": list("abc")})))
    assert tables["overview"]["term"].tolist() == ["any"]
    assert {"serious: not recorded", "grade 3+: not recorded"} <= set(tables["overview"].notes)
    for name, column in (
        ("serious", "serious"),
        ("serious_listing", "serious"),
        ("leading_to_stop", "action"),
    ):
        assert len(tables[name]) == 0
        assert tables[name].status == f"{column} is not recorded"
    one = events.assign(serious=pd.array([False, pd.NA], dtype="boolean"))
    asked = safety_tables(safety_data(one, pd.DataFrame({"patient_id": list("abc")})))["serious"]
    assert asked["n"].tolist() == [0]


def test_members_hold_one_number_a_patient_also_where_not_all_patients_had_a_session(
    events: pd.DataFrame, sessions: pd.DataFrame
) -> None:
    patients = pd.DataFrame({"patient_id": list("fdcba")})
    theirs = sessions[sessions["patient_id"].isin(list("bc"))]
    data = safety_data(events, patients, sessions=theirs, window=None, unknown="note")
    result = by_group_and_term(data)
    assert result.members["patient_id"].cat.categories.tolist() == list("abcdf")
    named = events["patient_id"].iloc[result.members["event_row"]].tolist()
    assert result.members["patient_id"].tolist() == named
    behind = result.members.groupby("row")["patient_id"].nunique()
    people = result.frame.index[result.frame["unit"].eq("patient")]
    assert behind[people].tolist() == result.frame.loc[people, "n"].tolist()
