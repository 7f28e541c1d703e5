"""Covariance of several endpoints a visit: unstructured over endpoints, times a correlation over visits.

``V[(a, i), (b, j)] = A[a, b] R[i, j]``: A over the endpoints, R over the visits with ones on its diagonal.
Its name holds the number of endpoints (``us2@cs``); cells are endpoint by endpoint, visits within.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.models.stats.kernels import structures
from outcomes.models.stats.kernels.structures import DenseSecond, Second

__all__ = ["covariance", "derivatives", "n_parameters", "start"]

Array = NDArray[np.float64]


def _parts(structure: str, cells: int) -> tuple[int, str, int]:
    """Return the number of endpoints, the correlation of the visits and their number."""
    outer, inner = structure.split("@")
    endpoints = int(outer.removeprefix("us"))
    return endpoints, inner, cells // endpoints


def n_parameters(structure: str, cells: int) -> int:
    """Return the number of covariance parameters of one group."""
    endpoints, _, visits = _parts(structure, cells)
    return endpoints * (endpoints + 1) // 2 + (visits > 1)


def covariance(structure: str, theta: Array, cells: int) -> Array:
    """Return the covariance matrix (M, M) of all cells."""
    return derivatives(structure, theta, cells)[0]


def derivatives(structure: str, theta: Array, cells: int) -> tuple[Array, Array, Second]:
    """Return the matrix (M, M), its gradient (M, M, K) and its second derivatives.

    Theta is that of `us` over the endpoints, then that of the correlation over the visits.
    """
    endpoints, inner, visits = _parts(structure, cells)
    k = endpoints * (endpoints + 1) // 2
    a, da, dda = structures.derivatives("us", theta[:k], endpoints)
    if visits == 1:
        return a, da, dda
    # the structure with one variance, at a variance of 1: its own parameter is left out
    r, dr, ddr = structures.derivatives(inner, np.concatenate([[0.0], theta[k:]]), visits)
    dr, ddr_own = dr[..., 1:], _dense(ddr, visits, 2)[..., 1:, 1:]
    gradient = np.concatenate([_times(da, r[..., None]), _times(a[..., None], dr)], axis=-1)
    second = np.zeros((cells, cells, k + 1, k + 1))
    second[..., :k, :k] = _times(_dense(dda, endpoints, k), r[..., None, None])
    second[..., :k, k:] = _times(da[..., :, None], dr[..., None, :])
    second[..., k:, :k] = np.swapaxes(second[..., :k, k:], -1, -2)
    second[..., k:, k:] = _times(a[..., None, None], ddr_own)
    return np.asarray(np.kron(a, r), dtype=np.float64), gradient, DenseSecond(second)


def _times(outer: Array, inner: Array) -> Array:
    """Return the Kronecker product of the first two axes, broadcast over the others."""
    out = outer[:, None, :, None] * inner[None, :, None, :]
    return out.reshape(outer.shape[0] * inner.shape[0], outer.shape[1] * inner.shape[1], *out.shape[4:])


def _dense(second: Second, size: int, parameters: int) -> Array:
    """Return second derivatives as an array (M, M, K, K)."""
    if isinstance(second, DenseSecond):
        return second.values
    out = np.zeros((size, size, parameters, parameters))
    for r in range(parameters):
        for s in range(r + 1):
            pick = np.zeros((parameters, parameters))
            pick[r, s] = pick[s, r] = 0.5 if r != s else 1.0
            out[..., r, s] = out[..., s, r] = second.expand(pick)
    return out


def start(structure: str, moment: Array) -> Array:
    """Return theta from a positive definite moment matrix of residuals."""
    endpoints, inner, visits = _parts(structure, len(moment))
    blocks = moment.reshape(endpoints, visits, endpoints, visits)
    a = np.einsum("aibi->ab", blocks) / visits
    first = structures.start("us", a)
    if visits == 1:
        return first
    # the mean over endpoints, each at a variance of 1
    corr = np.einsum("ab,aibj->ij", np.linalg.inv(a), blocks) / endpoints
    return np.concatenate([first, structures.start(inner, corr)[1:]])
