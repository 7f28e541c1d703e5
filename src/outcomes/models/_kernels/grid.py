"""Covariance of the patterns when all subjects share one grid of visits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.models._kernels.moments import CrossProducts, PatternSet, upper_triangle
from outcomes.models._kernels.structures import Second, covariance, derivatives, n_parameters, start

__all__ = ["GridCovariance"]

Array = NDArray[np.float64]
#: Matrix, gradient and Hessian of each group's covariance at one theta.
Local = list[tuple[Array, Array, Second]]


#: Steps of EM for the starting covariance; the optimiser does the rest.
EM_STEPS = 20
#: Share of the mean variance below which a variance starts no lower.
SMALLEST_SHARE = 1e-6


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

    def log_scale(self) -> NDArray[np.bool_]:
        """Return which parameters are logs of standard deviations."""
        whole = self.structure == "us" or self.structure.endswith("h")
        return np.tile(np.arange(self.per_group) < (self.visits if whole else 1), self.n_groups)

    def start(self, gram: Array) -> Array:
        """Return a starting theta from the patterns' residual products (P, M, M)."""
        parts = []
        for group in range(self.n_groups):
            mine = self.patterns.group == group
            moment = _expected_moment(gram[mine], self.patterns.present[mine], self.patterns.count[mine])
            parts.append(start(self.structure, moment))
        return np.concatenate(parts)

    def move(self, local: Local, theta: Array, step: Array) -> Array:
        """Return theta after a scoring step; `us` moves the matrix itself, in which scoring is exact."""
        if self.structure != "us":
            return theta + step
        parts = step.reshape(self.n_groups, -1)
        moved = [matrix + first @ part for part, (matrix, first, _) in zip(parts, local, strict=True)]
        return np.concatenate([start("us", matrix) for matrix in moved])

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


def _expected_moment(gram: Array, present: NDArray[np.bool_], count: Array) -> Array:
    """Return residual moments with missing visits replaced by their expectation (some steps of EM).

    Always positive definite; equal to the mean products when nothing is missing.
    """
    own = np.einsum("pjj->j", gram)
    n = np.maximum((count[:, None] * present).sum(0), 1.0)
    variance = own / n
    moment: Array = np.diag(np.maximum(variance, SMALLEST_SHARE * variance.mean()))
    both = present[:, :, None] & present[:, None, :]
    safe = moment
    for _ in range(EM_STEPS):
        try:
            inverse = np.linalg.inv(np.where(both, moment, np.eye(len(moment)))) * both
        except np.linalg.LinAlgError:  # fewer subjects than visits
            break
        fill = moment @ inverse
        expected = fill @ gram @ np.swapaxes(fill, 1, 2) + count[:, None, None] * (moment - fill @ moment)
        safe, moment = moment, expected.sum(0) / count.sum()
    moment = moment if np.isfinite(moment).all() else safe
    return _safely_positive(0.5 * (moment + moment.T))


def _safely_positive(moment: Array) -> Array:
    """Shrink correlations a little when the matrix is singular to rounding."""
    scale = np.sqrt(np.maximum(np.diag(moment), SMALLEST_SHARE * np.diag(moment).mean()))
    corr = moment / np.outer(scale, scale)
    np.fill_diagonal(corr, 1.0)
    for share in (0.0, 1e-6, 1e-4, 1e-2, 0.1, 0.5):
        shrunk = (1 - share) * corr + share * np.eye(len(corr))
        if np.linalg.eigvalsh(shrunk)[0] > 1e-8:
            break
    return np.asarray(shrunk * np.outer(scale, scale))
