"""The largest of several correlated t statistics: simultaneous limits and P values adjusted for all of them.

With estimates ``d = L b`` of correlation C (rank r) and a common scale, the vector of t statistics is
``A z / s``, with ``A A' = C``, z standard normal in r dimensions and s^2 a chi-squared over its df. In polar
coordinates ``z = R u``: the largest |t| is ``R m(u) / s`` with ``m(u) = max_k |a_k' u|``, and
``R^2 / (r s^2)`` is an F with r and df degrees of freedom. So one integral over directions is left,

    P(max |t| <= c) = E_u F(c^2 / (r m(u)^2); r, df),

which needs no integer df. It is an ordinary integral for two dimensions (three arms), done to rounding, and
for more a mean over low-discrepancy directions: P is then good to about 2e-4, and 5e-5 where it is near .05.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["MaxT", "largest_t"]

Array = NDArray[np.float64]

#: Eigenvalues of the correlations below this are rounding: comparisons that others determine.
RANK_TOLERANCE = 1e-9
#: Nodes of Gauss and Legendre between two corners of m(u) in the plane.
NODES = 24
#: Directions in three and more dimensions (a power of two), each with its opposite.
DIRECTIONS = 2**17
#: Values of m(u) are averaged in this many groups of equal size.
GROUPS = 2048


@dataclass(frozen=True, slots=True, eq=False)
class MaxT:
    """Distribution of the largest |t| of a family of comparisons.

    Parameters
    ----------
    rank : int
        Dimensions of the family.
    reach : array (n,)
        ``m(u)`` at n directions, or means of it over groups of directions.
    weight : array (n,)
        Their weights, which add up to one.
    """

    rank: int
    reach: Array
    weight: Array

    def p_value(self, statistic: float, df: float) -> float:
        """Return the chance that the largest |t| is at least as large."""
        from scipy.special import chdtrc, fdtrc

        if not (df > 0 and statistic == statistic):
            return float("nan")
        square = statistic**2 / self.reach**2
        if np.isinf(df):
            return float(self.weight @ chdtrc(self.rank, square))
        return float(self.weight @ fdtrc(self.rank, df, square / self.rank))

    def critical(self, level: float, df: float) -> float:
        """Return the value that the largest |t| stays below with this probability."""
        from scipy.optimize import brentq
        from scipy.special import stdtrit

        if not df > 0:
            return float("nan")
        single = float(stdtrit(df, 0.5 + 0.5 * level))
        high = 2.0 * single + 1.0
        while self.p_value(high, df) > 1.0 - level:
            high *= 2.0
        tail = 1.0 - level
        return float(brentq(lambda c: self.p_value(c, df) - tail, 0.5 * single, high, xtol=1e-12, rtol=1e-12))


def largest_t(correlation: Array) -> MaxT:
    """Return the distribution of the largest |t| for a correlation matrix (k, k), singular or not.

    References
    ----------
    Genz A, Bretz F (2009). Computation of Multivariate Normal and t Probabilities. Springer.
    doi:10.1007/978-3-642-01689-9 (the spherical-radial transformation, section 4.1.1)
    """
    value, vector = np.linalg.eigh(correlation)
    kept = value > RANK_TOLERANCE * value[-1]
    rows = vector[:, kept] * np.sqrt(value[kept])
    rows = _different(rows / np.linalg.norm(rows, axis=1)[:, None])
    rank = rows.shape[1]
    if rank == 1:
        return MaxT(1, np.ones(1), np.ones(1))
    if rank == 2:
        return MaxT(2, *_plane(rows))
    return MaxT(rank, *_sphere(rows))


def _different(rows: Array) -> Array:
    """Leave out comparisons that say the same as one before, with either sign."""
    same = np.abs(np.abs(rows @ rows.T) - 1.0) < 1e-12
    return rows[~np.tril(same, -1).any(1)]


def _plane(rows: Array) -> tuple[Array, Array]:
    """Return m(u) and weights over half a turn, exact between its corners."""
    angle = np.arctan2(rows[:, 1], rows[:, 0])
    j, k = np.triu_indices(len(rows), 1)
    # |a_j'u| = |a_k'u| half way between the two lines and at a right angle to that.
    half = 0.5 * (angle[j] + angle[k])
    corner = np.concatenate([half, half + 0.5 * np.pi, angle]) % np.pi
    corner = np.unique(np.concatenate([corner, [0.0, np.pi]]))
    node, weight = np.polynomial.legendre.leggauss(NODES)
    width = np.diff(corner)
    theta = (corner[:-1, None] + 0.5 * width[:, None] * (node + 1.0)).ravel()
    share = (0.5 * width[:, None] * weight).ravel() / np.pi
    return np.abs(np.cos(theta[:, None] - angle)).max(1), share


def _sphere(rows: Array) -> tuple[Array, Array]:
    """Return group means of m(u) over low-discrepancy directions; opposite directions are one."""
    reach = np.abs(_directions(rows.shape[1]) @ rows.T).max(1)
    return np.sort(reach).reshape(GROUPS, -1).mean(1), np.full(GROUPS, 1.0 / GROUPS)


@lru_cache(maxsize=4)
def _directions(rank: int) -> Array:
    """Return unit vectors (n, rank), the same at every call."""
    from scipy.special import ndtri
    from scipy.stats import qmc

    points = qmc.Sobol(rank, scramble=True, rng=np.random.default_rng(20260101)).random(DIRECTIONS)
    normal = ndtri(np.clip(points, 1e-12, 1 - 1e-12))
    return np.asarray(normal / np.linalg.norm(normal, axis=1)[:, None])
