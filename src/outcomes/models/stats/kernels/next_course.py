"""Who is treated again: a weekly chance by the days recorded lately, and by a level that nobody sees.

The chance of a next course differs with the recorded days of the last two weeks against the baseline's, and,
given those, with the state of the level. Where a course follows from the days alone (at worsening, at random)
the states do not differ, and being treated says nothing beyond the days; where it follows from what the
patient and the clinic know (at relapse) it does, and the difference between the states says how much.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.intp]

WEEK, LOOK_BACK = 7, 14
#: Bands of the share of event days in the last two weeks, over the baseline's; the last is "not known".
EDGES = np.array([0.5, 0.7, 0.85])
BANDS = len(EDGES) + 2
#: Fewest recorded days of the last two weeks that give a band.
FEWEST_DAYS = 4
#: Courses of prior on each rate, which draw it to that of all weeks, and weeks of prior on the latter.
PRIOR_COURSES, PRIOR_WEEKS = 0.2, 20.0
#: Rates of bands and of states are found by turns.
TURNS = 10
LOWEST = 1e-6


@dataclass(frozen=True, eq=False)
class Courses:
    """What is known of the next course of n patients.

    band (n, weeks): band of the days looked at when the week's chance was taken. end (n,): number of weeks
    followed, at most the weeks. again (n,): whether a next course ended the last of them.
    """

    band: Index
    end: Index
    again: Flags

    def of(self, patients: Flags) -> Courses:
        """Return what is known of some patients."""
        return Courses(self.band[patients], self.end[patients], self.again[patients])

    @cached_property
    def followed(self) -> Flags:
        """Return which weeks are followed, (n, weeks)."""
        return np.asarray(np.arange(self.band.shape[1])[None, :] < self.end[:, None])

    @cached_property
    def begins(self) -> Flags:
        """Return the week in which a next course began, (n, weeks)."""
        return np.asarray(self.again[:, None] & (np.arange(self.band.shape[1]) == self.end[:, None] - 1))

    @cached_property
    def kind(self) -> Index:
        """Return what a week is, (n, weeks): its band, `BANDS` more if a course begins; or not followed."""
        kind = np.where(self.begins, self.band + BANDS, self.band)
        return np.asarray(np.where(self.followed, kind, 2 * BANDS), dtype=np.intp)

    @cached_property
    def counts(self) -> Array:
        """Return how many weeks of each kind come before each week and the end, (n, weeks + 1, kinds)."""
        kinds = np.eye(2 * BANDS + 1)[self.kind]
        return np.asarray(np.pad(kinds.cumsum(axis=1), ((0, 0), (1, 0), (0, 0))))

    @cached_property
    def before_and_after(self) -> Array:
        """Return the weeks of each kind before each week, and from it on, (n * (weeks + 1), 2 * kinds)."""
        both = np.concatenate([self.counts, self.counts[:, -1:] - self.counts], axis=2)
        return both.reshape(-1, both.shape[2])

    @cached_property
    def steps(self) -> Index:
        """Return the weeks followed before each week and the end, (n, weeks + 1)."""
        return np.asarray(np.minimum(np.arange(self.band.shape[1] + 1)[None, :], self.end[:, None]))

    @cached_property
    def at_risk(self) -> Index:
        """Return the weeks followed up to each and with it, (n, weeks + 1)."""
        return np.asarray(np.minimum(self.steps + 1, self.end[:, None]))


def bands(event: Flags, recorded: Flags, base: Array, next_course: Array, weeks: int) -> Index:
    """Return the highest band that the last two weeks reached in each week, before a next course.

    Parameters
    ----------
    event, recorded : ndarray of bool, shape (n, days)
        Days from the first after the course on.
    base : ndarray, shape (n,)
        Share of event days in the baseline.
    next_course : ndarray, shape (n,)
        Day of the next course, 1 for the first day; infinite without one.
    weeks : int
    """
    n, days = event.shape[0], weeks * WEEK
    hits, known = np.zeros((n, days)), np.zeros((n, days))
    kept = min(days, event.shape[1])
    hits[:, :kept], known[:, :kept] = (event & recorded)[:, :kept], recorded[:, :kept]
    events, seen = _last_days(hits), _last_days(known)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = events / seen / base[:, None]
    share[(seen < FEWEST_DAYS) | (np.arange(1, days + 1) > next_course[:, None])] = -1.0
    highest = share.reshape(n, weeks, WEEK).max(axis=2)
    band = np.searchsorted(EDGES, highest, side="right")
    return np.asarray(np.where(highest < 0, BANDS - 1, band), dtype=np.intp)


def _last_days(values: Array) -> Array:
    """Return the sum over the days before each, at most `LOOK_BACK`."""
    total = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
    day = np.arange(values.shape[1])
    return np.asarray(total[:, day] - total[:, np.maximum(day - LOOK_BACK, 0)])


def weeks_by_state(courses: Courses, change: Array, never: Array) -> Array:
    """Return the expected weeks of each kind before the change, after it and without one, (..., kinds, 3).

    Parameters
    ----------
    courses : Courses
    change : ndarray, shape (..., n, weeks + 1)
        Probability that the state changes at the start of each week, times how often the patient counts; the
        last is "no change".
    never : ndarray, shape (..., n)
        The same of patients whose state cannot change.
    """
    size = 2 * BANDS + 1
    both = change.reshape(*change.shape[:-2], -1) @ courses.before_and_after
    without = never @ courses.counts[:, -1]
    return np.stack([both[..., :size], both[..., size:], without], axis=-1)


def chances(weeks_of_kind: Array) -> Array:
    """Return the weekly chance in each band and state, (..., bands, s), from the weeks in each state.

    A rate of the band times one of the state (Poisson, by turns): with few courses a chance of its own for
    each of them would follow whatever was assumed of the states at first.

    Parameters
    ----------
    weeks_of_kind : ndarray, shape (..., kinds, s)
        Weeks of each kind (`Courses.kind`) and state.
    """
    total = weeks_of_kind[..., BANDS : 2 * BANDS, :]
    weeks = weeks_of_kind[..., :BANDS, :] + total
    overall = (total.sum(axis=(-2, -1)) + PRIOR_COURSES) / (weeks.sum(axis=(-2, -1)) + PRIOR_WEEKS)
    events = total.sum(axis=-1, keepdims=True) + PRIOR_COURSES * overall[..., None, None]
    state_events = total.sum(axis=-2, keepdims=True) + PRIOR_COURSES
    of_state = np.ones_like(state_events)
    for _ in range(TURNS):
        of_band = events / (weeks @ of_state.swapaxes(-2, -1) + PRIOR_COURSES)
        of_state = state_events / (of_band.swapaxes(-2, -1) @ weeks + PRIOR_COURSES)
    rate = of_band * of_state
    return np.asarray(np.clip(1 - np.exp(-rate), LOWEST, 1 - LOWEST))


def paths(courses: Courses, chance: Array) -> tuple[Array, Array]:
    """Return the log probability of what became of the next course, by the week in which the state changes.

    Parameters
    ----------
    courses : Courses
    chance : ndarray, shape (..., bands, 3)
        Of a next course before the change, from it on, and where the state cannot change.

    Returns
    -------
    ndarray, shape (..., n, weeks + 1)
        If it changes at the start of each week; the last is "no change".
    ndarray, shape (..., n)
        Where it cannot change.
    """
    each = np.clip(chance, LOWEST, 1 - LOWEST)
    unseen = np.zeros((*each.shape[:-2], 1, 3))
    log = np.concatenate([np.log1p(-each), np.log(each), unseen], axis=-2)
    n, weeks = courses.band.shape
    changed = np.concatenate([log[..., 0], log[..., 1]], axis=-1) @ courses.before_and_after.T
    return changed.reshape(*changed.shape[:-1], n, weeks + 1), log[..., 2] @ courses.counts[:, -1].T
