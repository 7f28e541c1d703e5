"""When a patient's days return from a lower level to the baseline's: a cumulative sum of evidence.

Each recorded day adds the log likelihood ratio of the baseline's level against the lower one; evidence for
the lower level takes the sum back to zero. Days are a two-state chain: P(1 after 1) = p + (1 - p) r,
P(1 after 0) = p (1 - r), so that a run of headache days is not counted as so many witnesses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.intp]

#: The cohort's level counts as much as so many of a patient's own days.
BASE_DAYS, BETTER_DAYS = 6.0, 28.0
#: Before its days are seen, the lower level is this share of the baseline; never above the second.
BETTER_SHARE, HIGHEST_SHARE = 0.65, 0.7
LOWEST, HIGHEST = 0.03, 0.97
MOST_CARRY_OVER = 0.8
#: Steps of a fixed point that shrinks by four at each.
SOLVED = 12


@dataclass(frozen=True, slots=True, eq=False)
class Diaries:
    """Days after a course, and the baseline before it.

    event, recorded (patients, days): day 1 is the first day after the course; event is False where nothing is
    recorded. base_events, base_days (patients,): recorded days of the baseline, and those with the event.
    """

    event: Flags
    recorded: Flags
    base_events: Array
    base_days: Array

    def only(self, rows: Index) -> Diaries:
        """Return some of the patients."""
        return Diaries(self.event[rows], self.recorded[rows], self.base_events[rows], self.base_days[rows])

    @property
    def baseline(self) -> Array:
        """Return each patient's share of baseline days, drawn a little to the cohort's, (patients,)."""
        whole = self.base_events.sum() / max(self.base_days.sum(), 1.0)
        share = (self.base_events + BASE_DAYS * whole) / (self.base_days + BASE_DAYS)
        return np.asarray(np.clip(share, LOWEST, HIGHEST))


def carry_over(diaries: Diaries, first: int, last: int) -> float:
    """Return the correlation of neighbouring days within patients, pooled over days `first` to `last`.

    The mean is taken from the same n days and varies itself, by a share m = (1 + r) / (n (1 - r)) of a day's
    variance: what is found is (r - m) / (1 - m), solved for r.
    """
    event, seen = diaries.event[:, first - 1 : last], diaries.recorded[:, first - 1 : last]
    days = seen.sum(axis=1)
    used = days >= 14
    if not used.any():
        return 0.0
    event, seen, days = event[used], seen[used], days[used]
    mean = (event.sum(axis=1) / days)[:, None]
    off = np.where(seen, event - mean, 0.0)
    pairs = seen[:, 1:] & seen[:, :-1]
    spread = (mean * (1 - mean) * pairs.sum(axis=1)[:, None]).sum()
    if spread == 0:
        return 0.0
    raw = (off[:, 1:] * off[:, :-1]).sum() / spread
    n, r = float(days.mean()), float(raw)
    for _ in range(SOLVED):
        m = min((1 + r) / (n * (1 - r)), 0.5)
        r = float(np.clip(raw * (1 - m) + m, 0.0, MOST_CARRY_OVER))
    return r


def evidence(diaries: Diaries, r: float, first: int) -> Array:
    """Return the cumulative sum on each day, (patients, days); 0 before day `first`.

    The lower level is that of all days before the one that is judged, the sum's own included: a return that
    is real is found before it has moved the level.
    """
    before = _before(diaries.event), _before(diaries.recorded)
    base = diaries.baseline[:, None]
    better = (before[0] + BETTER_DAYS * BETTER_SHARE * base) / (before[1] + BETTER_DAYS)
    better = np.clip(np.minimum(better, HIGHEST_SHARE * base), LOWEST, HIGHEST)
    ratio = log_chance(diaries, base, r) - log_chance(diaries, better, r)
    ratio[:, : first - 1] = 0.0
    total = np.cumsum(ratio, axis=1)
    lowest = np.minimum.accumulate(np.minimum(total, 0.0), axis=1)
    return np.asarray(total - lowest)


def log_chance(diaries: Diaries, level: Array, r: float) -> Array:
    """Return log P(day | the day before, level), 0 where the day is not recorded; level broadcasts."""
    event, seen = diaries.event, diaries.recorded
    known = np.zeros_like(seen)
    known[:, 1:] = seen[:, :-1]
    yesterday = np.zeros_like(event)
    yesterday[:, 1:] = event[:, :-1]
    p = np.broadcast_to(level, event.shape)
    p = np.where(known, np.where(yesterday, p + (1 - p) * r, p * (1 - r)), p)
    return np.where(seen, np.log(np.where(event, p, 1 - p)), 0.0)


def first_alarm(sums: Array, threshold: float) -> Index:
    """Return the first day on which the sum reaches the threshold, 0 where it never does."""
    over = sums >= threshold
    return np.where(over.any(axis=1), over.argmax(axis=1) + 1, 0).astype(np.intp)


def _before(flags: Flags) -> Array:
    total = np.cumsum(flags, axis=1, dtype=np.float64)
    return np.asarray(np.concatenate([np.zeros((len(flags), 1)), total[:, :-1]], axis=1))
