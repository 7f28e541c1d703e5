"""Counts of each value, and quartiles: the arithmetic that both views begin with."""

from __future__ import annotations

import pandas as pd

__all__ = ["UNKNOWN", "counted", "quartiles"]

#: Label of those whose value was not recorded.
UNKNOWN = "not recorded"


def counted(values: pd.Series, *, of: int) -> pd.Series:
    """Return how many have each value, the most frequent first; all add up to `of`."""
    named = values.astype("object").where(values.notna(), UNKNOWN).astype("str")
    counts = named.value_counts().astype("int64").copy()  # what pandas hands out may be read-only
    absent = of - int(counts.sum())
    if absent:
        counts[UNKNOWN] = int(counts.get(UNKNOWN, 0)) + absent
    return counts


def quartiles(values: pd.Series) -> tuple[float, float, float]:
    """Return median, first and third quartile."""
    low, middle, high = values.quantile([0.25, 0.5, 0.75])
    return float(middle), float(low), float(high)
