"""Days given the days before: a pooled logistic model of each patient's next day, and days drawn from it.

Day t of patient i has the event with a probability that depends on the days before: ``logit P(y_it = 1) =
x_it' beta``, x made of the baseline, of yesterday, and of the rates over the last 7, the last 28 and all
days so far.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Days of the baseline's rate that every rate starts with, so that a few days do not make it 0 or 1.
PRIOR_DAYS = 2.0
#: Days after which the baseline's own weight has fallen by half.
FADING = 14.0
SHORT, LONG = 7, 28
#: Variance of the normal prior of each coefficient but the first, on standardised columns: weak, and enough
#: to keep the fit finite when a column separates the days.
PRIOR_VARIANCE = 6.25
STEPS = 25
CONVERGED = 1e-8
NEAR_ZERO = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """Follow-up days of n patients.

    Parameters
    ----------
    y : ndarray, shape (n, T)
        1 event, 0 none, NaN not recorded or after the next course; column 0 is the first day after treatment.
    baseline : ndarray, shape (n,)
        Share of baseline days with the event, strictly between 0 and 1.
    """

    y: Array
    baseline: Array


def features(y: Array, known: Array, total: Array, before: Array, baseline: Array, day: int) -> Array:
    """Return x of one day, shape (..., 8).

    Parameters
    ----------
    y : ndarray
        Yesterday's answer, NaN when not known.
    known, total : ndarray, shape (3, ...)
        Days known and events among them: in the last 7, in the last 28 and in all days so far.
    before : ndarray
        Logit of the baseline.
    baseline : ndarray
        Share of the baseline.
    day : int
        0 for the first day.
    """
    rate = (total + PRIOR_DAYS * baseline) / (known + PRIOR_DAYS)
    logit = np.log(rate) - np.log1p(-rate)
    yesterday = np.where(np.isnan(y), rate[0], y)
    faded = 1 / (1 + day / FADING)
    one = np.ones_like(yesterday)
    base = before * one
    columns = [one, base, faded * base, faded * one, yesterday, logit[0], logit[1], logit[2]]
    return np.stack(columns, axis=-1)


def _bounds(day: int) -> tuple[int, int, int]:
    return max(day - SHORT, 0), max(day - LONG, 0), 0


def all_features(data: Histories) -> Array:
    """Return x of every patient and day from what was recorded, shape (n, T, 8)."""
    n, days = data.y.shape
    known = np.concatenate([np.zeros((n, 1)), np.cumsum(~np.isnan(data.y), axis=1)], axis=1)
    total = np.concatenate([np.zeros((n, 1)), np.cumsum(np.nan_to_num(data.y), axis=1)], axis=1)
    before = np.log(data.baseline) - np.log1p(-data.baseline)
    return np.stack([_at(data.y, known, total, before, data.baseline, day) for day in range(days)], axis=1)


def _at(y: Array, known: Array, total: Array, before: Array, baseline: Array, day: int) -> Array:
    first = _bounds(day)
    seen = np.stack([known[..., day] - known[..., low] for low in first])
    events = np.stack([total[..., day] - total[..., low] for low in first])
    yesterday = y[..., day - 1] if day else np.full(y.shape[:-1], np.nan)
    return features(yesterday, seen, events, before, baseline, day)


def fit(x: Array, y: Array, weight: Array, start: Array | None = None) -> Array:
    """Return the posterior mode of beta for rows x (r, q), answers y (r,) and weights (r,)."""
    scale = np.append(1.0, np.maximum(x[:, 1:].std(axis=0), NEAR_ZERO))
    z = x / scale
    penalty = np.append(0.0, np.full(x.shape[1] - 1, 1 / PRIOR_VARIANCE))
    beta = np.zeros(x.shape[1]) if start is None else start * scale
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-(z @ beta)))
        spread = weight * np.maximum(p * (1 - p), NEAR_ZERO)
        information = (z * spread[:, None]).T @ z + np.diag(penalty + NEAR_ZERO)
        step = np.linalg.solve(information, z.T @ (weight * (y - p)) - penalty * beta)
        beta = beta + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < CONVERGED:
            break
    return np.asarray(beta / scale)


def draw_coefficients(data: Histories, draws: int, rng: np.random.Generator) -> Array:
    """Return beta fitted to `draws` bootstrap samples of the patients, shape (draws, 8)."""
    n = len(data.y)
    patient, day = np.nonzero(~np.isnan(data.y))
    x, y = all_features(data)[patient, day], data.y[patient, day]
    whole = fit(x, y, np.ones(len(y)))
    times = rng.multinomial(n, np.full(n, 1 / n), size=draws)
    return np.stack([fit(x, y, own[patient].astype(np.float64), whole) for own in times])


def draw_days(data: Histories, beta: Array, rng: np.random.Generator) -> NDArray[np.int8]:
    """Return completed days (draws, n, T): what was recorded, and the other days drawn one after another.

    Parameters
    ----------
    beta : ndarray, shape (draws, 8)
        Coefficients of each imputation.
    """
    n, days = data.y.shape
    draws = len(beta)
    missing = np.isnan(data.y)
    # a day that was not recorded among recorded days stays unknown to the days after it, as in the fit
    last = np.where(missing.all(axis=1), -1, days - 1 - (~missing)[:, ::-1].argmax(axis=1))
    tail = np.arange(days)[None, :] > last[:, None]
    before = np.log(data.baseline) - np.log1p(-data.baseline)
    known = np.zeros((draws, n, days + 1))
    total = np.zeros((draws, n, days + 1))
    out = np.zeros((draws, n, days), dtype=np.int8)
    history = np.broadcast_to(data.y, (draws, n, days)).copy()
    for day in range(days):
        x = _at(history, known, total, before, data.baseline, day)
        p = 1 / (1 + np.exp(-np.einsum("dnq,dq->dn", x, beta)))
        drawn = rng.random((draws, n)) < p
        now = np.where(missing[:, day], drawn, data.y[:, day] == 1)
        out[:, :, day] = now
        counted = ~missing[:, day] | tail[:, day]
        history[:, :, day] = np.where(counted, now, np.nan)
        known[:, :, day + 1] = known[:, :, day] + counted
        total[:, :, day + 1] = total[:, :, day] + (counted & now)
    return out
