"""Which adverse events began under treatment, and the session that each belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from outcomes.derive.courses import courses
from outcomes.errors import DataError, name_rows
from outcomes.schema.local_time import end_of_day
from outcomes.schema.study_data import check_study

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from outcomes.schema.study_data import StudyData

    Codes = NDArray[np.int64]
    Mask = NDArray[np.bool_]

__all__ = ["WINDOWS", "emergent", "emergent_events"]

#: Hours after the start of the session -> name of the window; what is later is ``>30d``.
WINDOWS: dict[float, str] = {24.0: "<=24h", 7 * 24.0: "<=7d", 30 * 24.0: "<=30d"}
LATER = ">30d"
NEVER = np.iinfo(np.int64).max
MOMENT = pd.Timedelta(microseconds=1)


def emergent(study: StudyData) -> pd.DataFrame:
    """Return the study's adverse events with emergence and attribution: see `emergent_events`.

    Parameters
    ----------
    study : Study
        The checked tables.

    Notes
    -----
    For a patient without sessions the treatment begins with the index date: an event of that day or
    later is emergent, belongs to no session and has no hours since one.
    """
    check_study(study)
    sessions = study.sessions[["session_id", "patient_id", "start"]]
    dated = _index_starts(study)
    if not len(dated):
        return emergent_events(study.adverse_events, sessions, timezone=study.timezone)
    starts = pd.concat([sessions, dated], ignore_index=True)
    frame = emergent_events(study.adverse_events, starts, timezone=study.timezone)
    of_day = frame["session_id"].isin(dated["session_id"])
    nothing = {"session_id": None, "hours_since_start": np.nan, "window": None, "sessions_spanned": 0}
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


def emergent_events(events: pd.DataFrame, sessions: pd.DataFrame, *, timezone: str = "UTC") -> pd.DataFrame:
    """Add to each event whether it is emergent, its session, and the time since that session's start.

    Parameters
    ----------
    events : DataFrame
        Adverse events as checked: event_id, patient_id, term, onset, resolved, grade and, where known,
        session_id, onset_precision (``day``: only the date of the onset is known).
    sessions : DataFrame
        Sessions as checked: session_id, patient_id, start.
    timezone : str
        The study's zone: a date alone is a day in it.

    Returns
    -------
    DataFrame
        The events in their order, every row, with new columns

        - ``emergent``: begins at or after the patient's first infusion, or has no known onset in a patient
          who was treated;
        - ``session_id``: the session that the source names, else the one that started last before the onset;
        - ``session_source``: ``reported``; ``derived``; ``conflict`` where the source names a session that
          started after the onset, ``unknown`` where it names one that the patient does not have in `sessions`
          (the derived one is taken in both cases); ``none``;
        - ``hours_since_start``: hours from that session's start to the onset; missing for a date alone on
          the day of the session;
        - ``window``: ``<=24h``, ``<=7d``, ``<=30d``, ``>30d``; missing without a session or an onset;
        - ``ongoing``: no end recorded;
        - ``sessions_spanned``: sessions of the patient from the event's own to its end;
        - ``worsening``: a higher grade of a term that the patient had before the first infusion and that had
          not ended by the onset; with several such, higher than each.

    Raises
    ------
    DataError
        When an event ends before it begins, a session has no start, or times have no zone.

    Notes
    -----
    A date alone is taken to be after a session that started on that day (it is emergent and belongs to it):
    an event is rather attributed once too often than lost.

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
    starts = _starts(events, sessions)
    by_day = _by_day(events)
    onset = _microseconds(events["onset"])
    # A date alone lasts to the end of its day: a session that started on that day comes before it.
    latest = np.where(by_day, _microseconds(end_of_day(events["onset"], timezone, less=MOMENT)), onset)
    known = events["onset"].notna().to_numpy(dtype=bool)
    found = np.where(known, starts.count_until(latest) - 1, -1)
    session, source = _session(events, starts, found, latest, known)
    hours = np.where(known & (session >= 0), (onset - starts.start[session]) / 3.6e9, np.nan)
    attributed = (session >= 0) & known
    until = np.maximum(np.where(events["resolved"].isna(), NEVER, _microseconds(events["resolved"])), latest)
    frame = events.copy()
    frame["emergent"] = (found >= 0) | (~known & (starts.first >= 0))
    frame["session_id"] = starts.session_id.take(session, allow_fill=True)
    frame["session_source"] = pd.array(source, dtype="str")
    frame["hours_since_start"] = np.where(by_day & (hours < 0), np.nan, hours)
    frame["window"] = _window(hours, attributed)
    frame["ongoing"] = events["resolved"].isna().to_numpy(dtype=bool)
    frame["sessions_spanned"] = np.where(attributed, starts.count_until(until) - session, 0)
    frame["worsening"] = _worsening(events, onset, starts, began=found >= 0)
    return frame


@dataclass(frozen=True, slots=True, eq=False)
class _Starts:
    """Session starts ordered by patient and time; positions count in that order.

    ``start``, ``patient`` (each with one more at the end, for no session) and ``session_id`` have one entry a
    session; ``own`` and ``first`` one an event: the code of its patient, and the position of that patient's
    first session (-1 for none).
    """

    start: Codes
    session_id: pd.api.extensions.ExtensionArray
    rank: Codes
    times: Codes
    patient: Codes
    own: Codes
    first: Codes

    def count_until(self, moment: Codes) -> Codes:
        """Return the position after the patient's last start at or before each moment; 0 for none."""
        width = len(self.times) + 1
        asked = self.own * width + np.searchsorted(self.times, moment, side="right")
        # Asked in order, the search walks through the sessions instead of jumping about in memory.
        order = np.argsort(asked)
        after = np.empty(len(asked), dtype=np.int64)
        after[order] = np.searchsorted(self.rank, asked[order], side="left")
        return np.where((self.first >= 0) & (after > self.first), after, 0)


def _starts(events: pd.DataFrame, sessions: pd.DataFrame) -> _Starts:
    codes, patients = pd.factorize(sessions["patient_id"])
    start = _microseconds(sessions["start"])
    order = np.lexsort((start, codes))
    codes, start = codes[order].astype(np.int64), start[order]
    times, rank = np.unique(start, return_inverse=True)
    own = _find(pd.Series(patients), events["patient_id"])
    first_of = np.searchsorted(codes, np.arange(len(patients)))
    first = np.where(own >= 0, np.append(first_of, -1)[own], -1)
    return _Starts(
        start=np.append(start, 0),
        session_id=sessions["session_id"].array.take(order),
        rank=codes * (len(times) + 1) + rank,
        times=times,
        patient=np.append(codes, -2),
        own=own,
        first=first,
    )


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
    for frame, column in ((events, "onset"), (events, "resolved"), (sessions, "start")):
        if not isinstance(frame[column].dtype, pd.DatetimeTZDtype):
            raise DataError(
                f"{column} has no time zone", got=str(frame[column].dtype), allowed="UTC timestamps"
            )
    backwards = (events["resolved"] < events["onset"]).to_numpy(dtype=bool)
    if backwards.any():
        raise DataError(
            f"{int(backwards.sum())} adverse events end before they begin",
            got=name_rows(np.flatnonzero(backwards)),
            hint="correct the times in the source",
        )
    unstarted = sessions["start"].isna().to_numpy(dtype=bool)
    if unstarted.any():
        raise DataError(
            f"{int(unstarted.sum())} sessions have no start",
            got=name_rows(np.flatnonzero(unstarted)),
            hint="a session that was never started is not a session: leave it out",
        )


def _microseconds(moment: pd.Series) -> Codes:
    """Return times as integers; a missing one is the smallest integer."""
    return np.asarray(
        moment.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[us]").astype(np.int64)
    )


def _by_day(events: pd.DataFrame) -> Mask:
    if "onset_precision" not in events.columns:
        return np.zeros(len(events), dtype=bool)
    return np.asarray(events["onset_precision"].eq("day").fillna(False), dtype=bool)


def _session(
    events: pd.DataFrame, starts: _Starts, found: Codes, latest: Codes, known: Mask
) -> tuple[Codes, NDArray[np.object_]]:
    """Return the position of each event's session (-1 for none) and where that comes from."""
    named = np.full(len(events), -1, dtype=np.int64)
    stated = np.zeros(len(events), dtype=bool)
    if "session_id" in events.columns:
        stated = events["session_id"].notna().to_numpy(dtype=bool)
        ids = pd.Series(starts.session_id)
        first = ~ids.duplicated().to_numpy()
        at = _find(ids[first], events["session_id"])
        named = np.where(at >= 0, np.append(np.flatnonzero(first), -1)[at], -1)
    theirs = (starts.patient[named] == starts.own) & (named >= 0)
    fits = theirs & (~known | (starts.start[named] <= latest))
    session = np.where(fits, named, found)
    where = [fits, stated & ~theirs, stated, found >= 0]
    source = np.select(where, ["reported", "unknown", "conflict", "derived"], "none").astype(object)
    return session, source


def _window(hours: NDArray[np.float64], attributed: Mask) -> pd.api.extensions.ExtensionArray:
    """Return the name of the window; a date alone on the day of its session falls into the first."""
    names = pd.array([*WINDOWS.values(), LATER], dtype="str")
    index = np.searchsorted(list(WINDOWS), np.where(np.isnan(hours), 0.0, hours), side="left")
    return names.take(np.where(attributed, index, -1), allow_fill=True)


def _find(keys: pd.Series, values: pd.Series) -> Codes:
    """Return the position of each value among unique keys; -1 where it is missing or not one of them."""
    if len(keys) == 0 or len(values) == 0:
        return np.full(len(values), -1, dtype=np.int64)
    codes, _ = pd.factorize(pd.concat([keys, values], ignore_index=True))
    found = codes[len(keys) :].astype(np.int64)
    return np.where(found < len(keys), found, -1)


def _worsening(events: pd.DataFrame, onset: Codes, starts: _Starts, *, began: Mask) -> Mask:
    """Return which of the events that `began` under treatment are a higher grade of what was there before."""
    worse = np.zeros(len(events), dtype=bool)
    if "grade" not in events.columns:
        return worse
    known = events["onset"].notna().to_numpy(dtype=bool) & events["term"].notna().to_numpy(dtype=bool)
    before = known & (starts.first >= 0) & ~began
    if not before.any():
        return worse
    code, terms = pd.factorize(events["term"])
    folded, _ = pd.factorize(pd.Series(terms).str.casefold())
    key = starts.own * len(terms) + folded[code]
    # Every later event of a patient and term meets each one from before: there are few of them.
    end = np.where(events["resolved"].isna(), NEVER, _microseconds(events["resolved"]))
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
