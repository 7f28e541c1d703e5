"""Cluster-robust covariance of estimating equations, from sums per cluster only.

For cluster i with score u_i = D_i' V_i^-1 r_i and information A_i = D_i' V_i^-1 D_i the leverage that
Mancl and DeRouen remove acts on the residuals, (I - D_i A^-1 D_i' V_i^-1)^-1 r_i. By the push-through
identity D' V^-1 (I - D A^-1 D' V^-1)^-1 r = (I - A_i A^-1)^-1 u_i: p x p systems,
whatever the cluster's size.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.intp]

#: A leverage this close to 1 says that a cluster alone carries a coefficient: it cannot be removed.
FULL_LEVERAGE = 1e-8
#: Clusters whose matrices are held at once.
BLOCK = 50_000


def cluster_starts(cluster: Index) -> Index:
    """Return the first row of each cluster; rows must be sorted by cluster."""
    change = np.flatnonzero(np.diff(cluster)) + 1
    return np.concatenate(([0], change)).astype(np.intp)


def cluster_outer(left: Array, right: Array, starts: Index) -> Array:
    """Return sum over a cluster's rows of left_j right_j', shape (clusters, p, p), one pair at a time."""
    p = left.shape[1]
    out = np.empty((len(starts), p, p))
    for a in range(p):
        for b in range(a, p):
            out[:, a, b] = out[:, b, a] = np.add.reduceat(left[:, a] * right[:, b], starts)
    return out


def robust(scores: Array, bread: Array) -> Array:
    """Return bread (sum u u') bread: Liang and Zeger's covariance (CR0)."""
    return np.asarray(bread @ (scores.T @ scores) @ bread)


def mancl_derouen(scores: Array, informations: Array, bread: Array) -> tuple[Array, Array]:
    """Return the leverage-corrected covariance, and the part of `bread` that single clusters determine.

    A cluster that alone determines a coefficient has a singular I - A_i A^-1; its plain score is used.
    """
    p = len(bread)
    corrected, part = np.empty(scores.shape), np.zeros((p, p))
    for low in range(0, len(scores), BLOCK):
        some = slice(low, low + BLOCK)
        system = np.eye(p) - informations[some] @ bread
        singular, own = alone(informations[some], bread)
        system[singular] = np.eye(p)
        corrected[some] = np.linalg.solve(system, scores[some, :, None])[:, :, 0]
        part += own
    return robust(corrected, bread), part


def alone(informations: Array, bread: Array) -> tuple[NDArray[np.bool_], Array]:
    """Return which clusters alone determine a coefficient, and the part of `bread` (p, p) that is theirs.

    The leverages are the eigenvalues of R' A_i R with A^-1 = R R': they do not depend on the columns' units.
    Along R w, w the vector of a leverage of 1, the cluster's residual is 0 whatever it is.
    """
    value, vector = np.linalg.eigh(bread)
    root = vector * np.sqrt(np.maximum(value, 0.0))
    inner = root.T @ informations @ root
    singular: NDArray[np.bool_] = np.linalg.eigvalsh(inner)[:, -1] > 1 - FULL_LEVERAGE
    leverage, direction = np.linalg.eigh(inner[singular])
    along = root @ (direction * (leverage > 1 - FULL_LEVERAGE)[:, None, :])
    return singular, np.asarray(np.einsum("cij,ckj->ik", along, along))
