"""Rubin's rules with Barnard and Rubin's degrees of freedom, and least squares for many responses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Sums of squares of residuals, taken from those of the responses, that are this share of them are rounding.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Pooled:
    """estimate, std_error, df, and the fraction of the variance that is due to missing values."""

    estimate: float
    std_error: float
    df: float
    missing_share: float


def pool(estimates: Array, variances: Array, complete_df: float) -> Pooled:
    """Pool one quantity over imputations.

    T = W + (1 + 1/M) B; df = 1 / (1/v_old + 1/v_obs), v_old = (M - 1) / f^2, f = (1 + 1/M) B / T,
    v_obs = (v + 1) / (v + 3) v (1 - f) with v the complete-data df (Barnard and Rubin 1999): v_old where v
    is infinite, 0 where all of the variance is between.
    """
    m = len(estimates)
    within = float(variances.mean())
    between = float(estimates.var(ddof=1)) if m > 1 else 0.0
    extra = (1 + 1 / m) * between
    total = within + extra
    if extra <= 1e-14 * total:  # nothing was imputed
        return Pooled(float(estimates.mean()), float(np.sqrt(within)), complete_df, 0.0)
    share = extra / total
    old = (m - 1) / share**2
    shrunk = 1.0 if np.isinf(complete_df) else (complete_df + 1) / (complete_df + 3)
    observed = shrunk * complete_df * (1 - share) if share < 1 else 0.0
    df = 1 / (1 / old + 1 / observed) if observed > 0 else 0.0
    return Pooled(float(estimates.mean()), float(np.sqrt(total)), df, share)


@dataclass(frozen=True, slots=True, eq=False)
class LeastSquares:
    """Fits of many responses to one design: bread (p, p), beta (fits, p), residuals (fits, n)."""

    bread: Array
    beta: Array
    residuals: Array

    @classmethod
    def of(cls, z: Array, y: Array) -> LeastSquares:
        """Fit y (fits, n) on z (n, p)."""
        bread: Array = np.asarray(np.linalg.inv(z.T @ z), dtype=np.float64)
        beta: Array = np.asarray(y @ z @ bread, dtype=np.float64)
        return cls(bread, beta, y - beta @ z.T)

    @property
    def df(self) -> int:
        """Residual degrees of freedom."""
        return int(self.residuals.shape[1] - len(self.bread))


@dataclass(frozen=True, slots=True, eq=False)
class FitSums:
    """Sums over n patients of a design z (n, p), many responses y (fits, n) and a unit u (n,).

    zz (p, p), zy (fits, p), yy (fits,), zu (p,), uy (fits,), uu.
    """

    n: int
    zz: Array
    zy: Array
    yy: Array
    zu: Array
    uy: Array
    uu: float


@dataclass(frozen=True, slots=True, eq=False)
class Shifts:
    """A combination of coefficients of many fits, and what a shift of their responses does to it.

    With y + delta u the coefficients are b + delta b_u and the residuals r + delta r_u, so the sum of their
    squares is r'r + 2 delta r'r_u + delta^2 r_u'r_u: one fit serves every delta.
    """

    estimates: Array
    unit_estimate: float
    squares: Array
    crossed: Array
    unit_squares: float
    scale: float
    df: float

    @classmethod
    def of(cls, z: Array, y: Array, unit: Array, weights: Array) -> Shifts:
        """Fit y (fits, n) and u (n,) on z (n, p); weights (at most p,) are of the first coefficients."""
        fit = LeastSquares.of(z, np.vstack([y, unit]))
        full = np.zeros(z.shape[1])
        full[: len(weights)] = weights
        estimates, own, shift = fit.beta @ full, fit.residuals[:-1], fit.residuals[-1]
        return cls(
            estimates=estimates[:-1],
            unit_estimate=float(estimates[-1]),
            squares=np.einsum("ij,ij->i", own, own),
            crossed=own @ shift,
            unit_squares=float(shift @ shift),
            scale=float(full @ fit.bread @ full) / fit.df,
            df=float(fit.df),
        )

    @classmethod
    def of_sums(cls, sums: FitSums, weights: Array) -> Shifts:
        """Return the same from sums over the patients, without their responses."""
        bread = np.linalg.inv(sums.zz)
        full = np.zeros(len(bread))
        full[: len(weights)] = weights
        beta, unit = sums.zy @ bread, sums.zu @ bread
        df = float(sums.n - len(bread))
        squares = sums.yy - np.einsum("ij,ij->i", beta, sums.zy)
        return cls(
            estimates=beta @ full,
            unit_estimate=float(unit @ full),
            squares=np.where(squares > ROUNDING * sums.yy, squares, 0.0),
            crossed=sums.uy - beta @ sums.zu,
            unit_squares=max(float(sums.uu - unit @ sums.zu), 0.0),
            scale=float(full @ bread @ full) / df,
            df=df,
        )

    def pooled(self, delta: float = 0.0) -> Pooled:
        """Pool the combination with delta times the unit added to the responses."""
        squares = self.squares + 2 * delta * self.crossed + delta**2 * self.unit_squares
        return pool(self.estimates + delta * self.unit_estimate, squares * self.scale, self.df)
