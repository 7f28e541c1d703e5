"""Every moment that is handed out stands in the study's zone: an hour is that of a clock in the clinic."""

from __future__ import annotations

import pandas as pd
import pytest

import outcomes as oc
from outcomes.derive.queries import with_queries
from outcomes.models.harm.tables import safety_data, serious_listing
from outcomes.plots import diary_calendar, svg
from outcomes.tables.events import listing_table

HANDED_OUT = {
    "emergent": oc.emergent,
    "exposure": oc.exposure,
    "follow_up": oc.follow_up,
    "event_queries": lambda study: with_queries(oc.emergent(study), {"dreams": ["vivid dreams"]}),
    "serious_listing": lambda study: (
        serious_listing(
            safety_data(oc.emergent(study), study.sessions, sessions=study.sessions, unknown="note")
        ).frame
    ),
    "at_risk": lambda study: oc.at_risk(
        oc.follow_up(study), cutoff=pd.Timestamp("2026-05-31", tz=study.timezone)
    ),
}


@pytest.fixture(scope="module")
def study():
    return oc.load_example()


@pytest.mark.parametrize("name", HANDED_OUT)
def test_moments_are_in_the_zone_of_the_study(study, name):
    frame = HANDED_OUT[name](study)
    moments = [c for c in frame if pd.api.types.is_datetime64_any_dtype(frame[c].dtype)]
    zones = {str(frame[c].dt.tz) for c in moments if isinstance(frame[c].dtype, pd.DatetimeTZDtype)}
    assert zones == {"Europe/Berlin"}


def test_an_event_shows_the_clock_of_its_raw_file(study):
    raw = pd.read_csv("data/example/ereignisse.csv", dtype=str)
    raw = raw.drop_duplicates("Nr", keep=False).set_index("Nr")["Beginn"]
    events = oc.emergent(study).set_index("event_id")
    shown = events["onset"].dropna().dt.strftime("%Y-%m-%dT%H:%M")
    timed = shown.index[raw.reindex(shown.index).str.len().eq(16)]
    assert len(timed) > 200
    assert shown[timed].tolist() == raw[timed].tolist()


def test_listing_and_calendar_show_the_same_hour_and_day(study):
    listed = HANDED_OUT["serious_listing"](study)
    printed = listing_table(oc.Estimates(listed, title="", method="", level=None), timezone=study.timezone)
    assert printed.frame["onset"].dropna().tolist() == [
        f"{onset:%Y-%m-%d %H:%M}" for onset in listed["onset"].dropna()
    ]
    # just after midnight in Berlin it is the day before in UTC
    late = pd.DataFrame(
        {"patient_id": ["0001"], "onset": [pd.Timestamp("2025-09-02 00:30", tz=study.timezone)]}
    )
    days = oc.days(study).query("patient_id == '0001'")
    here = diary_calendar(days, patient="0001", events=late)
    there, utc = (
        diary_calendar(days, patient="0001", events=late, timezone=z) for z in (study.timezone, "UTC")
    )
    drawn = [svg(ax) for ax in (here, there, utc)]
    assert drawn[0] == drawn[1] != drawn[2]
