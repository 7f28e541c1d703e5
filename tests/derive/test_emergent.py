"""Emergence and attribution of adverse events, case by case and against a plain double loop."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from derive_study import study, table
from outcomes.derive.emergent import emergent, emergent_events
from outcomes.errors import DataError
from outcomes.schema.local_time import in_zone
from outcomes.study import Study

ZONE = "Europe/Berlin"


def when(*texts: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts), utc=True, format="ISO8601")).astype("datetime64[us, UTC]")


@pytest.fixture
def sessions() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "session_id": ["s2", "s1", "t1"],
            "patient_id": ["a", "a", "b"],
            "start": when("2026-03-09T09:00Z", "2026-03-02T09:00Z", "2026-03-02T08:00Z"),
        }
    )


def event(
    onset: str | None, *, resolved: str | None = None, patient: str = "a", **more: object
) -> pd.DataFrame:
    row = {"event_id": "e", "patient_id": patient, "term": "nausea", "grade": 1, **more}
    return pd.DataFrame([row]).assign(onset=when(onset), resolved=when(resolved))


@pytest.mark.parametrize(
    ("onset", "emergent", "session", "window"),
    [
        ("2026-03-02T08:59:59Z", False, None, None),
        ("2026-03-02T09:00Z", True, "s1", "<=24h"),
        ("2026-03-03T09:00Z", True, "s1", "<=24h"),
        ("2026-03-03T09:00:01Z", True, "s1", "<=7d"),
        ("2026-03-09T08:59Z", True, "s1", "<=7d"),
        ("2026-03-09T09:00Z", True, "s2", "<=24h"),
        ("2026-03-16T09:00Z", True, "s2", "<=7d"),
        ("2026-03-16T09:01Z", True, "s2", "<=30d"),
        ("2026-04-08T09:01Z", True, "s2", ">30d"),
    ],
)
def test_an_event_belongs_to_the_last_session_started_before_it(
    sessions, onset, emergent, session, window
) -> None:
    row = emergent_events(event(onset), sessions).iloc[0]
    assert row["emergent"] == emergent
    assert (row["session_id"] if emergent else None) == session
    assert (row["window"] if emergent else None) == window
    assert row["session_source"] == ("derived" if emergent else "none")


def test_a_missing_onset_is_emergent_without_a_session(sessions) -> None:
    row = emergent_events(event(None), sessions).iloc[0]
    assert row["emergent"]
    assert pd.isna(row["session_id"])
    assert pd.isna(row["window"])
    assert np.isnan(row["hours_since_start"])


def test_a_patient_without_a_session_has_no_emergent_event(sessions) -> None:
    both = pd.concat([event("2026-03-05T09:00Z", patient="z"), event(None, patient="z")])
    assert emergent_events(both, sessions)["emergent"].tolist() == [False, False]


def test_a_date_alone_on_the_day_of_the_session_comes_after_it(sessions) -> None:
    # 1 March 23:00 UTC is midnight of 2 March in Berlin.
    row = emergent_events(event("2026-03-01T23:00Z", onset_precision="day"), sessions, timezone=ZONE).iloc[0]
    assert (row["emergent"], row["session_id"], row["window"]) == (True, "s1", "<=24h")
    assert np.isnan(row["hours_since_start"])
    before = emergent_events(event("2026-02-28T23:00Z", onset_precision="day"), sessions, timezone=ZONE)
    assert not before["emergent"].iloc[0]


def test_a_date_alone_on_the_day_the_clock_changes(sessions) -> None:
    sessions["start"] = when("2026-03-09T09:00Z", "2026-03-29T20:00Z", "2026-03-02T08:00Z")
    row = emergent_events(event("2026-03-28T23:00Z", onset_precision="day"), sessions, timezone=ZONE).iloc[0]
    assert row["session_id"] == "s1"


def test_the_session_of_the_source_is_kept_unless_it_cannot_be(sessions) -> None:
    reported = emergent_events(event("2026-03-10T09:00Z", session_id="s1"), sessions).iloc[0]
    assert (reported["session_id"], reported["session_source"]) == ("s1", "reported")
    assert reported["hours_since_start"] == 8 * 24
    later = emergent_events(event("2026-03-05T09:00Z", session_id="s2"), sessions).iloc[0]
    assert (later["session_id"], later["session_source"]) == ("s1", "conflict")
    unknown = emergent_events(event("2026-03-05T09:00Z", session_id="s9"), sessions).iloc[0]
    assert (unknown["session_id"], unknown["session_source"]) == ("s1", "unknown")
    others = emergent_events(event("2026-03-05T09:00Z", session_id="t1"), sessions).iloc[0]
    assert (others["session_id"], others["session_source"]) == ("s1", "unknown")
    assert others["sessions_spanned"] == 2
    undated_others = emergent_events(event(None, session_id="t1"), sessions).iloc[0]
    assert pd.isna(undated_others["session_id"])
    assert undated_others["session_source"] == "unknown"
    undated = emergent_events(event(None, session_id="s2"), sessions).iloc[0]
    assert (undated["session_id"], undated["session_source"]) == ("s2", "reported")


def test_an_ongoing_event_spans_the_sessions_that_follow(sessions) -> None:
    assert emergent_events(event("2026-03-02T10:00Z"), sessions)["sessions_spanned"].tolist() == [2]
    assert emergent_events(event("2026-03-02T10:00Z"), sessions)["ongoing"].tolist() == [True]
    short = event("2026-03-02T10:00Z", resolved="2026-03-02T11:00Z")
    assert emergent_events(short, sessions)["sessions_spanned"].tolist() == [1]
    touching = event("2026-03-02T10:00Z", resolved="2026-03-09T09:00Z")
    assert emergent_events(touching, sessions)["sessions_spanned"].tolist() == [2]


def test_worsening_is_a_higher_grade_of_what_was_there_before_the_first_infusion(sessions) -> None:
    rows = pd.concat(
        [
            event("2026-02-20T09:00Z", resolved="2026-03-04T09:00Z", grade=1),
            event("2026-03-04T09:00Z", grade=2, term="Nausea"),
            event("2026-02-20T09:00Z", grade=2, term="rash"),
            event("2026-03-04T09:00Z", grade=2, term="rash"),
            event("2026-02-20T09:00Z", resolved="2026-02-21T09:00Z", grade=1, term="cough"),
            event("2026-03-04T09:00Z", grade=2, term="cough"),
        ],
        ignore_index=True,
    )
    frame = emergent_events(rows, sessions)
    assert frame["worsening"].tolist() == [False, True, False, False, False, False]
    assert frame["emergent"].tolist() == [False, True, False, True, False, True]


def test_worsening_is_measured_against_everything_that_is_still_there(sessions) -> None:
    rows = pd.concat(
        [
            event("2026-02-20T09:00Z", grade=1),
            event("2026-02-22T09:00Z", resolved="2026-02-23T09:00Z", grade=3),
            event("2026-03-04T09:00Z", grade=2),
            event("2026-03-05T09:00Z", grade=2),
            event("2026-03-02T00:00Z", grade=1, term="rash", onset_precision="day"),
            event("2026-03-03T09:00Z", grade=2, term="rash"),
        ],
        ignore_index=True,
    )
    # The first row goes on beside the second, which has ended; the rash began on the day of the infusion,
    # so nothing of it was there before.
    assert emergent_events(rows, sessions)["worsening"].tolist() == [False, False, True, True, False, False]


def test_an_end_that_is_a_date_alone_lasts_as_long_as_the_date() -> None:
    rows = [("e1", "2026-03-02 10:30", "2026-03-02"), ("e2", "2026-02-20", "2026-03-02")]
    events = pd.DataFrame(rows, columns=["event_id", "onset", "resolved"])
    events = events.assign(patient_id="a", term=["nausea", "rash"], grade=1)
    worse = events.iloc[[1]].assign(event_id="e3", onset="2026-03-02 11:00", resolved="", grade=2)
    diary = pd.DataFrame({"patient_id": ["a"], "date": ["2026-03-01"], "headache": ["no"]})
    session = pd.DataFrame(
        {"session_id": ["s"], "patient_id": ["a"], "start": ["2026-03-02 09:00"], "end": ["2026-03-02 12:00"]}
    )
    made = Study(diary=diary, sessions=session, adverse_events=pd.concat([events, worse]), timezone=ZONE)
    assert "resolved_before_onset" not in set(made.findings["rule"])
    frame = emergent(made).set_index("event_id")
    assert (
        frame["resolved"].dt.tz_convert(ZONE).dt.strftime("%d %H:%M:%S").tolist()[:2] == ["02 23:59:59"] * 2
    )
    assert frame["worsening"].to_dict() == {"e1": False, "e2": False, "e3": True}


def test_every_event_stays_in_its_place_and_the_input_is_not_changed(sessions) -> None:
    rows = pd.concat([event("2026-03-05T09:00Z"), event("2026-03-02T09:30Z", patient="b")]).set_axis([7, 3])
    before = rows.copy(deep=True)
    frame = emergent_events(rows, sessions)
    pd.testing.assert_frame_equal(rows, before)
    assert frame.index.tolist() == [7, 3]
    assert frame["session_id"].tolist() == ["s1", "t1"]
    assert len(emergent_events(rows.iloc[:0], sessions)) == 0
    assert emergent_events(rows, sessions.iloc[:0])["emergent"].tolist() == [False, False]


def test_attribution_is_that_of_a_plain_double_loop() -> None:
    rng = np.random.default_rng(5)
    base = pd.Timestamp("2026-01-01", tz="UTC")
    sessions = pd.DataFrame(
        {"session_id": [f"s{i}" for i in range(200)], "patient_id": rng.choice(list("abcdefgh"), 200)}
    ).assign(start=base + pd.to_timedelta(rng.integers(0, 100 * 24, 200), unit="h"))
    sessions = sessions.drop_duplicates(["patient_id", "start"])
    n = 400
    onset = pd.Series(base + pd.to_timedelta(rng.integers(-100, 110 * 24, n), unit="h"))
    events = pd.DataFrame({"patient_id": rng.choice(list("abcdefghi"), n), "term": "x", "grade": 1}).assign(
        onset=onset, resolved=onset + pd.to_timedelta(rng.integers(0, 500, n), unit="h")
    )
    frame = emergent_events(events, sessions)
    for i in range(n):
        own = sessions[sessions["patient_id"] == events["patient_id"][i]]
        before = own[own["start"] <= onset[i]].sort_values("start")
        assert frame["emergent"][i] == bool(len(before))
        if len(before):
            assert frame["session_id"][i] == before["session_id"].iloc[-1]
            during = own[(own["start"] > onset[i]) & (own["start"] <= events["resolved"][i])]
            assert frame["sessions_spanned"][i] == 1 + len(during)
        else:
            assert frame["sessions_spanned"][i] == 0
    in_order = sessions.sort_values(["patient_id", "start"])
    pd.testing.assert_frame_equal(emergent_events(events, in_order), frame)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda s: (event("2026-03-05T09:00Z", resolved="2026-03-04T09:00Z"), s),
            "1 adverse event ends before it begins. got: row 1. correct the times in the source.",
        ),
        (
            lambda s: (event("2026-03-05T09:00Z"), s.assign(start=when(None, "2026-03-02T09:00Z", None))),
            "2 sessions have no start. got: rows 1, 3. a session that was never started is not a session: "
            "leave it out.",
        ),
        (
            lambda s: (event("2026-03-05T09:00Z").assign(onset=pd.Timestamp("2026-03-05")), s),
            "onset has no time zone. got: datetime64[us]. allowed: UTC timestamps.",
        ),
        (
            lambda s: (event("2026-03-05T09:00Z", grade="severe"), s),
            "the grade is not a number. got: str. allowed: CTCAE grades 1 to 5.",
        ),
        (
            lambda s: (event("2026-03-05T09:00Z").drop(columns="resolved"), s),
            "events lack columns. got: resolved. pass the checked tables.",
        ),
    ],
)
def test_impossible_times_are_refused(sessions, change, message) -> None:
    with pytest.raises(DataError) as caught:
        emergent_events(*change(sessions))
    assert str(caught.value) == message


def test_without_sessions_the_day_of_the_index_date_begins_the_treatment() -> None:
    people = table("patients", {"patient_id": ["a", "b"], "index_date": ["2026-03-29", "2026-03-29"]})
    infused = table(
        "sessions",
        {
            "session_id": ["s1"],
            "patient_id": ["b"],
            "start": ["2026-04-02T09:00Z"],
            "end": ["2026-04-02T10:00Z"],
        },
    )
    # local midnight of 29 March in Berlin is 23:00 UTC of the 28th, the day before the clock changes
    events = pd.DataFrame(
        {
            "event_id": list("uvwxy"),
            "patient_id": ["a", "a", "a", "b", "b"],
            "term": "nausea",
            "grade": 1,
            "onset": when(
                "2026-03-28T22:59Z", "2026-03-28T23:00Z", None, "2026-03-30T00:00Z", "2026-04-02T09:00Z"
            ),
            "resolved": when(*[None] * 5),
        }
    )
    found = emergent(study(patients=people, sessions=infused, adverse_events=events, timezone=ZONE))
    assert found["emergent"].tolist() == [False, True, True, False, True]
    assert found["session_id"].isna().tolist() == [True] * 4 + [False]
    assert found["session_source"].tolist() == ["none"] * 4 + ["derived"]
    assert found["hours_since_start"].isna().tolist() == [True] * 4 + [False]
    assert found["window"].isna().tolist() == [True] * 4 + [False]
    assert found["sessions_spanned"].tolist() == [0, 0, 0, 0, 1]
    assert found.dtypes.equals(in_zone(emergent_events(events, infused, timezone=ZONE), ZONE).dtypes)
