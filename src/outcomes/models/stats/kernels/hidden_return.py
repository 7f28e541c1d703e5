"""The share of patients whose level has not returned, from their days, without deciding for anyone.

Each patient has a lower level until a week that nobody sees, then the baseline's. The hazards of returning
(by four weeks) are estimated by expectation and maximisation over all weeks in which it can have returned.
Who treats again has seen the days: given them, a next course says nothing more of the level. So it ends the
follow-up and is no witness of a return; patients who are treated again because they got worse count as
returned as far as their days say so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from outcomes.models.stats.kernels.level_return import BASE_DAYS, HIGHEST, LOWEST, Diaries

Array = NDArray[np.float64]
Index = NDArray[np.intp]

WEEK, BLOCK = 7, 4
#: Lower level as a share of the baseline.
SHARES = np.array([0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
#: Quantiles of the baseline's level, given its days.
QUANTILES = np.array([1, 3, 5]) / 6
ITERATIONS, TOLERANCE = 500, 1e-7
#: Of samples the spread is wanted: it is short by 1 % of itself.
SAMPLE_TOLERANCE = 1e-5
#: So much of an event is added to each hazard's four weeks, as Jeffreys' prior does.
PRIOR = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Weeks:
    """What the days say of each week in which the level can have returned.

    likelihood (patients, nodes, changes): log probability of the days, given that the patient was chosen, if
    the level returned at the start of week `start + change`; the first also if it did before, or never fell;
    the last: not before the end. share (nodes,): index into `SHARES`. end (patients,): weeks followed. again
    (patients,): whether a next course ended it. start: first week of a return.
    """

    likelihood: Array
    share: Index
    end: Index
    again: NDArray[np.bool_]
    start: int


@dataclass(frozen=True, slots=True, eq=False)
class Hazards:
    """Weekly probabilities of returning and of a next course while better, (weeks,).

    Of several samples each has a first axis of samples; the shares of levels are theirs together.
    """

    back: Array
    again: Array
    shares: Array

    def still_better(self, start: int, days: Array) -> Array:
        """Return the share still better on some days.

        A return that fits best at the start of a week lies within half a week of it; a next course lies in
        its week.
        """
        first = WEEK * (start + np.arange(self.back.shape[-1]))
        not_back, not_again = (
            np.atleast_2d(np.cumprod(1 - each, axis=-1)) for each in (self.back, self.again)
        )
        curves = [
            np.interp(days, first + WEEK / 2, back) * np.interp(days, first + WEEK, again, left=1.0)
            for back, again in zip(not_back, not_again, strict=True)
        ]
        return np.asarray(curves)


def weeks_of(
    diaries: Diaries, r: float, last: Index, again: NDArray[np.bool_], *, start: int, fell: float
) -> Weeks:
    """Return the probabilities of each patient's days under each week of return.

    Parameters
    ----------
    diaries : Diaries
        Days after the course of the patients who fell.
    r : float
        Carry-over between neighbouring days.
    last : ndarray of int
        Last day of each patient's follow-up.
    again : ndarray of bool
        Whether a next course ended it.
    start : int
        First week in which a return is looked for; the weeks before it chose the patients.
    fell : float
        The fall of the value in those weeks by which they were chosen.
    """
    end = np.maximum(-(-last // WEEK), start)
    base = _baseline(diaries, r)
    counts = _weekly_counts(diaries, int(end.max()))
    returned = np.einsum("nwc,nbc->nbw", counts, _logs(base, r))
    level = np.clip(base[:, :, None] * SHARES, LOWEST * SHARES[0], HIGHEST).reshape(len(base), -1)
    better = np.einsum("nwc,nbc->nbw", counts, _logs(level, r))
    nodes = np.repeat(np.arange(base.shape[1]), len(SHARES))
    late = np.cumsum(returned[:, :, ::-1], axis=2)[:, :, ::-1]
    late = np.concatenate([late, np.zeros((*late.shape[:2], 1))], axis=2)[:, nodes]
    early = np.concatenate([np.zeros((*better.shape[:2], 1)), np.cumsum(better, axis=2)], axis=2)
    likelihood = early + late
    # Chosen by the first weeks: each case is weighed by how often such levels are chosen there at all.
    part = np.arange(start + 1) / start
    first = level[:, :, None] * part + base[:, nodes, None] * (1 - part)
    chosen = _chosen(first, diaries, r, start * WEEK, fell)
    # Back at the first look already: since any week before it, or never lower at all.
    back = likelihood[:, :, : start + 1] - chosen
    likelihood[:, :, start:] -= chosen[:, :, -1:]
    likelihood[:, :, start] = _log_sum(back, 2)[:, :, 0] - np.log(start + 1)
    share = np.tile(np.arange(len(SHARES)), base.shape[1])
    return Weeks(likelihood[:, :, start:], share, end, again, start)


def _baseline(diaries: Diaries, r: float) -> Array:
    """Return quantiles of each patient's level before, (patients, quantiles).

    Neighbours that resemble each other are fewer witnesses; the cohort's level counts as some days more.
    """
    worth = (1 - r) / (1 + r)
    whole = diaries.base_events.sum() / max(diaries.base_days.sum(), 1.0)
    events = worth * diaries.base_events + BASE_DAYS * whole
    others = worth * (diaries.base_days - diaries.base_events) + BASE_DAYS * (1 - whole)
    found = special.betaincinv(events[:, None] + 0.5, others[:, None] + 0.5, QUANTILES)
    return np.asarray(np.clip(found, LOWEST, HIGHEST))


def _weekly_counts(diaries: Diaries, weeks: int) -> Array:
    """Return days of each kind a week, (patients, weeks, 6): after an unknown day 0, 1; 00, 01, 10, 11."""
    n, days = diaries.event.shape
    seen, event = diaries.recorded, diaries.event.astype(np.intp)
    known = np.zeros_like(seen)
    known[:, 1:] = seen[:, :-1]
    yesterday = np.zeros_like(event)
    yesterday[:, 1:] = event[:, :-1]
    kind = np.where(known, 2 + 2 * yesterday + event, event)
    kept = min(days, weeks * WEEK)
    at = np.arange(kept) // WEEK
    code = (np.arange(n)[:, None] * weeks + at) * 6 + kind[:, :kept]
    total = np.bincount(code[seen[:, :kept]], minlength=n * weeks * 6)
    return total.reshape(n, weeks, 6).astype(np.float64)


def _logs(level: Array, r: float) -> Array:
    """Return log probabilities of the six kinds of days, (patients, levels, 6)."""
    up, stay = level * (1 - r), level + (1 - level) * r
    kinds = [1 - level, level, 1 - up, up, 1 - stay, stay]
    return np.asarray(np.log(np.clip(np.stack(kinds, axis=2), 1e-12, None)))


def _chosen(level: Array, diaries: Diaries, r: float, days: int, fell: float) -> Array:
    """Return log P(value in the first days is low enough): a normal count of days that carry over."""
    own = diaries.base_events / np.maximum(diaries.base_days, 1)
    n = np.maximum(diaries.recorded[:, :days].sum(axis=1), 1)[:, None, None]
    limit = ((1 - fell) * own)[:, None, None]
    sd = np.sqrt(level * (1 - level) / n * (1 + r) / (1 - r))
    return np.asarray(special.log_ndtr((limit + 0.5 / n - level) / np.maximum(sd, 1e-9)))


def fit(weeks: Weeks) -> Hazards:
    """Return the hazards of all patients by expectation and maximisation, with the shares of their levels."""
    weight = np.ones(len(weeks.end))
    shares = np.full(len(SHARES), 1 / len(SHARES))
    back = np.full(weeks.likelihood.shape[2] - 1, 0.03)
    value = -np.inf
    for _ in range(ITERATIONS):
        posterior, shares, now = _with_shares(weeks, weight, shares, _log_path(weeks, back))
        back = _returns(weeks, weight, posterior)
        if abs(now - value) < TOLERANCE * (1 + abs(now)):
            break
        value = now
    return Hazards(back, _next_courses(weeks, weight, posterior), shares)


def fit_samples(weeks: Weeks, weights: Array, given: Hazards) -> Hazards:
    """Return the hazards of several samples of the patients, (samples, weeks), the shares held.

    Parameters
    ----------
    weeks : Weeks
        From `weeks_of`.
    weights : ndarray, (samples, patients)
        How often each patient counts (bootstrap samples).
    given : Hazards
        Of all patients: where to start.
    """
    nodes = _collapse(weeks, given.shares)
    back, again = (np.tile(each, (len(weights), 1)) for each in (given.back, given.again))
    value = np.full(len(weights), -np.inf)
    left = np.arange(len(weights))
    for _ in range(ITERATIONS):
        joint = nodes + _log_path(weeks, back[left])
        top = _log_sum(joint, -1)
        weight, posterior = weights[left], np.exp(joint - top)
        now = (weight * top[..., 0]).sum(axis=1)
        back[left] = _returns(weeks, weight, posterior)
        again[left] = _next_courses(weeks, weight, posterior)
        still = np.abs(now - value[left]) >= SAMPLE_TOLERANCE * (1 + np.abs(now))
        value[left] = now
        left = left[still]
        if not len(left):
            break
    return Hazards(back, again, given.shares)


def _collapse(weeks: Weeks, shares: Array) -> Array:
    log = np.log(np.maximum(shares, 1e-12))[weeks.share]
    return _log_sum(weeks.likelihood + log[:, None], 1)[:, 0]


def _log_sum(values: Array, axis: int | tuple[int, ...]) -> Array:
    """Return log(sum(exp(values))), keeping the axis: scipy's does it ten times slower on small arrays."""
    top = values.max(axis=axis, keepdims=True)
    return np.asarray(top + np.log(np.exp(values - top).sum(axis=axis, keepdims=True)))


def _with_shares(weeks: Weeks, weight: Array, shares: Array, path: Array) -> tuple[Array, Array, float]:
    """Return the posterior of the change, new weights of the shares, and the log likelihood."""
    log = np.log(np.maximum(shares, 1e-12))[weeks.share]
    joint = weeks.likelihood + log[:, None] + path[:, None, :]
    top = _log_sum(joint, (1, 2))
    posterior = np.exp(joint - top)
    by_node = weight @ posterior.sum(axis=2)
    found = np.bincount(weeks.share, by_node, minlength=len(SHARES)).astype(np.float64)
    return posterior.sum(axis=1), found / found.sum(), float(weight @ top[:, 0, 0])


def _log_path(weeks: Weeks, back: Array) -> Array:
    """Return the log prior of each change week, (..., patients, changes)."""
    length = back.shape[-1]
    change = np.arange(length + 1)
    end = (weeks.end - weeks.start)[:, None]
    not_yet = np.zeros((*back.shape[:-1], length + 1))
    np.cumsum(np.log1p(-back), axis=-1, out=not_yet[..., 1:])
    now = np.zeros_like(not_yet)
    now[..., :-1] = np.log(back)
    log = not_yet[..., np.minimum(change, end)] + np.where(change < end, now[..., None, :], 0.0)
    return np.where(change <= end, log, -np.inf)


def _returns(weeks: Weeks, weight: Array, posterior: Array) -> Array:
    """Return hazards as expected returns over expected weeks at risk, equal within four weeks.

    The first change holds everybody who was back before the first look: it has a probability of its own.
    """
    weighted = weight[..., None] * posterior
    followed = np.arange(posterior.shape[-1] - 1) < (weeks.end - weeks.start)[:, None]
    returns = np.where(followed, weighted[..., :-1], 0.0).sum(axis=-2)
    at_risk = np.where(followed, _from(weighted)[..., :-1], 0.0).sum(axis=-2)
    return _by_block(returns, at_risk)


def _next_courses(weeks: Weeks, weight: Array, posterior: Array) -> Array:
    """Return hazards of a next course among those still better: each week's own, as its day is known."""
    week, end = np.arange(posterior.shape[-1] - 1), (weeks.end - weeks.start)[:, None]
    better = np.where(week < end, _from(weight[..., None] * posterior)[..., 1:], 0.0)
    course = weeks.again[:, None] & (week == end - 1)
    courses, at_risk = np.where(course, better, 0.0).sum(axis=-2), better.sum(axis=-2)
    return np.asarray(courses / np.maximum(at_risk, 1e-12))


def _from(weighted: Array) -> Array:
    """Return the weight of this change and all later ones."""
    return np.asarray(weighted[..., ::-1].cumsum(axis=-1)[..., ::-1])


def _by_block(events: Array, at_risk: Array) -> Array:
    block = (np.arange(events.shape[-1]) + BLOCK - 1) // BLOCK
    member = (block[:, None] == np.arange(block.max(initial=-1) + 1)).astype(np.float64)
    total, weeks = events @ member, at_risk @ member
    prior = PRIOR / max(member.shape[1], 1)
    return np.asarray(np.clip((total + prior) / (weeks + 2 * prior + 1e-9), 1e-9, 1 - 1e-9)[..., block])
