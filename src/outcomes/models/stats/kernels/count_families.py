"""Log likelihood, scores and expected information of counts, per row, for a linear predictor.

Each function takes the predictor and, where there is one, the log of the dispersion parameter, and returns
`RowTerms`: derivatives with respect to the pair (linear predictor, log dispersion).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]

#: Rows of the lattice 0..n that are held at once, times the longest n: keeps memory below about 100 MB.
LATTICE_CELLS = 2_000_000
#: Log dispersion beyond this is the family's limit (Poisson or binomial): the likelihood is flat.
LIMIT = 12.0


@dataclass(frozen=True, slots=True, eq=False)
class RowTerms:
    """Per row: log likelihood (rows,), scores (rows, 2) and expected information (rows, 2, 2)."""

    log_likelihood: Array
    score: Array
    information: Array


def poisson(y: Array, eta: Array) -> RowTerms:
    """Poisson with log link: score y - mu, information mu."""
    mu = np.exp(eta)
    ll = special.xlogy(y, mu) - mu - special.gammaln(y + 1)
    return _one_parameter(ll, y - mu, mu)


def negative_binomial(y: Array, eta: Array, log_theta: float) -> RowTerms:
    """Negative binomial, variance mu + mu^2 / theta, log link; expected information is block diagonal.

    The expected information about theta has no closed form. Minus the second derivative is used for it: the
    estimate is the same, and theta's own standard error is that of R's MASS. From `LIMIT` on it is Poisson.
    """
    if log_theta >= LIMIT:
        return poisson(y, eta)
    theta, mu = np.exp(log_theta), np.exp(eta)
    log_share = -np.log1p(mu / theta)
    ll = (
        special.gammaln(y + theta)
        - special.gammaln(theta)
        - special.gammaln(y + 1)
        + theta * log_share
        + special.xlogy(y, mu / (theta + mu))
    )
    score_eta = (y - mu) * theta / (theta + mu)
    first = special.digamma(y + theta) - special.digamma(theta) + log_share + (mu - y) / (theta + mu)
    second = (
        special.polygamma(1, y + theta)
        - special.polygamma(1, theta)
        + 1 / theta
        - 2 / (theta + mu)
        + (y + theta) / (theta + mu) ** 2
    )
    terms = _one_parameter(ll, score_eta, mu * theta / (theta + mu))
    terms.score[:, 1] = theta * first
    terms.information[:, 1, 1] = -(theta**2 * second + theta * first)
    return terms


def beta_binomial(y: Array, n: Array, eta: Array, log_m: float) -> RowTerms:
    """Beta-binomial with logit link; M = a + b = (1 - rho) / rho, and rho the within-period correlation.

    Information is the exact expectation over the lattice 0..n. Differences of digamma functions at
    integers apart are sums of reciprocals, so the lattice costs one cumulative sum.
    """
    rows = max(1, int(LATTICE_CELLS // (n.max() + 1)))
    parts = [
        _beta_binomial_rows(y[i : i + rows], n[i : i + rows], eta[i : i + rows], np.exp(log_m))
        for i in range(0, len(y), rows)
    ]
    return RowTerms(
        np.concatenate([part.log_likelihood for part in parts]),
        np.concatenate([part.score for part in parts]),
        np.concatenate([part.information for part in parts]),
    )


def quasi_beta_binomial(y: Array, n: Array, eta: Array, rho: float) -> RowTerms:
    """Quasi-likelihood with the beta-binomial's variance n mu (1 - mu) (1 + (n - 1) rho), rho given.

    Its equations are linear in y: the mean is estimated without bias whatever the distribution is.
    """
    mu = special.expit(eta)
    weight = 1 / (1 + (n - 1) * rho)
    log_likelihood = weight * (y * eta - n * np.logaddexp(0.0, eta))
    return _one_parameter(log_likelihood, weight * (y - n * mu), weight * n * mu * (1 - mu))


def moment_rho(y: Array, n: Array, eta: Array, coefficients: int, times: NDArray[np.intp]) -> float:
    """Return rho from the Pearson statistic, whose mean is sum (1 + (n - 1) rho) less coefficients.

    Each row stands for as many as `times` says.
    """
    mu = special.expit(eta)
    variance = np.maximum(n * mu * (1 - mu), 1e-300)
    pearson = float((times * (y - n * mu) ** 2 / variance).sum())
    pairs = float((times * (n - 1)).sum())
    return (pearson - (int(times.sum()) - coefficients)) / pairs if pairs else 0.0


def _beta_binomial_rows(y: Array, n: Array, eta: Array, m: float) -> RowTerms:
    mu = special.expit(eta)
    k = np.arange(int(n.max()) + 1, dtype=np.float64)
    a, b = (mu * m)[:, None], ((1 - mu) * m)[:, None]
    log_a, digamma_a = _rising(a, k)  # log of a (a+1) ... (a+k-1), and its derivative in a
    log_b, digamma_b = _rising(b, k)
    left = n[:, None] - k
    inside = left >= 0
    at = np.where(inside, left, 0).astype(np.intp)
    log_b, digamma_b = np.take_along_axis(log_b, at, 1), np.take_along_axis(digamma_b, at, 1)
    log_m, digamma_m = _rising(np.full((1, 1), m), np.arange(n.max() + 1))
    total = n.astype(np.intp)
    log_choose = special.gammaln(n[:, None] + 1) - special.gammaln(k + 1) - special.gammaln(at + 1)
    log_p = log_choose + log_a + log_b - log_m[0, total][:, None]
    p = np.where(inside, np.exp(log_p), 0.0)
    by_eta = (mu * (1 - mu) * m)[:, None] * (digamma_a - digamma_b)
    by_m = m * (mu[:, None] * digamma_a + (1 - mu)[:, None] * digamma_b - digamma_m[0, total][:, None])
    information = np.empty((len(y), 2, 2))
    information[:, 0, 0] = np.sum(p * by_eta**2, axis=1)
    information[:, 1, 1] = np.sum(p * by_m**2, axis=1)
    information[:, 0, 1] = information[:, 1, 0] = np.sum(p * by_eta * by_m, axis=1)
    row, seen = np.arange(len(y)), y.astype(np.intp)
    return RowTerms(log_p[row, seen], np.column_stack([by_eta[row, seen], by_m[row, seen]]), information)


def _rising(a: Array, k: Array) -> tuple[Array, Array]:
    """Return log(a (a+1) ... (a+k-1)) and its derivative for k = 0, 1, ..., shape (rows, len(k))."""
    steps = a + np.asarray(k)[:-1]
    log = np.zeros((len(a), len(k)))
    derivative = np.zeros_like(log)
    np.cumsum(np.log(steps), axis=1, out=log[:, 1:])
    np.cumsum(1 / steps, axis=1, out=derivative[:, 1:])
    return log, derivative


def _one_parameter(log_likelihood: Array, score: Array, information: Array) -> RowTerms:
    scores = np.zeros((len(score), 2))
    scores[:, 0] = score
    matrix = np.zeros((len(score), 2, 2))
    matrix[:, 0, 0] = information
    return RowTerms(log_likelihood, scores, matrix)
