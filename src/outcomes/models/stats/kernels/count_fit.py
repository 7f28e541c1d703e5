"""Fisher scoring for counts with one dispersion parameter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outcomes.models.stats.kernels.cluster_robust import cluster_outer
from outcomes.models.stats.kernels.count_families import LIMIT, RowTerms

Array = NDArray[np.float64]
Index = NDArray[np.intp]

MAX_STEPS = 200
#: Newton decrement (twice the expected gain in log likelihood) at which the step is lost in rounding.
DECREMENT = 1e-18
#: The decrement at which the estimates are good to about 1e-7 standard errors: converged.
CONVERGED = 1e-14
#: A step on log dispersion longer than this leaves the region where the quadratic holds.
LONGEST_STEP = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class CountFit:
    """Estimates and what a covariance needs.

    beta (p,), log_dispersion, log_likelihood, scores and informations per cluster for (beta, dispersion)
    with shapes (clusters, q) and (clusters, q, q), converged, steps, at_limit.
    """

    beta: Array
    log_dispersion: float
    log_likelihood: float
    scores: Array
    informations: Array
    converged: bool
    steps: int
    at_limit: bool


def fit_counts(
    x: Array,
    starts: Index,
    terms: Callable[[Array, float], RowTerms],
    *,
    beta: Array,
    log_dispersion: float | None,
) -> CountFit:
    """Maximise the likelihood over the coefficients and the log dispersion (None: there is none)."""
    free = log_dispersion is not None
    theta = np.append(beta, 0.0 if log_dispersion is None else log_dispersion)
    now = terms(x @ theta[:-1], theta[-1])
    decrement, step_count = np.inf, 0
    for step_count in range(1, MAX_STEPS + 1):
        score, information = _total(x, now, free)
        step = _solve(information, score)
        decrement = float(step @ score)
        if decrement < DECREMENT:
            break
        scale = min(1.0, LONGEST_STEP / abs(step[-1])) if free and step[-1] else 1.0
        moved = _halve(x, terms, now, theta, np.append(step, [] if free else [0.0]) * scale)
        if moved is None:
            break
        theta, now = moved
        if free and abs(theta[-1]) >= LIMIT:
            return _at_limit(x, starts, terms, theta, step_count)
    per_row = _expanded(x, now, free)
    q = per_row[0].shape[1]
    information = _cluster_information(x, now, starts, free)
    return CountFit(
        theta[:-1],
        float(theta[-1]),
        float(now.log_likelihood.sum()),
        np.add.reduceat(per_row[0], starts, axis=0).reshape(-1, q),
        information,
        decrement < CONVERGED,
        step_count,
        False,
    )


def _at_limit(
    x: Array, starts: Index, terms: Callable[[Array, float], RowTerms], theta: Array, steps: int
) -> CountFit:
    """Hold the log dispersion at its limit, where the likelihood is flat, and finish the coefficients."""
    limit = float(np.sign(theta[-1]) * LIMIT)

    def held(eta: Array, _: float) -> RowTerms:
        return terms(eta, limit)

    fit = fit_counts(x, starts, held, beta=theta[:-1], log_dispersion=None)
    return replace(fit, log_dispersion=limit, steps=steps + fit.steps, at_limit=True)


def _halve(
    x: Array, terms: Callable[[Array, float], RowTerms], now: RowTerms, theta: Array, step: Array
) -> tuple[Array, RowTerms] | None:
    """Return the first of step, step/2, ... that does not lower the likelihood; None when none does."""
    before = now.log_likelihood.sum()
    slack = 1e-12 * (1 + abs(before))
    for power in range(40):
        trial = theta + step * 0.5**power
        with np.errstate(over="ignore", invalid="ignore"):
            there = terms(x @ trial[:-1], trial[-1])
        after = there.log_likelihood.sum()
        if np.isfinite(after) and after >= before - slack:
            return trial, there
    return None


def _total(x: Array, now: RowTerms, free: bool) -> tuple[Array, Array]:
    info = now.information
    score = x.T @ now.score[:, 0]
    matrix = x.T @ (x * info[:, 0, 0][:, None])
    if not free:
        return score, matrix
    cross = x.T @ info[:, 0, 1]
    corner = info[:, 1, 1].sum()
    # Far from its maximum the observed information about a dispersion can be negative: keep uphill.
    corner = abs(corner) if corner else 1.0
    return (
        np.append(score, now.score[:, 1].sum()),
        np.block([[matrix, cross[:, None]], [cross[None, :], np.array([[corner]])]]),
    )


def _solve(information: Array, score: Array) -> Array:
    try:
        return np.asarray(np.linalg.solve(information, score))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(information, score, rcond=None)[0])


def _expanded(x: Array, now: RowTerms, free: bool) -> tuple[Array]:
    scores = x * now.score[:, :1]
    return (np.column_stack([scores, now.score[:, 1]]) if free else scores,)


def _cluster_information(x: Array, now: RowTerms, starts: Index, free: bool) -> Array:
    info = now.information
    inner = cluster_outer(x * info[:, 0, 0][:, None], x, starts)
    if not free:
        return inner
    p = x.shape[1]
    out = np.empty((len(starts), p + 1, p + 1))
    out[:, :p, :p] = inner
    out[:, p, :p] = out[:, :p, p] = np.add.reduceat(x * info[:, 0, 1][:, None], starts, axis=0)
    out[:, p, p] = np.add.reduceat(info[:, 1, 1], starts)
    return out
