"""The contract by name: which columns a table has."""

from __future__ import annotations

from functools import cache

import pandas as pd

from outcomes.errors import one_of
from outcomes.schema.columns import ColumnSpec
from outcomes.schema.tables import TABLES

__all__ = ["empty", "specs"]


def specs(table: str) -> dict[str, ColumnSpec]:
    """Return the columns of a table by name, in order.

    Examples
    --------
    >>> specs("diary")["pain"].unit
    'NRS 0-10'
    """
    one_of("table", table, TABLES)
    return TABLES[table].columns


def empty(table: str) -> pd.DataFrame:
    """Return a frame with the columns and dtypes of a table and no rows."""
    return _empty(table).copy(deep=False)


@cache
def _empty(table: str) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=spec.dtype) for name, spec in specs(table).items()})
