"""Rolling share of days with an event on each patient's calendar."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Flags = NDArray[np.bool_]

#: Cells of the patients x days grid held at once: about 100 MB with the sums.
GRID_CELLS = 3_000_000


def first_return(
    patient: Index, day: Index, event: Flags, limit: Array, *, window: int, min_days: int
) -> tuple[Index, Index, Index]:
    """Return per patient the first day whose window reaches the limit, and the first and last day judged.

    Day 1 is the first day of follow-up; a window ends on its day and is judged when it lies wholly in the
    follow-up and holds `min_days` entries. 0 means: there is none. `limit` is a share of days.
    """
    n = len(limit)
    length = int(day.max(initial=0))
    out = np.zeros((3, n), dtype=np.intp)
    if length < window:
        return out[0], out[1], out[2]
    block = max(1, GRID_CELLS // length)
    order = np.argsort(patient, kind="stable")
    patient, day, event = patient[order], day[order], event[order]
    edges = np.searchsorted(patient, np.arange(0, n + block, block))
    for number, low in enumerate(range(0, n, block)):
        rows = slice(edges[number], edges[number + 1])
        size = min(block, n - low)
        seen, hit = np.zeros((size, length + 1)), np.zeros((size, length + 1))
        at = patient[rows] - low
        seen[at, day[rows]] = 1
        hit[at, day[rows]] = event[rows]
        recorded, events = _window_sums(seen, window), _window_sums(hit, window)
        judged = recorded >= min_days
        # Compared as counts, so that 21 of 28 days reaches 75 % of 28 exactly.
        # A patient without a baseline has no limit and is never back.
        with np.errstate(invalid="ignore"):
            back = judged & (events >= limit[low : low + size, None] * recorded - 1e-9)
        part = slice(low, low + size)
        out[0, part] = _first(back, window)
        out[1, part] = _first(judged, window)
        out[2, part] = np.where(
            judged.any(axis=1), judged.shape[1] - judged[:, ::-1].argmax(axis=1) - 1 + window, 0
        )
    return out[0], out[1], out[2]


def _window_sums(grid: Array, window: int) -> Array:
    """Return sums over days d - window + 1 .. d for d = window, window + 1, ..."""
    total = np.cumsum(grid, axis=1)
    return np.asarray(total[:, window:] - total[:, : total.shape[1] - window])


def _first(flags: Flags, window: int) -> Index:
    return np.asarray(np.where(flags.any(axis=1), flags.argmax(axis=1) + window, 0), dtype=np.intp)
