"""Yes, no, unknown: comparisons whose missing input gives a missing answer (Kleene's logic)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

__all__ = ["at_least", "at_least_of", "yes"]


def yes(column: pd.Series) -> Any:
    """Return a boolean column as a nullable array; `&` and `|` on it follow Kleene."""
    return column.astype("boolean").array


def at_least(column: pd.Series, limit: float, upper: float = np.inf) -> Any:
    """Say for each value whether limit <= value <= upper; unknown where it is missing."""
    values = column.to_numpy(dtype=float, na_value=np.nan)
    return pd.arrays.BooleanArray((values >= limit) & (values <= upper), np.isnan(values))


def at_least_of(needed: int, answers: list[Any]) -> Any:
    """Say whether at least `needed` answers are yes; unknown only while the unknown ones can decide it."""
    sure = np.sum([answer.to_numpy(dtype=np.int8, na_value=0) for answer in answers], axis=0)
    possible = np.sum([answer.to_numpy(dtype=np.int8, na_value=1) for answer in answers], axis=0)
    return pd.arrays.BooleanArray(sure >= needed, (sure < needed) & (possible >= needed))
