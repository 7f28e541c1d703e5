"""Whatever holds rows, as the description of a table: a result, a frame, or a description already."""

from __future__ import annotations

import math

import pandas as pd

from outcomes.errors import instance_of
from outcomes.results import Estimates, Tabular
from outcomes.tables.description import Column, Table
from outcomes.tables.estimates import estimates_table, format_of
from outcomes.tables.formats import Format, Number, Text, Whole

__all__ = ["described"]

#: Figures of a column of a frame: enough to tell its usual value, never more decimals than the second number.
FIGURES, MOST_DECIMALS = 3, 6


def described(table: Table | Tabular | pd.DataFrame) -> Table:
    """Return the description of a table.

    Parameters
    ----------
    table : Table, result or DataFrame
        Columns of a frame keep their names and order; an index that has a name becomes columns.

    Raises
    ------
    ArgumentError
        When it is none of these.

    Examples
    --------
    >>> rows = pd.DataFrame({"day": pd.to_datetime(["2026-03-01"]), "dose": [0.5], "n": [1200]})
    >>> described(rows).lines()[0].texts
    ('2026-03-01', '0.500', '1,200')
    """
    instance_of(
        "table", table, Table | Tabular | pd.DataFrame, hint="give what an analysis or oc.tables returned"
    )
    if isinstance(table, Table):
        return table
    if isinstance(table, Estimates):
        return estimates_table(table)
    return _of_frame(table.to_frame() if isinstance(table, Tabular) else table)


def _of_frame(frame: pd.DataFrame) -> Table:
    rows = frame.reset_index() if any(name is not None for name in frame.index.names) else frame
    rows = rows.set_axis([_flat(name) for name in rows.columns], axis=1)
    rows = rows.assign(**{name: _days(rows[name]) for name in rows if _is_time(rows[name])})
    columns = {name: Column(name, _format(rows, name)) for name in rows.columns}
    return Table("table", rows, columns)


def _flat(name: object) -> str:
    return " ".join(map(str, name)).strip() if isinstance(name, tuple) else str(name)


def _is_time(values: pd.Series) -> bool:
    return bool(pd.api.types.is_datetime64_any_dtype(values))


def _days(times: pd.Series) -> pd.Series:
    """Return times as text, and as days alone when none has a clock time."""
    whole = (times.dropna() == times.dropna().dt.normalize()).all()
    return times.dt.strftime("%Y-%m-%d" if whole else "%Y-%m-%d %H:%M:%S")


def _format(frame: pd.DataFrame, name: str) -> Format:
    values = frame[name]
    if pd.api.types.is_bool_dtype(values):
        return Text(name)
    known = format_of(frame, name)
    if not isinstance(known, Number):
        return known
    sizes = values.abs()[values.abs() > 0]
    if not len(sizes) or (sizes % 1 == 0).all():
        return Whole(name)
    decimals = FIGURES - 1 - math.floor(math.log10(float(sizes.median())))
    return Number(name, min(max(decimals, 1), MOST_DECIMALS))
