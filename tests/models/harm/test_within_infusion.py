"""Events by hour of the infusion and by pump rate: counts and hours made by hand."""

from __future__ import annotations

import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError, DataError


def at(text: str) -> pd.Timestamp:
    return pd.Timestamp(f"2026-03-02 {text}Z")


@pytest.fixture
def sessions() -> pd.DataFrame:
    rows = [
        ("a", 1, at("09:00"), at("11:30")),
        ("b", 1, at("09:00"), at("10:00")),
        ("b", 2, at("12:00"), None),
    ]
    return pd.DataFrame(rows, columns=["patient_id", "session_id", "start", "end"])


@pytest.fixture
def events() -> pd.DataFrame:
    rows = [
        ("a", 1, at("09:00")), ("a", 1, at("10:00")), ("a", 1, at("10:20")), ("a", 1, at("11:30")),
        ("a", 1, at("11:31")), ("b", 1, at("08:59")), ("b", 2, at("12:30")),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["patient_id", "session_id", "onset"])


def test_hours_and_events_by_hand(sessions, events):
    found = oc.within_infusion(events, sessions)
    assert found["hour"].tolist() == [0.0, 1.0, 2.0]
    assert found["exposure"].tolist() == [2.0, 1.0, 0.5]
    assert found["sessions"].tolist() == found["running"].tolist() == [2, 1, 1]
    # at 10:00 the first hour is over, and its end belongs to it; 11:31 and 08:59 are in no infusion
    assert found["events"].tolist() == [2, 1, 1]
    assert found["rate"].tolist() == [100.0, 100.0, 200.0]
    assert "1 session without an end is not included" in found.notes


def test_an_event_counts_at_the_rate_before_the_change(sessions, events):
    log = pd.DataFrame(
        {
            "patient_id": "a",
            "session_id": 1,
            "time": [at("09:10"), at("10:20"), at("11:00")],
            "rate": [0.2, 0.4, 0.9],
            "action": ["start", "rate", "stop"],
        }
    )
    found = oc.within_infusion(events, sessions, titration=log, pump_rates=[0.3])
    cells = {(r.hour, r.pump_rate): (r.events, round(r.exposure, 6)) for r in found.frame.itertuples()}
    minutes = 1 / 60
    assert cells == {
        (0.0, "rate not recorded"): (1, round(1 + 10 * minutes, 6)),  # before the log, and b without one
        (0.0, "below 0.3"): (1, round(50 * minutes, 6)),
        (1.0, "below 0.3"): (1, round(20 * minutes, 6)),  # 10:20 itself: the rate rose after it
        (1.0, "0.3 or more"): (0, round(40 * minutes, 6)),
        (2.0, "below 0.3"): (1, 0.5),  # stopped: no drug runs
    }
    assert found["exposure"].sum() == pytest.approx(3.5)
    assert found.frame.query("hour == 0")["running"].tolist() == [2, 2]


def test_the_example_agrees_with_its_own_sessions():
    example = oc.load_example()
    events = oc.emergent(example)
    found = oc.within_infusion(events, example.sessions, titration=example.titration, pump_rates=[0.3])
    during = events[events["timing"].eq("during").fillna(False) & events["hours_since_end"].notna()]
    ended = example.sessions.dropna(subset=["end"])
    hours = (ended["end"] - ended["start"]).dt.total_seconds().sum() / 3600
    assert found["exposure"].sum() == pytest.approx(hours)
    assert found["events"].sum() == len(during)


def test_what_cannot_be_asked_is_refused(sessions, events):
    log = pd.DataFrame({"session_id": [1], "time": [at("09:10")], "rate": [0.2]})
    with pytest.raises(ArgumentError, match="does not say whose session"):
        oc.within_infusion(events, sessions, titration=log, pump_rates=[0.3])
    for wrong in ([0.3], [0.3, 0.2], [0.0]):
        with pytest.raises(ArgumentError, match="ascending bounds"):
            oc.within_infusion(events, sessions, titration=None if wrong == [0.3] else log, pump_rates=wrong)
    with pytest.raises(ArgumentError, match="not a length"):
        oc.within_infusion(events, sessions, hours=0)
    with pytest.raises(DataError, match="overlap"):
        oc.within_infusion(events, pd.concat([sessions.iloc[:1]] * 2).assign(session_id=[1, 2]))
    naive = events.assign(onset=events["onset"].dt.tz_localize(None))
    with pytest.raises(ArgumentError, match="has a time zone"):
        oc.within_infusion(naive, sessions)
