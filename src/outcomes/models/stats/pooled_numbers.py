"""The columns of an estimate that is pooled over completed data sets."""

from __future__ import annotations

import numpy as np

from outcomes.models.stats.kernels.reference import interval_factor, two_sided_p
from outcomes.models.stats.kernels.rubin import Pooled

__all__ = ["no_pooled", "pooled_numbers"]

NAMES = ("estimate", "std_error", "df", "statistic", "p_value", "lower", "upper", "missing_share")


def pooled_numbers(found: Pooled, level: float) -> dict[str, float]:
    """Return estimate, std_error, df, statistic, p_value, limits and missing_share."""
    half = float(interval_factor(level, found.df)) * found.std_error
    statistic = found.estimate / found.std_error
    return {
        "estimate": found.estimate,
        "std_error": found.std_error,
        "df": found.df,
        "statistic": statistic,
        "p_value": float(two_sided_p(statistic, found.df)),
        "lower": found.estimate - half,
        "upper": found.estimate + half,
        "missing_share": found.missing_share,
    }


def no_pooled(estimate: float = np.nan) -> dict[str, float]:
    """Return the same columns without an interval, and without an estimate unless one is given."""
    return dict.fromkeys(NAMES, np.nan) | {"estimate": estimate}
