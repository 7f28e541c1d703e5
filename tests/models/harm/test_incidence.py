"""Counts of patients and sessions: hand-made cells, edges, and everything that must be refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError, DataError
from outcomes.models.harm.incidence import incidence
from outcomes.models.stats.intervals import proportion


@pytest.fixture
def events() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "event_id": ["e1", "e2", "e3", "e4", "e5"],
            "patient_id": ["a", "a", "b", "c", "c"],
            "session_id": ["a1", "a2", "b1", "c1", None],
            "group": ["nausea", "nausea", "nausea", "dizziness", "nausea"],
            "grade": pd.array([1, 3, 2, 1, None], dtype="Int64"),
            "serious": pd.array([False, True, False, None, False], dtype="boolean"),
        }
    )


@pytest.fixture
def patients() -> pd.DataFrame:
    return pd.DataFrame({"patient_id": list("abcd"), "arm": ["active", "active", "placebo", "placebo"]})


@pytest.fixture
def sessions() -> pd.DataFrame:
    return pd.DataFrame(
        {"session_id": ["a1", "a2", "b1", "c1", "c2", "d1"], "patient_id": ["a", "a", "b", "c", "c", "d"]}
    )


def cell(result: oc.Estimates, **levels: object) -> pd.Series:
    frame = result.to_frame()
    mask = np.logical_and.reduce([frame[k] == v for k, v in levels.items()])
    assert mask.sum() == 1
    return frame[mask].iloc[0]


def test_a_patient_counts_once_and_every_event_counts(events, patients) -> None:
    result = incidence(events, patients, by=["group"])
    nausea = cell(result, group="nausea")
    assert (nausea["n"], nausea["N"], nausea["percent"], nausea["events"]) == (3, 4, 75.0, 4)
    assert (nausea["lower"], nausea["upper"]) == tuple(100 * limit for limit in proportion(3, 4))


def test_a_level_without_an_event_in_an_arm_is_a_row_with_zero(events, patients) -> None:
    result = incidence(events, patients, by=["group"], arm="arm")
    assert len(result) == 4
    none = cell(result, group="dizziness", arm="active")
    assert (none["n"], none["N"], none["events"], none["lower"]) == (0, 2, 0, 0.0)


def test_no_by_means_any_event(events, patients) -> None:
    result = incidence(events, patients, by=[], arm="arm")
    assert result["n"].tolist() == [2, 1]
    assert list(result.columns)[:4] == ["arm", "n", "N", "percent"]
    assert incidence(events.iloc[:0], patients)["n"].tolist() == [0]


def test_sessions_have_their_own_denominator_and_events_outside_are_counted_in_a_note(
    events, sessions
) -> None:
    result = incidence(events, sessions, by=["group"], unit="session")
    nausea = cell(result, group="nausea")
    assert (nausea["n"], nausea["N"], nausea["events"]) == (3, 6, 3)
    assert result.notes == ("1 event belongs to no session and is not counted here",)
    assert result.meta["events_without_session"] == 1


def test_rows_in_are_rows_accounted_for(events, sessions) -> None:
    facts = incidence(events, sessions, unit="session", where="serious").meta
    accounted = ("events_counted", "events_unknown", "events_without_session", "events_filtered")
    assert facts["events_received"] == sum(facts[name] for name in accounted) == 5


def test_members_are_the_patients_and_events_of_each_row(events, patients) -> None:
    result = incidence(events, patients, by=["group"], arm="arm")
    members = result.members
    row = int(np.flatnonzero((result["group"] == "nausea") & (result["arm"] == "active"))[0])
    behind = members[members["row"] == row]
    assert behind["patient_id"].tolist() == ["a", "a", "b"]
    assert behind["event_id"].tolist() == ["e1", "e2", "e3"]
    counted = members.groupby("row")["patient_id"].nunique().reindex(range(len(result)), fill_value=0)
    assert counted.tolist() == result["n"].tolist()


def test_worst_grade_counts_a_patient_once_a_level(events, patients) -> None:
    result = incidence(events, patients, by=["group"], worst="grade")
    nausea = result.frame[result.frame["group"] == "nausea"]
    by_grade = nausea.set_index(nausea["grade"].astype("Float64"))
    assert by_grade["n"].sum() == 3
    assert by_grade.loc[3.0, "n"] == 1
    assert by_grade.loc[1.0, "n"] == 0
    assert by_grade.loc[1.0, "events"] == 1
    missing = nausea[nausea["grade"].isna()]
    assert missing["n"].tolist() == [1]


def test_an_ordered_category_has_a_worst(patients) -> None:
    order = pd.CategoricalDtype(["mild", "moderate", "severe"], ordered=True)
    events = pd.DataFrame(
        {"patient_id": ["a", "a", "b"], "severity": pd.Categorical(["severe", "mild", "mild"], dtype=order)}
    )
    result = incidence(events, patients, worst="severity")
    assert dict(zip(result["severity"], result["n"], strict=True)) == {"mild": 1, "moderate": 0, "severe": 1}


def test_flags_filter_and_a_missing_answer_is_told(events, patients) -> None:
    result = incidence(events, patients, where="serious")
    assert result["n"].tolist() == [1]
    assert result.notes == ("1 event without an answer to 'serious' is not counted",)


def test_missing_levels_are_a_level(patients) -> None:
    events = pd.DataFrame({"patient_id": ["a", "b"], "group": ["nausea", None]})
    result = incidence(events, patients, by=["group"])
    assert result["n"].tolist() == [1, 1]
    assert result["group"].isna().tolist() == [False, True]
    two = incidence(events.assign(term="x"), patients, by=["term", "group"])
    assert two["n"].tolist() == [1, 1]


def test_categories_without_events_are_shown_and_an_empty_arm_has_no_percentage(events, patients) -> None:
    events["group"] = pd.Categorical(events["group"], categories=["nausea", "dizziness", "anxiety"])
    patients["arm"] = pd.Categorical(patients["arm"], categories=["placebo", "active", "open"])
    result = incidence(events, patients, by=["group"], arm="arm")
    assert result["group"].astype(str).unique().tolist() == ["nausea", "dizziness", "anxiety"]
    empty = cell(result, group="anxiety", arm="open")
    assert (empty["n"], empty["N"], empty["status"]) == (0, 0, "nobody at risk")
    assert np.isnan([empty["percent"], empty["lower"], empty["upper"]]).all()


def test_nobody_at_risk_is_a_status_not_a_number(events, patients) -> None:
    result = incidence(events.iloc[:0], patients.iloc[:0])
    assert result.status == "nobody at risk"
    assert np.isnan(result["percent"]).all()


def test_a_patient_in_two_arms_is_at_risk_in_both(events) -> None:
    patients = pd.DataFrame({"patient_id": ["a", "a", "b", "c"], "arm": ["x", "y", "x", "y"]})
    events = events.iloc[:4].assign(arm=["x", "y", "x", "y"])
    result = incidence(events, patients, arm="arm")
    assert result["n"].tolist() == [2, 2]
    assert result["N"].tolist() == [2, 2]


def test_repeated_rows_of_at_risk_count_once_and_are_told(events, patients) -> None:
    result = incidence(events, pd.concat([patients, patients.iloc[:1]]), arm="arm")
    assert result["N"].tolist() == [2, 2]
    assert result.notes == ("1 row of at_risk repeats a patient and is counted once",)


def test_input_frames_stay_as_they_are(events, sessions) -> None:
    before, before_sessions = events.copy(deep=True), sessions.copy(deep=True)
    incidence(events, sessions, by=["group"], unit="session", worst="grade")
    pd.testing.assert_frame_equal(events, before)
    pd.testing.assert_frame_equal(sessions, before_sessions)


def test_cluster_limits_are_wider_when_the_sessions_of_a_patient_are_alike() -> None:
    sessions = pd.DataFrame({"patient_id": np.repeat(np.arange(30), 10), "session_id": np.arange(300)})
    alike = sessions[sessions["patient_id"] < 6]
    spread = sessions[sessions["session_id"] % 5 == 0]
    rows = [incidence(e, sessions, unit="session").frame.iloc[0] for e in (alike, spread)]
    assert rows[0]["n"] == rows[1]["n"] == 60
    width = [row["upper_cluster"] - row["lower_cluster"] for row in rows]
    exact = [row["upper"] - row["lower"] for row in rows]
    assert width[0] > 2 * exact[0]
    # Perfectly spread sessions: only the t quantile of 29 instead of 299 degrees of freedom is left.
    assert exact[1] < width[1] < 1.05 * exact[1]


def test_cluster_limits_at_zero_events_stand_for_patients_not_sessions() -> None:
    sessions = pd.DataFrame({"patient_id": np.repeat(np.arange(30), 10), "session_id": np.arange(300)})
    row = incidence(sessions.iloc[:0], sessions, unit="session").frame.iloc[0]
    assert row["lower_cluster"] == 0
    assert row["upper_cluster"] == pytest.approx(100 * float(proportion(0, 30)[1]), rel=1e-12)


def test_cluster_limits_cover_the_truth_in_clustered_sessions() -> None:
    """300 studies of 60 patients with 1 to 20 sessions, patient risks from a beta distribution."""
    rng = np.random.default_rng(20)
    truth, covered, exact = 0.2, 0, 0
    for _ in range(300):
        m = rng.integers(1, 21, 60)
        risk = np.repeat(rng.beta(0.8, 3.2, 60), m)
        sessions = pd.DataFrame({"patient_id": np.repeat(np.arange(60), m), "session_id": np.arange(m.sum())})
        row = incidence(sessions[rng.random(m.sum()) < risk], sessions, unit="session").frame.iloc[0]
        covered += row["lower_cluster"] <= 100 * truth <= row["upper_cluster"]
        exact += row["lower"] <= 100 * truth <= row["upper"]
    monte_carlo_error = np.sqrt(0.95 * 0.05 / 300)
    assert covered / 300 >= 0.95 - 3 * monte_carlo_error
    assert exact / 300 < 0.85


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            lambda e, p: incidence(e.assign(patient_id=["a", "a", "b", "c", "zz9"]), p),
            DataError,
            "1 event of a patient that is not at risk. got: row 5. add the missing rows to at_risk, compare "
            "the types of patient_id, or pass unknown='note'.",
        ),
        (
            lambda e, p: incidence(pd.concat([e, e.iloc[[0]]]), p),
            DataError,
            "2 events share their event_id with another. got: rows 1, 6. the same event was entered twice, "
            "or an event was split: keep one row each.",
        ),
        (
            lambda e, p: incidence(e.assign(grade="severe"), p, worst="grade"),
            DataError,
            "'grade' has no order, so there is no worst. got: str. allowed: numbers, or an ordered category. "
            "map words such as mild, moderate, severe to grades first.",
        ),
        (
            lambda e, p: incidence(e, p, by=["gruop"]),
            ArgumentError,
            "events has no column 'gruop'. allowed: event_id, patient_id, session_id, group, grade, serious. "
            "did you mean 'group'?",
        ),
        (
            lambda e, p: incidence(e, p, arm="treatment"),
            ArgumentError,
            "at_risk has no column 'treatment'. allowed: patient_id, arm.",
        ),
        (
            lambda e, p: incidence(e, p, unit="visit"),
            ArgumentError,
            "unit is not one of its options. got: 'visit'. allowed: patient, session.",
        ),
        (
            lambda e, p: incidence(e, p, where="grade"),
            ArgumentError,
            "events column 'grade' is not yes or no. got: Int64. allowed: a column of booleans. "
            "make one, for example events[column] == 'Y'.",
        ),
        (
            lambda e, p: incidence(e, p.assign(arm=["x", None, "y", "y"]), arm="arm"),
            DataError,
            "at_risk has 1 row without arm. got: row 2. leave out who is not at risk, or "
            "complete the column.",
        ),
        (
            lambda e, p: incidence(e.assign(arm="placebo"), p, arm="arm"),
            DataError,
            "3 events name another arm than at_risk does. got: rows 1, 2, 3. correct the events or at_risk: "
            "both must agree.",
        ),
        (
            lambda e, p: incidence(e.rename(columns={"group": "n"}), p, by=["n"]),
            ArgumentError,
            "a column of the table would have two meanings. got: 'n'. rename the column of the events.",
        ),
        (
            lambda e, p: incidence("events", p),
            ArgumentError,
            "events is of the wrong type. got: str. allowed: DataFrame.",
        ),
    ],
)
def test_what_cannot_be_counted_is_refused_with_the_rows_named(
    change, error, message, events, patients
) -> None:
    with pytest.raises(error) as caught:
        change(events, patients)
    assert str(caught.value) == message


def test_unknown_patients_can_be_told_instead(events, patients) -> None:
    events["patient_id"] = ["a", "a", "b", "c", "zz9"]
    result = incidence(events, patients, unknown="note")
    assert result.notes == ("1 event of a patient that is not at risk: row 5; not counted in any row",)
    assert result.meta["events_unknown"] == 1
    assert "zz9" not in result.summary()


def test_an_event_in_a_session_that_was_never_started_is_refused(events, sessions) -> None:
    events["session_id"] = ["a1", "a2", "b1", "c1", "c9"]
    with pytest.raises(DataError, match="1 event of a session that is not at risk"):
        incidence(events, sessions, unit="session")


def test_a_session_of_another_patient_is_refused(events, sessions) -> None:
    events["session_id"] = ["a1", "b1", "b1", "c1", None]
    with pytest.raises(DataError, match="1 event names another patient_id than at_risk does"):
        incidence(events, sessions, unit="session")


def test_the_same_event_without_an_identifier_still_counts_its_patient_once(events, patients) -> None:
    twice = pd.concat([events, events.iloc[[0]]]).drop(columns="event_id")
    assert incidence(twice, patients)["n"].tolist() == [3]


def test_a_flag_that_no_event_has_an_answer_to_gives_no_share_of_zero() -> None:
    events = pd.DataFrame({"patient_id": ["a"], "serious": pd.array([pd.NA], dtype="boolean")})
    found = incidence(events, pd.DataFrame({"patient_id": list("abc")}), where="serious").to_frame()
    assert found["status"].tolist() == ["serious is not recorded"]
    assert found[["n", "events", "percent", "lower", "upper"]].isna().all(axis=None)
