"""Which adverse events began under treatment, and the session that each belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from outcomes.derive.attribution import NEVER, Starts, microseconds, session_of, session_starts
from outcomes.derive.courses import courses
from outcomes.errors import DataError, name_rows, plural
from outcomes.schema.local_time import MOMENT, end_of_day, in_zone, known_span
from outcomes.schema.study_data import check_study

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from outcomes.schema.study_data import StudyData

    Codes = NDArray[np.int64]
    Mask = NDArray[np.bool_]

__all__ = ["WINDOWS", "emergent", "emergent_events"]

#: Hours after the end of the session (after its start, where no end is known) -> name of the window; what is
#: later is ``>30d``.
WINDOWS: dict[float, str] = {24.0: "<=24h", 7 * 24.0: "<=7d", 30 * 24.0: "<=30d"}
LATER = ">30d"
NAMES = pd.array([*WINDOWS.values(), LATER], dtype="str")
TIMINGS = pd.array(["during", "after"], dtype="str")
HOUR = 3.6e9  # microseconds


def emergent(study: StudyData) -> pd.DataFrame:
    """Return the study's adverse events with emergence and attribution: see `emergent_events`.

    Parameters
    ----------
    study : Study
        The checked tables.

    Notes
    -----
    Times are handed out in the study's zone: an hour of the day is that of a clock in the clinic.

    For a patient without sessions the treatment begins with the index date: an event of that day or
    later is emergent, belongs to no session and has no hours since one.
    """
    check_study(study)
    sessions = study.sessions[["session_id", "patient_id", "start", "end"]]
    dated = _index_starts(study)
    starts = pd.concat([sessions, dated], ignore_index=True) if len(dated) else sessions
    frame = emergent_events(
        study.adverse_events, starts, timezone=study.timezone, window_h=study.rules.related_window_h
    )
    frame = in_zone(frame, study.timezone)
    if not len(dated):
        return frame
    of_day = frame["session_id"].isin(dated["session_id"])
    nothing = {"session_id": None, "hours_since_start": np.nan, "window": None, "sessions_spanned": 0}
    nothing |= {"in_session": False}
    for column, value in nothing.items():
        frame[column] = frame[column].mask(of_day, value)
    frame["session_source"] = frame["session_source"].mask(
        of_day & frame["session_source"].eq("derived"), "none"
    )
    return frame


def _index_starts(study: StudyData) -> pd.DataFrame:
    """Return the first moment of the index date of each patient without sessions, as if it were a session."""
    found = courses(study)
    found = found[found["anchor"] == "index_date"]
    first_of_two = np.ones(len(found), dtype=bool)
    start = found["course_start"].dt.tz_localize(
        study.timezone, nonexistent="shift_forward", ambiguous=first_of_two
    )
    # Ids that no session of a clinic has; they are taken out again.
    ids = "index date of\n" + found["patient_id"]
    start = start.dt.tz_convert("UTC").astype("datetime64[us, UTC]")
    return pd.DataFrame({"session_id": ids, "patient_id": found["patient_id"], "start": start})


def emergent_events(
    events: pd.DataFrame, sessions: pd.DataFrame, *, timezone: str = "UTC", window_h: float = 24.0
) -> pd.DataFrame:
    """Add to each event whether it is emergent, its session, and how it lies in time to that session.

    Parameters
    ----------
    events : DataFrame
        Adverse events as checked: event_id, patient_id, term, onset, resolved, grade and, where known,
        session_id, onset_precision (``day``: only the date of the onset is known; ``month``, ``year``: no
        more than that, and ``onset_from`` lies in it, while ``onset`` is missing).
    sessions : DataFrame
        Sessions as checked: session_id, patient_id, start and, where known, end.
    timezone : str
        The study's zone: a date alone is a day in it.
    window_h : float, hours
        How long after line out an event still belongs to the session (rule ``related_window_h``).

    Returns
    -------
    DataFrame
        The events in their order, every row, with new columns

        - ``emergent``: begins at or after the patient's first infusion, or may do so: has no known onset, or
          one whose month or year reaches the first infusion, in a patient who was treated; never an event
          that had ended before the first infusion;
        - ``session_id``: the session that the source names, else the one that started last before the onset;
        - ``session_source``: ``reported``; ``derived``; ``conflict`` where the source names a session that
          started after the onset, ``unknown`` where it names one that the patient does not have in `sessions`
          (the derived one is taken in both cases); ``none``;
        - ``hours_since_start``: hours from that session's start to the onset; missing for a date alone on
          the day of the session;
        - ``hours_since_end``: hours from its end to the onset, negative during the infusion; missing where
          the end is not known, and for a date alone that may be before or after it;
        - ``timing``: ``during`` or ``after`` the infusion; missing where that is not known;
        - ``in_session``: the event belongs to the session: it begins from line in until `window_h` after line
          out. Without a recorded end the hours count from the start; an event without an onset belongs to the
          session that the source names, unless it is known to begin later than that; where the month or year
          of the onset is known it also belongs to a session when it cannot have begun outside these hours;
        - ``window``: ``<=24h``, ``<=7d``, ``<=30d``, ``>30d`` after line out (during: the first; from the
          start where no end is known); missing without a session or an onset;
        - ``ongoing``: no end recorded;
        - ``sessions_spanned``: sessions of the patient from the event's own to its end;
        - ``worsening``: a higher grade of a term that the patient had before the first infusion and that had
          not ended by the onset; with several such, higher than each.

    Raises
    ------
    DataError
        When an event or a session ends before it begins, a session has no start, or times have no zone.

    Notes
    -----
    A date alone is taken to be after a session that started on that day (it is emergent and belongs to it):
    an event is attributed once too often rather than lost. A month or a year alone is too long for that:
    such an event has no hours and no window, and no session but those said above.

    Examples
    --------
    >>> import pandas as pd
    >>> sessions = pd.DataFrame({"session_id": ["s1"], "patient_id": ["a"],
    ...     "start": pd.to_datetime(["2026-03-02 09:00Z"])})
    >>> events = pd.DataFrame({"event_id": ["e1", "e2"], "patient_id": ["a", "a"], "term": ["nausea", "rash"],
    ...     "onset": pd.to_datetime(["2026-03-02 10:30Z", "2026-03-01 08:00Z"]),
    ...     "resolved": pd.to_datetime([None, None], utc=True), "grade": [1, 1]})
    >>> emergent_events(events, sessions)[["event_id", "emergent", "session_source", "window"]]
      event_id  emergent session_source window
    0       e1      True        derived  <=24h
    1       e2     False           none    NaN
    """
    _check(events, sessions)
    starts = session_starts(events, sessions)
    onset, by_day = microseconds(events["onset"]), _by_day(events)
    known = events["onset"].notna().to_numpy(dtype=bool)
    ended = np.where(events["resolved"].isna(), NEVER, microseconds(events["resolved"]))
    latest = np.minimum(_latest(events, onset, by_day, known, timezone), ended)
    earliest, latest, vague = _within_span(events, onset, latest, ended, timezone)
    found = np.where(known | vague, starts.count_until(latest) - 1, -1)
    derived = found
    if vague.any():
        derived = np.where(vague & ~_inside(starts, found, earliest, latest, window_h), -1, found)
    session, source = session_of(events, starts, derived, latest)
    attributed = (session >= 0) & known
    until = np.maximum(ended, latest)
    frame = events.copy(deep=False)  # only columns are added
    # What had ended before the first infusion cannot have begun under it.
    undated = ~known & ~vague & (starts.first >= 0) & (latest >= starts.start[starts.first])
    frame["emergent"] = (found >= 0) | undated
    frame["session_id"] = starts.identifiers(session)
    frame["session_source"] = source
    _add_times(frame, starts, session, onset, latest, window_h, attributed)
    if vague.any():
        frame["in_session"] &= ~vague | (earliest <= _closes(starts, session, window_h))
    frame["ongoing"] = events["resolved"].isna().to_numpy(dtype=bool)
    frame["sessions_spanned"] = np.where(attributed, starts.count_until(until) - session, 0)
    frame["worsening"] = _worsening(events, earliest, starts, known | vague, began=found >= 0)
    return frame


def _latest(events: pd.DataFrame, onset: Codes, by_day: Mask, known: Mask, timezone: str) -> Codes:
    """Return the last moment of each onset.

    A date alone lasts to the end of its day: a session that started on that day comes before it. (What has
    ended has begun by then, whatever is known of its onset.)
    """
    if by_day.any():
        onset = np.where(by_day, microseconds(end_of_day(events["onset"], timezone, less=MOMENT)), onset)
    return np.where(known, onset, NEVER)


def _within_span(
    events: pd.DataFrame, onset: Codes, latest: Codes, ended: Codes, timezone: str
) -> tuple[Codes, Codes, Mask]:
    """Return the first and last moment at which each event can have begun, and where a month says it."""
    if not {"onset_precision", "onset_from"} <= set(events.columns):
        return onset, latest, np.zeros(len(events), dtype=bool)
    first, last = known_span(events["onset_from"], events["onset_precision"], timezone)
    vague = (first.notna() & events["onset"].isna()).to_numpy(dtype=bool)
    until = np.minimum(microseconds(last), ended)
    return np.where(vague, microseconds(first), onset), np.where(vague, until, latest), vague


def _closes(starts: Starts, session: Codes, window_h: float) -> Codes:
    """Return the last moment of each session's window: it counts from the end, without one from the start."""
    end = starts.end[session]
    return np.where(end < NEVER, end, starts.start[session]) + np.int64(window_h * HOUR)


def _inside(starts: Starts, session: Codes, earliest: Codes, latest: Codes, window_h: float) -> Mask:
    closes = _closes(starts, session, window_h)
    return (session >= 0) & (earliest >= starts.start[session]) & (latest <= closes)


def _add_times(
    frame: pd.DataFrame,
    starts: Starts,
    session: Codes,
    onset: Codes,
    latest: Codes,
    window_h: float,
    attributed: Mask,
) -> None:
    """Add where each event lies in time to its session; `onset` is the first moment it can have begun."""
    start, end = starts.start[session], starts.end[session]
    ended = attributed & (end < NEVER)
    certain = latest == onset
    since_start = np.where(attributed, (onset - start) / HOUR, np.nan)
    base = np.where(ended, end, start)
    since_base = np.where(attributed, (onset - base) / HOUR, np.nan)
    frame["hours_since_start"] = np.where(~certain & (since_start < 0), np.nan, since_start)
    frame["hours_since_end"] = np.where(ended & (certain | (onset > end)), since_base, np.nan)
    during, after = ended & (latest <= end), ended & (onset > end)
    when = np.where(during, np.int8(0), np.where(after, np.int8(1), np.int8(-1)))
    frame["timing"] = TIMINGS.take(when, allow_fill=True)
    undated = (session >= 0) & ~attributed
    frame["in_session"] = undated | (attributed & (since_base <= window_h))
    frame["window"] = _window(since_base, attributed)


def _check(events: pd.DataFrame, sessions: pd.DataFrame) -> None:
    needed = {
        "events": ("patient_id", "term", "onset", "resolved"),
        "sessions": ("session_id", "patient_id", "start"),
    }
    for (name, columns), frame in zip(needed.items(), (events, sessions), strict=True):
        if absent := [column for column in columns if column not in frame.columns]:
            raise DataError(f"{name} lack columns", got=", ".join(absent), hint="pass the checked tables")
    if "grade" in events.columns and not pd.api.types.is_numeric_dtype(events["grade"]):
        got = str(events["grade"].dtype)
        raise DataError("the grade is not a number", got=got, allowed="CTCAE grades 1 to 5")
    timed = [(events, "onset"), (events, "resolved"), (sessions, "start"), (sessions, "end")]
    for frame, column in timed[: 4 if "end" in sessions.columns else 3]:
        if not isinstance(frame[column].dtype, pd.DatetimeTZDtype):
            raise DataError(
                f"{column} has no time zone", got=str(frame[column].dtype), allowed="UTC timestamps"
            )
    backwards = (events["resolved"] < events["onset"]).to_numpy(dtype=bool)
    if backwards.any():
        raise DataError(
            plural(
                int(backwards.sum()),
                "adverse event ends before it begins",
                "adverse events end before they begin",
            ),
            got=name_rows(np.flatnonzero(backwards)),
            hint="correct the times in the source",
        )
    unstarted = sessions["start"].isna().to_numpy(dtype=bool)
    if unstarted.any():
        raise DataError(
            plural(int(unstarted.sum()), "session has no start", "sessions have no start"),
            got=name_rows(np.flatnonzero(unstarted)),
            hint="a session that was never started is not a session: leave it out",
        )
    _check_ends(sessions)


def _check_ends(sessions: pd.DataFrame) -> None:
    if "end" not in sessions.columns:
        return
    backwards = (sessions["end"] < sessions["start"]).to_numpy(dtype=bool)
    if backwards.any():
        raise DataError(
            plural(int(backwards.sum()), "session ends before it starts", "sessions end before they start"),
            got=name_rows(np.flatnonzero(backwards)),
            hint="correct the times in the source",
        )


def _by_day(events: pd.DataFrame) -> Mask:
    if "onset_precision" not in events.columns:
        return np.zeros(len(events), dtype=bool)
    return np.asarray(events["onset_precision"].eq("day").fillna(False), dtype=bool)


def _window(hours: NDArray[np.float64], attributed: Mask) -> pd.api.extensions.ExtensionArray:
    """Return the name of the window; during the infusion, and for a date alone on its day, the first."""
    index = np.where(attributed, np.int8(0), np.int8(-1))
    for limit in WINDOWS:
        index += hours > limit
    return NAMES.take(index, allow_fill=True)


def _worsening(events: pd.DataFrame, onset: Codes, starts: Starts, dated: Mask, *, began: Mask) -> Mask:
    """Return which of the events that `began` under treatment are a higher grade of what was there before."""
    worse = np.zeros(len(events), dtype=bool)
    if "grade" not in events.columns:
        return worse
    known = dated & events["term"].notna().to_numpy(dtype=bool)
    before = known & (starts.first >= 0) & ~began
    if not before.any():
        return worse
    code, terms = pd.factorize(events["term"])
    folded, _ = pd.factorize(pd.Series(terms).str.casefold())
    key = starts.own * len(terms) + folded[code]
    # Every later event of a patient and term meets each one from before: there are few of them.
    end = np.where(events["resolved"].isna(), NEVER, microseconds(events["resolved"]))
    grade = events["grade"].to_numpy(dtype=float, na_value=np.nan)
    earlier = pd.DataFrame({"key": key[before], "end": end[before], "grade_before": grade[before]})
    rows = np.flatnonzero(known & began & np.isin(key, key[before]))
    later = pd.DataFrame({"key": key[rows], "row": rows, "onset": onset[rows], "grade": grade[rows]})
    met = later.merge(earlier, on="key")
    met = met[met["end"] >= met["onset"]]
    # Two rows that are still there: worse is what is above the worse of them.
    highest = met.groupby("row").agg(grade=("grade", "first"), grade_before=("grade_before", "max"))
    worse[highest.index[highest["grade"] > highest["grade_before"]]] = True
    return worse
