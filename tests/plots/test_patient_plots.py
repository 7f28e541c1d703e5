"""One patient's calendar and sessions, and the heat map of events: cells and steps are the tables' rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex

from outcomes.errors import ArgumentError
from outcomes.plots import describe, diary_calendar, event_heat_map, titration
from outcomes.plots.diary_calendar import SEVERITIES


@pytest.fixture
def days() -> pd.DataFrame:
    # 2026-01-05 is a Monday
    date = pd.to_datetime(["2026-01-05", "2026-01-06", "2026-01-08", "2026-01-12", "2026-01-13"])
    return pd.DataFrame(
        {
            "patient_id": "P1",
            "date": date,
            "headache": pd.array([True, False, True, True, None], dtype="boolean"),
            "pain": [7.0, 0.0, None, 2.0, None],
            "acute_medication": pd.array([True, False, None, False, None], dtype="boolean"),
        }
    )


def squares(ax) -> dict[str, list[tuple[int, int]]]:
    """Colour of a cell -> (week, weekday) of the cells that have it."""
    found: dict[str, list[tuple[int, int]]] = {}
    for part in ax.collections:
        if isinstance(part, PathCollection) and len(part.get_facecolor()):
            middles = [
                tuple(np.round((box.min(axis=0) + box.max(axis=0)) / 2).astype(int))
                for path in part.get_paths()
                for box in path.to_polygons()
            ]
            found.setdefault(to_hex(part.get_facecolor()[0]), []).extend(middles)
    return found


def test_each_day_has_the_colour_of_its_severity(days):
    cells = squares(diary_calendar(days, patient="P1"))
    assert cells[SEVERITIES["severe (NRS 7-10)"]] == [(0, 0)]
    assert cells[SEVERITIES["headache-free"]] == [(0, 1)]
    assert cells[SEVERITIES["headache, no pain recorded"]] == [(0, 3)]
    assert cells[SEVERITIES["mild (NRS 1-3)"]] == [(1, 0)]


def test_a_day_not_recorded_is_a_hole_and_never_headache_free(days):
    ax = diary_calendar(days, patient="P1")
    holes = next(line for line in ax.lines if line.get_marker() == ".")
    at = sorted(zip(holes.get_xdata(), holes.get_ydata(), strict=True))
    assert at == [(0, 2), (0, 4), (0, 5), (0, 6), (1, 1)]
    assert "1 day headache-free" in describe(ax)
    assert "5 not recorded" in describe(ax)


def test_infusions_events_and_medication_are_on_their_days(days):
    start, end = ["2026-01-06", "2026-01-05"], ["2026-01-07", "2026-01-12"]
    sessions = pd.DataFrame({"patient_id": ["P1", "P2"], "start_date": pd.to_datetime(start)})
    sessions["end_date"] = pd.to_datetime(end)
    # 23:30 in UTC is the next day in Berlin
    events = pd.DataFrame({"patient_id": ["P1"], "onset": pd.to_datetime(["2026-01-07 23:30Z"])})
    ax = diary_calendar(days, patient="P1", sessions=sessions, events=events, timezone="Europe/Berlin")
    assert squares(ax).get("none") is None
    frames = [
        part for part in ax.collections if isinstance(part, PathCollection) and not len(part.get_facecolor())
    ]
    assert sum(len(path.to_polygons()) for part in frames for path in part.get_paths()) == 2
    triangle = next(line for line in ax.lines if line.get_marker() == "^")
    assert np.round(triangle.get_ydata()).astype(int).tolist() == [3]
    words = describe(ax)
    assert "Acute medication on 1 day. An infusion ran on 2 days. Adverse events began on 1 day." in words


def test_a_patient_without_a_day_is_refused_without_the_name(days):
    with pytest.raises(ArgumentError, match="no day of this patient") as caught:
        diary_calendar(days, patient="Miller")
    assert "Miller" not in str(caught.value)


@pytest.fixture
def sessions() -> pd.DataFrame:
    start = pd.to_datetime(["2026-01-05 09:00Z", "2026-01-07 09:00Z", "2026-01-09 09:00Z"])
    return pd.DataFrame(
        {
            "session_id": ["s1", "s2", "s3"],
            "patient_id": ["Smith", "Smith", "Jones"],
            "session_number": [1, 2, 1],
            "start": start,
            "end": start + pd.Timedelta(hours=2),
            "pain_before": [7.0, None, 5.0],
            "pain_after": [3.0, 4.0, 5.0],
        }
    )


@pytest.fixture
def log(sessions) -> pd.DataFrame:
    minutes = pd.to_timedelta([0, 60, 120], unit="min")
    rates = {"rate": [0.2, 0.4, 0.0]}
    parts = [pd.DataFrame(rates | {"session_id": name, "time": start + minutes})
             for name, start in zip(sessions["session_id"], sessions["start"], strict=True)]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def test_the_rate_is_a_step_from_each_time_of_the_log(log, sessions):
    ax = titration(log, sessions=sessions, patient="Smith")
    steps = [line for line in ax.lines if line.get_drawstyle() == "steps-post"]
    assert [np.asarray(line.get_xdata()).tolist() for line in steps] == [[0, 1, 2]] * 2
    height = 1 - (np.asarray(steps[0].get_ydata()) / 0.66)
    assert np.allclose(height, [0.5, 1.0, 0.0])
    assert {"0.40", "7→3"} <= {text.get_text() for text in ax.texts}
    assert "Session 2: 2.0 h, highest rate 0.40 mg/kg/h, NRS not recorded before and 4 after." in describe(ax)


def test_an_event_is_a_letter_at_its_hour(log, sessions):
    events = pd.DataFrame({"session_id": ["s1", "s1", "s2"], "hours_since_start": [0.5, 30.0, None],
                           "term": ["Nausea", "Rash", "Dizziness"]})  # fmt: skip
    ax = titration(log, sessions=sessions, events=events, patient="Smith")
    letters = [(text.get_text(), text.get_position()[0]) for text in ax.texts if len(text.get_text()) == 1]
    assert letters == [("A", 0.5)], "after the session, or without a time, an event is not on the curve"
    assert "A nausea" in ax.get_xlabel()


def test_lanes_of_many_patients_bear_no_names_and_what_is_left_out_is_said(log, sessions):
    ax = titration(log, sessions=sessions, most=2)
    shown = describe(ax) + " ".join(text.get_text() for text in [*ax.texts, *ax.get_yticklabels()])
    assert "Smith" not in shown
    assert describe(ax).endswith("1 later session is not drawn.")


def test_a_log_without_rows_is_said(log, sessions):
    with pytest.raises(ArgumentError, match="no session with a rate"):
        titration(log.iloc[:0], sessions=sessions)


def heat(ax) -> np.ndarray:
    """Return the colour in the middle of each cell."""
    return np.asarray(ax.images[0].get_array())[5::10, 20::40]


def test_of_more_patients_than_a_screen_has_lines_some_are_drawn_and_all_are_counted():
    who = np.arange(5_000)
    sessions = pd.DataFrame({"patient_id": who, "session_id": who.astype(str), "session_number": 1})
    events = pd.DataFrame({"session_id": who[:1_000].astype(str), "grade": 2})
    ax = event_heat_map(events, sessions=sessions)
    pixels = np.asarray(ax.images[0].get_array())
    assert pixels.shape[0] == 2_000
    marked = (pixels[:, 5] != pixels[-1, 5]).any(axis=1)
    assert marked.tolist() == [True] * 400 + [False] * 1_600
    assert "5000 patients" in describe(ax).replace(",", "")
    assert describe(ax).endswith("2,000 of the patients are drawn, evenly from top to bottom.")


def test_a_cell_has_the_worst_grade_of_its_session(sessions):
    events = pd.DataFrame({"session_id": ["s1", "s1", "s3"], "grade": pd.array([1, 3, None], dtype="Int64")})
    ax = event_heat_map(events, sessions=sessions)
    pixels = heat(ax)
    assert pixels.shape == (2, 2, 4)
    assert pixels[1, 1, 3] == 0, "no session is blank"
    assert pixels[0, 1, 3] == 255, "a session without an event is not"
    assert (pixels[0, 0] != pixels[0, 1]).any()
    assert sorted(text.get_text() for text in ax.texts) == ["3", "?"]
    assert "1 with grade 3 as the worst, 1 with no grade recorded" in describe(ax)


def test_sessions_without_any_event_are_drawn_and_no_session_is_refused(sessions):
    none = pd.DataFrame({"session_id": [], "grade": []})
    ax = event_heat_map(none, sessions=sessions.iloc[:1])
    assert "Sessions with an event: 0 of 1 (0%)." in describe(ax)
    with pytest.raises(ArgumentError, match="no session to draw"):
        event_heat_map(none, sessions=sessions.iloc[:0])


def test_events_of_no_session_are_counted(sessions):
    events = pd.DataFrame({"session_id": ["s1", None], "grade": [1, 2]})
    assert "1 event outside the sessions drawn not shown" in describe(
        event_heat_map(events, sessions=sessions)
    )
