"""From events and follow-up to one row a patient: time to the first event, or how observation ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from outcomes.errors import DataError, name_rows, one_of, plural
from outcomes.models.harm.exposure import TIME_UNITS, microseconds
from outcomes.models.stats.input_frames import check_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]

__all__ = ["first_events"]

NEVER = np.iinfo(np.int64).max


def first_events(
    events: pd.DataFrame,
    follow_up: pd.DataFrame,
    *,
    subject: str = "patient_id",
    onset: str = "onset",
    start: str = "start",
    end: str = "end",
    ended_by: str | None = None,
    death: str = "death",
    unit: str = "days",
) -> pd.DataFrame:
    """Return time and status of each patient for `cumulative_incidence`.

    Parameters
    ----------
    events : DataFrame
        The events of interest, one row each.
    follow_up : DataFrame
        One row a patient with `start` and `end` of observation.
    subject, onset, start, end : str
        Names of the columns.
    ended_by : str, optional
        Column of `follow_up` that says how observation ended, for example ``censored``, ``death``,
        ``next_course``. Default: everybody was censored.
    death : str
        The value of `ended_by` after which no event can begin.
    unit : {"hours", "days", "months", "years"}
        Unit of the time; a month is 28 days.

    Returns
    -------
    DataFrame
        The rows of `follow_up` with ``time``, ``status`` (``event`` or how observation ended),
        ``events_undated`` (events without an onset) and ``events_after_end``.

    Raises
    ------
    DataError
        For patients twice or unknown, a missing or backward end, an event before the start, and an event
        after death.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({"patient_id": ["a"], "onset": pd.to_datetime(["2026-01-05"])})
    >>> follow_up = pd.DataFrame({"patient_id": ["a", "b"], "start": pd.to_datetime(["2026-01-01"] * 2),
    ...     "end": pd.to_datetime(["2026-02-01", "2026-01-11"])})
    >>> first_events(events, follow_up)[["patient_id", "time", "status"]]
      patient_id  time    status
    0          a   4.0     event
    1          b  10.0  censored
    """
    check_columns("events", events, [subject, onset])
    check_columns("follow_up", follow_up, [subject, start, end, *([ended_by] if ended_by else [])])
    scale = TIME_UNITS[one_of("unit", unit, TIME_UNITS)]
    begin, finish = microseconds(follow_up, start), microseconds(follow_up, end)
    _check_follow_up(follow_up, subject, start, end, finish < begin)
    how = follow_up[ended_by].astype("str") if ended_by else pd.Series("censored", index=follow_up.index)
    who = pd.Index(follow_up[subject]).get_indexer(pd.Index(events[subject])).astype(np.int64)
    when = microseconds(events, onset)
    dated = events[onset].notna().to_numpy(dtype=bool)
    _refuse(who < 0, "event of a patient without follow-up", "events of a patient without follow-up")
    late = dated & (when > finish[who])
    early = dated & (when < begin[who])
    after = late & (how.to_numpy() == death)[who]
    its, their = "event begins {} of its patient", "events begin {} of their patient"
    _refuse(early, its.format("before the follow-up"), their.format("before the follow-up"))
    _refuse(after, its.format("after the death"), their.format("after the death"))
    first = np.full(len(follow_up), NEVER, dtype=np.int64)
    counted = dated & ~late
    np.minimum.at(first, who[counted], when[counted])
    hit = first < NEVER
    frame = follow_up.copy()
    frame["time"] = (np.where(hit, first, finish) - begin) / scale
    frame["status"] = how.mask(hit, "event").to_numpy()
    frame["events_undated"] = np.bincount(who[~dated], minlength=len(frame))
    frame["events_after_end"] = np.bincount(who[late], minlength=len(frame))
    return frame


def _check_follow_up(
    follow_up: pd.DataFrame, subject: str, start: str, end: str, backward: NDArray[np.bool_]
) -> None:
    twice = follow_up[subject].duplicated(keep=False).to_numpy()
    _refuse(twice, f"row of follow_up shares its {subject}", f"rows of follow_up share their {subject}")
    for column in (subject, start, end):
        absent = follow_up[column].isna().to_numpy(dtype=bool)
        _refuse(absent, f"row of follow_up has no {column}", f"rows of follow_up have no {column}")
    _refuse(backward, "row of follow_up ends before it starts", "rows of follow_up end before they start")


def _refuse(wrong: NDArray[np.bool_], one: str, many: str) -> None:
    if wrong.any():
        what = plural(int(wrong.sum()), one, many)
        raise DataError(what, got=name_rows(np.flatnonzero(wrong)), hint="correct the source")
