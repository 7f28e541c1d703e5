"""Time at risk up to a moment, for units whose exposure comes in intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.integer[Any]]
    Floats = NDArray[np.float64]

__all__ = ["Intervals", "intervals", "overlapping"]


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """Exposure intervals in order of unit and start; shape (intervals,) but for `times`.

    Parameters
    ----------
    unit : ndarray of int
        Unit of each interval.
    start, length : ndarray
        Start and length in one unit of time.
    before : ndarray
        Exposure of the unit before the interval.
    times, rank : ndarray
        Distinct starts, and the key (unit, start) by which intervals are found.
    """

    unit: Codes
    start: Codes
    length: Floats
    before: Floats
    times: Codes
    rank: Codes

    def until(self, unit: Codes, moment: Codes) -> Floats:
        """Return the exposure of each unit up to each moment; NaN for a moment before the first start."""
        width = len(self.times) + 1
        asked = unit * width + np.searchsorted(self.times, moment, side="right")
        # Asked in order, the search walks through the intervals instead of jumping about in memory.
        order = np.argsort(asked)
        at = np.empty(len(asked), dtype=np.int64)
        at[order] = np.searchsorted(self.rank, asked[order], side="left") - 1
        inside = (at >= 0) & (self.unit[at] == unit) if len(self.unit) else np.zeros(len(unit), dtype=bool)
        if not inside.any():
            return np.full(len(unit), np.nan)
        within = np.clip(moment - self.start[at], 0, self.length[at])
        return np.where(inside, self.before[at] + within, np.nan)


def intervals(unit: Codes, start: Codes, length: Floats) -> Intervals:
    """Order the intervals and add up what comes before each."""
    order = np.lexsort((start, unit))
    unit, start, length = unit[order], start[order], length[order]
    total = np.cumsum(length)
    first = np.searchsorted(unit, unit, side="left")
    before = total - length - np.where(first > 0, total[first - 1], 0.0) if len(unit) else total
    times, rank = np.unique(start, return_inverse=True)
    return Intervals(unit, start, length, before, times, unit * (len(times) + 1) + rank)


def overlapping(unit: Codes, start: Codes, end: Codes) -> Codes:
    """Return the positions of intervals that begin before an earlier one of the same unit has ended."""
    order = np.lexsort((start, unit))
    who, begin, finish = unit[order], start[order], end[order]
    nothing_before = (who[1:] != who[:-1]) | (begin[1:] >= finish[:-1])
    if nothing_before.all() and (finish >= begin).all():
        return order[:0]
    # Latest end so far within the unit: ends are ranked, so that a jump to the next unit cannot be passed.
    ends, rank = np.unique(finish, return_inverse=True)
    width = len(ends) + 1
    latest = np.maximum.accumulate(who * width + rank)
    same = who[1:] == who[:-1]
    late = same & (begin[1:] < ends[np.minimum(latest[:-1] - who[:-1] * width, len(ends) - 1)])
    return np.sort(order[1:][late])
