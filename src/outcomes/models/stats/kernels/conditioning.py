"""Columns of a regression on one scale, so that no number depends on the units of a covariate.

A year of birth near 1980, a date written as 20260101 or a dose in nanograms make the columns of a design
nearly parallel or very unequal in size. Condition numbers, pseudo-inverses and tolerances then answer to the
unit and not to the data. Models are therefore fitted to orthonormal columns and transformed back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

__all__ = ["Basis", "independent"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]

#: A column whose part orthogonal to the columns before it is smaller than this share of it is dependent.
RANK_TOLERANCE = 1e-10
#: What is left of a column must be so large a share of its values that rounding leaves it five digits: the
#: cube of a date has none.
PRECISION = 1e-11
#: A spread below this share of a column's size is what rounding leaves of a constant.
ROUNDING = 1e-14


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """How independent columns x (rows, p) become orthonormal ones: (x - centre) @ inverse.

    `centre` is the mean of each column where the design has an intercept, else 0; `back` (p, p) turns
    coefficients of the orthonormal columns into those of x.
    """

    centre: Array
    inverse: Array
    back: Array

    @classmethod
    def of(cls, x: Array, weight: NDArray[Any]) -> Basis:
        """Make the basis of columns that are independent on the rows with a weight."""
        centre, scale = _centre_and_scale(x, weight)
        root = np.sqrt(np.asarray(weight, dtype=np.float64))[:, None]
        r = np.linalg.qr((x - centre) / scale * root, mode="r") / np.sqrt(max(float(np.sum(weight)), 1.0))
        inverse = solve_triangular(r, np.eye(len(r))) / scale[:, None] if len(r) else np.zeros((0, 0))
        shift = np.eye(len(scale))
        one = _intercept(x, weight)
        if one is not None:
            shift[one] -= centre
        return cls(centre, np.asarray(inverse), np.asarray(shift @ inverse))

    def columns(self, x: Array) -> Array:
        """Return the orthonormal columns of other rows of the same design."""
        return np.asarray((x - self.centre) @ self.inverse)

    def coefficients(self, inner: Array) -> Array:
        """Return the coefficients of the columns as the formula made them."""
        return np.asarray(self.back @ inner)

    def covariance(self, inner: Array) -> Array:
        """Return their covariance matrix."""
        found: Array = np.asarray(self.back @ inner @ self.back.T)
        # Rounding may leave less than nothing of a variance that is zero.
        np.fill_diagonal(found, np.maximum(np.diag(found), 0.0))
        return found


def independent(x: Array, weight: NDArray[Any]) -> tuple[Index, Index]:
    """Return columns that add to those before them, and those that do not (as R's `aliased`).

    Columns are judged on their own scale, and around their mean where the design has an intercept: neither
    the unit nor the origin of a covariate decides.
    """
    if not x.size:
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    centre, scale = _centre_and_scale(x, weight)
    moved = (x - centre) / scale
    moved[:, _constant(x, centre, weight)] = 0.0
    # R has the same dependencies between columns as the matrix, and few rows.
    r: Array = np.asarray(np.linalg.qr(moved * np.sqrt(weight)[:, None], mode="r"))
    size = np.linalg.norm(r, axis=0)
    lost = PRECISION * np.abs(x).max(axis=0) / scale * np.sqrt(np.sum(weight))
    basis = np.empty((len(r), 0))
    kept: list[int] = []
    for j in np.flatnonzero(size > 0):
        left = r[:, j] - basis @ (basis.T @ r[:, j])
        left = left - basis @ (basis.T @ left)  # once more: the first pass leaves rounding
        if np.linalg.norm(left) > max(RANK_TOLERANCE * size[j], lost[j]):
            kept.append(int(j))
            basis = np.column_stack([basis, left / np.linalg.norm(left)])
    dropped = sorted(set(range(x.shape[1])) - set(kept))
    return np.array(kept, dtype=np.intp), np.array(dropped, dtype=np.intp)


def _intercept(x: Array, weight: NDArray[Any]) -> int | None:
    """Return the first column that is one in every row that counts."""
    ones = np.flatnonzero((x[np.asarray(weight) > 0] == 1.0).all(axis=0))
    return int(ones[0]) if len(ones) else None


def _centre_and_scale(x: Array, weight: NDArray[Any]) -> tuple[Array, Array]:
    """Return the mean of each column but the intercept (0 without one), and the largest distance from it."""
    used = x[np.asarray(weight) > 0]
    centre = np.zeros(x.shape[1])
    one = _intercept(x, weight)
    if one is not None and len(used):
        first = used[0]
        centre = first + (used - first).mean(axis=0)  # a large origin would round the mean
        centre[one] = 0.0
    scale = np.abs(used - centre).max(axis=0, initial=0.0)
    return centre, np.where(scale > 0, scale, 1.0)


def _constant(x: Array, centre: Array, weight: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which columns do not vary around their mean."""
    used = x[np.asarray(weight) > 0]
    spread = np.abs(used - centre).max(axis=0, initial=0.0)
    return np.asarray(spread <= ROUNDING * np.abs(used).max(axis=0, initial=0.0))
