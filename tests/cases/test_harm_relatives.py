"""Relatives of the harm cases, by hand: where an event belongs, what a word costs, what an arm counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError, DataError
from studies import study_of

HEAD = "event_id,patient_id,session_id,term,onset,resolved,grade,serious,outcome,group\n"
#: One ward infusion of 108 h and a session at the day clinic; the second study has two sessions a day apart.
WARD = "s1,01,2026-01-20T08:00+01:00,2026-01-24T20:00+01:00\n"
CLINIC = "s2,02,2026-01-21T09:00+01:00,2026-01-21T11:00+01:00\n"
TWO = """s1,01,2026-01-20T08:00+01:00,2026-01-20T10:00+01:00
s3,01,2026-01-21T08:00+01:00,2026-01-21T10:00+01:00
"""
BOTH = WARD + CLINIC
OPEN = "s1,01,2026-01-20T08:00+01:00,\n" + CLINIC


def study(folder: Path, sessions: str, events: str) -> oc.Study:
    return study_of(
        folder, sessions="session_id,patient_id,start,end\n" + sessions, adverse_events=HEAD + events,
        titration="session_id,time,rate,action\n",
    )  # fmt: skip


# sessions; the event: session named and onset, resolved; session, where from, timing, in it, emergent
PLACED: dict[str, tuple[str, str, str, str | None, str, str | None, bool, bool]] = {
    "40 h into a ward infusion, no session named": (
        BOTH, ",2026-01-22T00:00+01:00", "", "s1", "derived", "during", True, True),
    "6 minutes before 24 h after line out": (
        BOTH, "s1,2026-01-25T19:54+01:00", "", "s1", "reported", "after", True, True),
    "24 h after line out": (
        BOTH, "s1,2026-01-25T20:00+01:00", "", "s1", "reported", "after", True, True),
    "6 minutes later": (
        BOTH, "s1,2026-01-25T20:06+01:00", "", "s1", "reported", "after", False, True),
    "the last day, no hour": (BOTH, "s1,2026-01-24", "", "s1", "reported", None, True, True),
    "the day after, no hour": (BOTH, ",2026-01-25", "", "s1", "derived", "after", True, True),
    "half an hour before the next session": (
        TWO, ",2026-01-21T07:30+01:00", "", "s1", "derived", "after", True, True),
    "as the next session begins": (TWO, ",2026-01-21T08:00+01:00", "", "s3", "derived", "during", True, True),
    "an hour before line in, session named": (
        BOTH, "s1,2026-01-20T07:00+01:00", "", None, "conflict", None, False, False),
    "23 h 59 after a start without an end": (
        OPEN, ",2026-01-21T07:59+01:00", "", "s1", "derived", None, True, True),
    "24 h 1 after a start without an end": (
        OPEN, ",2026-01-21T08:01+01:00", "", "s1", "derived", None, False, True),
    "no onset, over ten days before": (BOTH, ",", "2026-01-10T08:00+01:00", None, "none", None, False, False),
    "no onset, over a minute before": (BOTH, ",", "2026-01-20T07:59+01:00", None, "none", None, False, False),
    "no onset, over two days later": (BOTH, ",", "2026-01-22T07:59+01:00", None, "none", None, False, True),
    "no onset, no end": (BOTH, ",", "", None, "none", None, False, True),
    "begun before, lasting through it": (
        BOTH, ",2026-01-10T08:00+01:00", "2026-01-26T08:00+01:00", None, "none", None, False, False),
}  # fmt: skip


@pytest.mark.parametrize("name", PLACED)
def test_where_an_event_belongs(tmp_path: Path, name: str) -> None:
    sessions, when, resolved, session, source, timing, inside, emergent = PLACED[name]
    made = study(
        tmp_path, sessions, f"e1,01,{when.split(',')[0]},nausea,{when.split(',')[1]},{resolved},4,yes,,\n"
    )
    row = oc.emergent(made).iloc[0]
    found = [None if pd.isna(row[column]) else row[column] for column in ("session_id", "timing")]
    assert (*found, row["session_source"]) == (session, timing, source)
    assert (row["in_session"], row["emergent"]) == (inside, emergent)
    counted = oc.incidence(oc.emergent(made), made.sessions, unit="session").to_frame().iloc[0]
    assert (counted["n"], counted["N"]) == (int(inside), 2)


#: A word in one cell of a serious event of grade 4: what is left of it in the overview.
WORDS = {
    "a group in words": ("4,yes,,neurological", {"any": 1, "serious": 1, "grade 3+": 1}),
    "seriousness in words": ("4,maybe,,", {"any": 1, "grade 3+": 1}),
    "a grade that there is not": ("6,yes,,", {"any": 1, "serious": 1}),
    "an outcome in words": ("4,yes,got better,", {"any": 1, "serious": 1, "grade 3+": 1}),
    "fatal, not serious, of grade 2": ("2,no,fatal,", {"any": 1, "serious": 0, "fatal": 1, "grade 3+": 0}),
    "grade 5, recovered": ("5,yes,recovered,", {"any": 1, "serious": 1, "fatal": 0, "grade 3+": 1}),
}


@pytest.mark.parametrize("name", WORDS)
def test_a_word_costs_its_cell_and_never_the_event(tmp_path: Path, name: str) -> None:
    cells, lines = WORDS[name]
    made = study(tmp_path, BOTH, f"e1,01,s1,nausea,2026-01-20T09:00+01:00,,{cells}\n")
    assert len(made.adverse_events) == 1
    data = oc.safety_data(oc.emergent(made), made.sessions[["patient_id"]], sessions=made.sessions)
    overview = oc.safety_tables(data)["overview"].to_frame().query("unit == 'patient'").set_index("term")["n"]
    assert overview.to_dict() == lines


def numbered(n: int = 6) -> pd.DataFrame:
    """Return two sessions of each patient, numbered 1 and 2 within the patient, the second at home."""
    frame = pd.DataFrame({"patient_id": np.repeat(np.arange(n), 2), "session_id": [1, 2] * n, "hours": 2.0})
    return frame.assign(setting=["clinic", "home"] * n, dose_mg=[10.0, 20.0] * n)


@pytest.mark.parametrize("arm", ["setting", "dose_mg", "session_id"])
@pytest.mark.parametrize("unit", ["hours", "sessions"])
def test_sessions_numbered_within_patients_count_where_they_were(arm: str, unit: str) -> None:
    """Three events in first sessions, one in a second: 3 and 1 of six, whatever names the sessions."""
    sessions = numbered()
    events = pd.DataFrame({"patient_id": [0, 1, 2, 3], "session_id": [1, 1, 1, 2], "term": "x"})
    rates = oc.rates(events, sessions, arm=arm, unit=unit).to_frame()
    per = 12.0 if unit == "hours" else 6.0
    assert rates["events"].tolist() == [3, 1]
    assert rates["rate"].tolist() == pytest.approx([300 / per, 100 / per])
    counted = oc.incidence(events, sessions, arm=arm, unit="session").to_frame()
    assert counted[["n", "N"]].to_numpy().tolist() == [[3, 6], [1, 6]]
    mixed = sessions.sample(frac=1, random_state=2)
    shuffled = oc.rates(events.sample(frac=1, random_state=1), mixed, arm=arm, unit=unit).to_frame()
    assert shuffled["rate"].tolist() == rates["rate"].tolist()


@pytest.mark.parametrize("none_of", [5, 20, 60])
def test_no_event_in_sessions_of_few_patients_is_said_of_patients(none_of: int) -> None:
    """Ten sessions each: the limit is that of the patients, not of ten times as many."""
    sessions = pd.DataFrame(
        {"patient_id": np.repeat(np.arange(none_of), 10), "session_id": list(range(10)) * none_of}
    )
    row = oc.incidence(sessions.iloc[:0], sessions, unit="session").to_frame().iloc[0]
    assert row["upper_cluster"] == pytest.approx(100 * (1 - 0.025 ** (1 / none_of)), rel=1e-9)
    assert row["upper"] == pytest.approx(100 * (1 - 0.025 ** (1 / (10 * none_of))), rel=1e-9)


@pytest.mark.parametrize("reference", [1.0, 5, 100, -0.1, np.nan, "5 %"])
def test_a_share_that_no_look_can_pass_is_refused(reference: object) -> None:
    looks = oc.sequential.proportion_sequence([1, 4], [10, 20])
    with pytest.raises(ArgumentError, match=r"reference|proportion"):
        oc.sequential.signal(looks, reference=reference)


@pytest.mark.parametrize("column", ["exposure", "percent_of", "hours", "kind", "measure"])
def test_shares_by_a_column_of_any_name_are_compared_as_shares(column: str) -> None:
    """10 of 20 against 8 of 20: a difference of 0.10, whatever the rows are called."""
    people = pd.DataFrame({"patient_id": range(40), "arm": ["x"] * 20 + ["y"] * 20})
    events = pd.DataFrame({"patient_id": [*range(10), *range(20, 28)], column: "low"})
    counted = oc.incidence(events, people, by=column, arm="arm")
    assert oc.compare_arms(counted, reference="y")["estimate"].tolist() == pytest.approx([0.1])


@pytest.mark.parametrize("zoned", ["onset", "start", "end"])
def test_one_zoned_column_among_naive_ones_is_refused(zoned: str) -> None:
    people = pd.DataFrame({"patient_id": ["a"], "start": pd.to_datetime(["2026-01-01"])})
    people["end"] = pd.to_datetime(["2026-02-01"])
    events = pd.DataFrame({"patient_id": ["a"], "onset": pd.to_datetime(["2026-01-05"])})
    frame = events if zoned == "onset" else people
    frame[zoned] = frame[zoned].dt.tz_localize("UTC")
    for call in (
        lambda: oc.rates(events, people),
        lambda: oc.first_events(events, people),
        lambda: oc.mean_cumulative(events, people, by="days"),
    ):
        with pytest.raises((ArgumentError, DataError), match="zone"):
            call()
