"""From events and follow-up to one row per patient: time to the first event, or how observation ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError, DataError, name_rows, one_of, plural
from outcomes.models.harm.at_risk.clock import check_one_clock, microseconds
from outcomes.models.harm.at_risk.names import END, ONSET, PATIENT, START
from outcomes.models.harm.at_risk.time import TIME_UNITS
from outcomes.models.stats.input_frames import check_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]

__all__ = ["first_events"]

#: Columns that are added to those of the follow-up.
ADDED = ("time", "status", "events_undated", "events_after_end")
#: How the observation of those who died ended.
DEATH = "death"
NEVER = np.iinfo(np.int64).max


def first_events(
    events: pd.DataFrame,
    follow_up: pd.DataFrame,
    *,
    ended_by: str | None = None,
    unit: str = "days",
) -> pd.DataFrame:
    """Return time and status of each patient for `cumulative_incidence`.

    Parameters
    ----------
    events : DataFrame
        The events of interest, one row each: ``patient_id``, ``onset``.
    follow_up : DataFrame
        One row per patient: ``patient_id``, ``start`` and ``end`` of observation, from `oc.follow_up`.
    ended_by : str, optional
        Column of `follow_up` that says how observation ended, for example ``censored``, ``next_course``, or
        ``death``, after which no event can begin. Default: everybody was censored.
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
        For duplicate or unknown patients, a missing or backward end, an event before the start, and an event
        after death.
    ArgumentError
        For a column or option that does not exist, and for times of which some have a zone and some none.

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
    check_columns("events", events, [PATIENT, ONSET])
    check_columns("follow_up", follow_up, [PATIENT, START, END, *([ended_by] if ended_by else [])])
    _refuse_added(follow_up)
    scale = TIME_UNITS[one_of("unit", unit, TIME_UNITS)]
    begin, finish = microseconds(follow_up, START), microseconds(follow_up, END)
    check_one_clock(("events", events, ONSET), ("follow_up", follow_up, START), ("follow_up", follow_up, END))
    _check_follow_up(follow_up, finish < begin)
    how = follow_up[ended_by].astype("str") if ended_by else pd.Series("censored", index=follow_up.index)
    who = pd.Index(follow_up[PATIENT]).get_indexer(pd.Index(events[PATIENT])).astype(np.int64)
    when = microseconds(events, ONSET)
    dated = events[ONSET].notna().to_numpy(dtype=bool)
    _refuse(who < 0, "event of a patient without follow-up", "events of a patient without follow-up")
    late = dated & (when > finish[who])
    early = dated & (when < begin[who])
    after = late & (how.to_numpy() == DEATH)[who]
    its, their = "event begins {} of its patient", "events begin {} of their patient"
    _refuse(early, its.format("before the follow-up"), their.format("before the follow-up"))
    _refuse(after, its.format("after the death"), their.format("after the death"))
    first = np.full(len(follow_up), NEVER, dtype=np.int64)
    counted = dated & ~late
    np.minimum.at(first, who[counted], when[counted])
    hit = first < NEVER
    added = {
        "time": (np.where(hit, first, finish) - begin) / scale,
        "status": how.mask(hit, "event").to_numpy(),
        "events_undated": np.bincount(who[~dated], minlength=len(first)),
        "events_after_end": np.bincount(who[late], minlength=len(first)),
    }
    return pd.concat([follow_up, pd.DataFrame(added, index=follow_up.index)], axis=1)


def _check_follow_up(follow_up: pd.DataFrame, backward: NDArray[np.bool_]) -> None:
    twice = follow_up[PATIENT].duplicated(keep=False).to_numpy()
    _refuse(twice, f"row of follow_up shares its {PATIENT}", f"rows of follow_up share their {PATIENT}")
    for column in (PATIENT, START, END):
        absent = follow_up[column].isna().to_numpy(dtype=bool)
        _refuse(absent, f"row of follow_up has no {column}", f"rows of follow_up have no {column}")
    _refuse(backward, "row of follow_up ends before it starts", "rows of follow_up end before they start")


def _refuse_added(follow_up: pd.DataFrame) -> None:
    if taken := [name for name in ADDED if name in follow_up.columns]:
        raise ArgumentError(
            "a column of follow_up would be overwritten by the result's",
            got=", ".join(map(repr, taken)),
            hint="rename the column; ended_by= takes any other name",
        )


def _refuse(wrong: NDArray[np.bool_], one: str, many: str) -> None:
    if wrong.any():
        what = plural(int(wrong.sum()), one, many)
        raise DataError(what, got=name_rows(np.flatnonzero(wrong)), hint="correct the source")
