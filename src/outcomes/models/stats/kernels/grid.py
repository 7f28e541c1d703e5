"""Covariance of the patterns when all subjects share one grid of visits."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from outcomes.models.stats.kernels import kronecker, structures
from outcomes.models.stats.kernels.moments import CrossProducts, PatternSet, upper_triangle
from outcomes.models.stats.kernels.structures import Second

__all__ = ["GridCovariance"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LocalGrid:
    """One group's covariance V = L L' at one theta.

    Parameters
    ----------
    matrix : array (M, M)
        V.
    factor : array (M, M)
        L.
    gradient : array (M * M, K)
        ``L^-1 dV L^-T`` for each parameter.
    second : Second
        Second derivatives of V.
    """

    matrix: Array
    factor: Array
    gradient: Array
    second: Second

    @classmethod
    def at(cls, structure: str, theta: Array, visits: int) -> LocalGrid:
        """Return it at theta."""
        matrix, first, second = _kind(structure).derivatives(structure, theta, visits)
        factor: Array = np.asarray(np.linalg.cholesky(matrix), dtype=np.float64)
        inverse = np.linalg.inv(factor)
        white = inverse @ np.moveaxis(first, -1, 0) @ inverse.T
        return cls(matrix, factor, white.reshape(len(white), -1).T, second)


Local = list[LocalGrid]
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
        One of `GRID_STRUCTURES`, or one of endpoints and visits (``us2@cs``; visits are then its cells).
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
        return int(_kind(self.structure).n_parameters(self.structure, self.visits))

    @property
    def size(self) -> int:
        """Length of theta."""
        return self.per_group * self.n_groups

    def matrices(self, theta: Array) -> Array:
        """Return the groups' covariance matrices (G, M, M)."""
        parts = theta.reshape(self.n_groups, -1)
        return np.array(
            [_kind(self.structure).covariance(self.structure, part, self.visits) for part in parts]
        )

    def sigma(self, theta: Array) -> Array:
        """Return each pattern's matrix (P, M, M) with the identity in place of missing visits."""
        full = self.matrices(theta)
        np.linalg.cholesky(full)  # raises when a structure left the positive definite cone
        present = self.patterns.present
        both = present[:, :, None] & present[:, None, :]
        return np.where(both, full[self.patterns.group], np.eye(self.visits))

    def log_scale(self) -> NDArray[np.bool_]:
        """Return which parameters are logs of standard deviations."""
        scales = self.visits if self.structure == "us" or self.structure.endswith("h") else 1
        if "@" in self.structure:
            scales = int(self.structure.split("@")[0].removeprefix("us"))
        return np.tile(np.arange(self.per_group) < scales, self.n_groups)

    def vanished(self, theta: Array) -> NDArray[np.bool_]:
        """Return which parameters have no effect any more: none, every correlation has both signs."""
        return np.zeros(self.size, dtype=bool)

    def start(self, gram: Array) -> Array:
        """Return a starting theta from the patterns' residual products (P, M, M)."""
        parts = []
        for group in range(self.n_groups):
            mine = self.patterns.group == group
            moment = _expected_moment(gram[mine], self.patterns.present[mine], self.patterns.count[mine])
            parts.append(_kind(self.structure).start(self.structure, moment))
        return np.concatenate(parts)

    def move(self, local: Local, theta: Array, step: Array) -> Array:
        """Return theta after a scoring step; `us` moves the matrix itself, in which scoring is exact."""
        if self.structure != "us":
            return theta + step
        parts = step.reshape(self.n_groups, -1)
        moved = [
            one.matrix + one.factor @ (one.gradient @ part).reshape(one.matrix.shape) @ one.factor.T
            for part, one in zip(parts, local, strict=True)
        ]
        return np.concatenate([structures.start("us", 0.5 * (matrix + matrix.T)) for matrix in moved])

    def derivatives(self, theta: Array) -> Local:
        """Return matrix, gradient and Hessian of each group's matrix."""
        parts = theta.reshape(self.n_groups, -1)
        return [LocalGrid.at(self.structure, part, self.visits) for part in parts]

    def gradient(self, local: Local, white: Array, slope: Array) -> Array:
        """Return ``sum_p tr(white_p' slope_p white_p dV_p)`` for each parameter."""
        return np.concatenate([one.gradient.T @ s.ravel() for one, s in self._sums(local, white, slope)])

    def curvature(self, local: Local, white: Array, slope: Array, middle: Array) -> Array:
        """Return ``sum_p tr(U' slope U ddV) + tr(dV_r U'U dV_s U' middle U)``, U = white_p."""
        k, out = self.per_group, np.zeros((self.size, self.size))
        flat = self.visits**2
        for group, (one, total) in enumerate(self._sums(local, white, slope)):
            mine = self.patterns.group == group
            turned = white[mine] @ one.factor
            back = np.swapaxes(turned, 1, 2)
            left, right = back @ turned, back @ middle[mine] @ turned
            # Sum of left[b, c] right[d, a], brought into the order (a, b), (c, d).
            mixed = (left.reshape(-1, flat).T @ right.reshape(-1, flat)).reshape((self.visits,) * 4)
            mixed = mixed.transpose(3, 0, 1, 2).reshape(flat, flat)
            inverse = np.linalg.inv(one.factor)
            part = one.second.contract(inverse.T @ total @ inverse) + one.gradient.T @ mixed @ one.gradient
            place = slice(group * k, (group + 1) * k)
            out[place, place] = 0.5 * (part + part.T)
        return out

    def _sums(self, local: Local, white: Array, slope: Array) -> list[tuple[LocalGrid, Array]]:
        """Return ``sum_p L' white_p' slope_p white_p L`` of each group."""
        out = []
        for group, one in enumerate(local):
            mine = self.patterns.group == group
            turned = white[mine] @ one.factor
            out.append((one, (np.swapaxes(turned, 1, 2) @ slope[mine] @ turned).sum(0)))
        return out

    def first(self, local: Local, white: Array, data: CrossProducts) -> Array:
        """Return the derivative of ``data.total(white' white)`` to each parameter: (K, q, q)."""
        a, b = upper_triangle(self.visits)
        inverse, out = np.swapaxes(white, 1, 2) @ white, []
        for group, one in enumerate(local):
            pieces = data.pieces(inverse @ one.factor, group)
            gradient = one.gradient.reshape(self.visits, self.visits, -1)[a, b]
            out.append(-(gradient.T @ pieces.reshape(len(a), -1)).reshape(-1, data.q, data.q))
        return np.concatenate(out)

    def weighted_products(self, local: Local, weights: Array, white: Array) -> Array:
        """Return ``U [sum_rs weights[r, s] dV_r U'U dV_s] U'`` of each pattern, U = white_p: (P, M, M)."""
        k, out = self.per_group, np.empty_like(white)
        flat = self.visits**2
        for group, one in enumerate(local):
            mine = self.patterns.group == group
            place = slice(group * k, (group + 1) * k)
            by_pair = (one.gradient @ weights[place, place] @ one.gradient.T).reshape((self.visits,) * 4)
            omega = by_pair.transpose(0, 3, 1, 2).reshape(flat, flat)  # (a, d), (b, c)
            turned = white[mine] @ one.factor
            back = np.swapaxes(turned, 1, 2)
            inside = ((back @ turned).reshape(-1, flat) @ omega.T).reshape(-1, self.visits, self.visits)
            out[mine] = turned @ inside @ back
        return out

    def weighted_second(self, local: Local, weights: Array) -> Array:
        """Return ``sum_rs weights[r, s] ddV_rs`` of each pattern: (P, M, M)."""
        k, out = self.per_group, np.zeros((self.n_groups, self.visits, self.visits))
        for group, one in enumerate(local):
            place = slice(group * k, (group + 1) * k)
            out[group] = one.second.expand(weights[place, place])
        present = self.patterns.present
        return np.where(present[:, :, None] & present[:, None, :], out[self.patterns.group], 0.0)


def _kind(structure: str) -> ModuleType:
    """Return the module that knows the structure: of visits, or of endpoints by visits."""
    return kronecker if "@" in structure else structures


def _expected_moment(gram: Array, present: NDArray[np.bool_], count: Array) -> Array:
    """Return residual moments with missing visits replaced by their expectation (some steps of EM).

    Always positive definite; equal to the mean products when nothing is missing.
    """
    own = np.einsum("pjj->j", gram)
    if not own.sum() > 0:  # a group that the mean fits exactly: no start is better than another
        return np.eye(len(own))
    n = np.maximum((count[:, None] * present).sum(0), 1.0)
    variance = own / n
    start: Array = np.diag(np.maximum(variance, SMALLEST_SHARE * variance.mean()))
    moment = start
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
    # the steps may run away where some pairs of visits are never seen together
    usable = (one for one in (moment, safe) if np.isfinite(one).all() and (np.diag(one) > 0).any())
    moment = next(usable, start)
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
