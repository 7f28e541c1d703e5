"""Covariance of the patterns when all subjects share one grid of visits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.models._kernels.moments import CrossProducts, PatternSet, upper_triangle
from outcomes.models._kernels.structures import Second, covariance, derivatives, n_parameters, start

__all__ = ["GridCovariance", "nearest_positive_definite"]

Array = NDArray[np.float64]
#: Matrix, gradient and Hessian of each group's covariance at one theta.
Local = list[tuple[Array, Array, Second]]


@dataclass(frozen=True, slots=True, eq=False)
class GridCovariance:
    """A structure on M visits, one parameter vector for each covariance group.

    Parameters
    ----------
    structure : str
        One of `GRID_STRUCTURES`.
    patterns : PatternSet
        The patterns; places are visits.
    n_groups : int
        Number of covariance groups.
    """

    structure: str
    patterns: PatternSet
    n_groups: int

    @property
    def visits(self) -> int:
        """Number of visits."""
        return int(self.patterns.present.shape[1])

    @property
    def per_group(self) -> int:
        """Parameters of one group."""
        return n_parameters(self.structure, self.visits)

    @property
    def size(self) -> int:
        """Length of theta."""
        return self.per_group * self.n_groups

    def matrices(self, theta: Array) -> Array:
        """Return the groups' covariance matrices (G, M, M)."""
        parts = theta.reshape(self.n_groups, -1)
        return np.array([covariance(self.structure, part, self.visits) for part in parts])

    def sigma(self, theta: Array) -> Array:
        """Return each pattern's matrix (P, M, M) with the identity in place of missing visits."""
        full = self.matrices(theta)
        np.linalg.cholesky(full)  # raises when a structure left the positive definite cone
        present = self.patterns.present
        both = present[:, :, None] & present[:, None, :]
        return np.where(both, full[self.patterns.group], np.eye(self.visits))

    def start(self, gram: Array) -> Array:
        """Return a starting theta from the patterns' residual products (P, M, M)."""
        parts = []
        for group in range(self.n_groups):
            mine = self.patterns.group == group
            moment = _pooled(gram[mine], self.patterns.present[mine], self.patterns.count[mine])
            parts.append(start(self.structure, nearest_positive_definite(moment)))
        return np.concatenate(parts)

    def derivatives(self, theta: Array) -> Local:
        """Return matrix, gradient and Hessian of each group's matrix."""
        parts = theta.reshape(self.n_groups, -1)
        return [derivatives(self.structure, part, self.visits) for part in parts]

    def gradient(self, local: Local, slope: Array) -> Array:
        """Return ``sum_p tr(slope_p dV_p)`` for each parameter; slope (P, M, M) symmetric."""
        out = []
        for group, (_, first, _) in enumerate(local):
            total = slope[self.patterns.group == group].sum(0)
            out.append(np.tensordot(total, first, 2))
        return np.concatenate(out)

    def curvature(self, local: Local, slope: Array, left: Array, right: Array) -> Array:
        """Return ``sum_p tr(slope_p ddV_p) + tr(dV_r left_p dV_s right_p)`` for each pair r, s."""
        k, out = self.per_group, np.zeros((self.size, self.size))
        flat = self.visits**2
        for group, (_, first, second) in enumerate(local):
            mine = self.patterns.group == group
            out_g = second.contract(slope[mine].sum(0))
            # Sum of left[b, c] right[d, a], brought into the order (a, b), (c, d).
            mixed = left[mine].reshape(-1, flat).T @ right[mine].reshape(-1, flat)
            mixed = mixed.reshape((self.visits,) * 4).transpose(3, 0, 1, 2).reshape(flat, flat)
            jac = first.reshape(flat, k)
            part = out_g + jac.T @ mixed @ jac
            place = slice(group * k, (group + 1) * k)
            out[place, place] = 0.5 * (part + part.T)
        return out

    def first(self, local: Local, inverse: Array, data: CrossProducts) -> Array:
        """Return the derivative of ``data.total(inverse)`` to each parameter: (K, q, q)."""
        a, b = upper_triangle(self.visits)
        out = []
        for group, (_, gradient, _) in enumerate(local):
            pieces = data.pieces(inverse, group)
            flat = gradient[a, b].T @ pieces.reshape(len(a), -1)
            out.append(-flat.reshape(-1, data.q, data.q))
        return np.concatenate(out)

    def weighted_products(self, local: Local, weights: Array, inverse: Array) -> Array:
        """Return ``sum_rs weights[r, s] dV_r W_p dV_s`` of each pattern: (P, M, M)."""
        k, out = self.per_group, np.empty_like(inverse)
        flat = self.visits**2
        for group, (_, first, _) in enumerate(local):
            mine = self.patterns.group == group
            place = slice(group * k, (group + 1) * k)
            jac = first.reshape(flat, k)
            by_pair = (jac @ weights[place, place] @ jac.T).reshape((self.visits,) * 4)
            omega = by_pair.transpose(0, 3, 1, 2).reshape(flat, flat)  # (a, d), (b, c)
            out[mine] = (inverse[mine].reshape(-1, flat) @ omega.T).reshape(-1, self.visits, self.visits)
        return out

    def weighted_second(self, local: Local, weights: Array) -> Array:
        """Return ``sum_rs weights[r, s] ddV_rs`` of each pattern: (P, M, M)."""
        k, out = self.per_group, np.zeros((self.n_groups, self.visits, self.visits))
        for group, (_, _, second) in enumerate(local):
            place = slice(group * k, (group + 1) * k)
            out[group] = second.expand(weights[place, place])
        present = self.patterns.present
        return np.where(present[:, :, None] & present[:, None, :], out[self.patterns.group], 0.0)


def _pooled(gram: Array, present: NDArray[np.bool_], count: Array) -> Array:
    """Return mean residual products of each pair of visits; pairs that nobody has get zero."""
    both = (present[:, :, None] & present[:, None, :]) * count[:, None, None]
    n = both.sum(0)
    return np.asarray(np.divide(gram.sum(0), n, out=np.zeros_like(n), where=n > 0))


def nearest_positive_definite(moment: Array) -> Array:
    """Shrink correlations until the matrix is safely positive definite; variances stay, none is zero."""
    variance = np.diag(moment).copy()
    typical = variance[variance > 0].mean() if (variance > 0).any() else 1.0
    variance = np.maximum(variance, 1e-3 * typical)
    scale = np.sqrt(variance)
    corr = np.clip(moment / np.outer(scale, scale), -0.99, 0.99)
    np.fill_diagonal(corr, 1.0)
    for share in (0.0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8):
        shrunk = (1 - share) * corr + share * np.eye(len(corr))
        if np.linalg.eigvalsh(shrunk)[0] > 0.02:
            break
    else:
        shrunk = np.eye(len(corr))
    return np.asarray(shrunk * np.outer(scale, scale))
