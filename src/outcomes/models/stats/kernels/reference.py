"""Reference distributions: t with any degrees of freedom, normal when they are infinite."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

Array = NDArray[np.float64]


def interval_factor(level: float, df: ArrayLike) -> Array:
    """Return the multiple of the standard error that reaches to the limit; NaN where df <= 0."""
    df_array = np.asarray(df, dtype=np.float64)
    quantile = (1 + level) / 2
    usable = np.where(np.isfinite(df_array) & (df_array > 0), df_array, 1.0)
    factor = np.where(np.isinf(df_array), ndtri(quantile), stdtrit(usable, quantile))
    return np.where(df_array > 0, factor, np.nan)


def two_sided_p(statistic: ArrayLike, df: ArrayLike) -> Array:
    """Return two-sided P values of t statistics; NaN where df <= 0."""
    size = np.abs(np.asarray(statistic, dtype=np.float64))
    df_array = np.broadcast_to(np.asarray(df, dtype=np.float64), size.shape)
    usable = np.where(np.isfinite(df_array) & (df_array > 0), df_array, 1.0)
    p = np.where(np.isinf(df_array), 2 * ndtr(-size), 2 * stdtr(usable, -size))
    return np.where(df_array > 0, p, np.nan)


def ratio_of(log: Any) -> Any:
    """Return exp: infinite where a covariate's unit is so small that no number can hold the ratio."""
    with np.errstate(over="ignore"):
        return np.exp(log)
