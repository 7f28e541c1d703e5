"""Counts of each value, and quartiles: the arithmetic that both views begin with."""

from __future__ import annotations

import pandas as pd

__all__ = ["UNKNOWN", "counted", "quartiles"]

#: Label of those whose value was not recorded.
UNKNOWN = "not recorded"


def counted(values: pd.Series, *, of: int) -> pd.Series:
    """Return how many have each value, the most frequent first; all add up to `of`."""
    named = values.astype("object").where(values.notna(), UNKNOWN).astype("str")
    counts = {str(value): int(n) for value, n in named.value_counts().items()}
    absent = of - sum(counts.values())
    if absent:
        counts[UNKNOWN] = counts.get(UNKNOWN, 0) + absent
    return pd.Series(counts, dtype="int64")


def quartiles(values: pd.Series) -> tuple[float, float, float]:
    """Return median, first and third quartile."""
    low, middle, high = values.quantile([0.25, 0.5, 0.75])
    return float(middle), float(low), float(high)
