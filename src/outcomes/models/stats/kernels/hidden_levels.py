"""Hidden levels: a patient's chance of a day with the event before treatment, after it, and back again.

Every patient has a level before treatment (u) and one after it (v), both points of a grid; around them the
log odds go up and down in a slow wave, and in any week the patient may return for good from v to u. Days are
seen a week at a time. The distribution of (u, v) over patients is free: responders and others need no name.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

Array = NDArray[np.float64]
Index = NDArray[np.intp]

WEEK = 7
#: Chances of a day with the event that a level may be.
GRID = np.array([0.02, 0.07, 0.15, 0.27, 0.42, 0.58, 0.73, 0.85, 0.93, 0.98])
#: Points of the wave, in its standard deviations.
NODES = np.linspace(-2.1, 2.1, 7)
#: Standard deviations of the wave (log odds), chances of a return in 28 days: the data choose among them.
WAVE_SD = (0.3, 0.8)
RETURN = (0.0, 0.05, 0.1, 0.2, 0.35)
#: Days after which a wave's correlation is 1 / e.
WAVE_DAYS = 40.0
#: Days of a week count for fewer, because a day carries over to the next: 1 + 2 sum_k (1 - k / 7) 0.2^k.
DESIGN_EFFECT = 1.431
#: Patients' worth of prior: half of it says that nothing changed (u = v), half is even over the grid.
PRIOR_PATIENTS = 1.0
ROUNDS = 40


@dataclass(frozen=True, slots=True, eq=False)
class Weeks:
    """Events and recorded days of n patients by week, shape (n, w), before treatment and after it."""

    events_before: Array
    days_before: Array
    events: Array
    days: Array


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """One law: what it says of each patient.

    Parameters
    ----------
    likelihood : ndarray, shape (n, g, g)
        Of the patient's days, given u and v; the largest of a patient is about 1.
    state : ndarray, shape (n, g, g, 2, j)
        Given u and v, the distribution of (returned or not, wave) in the last week with a recorded day.
    wave_sd, weekly_return : float
        The law.
    """

    likelihood: Array
    state: Array
    wave_sd: float
    weekly_return: float


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


def _seen(events: Array, days: Array, p: Array) -> Array:
    """Return the likelihood of each week at each level, at most 1, shape (n, w, g, j)."""
    free = days - events
    log = events[..., None, None] * np.log(p) + free[..., None, None] * np.log1p(-p)
    # the same for every law, so that their likelihoods can be compared: the week's own share of days
    share = np.where(days > 0, events / np.maximum(days, 1), 0.5)
    best = xlogy(events, share) + xlogy(free, 1 - share)
    return np.asarray(np.exp((log - best[..., None, None]) / DESIGN_EFFECT))


def law_of(weeks: Weeks, wave_sd: float, monthly_return: float) -> Law:
    """Filter every patient's weeks under one law."""
    p, kernel = chance(wave_sd), _kernel()
    back = 1 - (1 - monthly_return) ** (WEEK / 28)
    before = np.broadcast_to(_stationary(kernel), (len(weeks.days), len(GRID), len(NODES))).copy()
    first = _seen(weeks.events_before, weeks.days_before, p)
    for week in range(first.shape[1]):
        before = (before @ kernel) * first[:, week]
    n, g, j = before.shape
    now = np.zeros((n, g, g, 2, j))
    now[:, :, :, 0] = before[:, :, None]
    after = _seen(weeks.events, weeks.days, p)
    last = _last(weeks.days)
    state, likelihood = now.copy(), now.sum(axis=(3, 4))
    for week in range(after.shape[1]):
        now = now @ kernel
        now[:, :, :, 1] += back * now[:, :, :, 0]
        now[:, :, :, 0] *= 1 - back
        now[:, :, :, 0] *= after[:, week][:, None]
        now[:, :, :, 1] *= after[:, week][:, :, None]
        here = last == week
        state[here], likelihood[here] = now[here], now[here].sum(axis=(3, 4))
    return Law(likelihood, state, wave_sd, back)


def _last(days: Array) -> Index:
    """Return the last week with a recorded day, -1 without any."""
    seen = days > 0
    return np.where(seen.any(axis=1), days.shape[1] - 1 - seen[:, ::-1].argmax(axis=1), -1).astype(np.intp)


def _prior() -> Array:
    size = len(GRID)
    even = np.full((size, size), 0.5 / size**2) + np.eye(size) * 0.5 / size
    return np.asarray(PRIOR_PATIENTS * even.ravel())


def mix(law: Law, weight: Array) -> tuple[Array, float]:
    """Return the distribution of (u, v) by EM, shape (g * g,), and its penalised log likelihood."""
    flat = law.likelihood.reshape(len(weight), -1)
    prior = _prior()
    share = prior / prior.sum()
    for _ in range(ROUNDS):
        each = flat * share
        each /= np.maximum(each.sum(axis=1, keepdims=True), np.finfo(float).tiny)
        share = weight @ each + prior
        share /= share.sum()
    fitted = np.log(np.maximum(flat @ share, np.finfo(float).tiny))
    return share, float(weight @ fitted + prior @ np.log(share))


def laws(weeks: Weeks) -> list[Law]:
    """Return every law of the grid."""
    return [law_of(weeks, sd, back) for sd in WAVE_SD for back in RETURN]


def draw_tail(law: Law, share: Array, start: Index, days: int, rng: np.random.Generator) -> Array:
    """Return one draw of each patient's days from `start` on, shape (n, days); earlier days are 0.

    Parameters
    ----------
    law, share : Law, ndarray
        The law, and the distribution of (u, v).
    start : ndarray of int, shape (n,)
        First day to draw: the day after the last recorded one; 0 is the first day after treatment.
    days : int
        Days of follow-up.
    """
    n, g = len(start), len(GRID)
    pair = _pick(law.likelihood.reshape(n, -1) * share, rng)
    u, v = pair // g, pair % g
    where = np.arange(n)
    state = _pick(law.state[where, u, v].reshape(n, -1), rng)
    returned, wave = state // len(NODES), state % len(NODES)
    p, kernel = chance(law.wave_sd), _kernel().cumsum(axis=1)
    out = np.zeros((n, days))
    week_of = np.maximum(start - 1, 0) // WEEK
    week_of = np.where(start == 0, -1, week_of)
    for week in range(-(-days // WEEK)):
        moves = week > week_of
        step = (rng.random(n)[:, None] > kernel[wave]).sum(axis=1).clip(0, len(NODES) - 1)
        wave = np.where(moves, step, wave)
        returned = np.where(moves & (rng.random(n) < law.weekly_return), 1, returned)
        level = np.where(returned == 1, u, v)
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
