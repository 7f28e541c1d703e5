"""Covariance structures: the matrix over the visits with its first and second derivatives.

The parameters theta are those of the R package mmrm, because its Kenward-Roger adjustment depends on
the parametrisation: log standard deviations first, then for `us` the row-scaled lower Cholesky entries
(V = D L L' D with unit diagonal of L, row by row), for `cs` and `csh` the logit of the correlation's
place between its bounds -1 / (M - 1) and 1, for the others ``c / sqrt(1 - c^2)`` of each correlation c.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["GRID_STRUCTURES", "Second", "covariance", "derivatives", "n_parameters", "start"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Correlation = Callable[[Array, int], tuple[Array, Array, Array]]

#: Structures on a grid of visits; a trailing h means one variance for each visit.
GRID_STRUCTURES = ("us", "toep", "toeph", "ar1", "ar1h", "cs", "csh", "ad", "adh")

#: Starting correlations stay inside this bound.
START_BOUND = 0.95


def n_parameters(structure: str, visits: int) -> int:
    """Return the number of covariance parameters of one group."""
    if structure == "us" or visits == 1:
        return visits * (visits + 1) // 2
    scales = visits if structure.endswith("h") else 1
    return scales + (1 if structure.startswith(("ar1", "cs")) else visits - 1)


def covariance(structure: str, theta: Array, visits: int) -> Array:
    """Return the covariance matrix (M, M); it need not be positive definite for toep and toeph."""
    if structure == "us" or visits == 1:
        factor = _us_factor(theta, visits)
        return np.asarray(factor @ factor.T)
    scales, rest = _split(structure, theta, visits)
    corr = _correlation(structure)(_to_correlation(structure, rest, visits)[0], visits)[0]
    return np.asarray(np.outer(scales, scales) * corr)


class Second(Protocol):
    """Second derivatives of a matrix (M, M) to K parameters."""

    def contract(self, weights: Array) -> Array:
        """Return ``sum_ab weights[a, b] ddV_ab`` (K, K) for symmetric weights (M, M)."""

    def expand(self, weights: Array) -> Array:
        """Return ``sum_rs weights[r, s] ddV_rs`` (M, M) for symmetric weights (K, K)."""


@dataclass(frozen=True, slots=True, eq=False)
class DenseSecond:
    """Second derivatives as an array (M, M, K, K)."""

    values: Array

    def contract(self, weights: Array) -> Array:
        """See `Second.contract`."""
        return np.tensordot(weights, self.values, 2)

    def expand(self, weights: Array) -> Array:
        """See `Second.expand`."""
        return np.tensordot(self.values, weights, 2)


@dataclass(frozen=True, slots=True, eq=False)
class FactorSecond:
    """Second derivatives of ``V = F F'`` when each parameter moves one row of F.

    Parameters
    ----------
    factor : array (M, M)
        Lower triangular F, whose row i is ``exp(tau_i)`` times the unit-diagonal row.
    row : int array (K,)
        Row of F that each parameter moves.
    change : array (K, M)
        Derivative of that row; that of tau_i is the row itself.
    """

    factor: Array
    row: NDArray[np.intp]
    change: Array

    def contract(self, weights: Array) -> Array:
        """See `Second.contract`."""
        out = weights[self.row[:, None], self.row] * (self.change @ self.change.T)
        # dd F of (tau_i, parameter of row i) is the parameter's own derivative.
        along = np.einsum("km,km->k", (weights @ self.factor)[self.row], self.change)
        return 2.0 * (out + self._own(along))

    def expand(self, weights: Array) -> Array:
        """See `Second.expand`."""
        visits = len(self.factor)
        picks = (self.row[:, None] == np.arange(visits)).astype(np.float64)
        out = picks.T @ (weights * (self.change @ self.change.T)) @ picks
        each = np.arange(len(self.row))
        share = np.where(each < visits, 1.0, 2.0) * weights[self.row, each]
        bend = (picks * share[:, None]).T @ self.change @ self.factor.T
        return np.asarray(2.0 * out + bend + bend.T)

    def _own(self, along: Array) -> Array:
        """Place the values of (tau_i, parameter of row i) symmetrically."""
        k, visits = len(self.row), len(self.factor)
        out = np.zeros((k, k))
        out[self.row, np.arange(k)] = along
        out[np.arange(k), self.row] = along
        out[np.arange(visits), np.arange(visits)] = along[:visits]
        return out


def derivatives(structure: str, theta: Array, visits: int) -> tuple[Array, Array, Second]:
    """Return the matrix (M, M), its gradient (M, M, K) and its second derivatives."""
    if structure == "us" or visits == 1:
        return _us_derivatives(theta, visits)
    scales, rest = _split(structure, theta, visits)
    c, dc, ddc = _to_correlation(structure, rest, visits)
    corr, d_corr, dd_corr = _correlation(structure)(c, visits)
    outer = np.outer(scales, scales)
    matrix = outer * corr
    # Derivative of log(s_i s_j) to each log standard deviation.
    log_scale = _log_scale_derivative(structure.endswith("h"), visits)
    d_theta = outer[..., None] * d_corr * dc
    dd_theta = outer[..., None, None] * dd_corr * np.multiply.outer(dc, dc)
    same = np.arange(len(c))
    dd_theta[..., same, same] += outer[..., None] * d_corr * ddc
    d_scale = matrix[..., None] * log_scale
    mixed = log_scale[..., None] * d_theta[..., None, :]
    top = np.concatenate([d_scale[..., None] * log_scale[..., None, :], mixed], axis=-1)
    bottom = np.concatenate([np.swapaxes(mixed, -1, -2), dd_theta], axis=-1)
    second = DenseSecond(np.concatenate([top, bottom], axis=-2))
    return matrix, np.concatenate([d_scale, d_theta], axis=-1), second


def start(structure: str, moment: Array) -> Array:
    """Return theta from a positive definite moment matrix of residuals."""
    visits = len(moment)
    scales = np.sqrt(np.diag(moment))
    if structure == "us" or visits == 1:
        factor = np.linalg.cholesky(moment)
        diagonal = np.diag(factor)
        unit = factor / diagonal[:, None]
        return np.concatenate([np.log(diagonal), unit[np.tril_indices(visits, -1)]])
    corr = moment / np.outer(scales, scales)
    lags = np.array([np.diagonal(corr, lag).mean() for lag in range(1, visits)])
    if structure.startswith("toep"):
        # Shrunk towards a declining sequence, which is positive definite where the raw lags need not be.
        first = np.clip(lags[0], -START_BOUND, START_BOUND)
        raw = np.clip(lags, -START_BOUND, START_BOUND)
        c = _positive_definite_lags(raw, first ** np.arange(1, visits))
    elif structure.startswith("ad"):
        c = np.diagonal(corr, 1)
    elif structure.startswith("ar1"):
        c = lags[:1]
    else:
        c = np.array([corr[np.triu_indices(visits, 1)].mean()])
    log_scale = np.log(scales) if structure.endswith("h") else [0.5 * np.log(np.mean(scales**2))]
    return np.concatenate([log_scale, _from_correlation(structure, c, visits)])


def _from_correlation(structure: str, c: Array, visits: int) -> Array:
    if structure.startswith("cs"):
        low = -1.0 / (visits - 1)
        place = np.clip((c - low) / (1.0 - low), 0.02, 0.98)
        return np.asarray(np.log(place / (1.0 - place)))
    c = np.clip(c, -START_BOUND, START_BOUND)
    return np.asarray(c / np.sqrt(1 - c**2))


def _positive_definite_lags(raw: Array, safe: Array) -> Array:
    visits = len(raw) + 1
    lag = np.abs(np.subtract.outer(np.arange(visits), np.arange(visits)))
    for share in (0.0, 0.25, 0.5, 0.75, 0.9):
        c = (1 - share) * raw + share * safe
        if np.linalg.eigvalsh(np.concatenate([[1.0], c])[lag])[0] > 1e-3:
            return np.asarray(c)
    return np.asarray(safe * 0.9)


@cache
def _below(visits: int) -> tuple[Index, Index]:
    """Return rows and columns of the cells below the diagonal."""
    return np.tril_indices(visits, -1)


def _us_factor(theta: Array, visits: int) -> Array:
    unit = np.eye(visits)
    unit[_below(visits)] = theta[visits:]
    return np.asarray(np.exp(theta[:visits])[:, None] * unit)


def _us_derivatives(theta: Array, visits: int) -> tuple[Array, Array, Second]:
    k = len(theta)
    factor, scale = _us_factor(theta, visits), np.exp(theta[:visits])
    below_row, below_col = _below(visits)
    row = np.concatenate([np.arange(visits), below_row])
    change = np.zeros((k, visits))
    change[:visits] = factor
    change[np.arange(visits, k), below_col] = scale[below_row]
    half = np.zeros((visits, visits, k))
    half[row, :, np.arange(k)] = change @ factor.T
    gradient = half + np.swapaxes(half, 0, 1)
    return factor @ factor.T, gradient, FactorSecond(factor, row, change)


def _split(structure: str, theta: Array, visits: int) -> tuple[Array, Array]:
    if structure.endswith("h"):
        return np.exp(theta[:visits]), theta[visits:]
    return np.full(visits, np.exp(theta[0])), theta[1:]


def _to_correlation(structure: str, theta: Array, visits: int) -> tuple[Array, Array, Array]:
    """Map real values to correlations, with both derivatives."""
    if structure.startswith("cs"):
        low = -1.0 / (visits - 1)
        place = 1.0 / (1.0 + np.exp(-theta))
        slope = (1.0 - low) * place * (1.0 - place)
        return low + (1.0 - low) * place, slope, slope * (1.0 - 2.0 * place)
    root = np.sqrt(1 + theta**2)
    return theta / root, root**-3, -3 * theta * root**-5


def _log_scale_derivative(heterogeneous: bool, visits: int) -> Array:
    if not heterogeneous:
        return np.full((visits, visits, 1), 2.0)
    one = np.eye(visits)
    return one[:, None, :] + one[None, :, :]


def _correlation(structure: str) -> Correlation:
    families = {"ar1": _ar1, "cs": _cs, "toep": _toep, "ad": _ad}
    return families[structure.removesuffix("h")]


def _lag(visits: int) -> NDArray[np.intp]:
    place = np.arange(visits)
    return np.asarray(np.abs(place[:, None] - place[None, :]))


def _ar1(c: Array, visits: int) -> tuple[Array, Array, Array]:
    lag = _lag(visits)
    first = lag * c[0] ** np.maximum(lag - 1, 0)
    second = lag * (lag - 1) * c[0] ** np.maximum(lag - 2, 0)
    return c[0] ** lag, first[..., None], second[..., None, None]


def _cs(c: Array, visits: int) -> tuple[Array, Array, Array]:
    apart = 1.0 - np.eye(visits)
    return np.eye(visits) + c[0] * apart, apart[..., None], np.zeros((visits, visits, 1, 1))


def _toep(c: Array, visits: int) -> tuple[Array, Array, Array]:
    lag = _lag(visits)
    gradient = (lag[..., None] == np.arange(1, visits)).astype(np.float64)
    corr = np.concatenate([[1.0], c])[lag]
    return corr, gradient, np.zeros((visits, visits, visits - 1, visits - 1))


def _ad(c: Array, visits: int) -> tuple[Array, Array, Array]:
    place, step = np.arange(visits), np.arange(visits - 1)
    low = np.minimum.outer(place, place)[..., None]
    high = np.maximum.outer(place, place)[..., None]
    between = (low <= step) & (step < high)
    value = np.where(between, c, 1.0)
    n = len(c)
    left_out = np.broadcast_to(value[..., None, :], (*value.shape, n)).copy()
    left_out[..., step, step] = 1.0
    gradient = np.where(between, left_out.prod(-1), 0.0)
    two_out = np.broadcast_to(left_out[..., None, :], (*left_out.shape, n)).copy()
    two_out[..., :, step, step] = 1.0
    both = between[..., :, None] & between[..., None, :] & ~np.eye(n, dtype=bool)
    return value.prod(-1), gradient, np.where(both, two_out.prod(-1), 0.0)
