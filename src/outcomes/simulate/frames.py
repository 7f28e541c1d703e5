"""Columns to a frame that has exactly the columns and dtypes of a table's contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.schema.contract import specs

__all__ = ["labels", "number", "take", "typed", "yes_no"]


def typed(table: str, columns: Mapping[str, Any]) -> pd.DataFrame:
    """Return the table with its contract's columns and dtypes; a column that is not given is missing."""
    rows = len(next(iter(columns.values())))
    parts = {}
    for name, spec in specs(table).items():
        values = columns.get(name)
        if values is None:
            parts[name] = pd.Series(pd.NA if spec.dtype in ("Int64", "boolean") else None, index=range(rows))
            if spec.kind in ("date", "timestamp"):
                parts[name] = pd.Series(np.full(rows, np.datetime64("NaT", "us")))
        else:
            parts[name] = pd.Series(values)
        if spec.kind == "timestamp" and parts[name].dtype.kind == "M" and parts[name].dt.tz is None:
            parts[name] = parts[name].dt.tz_localize("UTC")
        parts[name] = parts[name].astype(spec.dtype)
    return pd.DataFrame(parts)


def take(words: list[str], code: NDArray[np.integer[Any]]) -> Any:
    """Return the word of each code as a str array; code -1 is missing."""
    return pd.array(words, dtype="str").take(code, allow_fill=True)


def labels(prefix: str, count: int) -> list[str]:
    """Return `count` identifiers with leading zeros.

    Examples
    --------
    >>> labels("P", 2)
    ['P0001', 'P0002']
    """
    width = max(4, len(str(count)))
    return [f"{prefix}{i:0{width}d}" for i in range(1, count + 1)]


def yes_no(value: NDArray[np.bool_], missing: NDArray[np.bool_] | None = None) -> Any:
    """Return a nullable boolean array."""
    return pd.arrays.BooleanArray(value, np.zeros(len(value), bool) if missing is None else missing.copy())


def number(value: NDArray[Any], missing: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the values as floats, NaN where missing."""
    return np.where(missing, np.nan, value.astype(np.float64))
