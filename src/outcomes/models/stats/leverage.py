"""Whether a robust covariance exists: what one patient alone determines has a residual of 0."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["LONELY", "rests_on_one", "uncorrected", "without_alone"]

Array = NDArray[np.float64]

LONELY = "one patient alone determines a coefficient: there is no standard error"
#: With a tenth of the variance taken for zero, a standard error is 5 % too small; with more there is none.
MOST_ALONE = 0.1


def rests_on_one(functions: Array, bread: Array, part: Array) -> NDArray[np.bool_]:
    """Return which linear functions (m, p) of the coefficients single patients determine to a good part.

    Parameters
    ----------
    functions : ndarray, (m, p)
        One function a row.
    bread, part : ndarray, (p, p)
        Covariance by the model, and its part along what single patients alone determine.
    """
    whole, theirs = (np.einsum("ij,jk,ik->i", functions, matrix, functions) for matrix in (bread, part))
    return np.asarray(theirs > MOST_ALONE * whole)


def without_alone(covariance: Array, functions: Array, bread: Array, part: Array) -> Array:
    """Return the covariance of functions, without number for those that single patients determine."""
    at = rests_on_one(functions, bread, part)
    return np.where(at[:, None] | at[None, :], np.nan, covariance)


def uncorrected(part: Array) -> tuple[str, ...]:
    """Say that some patient alone determines a coefficient, where there is such a part of the variance."""
    return ("what one patient alone determines has no standard error",) if part.any() else ()
