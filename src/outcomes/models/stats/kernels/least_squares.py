"""Ordinary least squares, and its covariance where variances differ (HC3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LeastSquares", "least_squares"]

Array = NDArray[np.float64]

#: A leverage this close to 1 leaves a residual of rounding errors, which HC3 divides by their square.
FULL_LEVERAGE = 1e-8
#: Directions of the design that are shorter than this share of the longest are taken for none.
CUTOFF = 1e-15


@dataclass(frozen=True, slots=True, eq=False)
class LeastSquares:
    """Coefficients and what their covariance is made of.

    Parameters
    ----------
    params : ndarray, (p,)
        Coefficients.
    bread : ndarray, (p, p)
        ``(X'X)^-1``, of a design that is not of full rank its pseudo-inverse.
    resid : ndarray, (n,)
        Residuals.
    x : ndarray, (n, p)
        The design.
    leverage : ndarray, (n,)
        Diagonal of the hat matrix.
    df_resid : float
        Rows less rank.
    """

    params: Array
    bread: Array
    resid: Array
    x: Array
    leverage: Array
    df_resid: float

    @property
    def one_alone(self) -> bool:
        """Whether one row alone determines a coefficient: HC3 does not exist."""
        return bool(self.leverage.max() > 1 - FULL_LEVERAGE)

    def covariance(self, kind: str) -> Array:
        """Return the covariance of the coefficients: nonrobust (equal variances) or HC3.

        Notes
        -----
        HC3: MacKinnon JG, White H. J Econometrics 1985;29:305-325. doi:10.1016/0304-4076(85)90158-7
        """
        if kind == "nonrobust":
            return np.asarray(self.bread * (self.resid @ self.resid / self.df_resid))
        with np.errstate(divide="ignore", invalid="ignore"):  # `one_alone` says when it does not exist
            scores = self.x * (self.resid / (1 - self.leverage))[:, None] @ self.bread
        return np.asarray(scores.T @ scores)


def least_squares(x: Array, y: Array) -> LeastSquares:
    """Fit y by the columns of x.

    Examples
    --------
    >>> fit = least_squares(np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), np.array([1.0, 3.0, 2.0]))
    >>> fit.params.round(3).tolist(), fit.df_resid
    ([1.5, 0.5], 1.0)
    """
    inverse = np.linalg.pinv(x, rcond=CUTOFF)
    params = inverse @ y
    leverage = np.einsum("ij,ji->i", x, inverse)
    df = float(len(y) - np.linalg.matrix_rank(x))
    return LeastSquares(params, inverse @ inverse.T, y - x @ params, x, leverage, df)
