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

from outcomes.models.stats.kernels.next_course import Courses, chances, paths, weeks_by_state

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
class Pairs:
    """Likelihood of each patient's days by pair (u, v), under one law or (one axis more) several.

    fell (..., n, pairs, weeks + 1): given a pair of `FELL` and a return at the start of each week, none for
    the last. stayed (..., n, pairs): given a pair of `STAYED`.
    """

    fell: Array
    stayed: Array

    def of(self, patients: NDArray[np.bool_]) -> Pairs:
        """Return those of some patients."""
        return Pairs(self.fell[..., patients, :, :], self.stayed[..., patients, :])

    def with_courses(self, path: Array, stays: Array) -> Array:
        """Return the likelihood of each pair with that of return and next course, (..., n, g * g)."""
        out = np.empty((*np.broadcast_shapes(stays.shape, self.stayed.shape[:-1]), len(HIGH)))
        out[..., FELL] = np.matmul(self.fell, path[..., None])[..., 0]
        out[..., STAYED] = self.stayed * stays[..., None]
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """What one spread of the wave says of each patient.

    pairs: by pair (u, v). wave (n, levels, nodes): likelihood of the wave at the end of the baseline. after
    (n, weeks, levels, nodes): likelihood of each week.
    """

    pairs: Pairs
    wave: Array
    after: Array
    wave_sd: float


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
    x, of = np.mgrid[: WEEK + 1, : WEEK + 1].astype(np.float64)
    free = np.maximum(of - x, 0.0)
    log = x[..., None, None] * np.log(p) + free[..., None, None] * np.log1p(-p)
    # the same for every law, so that their likelihoods can be compared: the week's own share of days
    share = np.clip(np.where(of > 0, x / np.maximum(of, 1), 0.5), 0.0, 1.0)
    best = xlogy(x, share) + xlogy(free, 1 - share)
    each = np.exp((log - best[..., None, None]) / effect)
    return np.asarray(each[events.astype(np.intp), days.astype(np.intp)])


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
    return Law(Pairs(fell, whole[:, STAYED]), wave, after, wave_sd)


def together(laws: Sequence[Law]) -> Pairs:
    """Return the pairs of all laws with an axis more: what is fitted under each of them is found at once."""
    return Pairs(*(np.stack([getattr(law.pairs, part) for law in laws]) for part in ("fell", "stayed")))


def _prior() -> Array:
    size = len(GRID)
    even = np.full((size, size), 0.5 / size**2) + np.eye(size) * 0.5 / size
    return np.asarray(PRIOR_PATIENTS * even.ravel())


def starts(weeks: Weeks) -> list[Chances]:
    """Return where expectation and maximisation begins: courses follow from the days, or from a return."""
    prior = _prior()
    course = chances(np.repeat(weeks.courses.counts[:, -1].sum(axis=0)[:, None] / 3, 3, axis=1))
    at_return = np.clip(course * np.array([0.1, 20.0, 0.1]), 0.0, 0.5)
    return [Chances(prior / prior.sum(), np.asarray(0.02), start) for start in (course, at_return)]


def _paths(courses: Courses, now: Chances) -> tuple[Array, Array, Array]:
    """Return what return and next course say of each week of a return, (..., n, weeks + 1), and of no fall.

    The last of the weeks is no return. The third, (..., n), is the logarithm that was taken off both.
    """
    path, stayed = paths(courses, now.course)
    back = now.back[..., None, None]
    path += courses.steps * np.log1p(-back)
    path[..., :-1] += np.where(courses.followed, np.log(back), -np.inf)
    top = np.maximum(path.max(axis=-1), stayed)
    path -= top[..., None]
    return np.exp(path, out=path), np.exp(stayed - top), top


def fit(seen: Pairs, courses: Courses, weight: Array, given: Chances) -> tuple[Chances, Array]:
    """Return the chances by expectation and maximisation from `given`, and their penalised likelihood.

    With several laws (`together`) they are those under each of them. Patients of weight 0 have no part.
    """
    if not weight.all():
        counts = weight > 0
        return fit(seen.of(counts), courses.of(counts), weight[counts], given)
    prior, now = _prior(), given
    for _ in range(ROUNDS):
        path, stays, _ = _paths(courses, now)
        pairs, share = seen.with_courses(path, stays), now.share
        for _ in range(INNER):
            counted = weight / _of_patients(pairs, share)
            share = (counted[..., None, :] @ pairs)[..., 0, :] * share + prior
            share /= share.sum(axis=-1, keepdims=True)
        from_week = np.matmul(share[..., None, None, FELL], seen.fell)[..., 0, :]
        returned = path * from_week
        returned *= (weight / _of_patients(pairs, share))[..., None]
        now = _maximise(courses, share, returned, weight)
    path, stays, top = _paths(courses, now)
    fitted = np.log(_of_patients(seen.with_courses(path, stays), now.share))
    return now, (fitted + top) @ weight + np.log(now.share) @ prior


def _of_patients(pairs: Array, share: Array) -> Array:
    """Return the likelihood of each patient, (..., n), never 0."""
    return np.asarray(np.maximum((pairs @ share[..., None])[..., 0], np.finfo(float).tiny))


def _maximise(courses: Courses, share: Array, returned: Array, weight: Array) -> Chances:
    """Return the chances from the expected week of each patient's return."""
    fell = returned.sum(axis=-1)
    returns = fell.sum(axis=-1) - returned[..., -1].sum(axis=-1)
    at_risk = returned.reshape(*fell.shape[:-1], -1) @ courses.at_risk.ravel()
    back = (returns + PRIOR_RETURNS) / (at_risk + PRIOR_WEEKS)
    stayed = np.maximum(weight - fell, 0.0)
    return Chances(share, back, chances(weeks_by_state(courses, returned, stayed)))


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
    pair = _pick(law.pairs.with_courses(path, stays) * now.share, rng.random(n))
    place = np.searchsorted(FELL, pair).clip(0, len(FELL) - 1)
    changed = FELL[place] == pair
    week = _pick(law.pairs.fell[where, place] * path, rng.random(n))
    later = weeks.courses.end + rng.geometric(float(now.back), n) - 1
    week = np.where(week < path.shape[1] - 1, week, later)
    u, v = HIGH[pair], LOW[pair]
    never = np.iinfo(np.intp).max
    return _days(law, u, v, np.where(changed, week, never), start, days, rng)


def _days(
    law: Law, u: Index, v: Index, back: Index, start: Index, days: int, rng: np.random.Generator
) -> Array:
    """Return days at level v until the week `back`, then u, in a wave that goes on from the days seen."""
    n, where, weeks = len(start), np.arange(len(start)), -(-days // WEEK)
    p, kernel = chance(law.wave_sd), _kernel()
    step = kernel.cumsum(axis=1)
    seen = np.where(start == 0, -1, (start - 1) // WEEK)
    level = np.where(np.arange(weeks) >= back[:, None], u[:, None], v[:, None])
    filtered = law.wave[where, u]
    wave = np.empty((n, weeks), dtype=np.intp)
    now = _pick(filtered, rng.random(n))
    luck = rng.random((weeks, (2 + WEEK) * n))
    for week in range(weeks):
        filtered = (filtered @ kernel) * law.after[where, week, level[:, week]]
        filtered /= np.maximum(filtered.sum(axis=1, keepdims=True), np.finfo(float).tiny)
        moved = (luck[week, :n, None] > step[now]).sum(axis=1).clip(0, len(NODES) - 1)
        now = np.where(
            week > seen, moved, np.where(week == seen, _pick(filtered, luck[week, n : 2 * n]), now)
        )
        wave[:, week] = now
    of_day = luck[:, 2 * n :].reshape(weeks, n, WEEK).swapaxes(0, 1)
    drawn = (of_day < p[level, wave][:, :, None]).reshape(n, -1)[:, :days]
    return np.where(np.arange(days) >= start[:, None], drawn, 0.0)


def _pick(weight: Array, u: Array) -> Index:
    """Return one position a row, with a chance in proportion to its weight; u, (n,), is from 0 to 1."""
    total = weight.cumsum(axis=1)
    at = u * total[:, -1]
    return np.asarray((at[:, None] > total).sum(axis=1).clip(0, weight.shape[1] - 1), dtype=np.intp)
