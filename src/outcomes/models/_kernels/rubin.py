"""Rubin's rules with Barnard and Rubin's degrees of freedom, and least squares for many responses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


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
    v_obs = (v + 1) / (v + 3) v (1 - f) with v the complete-data df (Barnard and Rubin 1999).
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
    observed = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - share)
    return Pooled(float(estimates.mean()), float(np.sqrt(total)), 1 / (1 / old + 1 / observed), share)


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
