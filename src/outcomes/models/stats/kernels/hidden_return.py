"""The share of patients whose level has not returned, from their days, without deciding for anyone.

Each patient has a lower level until a week that nobody sees, then the baseline's. The hazards of returning
(by four weeks), of a next course while better and of one after the return are estimated by expectation and
maximisation over all weeks in which the return can have been; so patients who are treated again because
they got worse count as returned as far as their days say so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from outcomes.models.stats.kernels.level_return import HIGHEST, LOWEST, Diaries

Array = NDArray[np.float64]
Index = NDArray[np.intp]

WEEK, BLOCK = 7, 4
#: Lower level as a share of the baseline.
SHARES = np.array([0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
#: Quantiles of the baseline's level, given its days.
QUANTILES = np.array([1, 3, 5]) / 6
ITERATIONS, TOLERANCE = 500, 1e-7
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
    """Weekly probabilities of returning and of a next course while better, (weeks,); after the return.

    Of several samples each has a first axis of samples; the shares are theirs together.
    """

    back: Array
    again_better: Array
    again_back: Array | np.float64
    shares: Array

    def still_better(self) -> Array:
        """Return the share still better at the end of each week."""
        return np.asarray(np.cumprod((1 - self.back) * (1 - self.again_better), axis=-1))

    def only(self, samples: Index) -> Hazards:
        """Return those of some samples."""
        after = np.asarray(self.again_back)[samples]
        return Hazards(self.back[samples], self.again_better[samples], after, self.shares)

    def put(self, samples: Index, found: Hazards) -> None:
        """Write those of some samples."""
        self.back[samples], self.again_better[samples] = found.back, found.again_better
        np.asarray(self.again_back)[samples] = found.again_back


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
    base = special.betaincinv(
        diaries.base_events[:, None] + 0.5,
        (diaries.base_days - diaries.base_events)[:, None] + 0.5,
        QUANTILES,
    )
    base = np.clip(base, LOWEST, HIGHEST)
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
    length = weeks.likelihood.shape[2] - 1
    even = np.full(len(SHARES), 1 / len(SHARES))
    hazards = Hazards(np.full(length, 0.03), np.full(length, 0.01), np.float64(0.02), even)
    value = -np.inf
    for _ in range(ITERATIONS):
        posterior, shares, now = _with_shares(weeks, weight, hazards.shares, _log_path(weeks, hazards))
        hazards = _maximise(weeks, weight, posterior, shares)
        if abs(now - value) < TOLERANCE * (1 + abs(now)):
            break
        value = now
    return hazards


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
    many = len(weights)
    back, better = (np.tile(each, (many, 1)) for each in (given.back, given.again_better))
    done = Hazards(back, better, np.full(many, given.again_back), given.shares)
    value = np.full(many, -np.inf)
    left = np.arange(many)
    for _ in range(ITERATIONS):
        joint = nodes + _log_path(weeks, done.only(left))
        top = _log_sum(joint, -1)
        weight = weights[left]
        now = (weight * top[..., 0]).sum(axis=1)
        done.put(left, _maximise(weeks, weight, np.exp(joint - top), given.shares))
        still = np.abs(now - value[left]) >= TOLERANCE * (1 + np.abs(now))
        value[left] = now
        left = left[still]
        if not len(left):
            break
    return done


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


def _log_path(weeks: Weeks, hazards: Hazards) -> Array:
    """Return the log prior of each change week, and of a next course, (..., patients, changes)."""
    length = hazards.back.shape[-1]
    change = np.arange(length + 1)
    end = (weeks.end - weeks.start)[:, None]
    at, returned = np.minimum(change, end), change < end
    stay_back, no_course = (_summed(each) for each in (hazards.back, hazards.again_better))
    back = np.zeros((*hazards.back.shape[:-1], length + 1))
    back[..., :-1] = np.log(hazards.back)
    after = np.asarray(hazards.again_back)[..., None, None]
    log = stay_back[..., at] + no_course[..., at]
    log += np.where(returned, back[..., None, :] + (end - change) * np.log1p(-after), 0.0)
    last = np.maximum(end - 1, 0)
    odds_better = (np.log(hazards.again_better) - np.log1p(-hazards.again_better))[..., last]
    odds_back = np.log(after) - np.log1p(-after)
    log += np.where(weeks.again[:, None], np.where(returned, odds_back, odds_better), 0.0)
    return np.where(change <= end, log, -np.inf)


def _summed(hazard: Array) -> Array:
    """Return the log probability that nothing has happened before each week."""
    total = np.zeros((*hazard.shape[:-1], hazard.shape[-1] + 1))
    np.cumsum(np.log1p(-hazard), axis=-1, out=total[..., 1:])
    return total


def _maximise(weeks: Weeks, weight: Array, posterior: Array, shares: Array) -> Hazards:
    """Return hazards as expected events over expected weeks at risk, equal within four weeks.

    The first change holds everybody who was back before the first look: it has a probability of its own.
    """
    length = posterior.shape[-1] - 1
    end = (weeks.end - weeks.start)[:, None]
    week = np.arange(length)
    followed, course = week < end, weeks.again[:, None] & (week == end - 1)
    weighted = weight[..., None] * posterior
    not_before = weighted[..., ::-1].cumsum(axis=-1)[..., ::-1]
    better = np.where(followed, not_before[..., 1:], 0.0)
    after = np.where(followed, weight[..., None], 0.0) - better
    returns = np.where(followed, weighted[..., :-1], 0.0).sum(axis=-2)
    at_risk = np.where(followed, not_before[..., :-1], 0.0).sum(axis=-2)
    again_better = np.where(course, better, 0.0).sum(axis=-2)
    again_back = np.where(course, after, 0.0).sum(axis=(-2, -1))
    block = (np.arange(length) + BLOCK - 1) // BLOCK
    return Hazards(
        _by_block(returns, at_risk, block),
        _by_block(again_better, better.sum(axis=-2), block),
        (again_back + PRIOR) / (after.sum(axis=(-2, -1)) + 2 * PRIOR + BLOCK),
        shares,
    )


def _by_block(events: Array, at_risk: Array, block: Index) -> Array:
    member = (block[:, None] == np.arange(block.max(initial=-1) + 1)).astype(np.float64)
    total, weeks = events @ member, at_risk @ member
    prior = PRIOR / max(member.shape[1], 1)
    return np.asarray(np.clip((total + prior) / (weeks + 2 * prior + 1e-9), 1e-9, 1 - 1e-9)[..., block])
