"""Hidden levels: a patient's chance of a day with the event before treatment, after it, and back again.

Every patient has a level before treatment (u) and one after it (v), both points of a grid; around them the
log odds go up and down in a slow wave, and in any week a patient whose level fell may return for good from v
to u. Days are seen a week at a time. The distribution of (u, v) over patients is free: responders and others
need no name. The chance of a return, and those of a next course before a return, after it and in patients
whose level never fell, are found with it by expectation and maximisation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from outcomes.models.stats.kernels.next_course import Courses, chances, paths

Array = NDArray[np.float64]
Index = NDArray[np.intp]

WEEK = 7
#: Chances of a day with the event that a level may be.
GRID = np.array([0.02, 0.07, 0.15, 0.27, 0.42, 0.58, 0.73, 0.85, 0.93, 0.98])
#: Points of the wave, in its standard deviations.
NODES = np.linspace(-2.1, 2.1, 7)
#: Standard deviations of the wave (log odds): the data choose among them.
WAVE_SD = (0.0, 0.5, 1.0)
#: Days after which a wave's correlation is 1 / e.
WAVE_DAYS = 40.0
#: Patients' worth of prior: half of it says that nothing changed (u = v), half is even over the grid.
PRIOR_PATIENTS = 1.0
#: Prior of the weekly chance of a return: so many returns in so many weeks.
PRIOR_RETURNS, PRIOR_WEEKS = 0.1, 4.0
#: Rounds of all chances, and of the levels' distribution within each.
ROUNDS, INNER = 10, 4

HIGH, LOW = (np.asarray(part, dtype=np.intp) for part in np.indices((len(GRID), len(GRID))).reshape(2, -1))
#: Pairs (u, v) whose level fell: only these can return.
FELL = np.flatnonzero(LOW < HIGH)
STAYED = np.flatnonzero(LOW >= HIGH)


@dataclass(frozen=True, slots=True, eq=False)
class Weeks:
    """Events and recorded days of n patients by week, before treatment and after it, (n, weeks).

    design_effect: days of a week count for fewer, because a day carries over to the next. courses: what is
    known of the next course in the weeks after treatment.
    """

    events_before: Array
    days_before: Array
    events: Array
    days: Array
    courses: Courses
    design_effect: float


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """What one spread of the wave says of each patient.

    fell (n, pairs, weeks + 1): likelihood of the days given a pair of `FELL` and a return at the start of
    each week, none for the last. stayed (n, pairs): given a pair of `STAYED`. wave (n, levels, nodes): of the
    wave at the end of the baseline. after (n, weeks, levels, nodes): likelihood of each week.
    """

    fell: Array
    stayed: Array
    wave: Array
    after: Array
    wave_sd: Array


@dataclass(frozen=True, slots=True, eq=False)
class Chances:
    """What is fitted to the days, under each law that they are read by, (..., one axis for several laws).

    share (..., pairs): the distribution of (u, v). back (...): the weekly chance of a return. course
    (..., bands, 3): that of a next course by band and state.
    """

    share: Array
    back: Array
    course: Array

    def of(self, law: int) -> Chances:
        """Return those under one of several laws."""
        return Chances(self.share[law], self.back[law], self.course[law])


def design_effect(r: float, days: int = WEEK) -> float:
    """Return how much the variance of a week's count grows when neighbouring days correlate by r."""
    lag = np.arange(1, days)
    return float(1 + 2 * ((1 - lag / days) * r**lag).sum())


def _kernel() -> Array:
    """Return the wave's transitions from a week to the next, shape (j, j); rows add up to 1."""
    rho = np.exp(-WEEK / WAVE_DAYS)
    density = np.exp(-((NODES[None, :] - rho * NODES[:, None]) ** 2) / (2 * (1 - rho**2)))
    return np.asarray(density / density.sum(axis=1, keepdims=True))


def _stationary(kernel: Array) -> Array:
    return np.asarray(np.linalg.matrix_power(kernel, 200)[0])


def chance(wave_sd: float) -> Array:
    """Return the probability of an event day at each level and point of the wave, shape (g, j)."""
    odds = (GRID / (1 - GRID))[:, None] * np.exp(wave_sd * NODES)[None, :]
    return np.asarray(odds / (1 + odds))


def _seen(events: Array, days: Array, p: Array, effect: float) -> Array:
    """Return the likelihood of each week at each level, at most 1, shape (n, w, g, j)."""
    free = days - events
    log = events[..., None, None] * np.log(p) + free[..., None, None] * np.log1p(-p)
    # the same for every law, so that their likelihoods can be compared: the week's own share of days
    share = np.where(days > 0, events / np.maximum(days, 1), 0.5)
    best = xlogy(events, share) + xlogy(free, 1 - share)
    return np.asarray(np.exp((log - best[..., None, None]) / effect))


def law_of(weeks: Weeks, wave_sd: float) -> Law:
    """Filter every patient's weeks forwards, at each v, and backwards, at each u."""
    p, kernel = chance(wave_sd), _kernel()
    wave = np.broadcast_to(_stationary(kernel), (len(weeks.days), len(GRID), len(NODES))).copy()
    first = _seen(weeks.events_before, weeks.days_before, p, weeks.design_effect)
    for week in range(first.shape[1]):
        wave = (wave @ kernel) * first[:, week]
    after = _seen(weeks.events, weeks.days, p, weeks.design_effect)
    count = after.shape[1]
    late = np.ones((count + 1, *wave.shape))
    for week in range(count - 1, -1, -1):
        late[week] = (after[:, week] * late[week + 1]) @ kernel.T
    now = wave[:, HIGH]
    fell = np.empty((len(now), len(FELL), count + 1))
    for week in range(count):
        fell[:, :, week] = (now[:, FELL] * late[week][:, HIGH[FELL]]).sum(axis=2)
        now = (now @ kernel) * after[:, week][:, LOW]
    whole = now.sum(axis=2)
    fell[:, :, count] = whole[:, FELL]
    return Law(fell, whole[:, STAYED], wave, after, np.asarray(wave_sd))


def together(laws: Sequence[Law]) -> Law:
    """Return laws as one with an axis more: what is fitted under each of them is found at once."""
    parts = ("fell", "stayed", "wave", "after", "wave_sd")
    return Law(*(np.stack([getattr(law, part) for law in laws]) for part in parts))


def _prior() -> Array:
    size = len(GRID)
    even = np.full((size, size), 0.5 / size**2) + np.eye(size) * 0.5 / size
    return np.asarray(PRIOR_PATIENTS * even.ravel())


def starts(weeks: Weeks) -> list[Chances]:
    """Return where expectation and maximisation begins: courses follow from the days, or from a return."""
    prior = _prior()
    even = np.full((*weeks.courses.band.shape, 3), 1 / 3)
    course = chances(weeks.courses, even)
    at_return = np.clip(course * np.array([0.1, 20.0, 0.1]), 0.0, 0.5)
    return [Chances(prior / prior.sum(), np.asarray(0.02), start) for start in (course, at_return)]


def _returns(courses: Courses, back: Array) -> Array:
    """Return the probability of a return at the start of each followed week, none for the last column."""
    decay = (1 - back[..., None]) ** np.arange(courses.band.shape[1] + 1)
    before = decay[..., courses.steps]
    before[..., :-1] *= np.where(courses.followed, back[..., None, None], 0.0)
    return np.asarray(before)


def _paths(courses: Courses, now: Chances) -> tuple[Array, Array, Array]:
    """Return what return and next course say of each week of a return, (..., n, weeks + 1), and of no fall.

    The last, (..., n), is the logarithm that was taken off both.
    """
    fell, stayed = paths(courses, now.course)
    top = np.maximum(fell.max(axis=-1), stayed)
    return _returns(courses, now.back) * np.exp(fell - top[..., None]), np.exp(stayed - top), top


def _pairs(law: Law, path: Array, stays: Array) -> Array:
    """Return the likelihood of each pair (u, v), (..., n, g * g)."""
    out = np.empty((*np.broadcast_shapes(stays.shape, law.stayed.shape[:-1]), len(HIGH)))
    out[..., FELL] = np.matmul(law.fell, path[..., None])[..., 0]
    out[..., STAYED] = law.stayed * stays[..., None]
    return out


def fit(law: Law, weeks: Weeks, weight: Array, given: Chances) -> tuple[Chances, Array]:
    """Return the chances by expectation and maximisation from `given`, and their penalised likelihood.

    With several laws (`together`) they are those under each of them.
    """
    prior, courses, now = _prior(), weeks.courses, given
    for _ in range(ROUNDS):
        path, stays, _ = _paths(courses, now)
        pairs, share = _pairs(law, path, stays), now.share
        for _ in range(INNER):
            counted = weight / _of_patients(pairs, share)
            share = (counted[..., None, :] @ pairs)[..., 0, :] * share + prior
            share /= share.sum(axis=-1, keepdims=True)
        from_week = np.matmul(share[..., None, None, FELL], law.fell)[..., 0, :]
        returned = path * from_week / _of_patients(pairs, share)[..., None]
        now = _maximise(courses, share, weight[:, None] * returned, weight)
    path, stays, top = _paths(courses, now)
    fitted = np.log(_of_patients(_pairs(law, path, stays), now.share))
    return now, (fitted + top) @ weight + np.log(now.share) @ prior


def _of_patients(pairs: Array, share: Array) -> Array:
    """Return the likelihood of each patient, (..., n), never 0."""
    return np.asarray(np.maximum((pairs @ share[..., None])[..., 0], np.finfo(float).tiny))


def _maximise(courses: Courses, share: Array, returned: Array, weight: Array) -> Chances:
    """Return the chances from the expected week of each patient's return."""
    still = np.cumsum(returned[..., ::-1], axis=-1)[..., ::-1]
    fell, both = still[..., :1], (-2, -1)
    at_risk = np.where(courses.followed, still[..., :-1], 0.0).sum(axis=both)
    back = (returned[..., :-1].sum(axis=both) + PRIOR_RETURNS) / (at_risk + PRIOR_WEEKS)
    states = np.empty((*still[..., 1:].shape, 3))
    states[..., 0] = still[..., 1:]
    states[..., 1] = fell - still[..., 1:]
    states[..., 2] = weight[:, None] - fell
    return Chances(share, back, chances(courses, np.maximum(states, 0.0)))


def draw_tail(
    law: Law, weeks: Weeks, now: Chances, start: Index, days: int, rng: np.random.Generator
) -> Array:
    """Return one draw of each patient's days from `start` on, shape (n, days); earlier days are 0.

    Parameters
    ----------
    law, weeks, now : Law, Weeks, Chances
        The spread of the wave, what was seen, and the chances.
    start : ndarray of int, shape (n,)
        First day to draw: the day after the last recorded one; 0 is the first day after treatment.
    days : int
        Days of follow-up.
    """
    n, where = len(start), np.arange(len(start))
    path, stays, _ = _paths(weeks.courses, now)
    pair = _pick(_pairs(law, path, stays) * now.share, rng)
    place = np.searchsorted(FELL, pair).clip(0, len(FELL) - 1)
    changed = FELL[place] == pair
    week = _pick(law.fell[where, place] * path, rng)
    later = weeks.courses.end + rng.geometric(float(now.back), n) - 1
    week = np.where(week < path.shape[1] - 1, week, later)
    u, v = HIGH[pair], LOW[pair]
    never = np.iinfo(np.intp).max
    return _days(law, u, v, np.where(changed, week, never), start, days, rng)


def _days(
    law: Law, u: Index, v: Index, back: Index, start: Index, days: int, rng: np.random.Generator
) -> Array:
    """Return days at level v until the week `back`, then u, in a wave that goes on from the days seen."""
    n, where = len(start), np.arange(len(start))
    p, kernel = chance(float(law.wave_sd)), _kernel()
    step = kernel.cumsum(axis=1)
    seen = np.where(start == 0, -1, (start - 1) // WEEK)
    filtered = law.wave[where, u]
    wave = _pick(filtered, rng)
    out = np.zeros((n, days))
    for week in range(-(-days // WEEK)):
        level = np.where(week >= back, u, v)
        filtered = (filtered @ kernel) * law.after[where, week, level]
        filtered /= np.maximum(filtered.sum(axis=1, keepdims=True), np.finfo(float).tiny)
        moved = (rng.random(n)[:, None] > step[wave]).sum(axis=1).clip(0, len(NODES) - 1)
        wave = np.where(week > seen, moved, np.where(week == seen, _pick(filtered, rng), wave))
        span = slice(week * WEEK, min((week + 1) * WEEK, days))
        day = np.arange(span.start, span.stop)
        drawn = rng.random((n, len(day))) < p[level, wave][:, None]
        out[:, span] = np.where(day[None, :] >= start[:, None], drawn, 0.0)
    return out


def _pick(weight: Array, rng: np.random.Generator) -> Index:
    """Return one position a row, with a chance in proportion to its weight."""
    total = weight.cumsum(axis=1)
    u = rng.random(len(weight)) * total[:, -1]
    return np.asarray((u[:, None] > total).sum(axis=1).clip(0, weight.shape[1] - 1), dtype=np.intp)
