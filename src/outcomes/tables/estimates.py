"""Any result as a table: its columns in their order, with the notes of the result under it."""

from __future__ import annotations

import pandas as pd

from outcomes.results import Estimates
from outcomes.tables.description import Column, Table
from outcomes.tables.formats import Format, Number, Percent, PValue, Text, Whole

__all__ = ["estimates_table", "format_of"]

LABELS = {
    "p_value": "P",
    "percent": "%",
    "lower": "Lower limit",
    "upper": "Upper limit",
    "sd": "SD",
    "df": "df",
}
DIGITS = 2


def estimates_table(result: Estimates, *, name: str = "estimates") -> Table:
    """Return a result as a table, one column for each of its columns.

    Parameters
    ----------
    result : Estimates
        Any.
    name : str
        Name of the table.

    Examples
    --------
    >>> rows = pd.DataFrame({"term": ["slope"], "estimate": [-0.5], "p_value": [0.0492]})
    >>> estimates_table(Estimates(rows, "Change", "least squares")).lines()[0].texts
    ('slope', '−0.50', '.049')
    """
    frame = result.to_frame()
    columns = {str(key): Column(_label(str(key)), format_of(frame, str(key))) for key in frame.columns}
    notes = (f"{result.method}; status: {result.status}.", *result.notes)
    return Table(name, frame, columns, caption=result.title, notes=notes)


def _label(key: str) -> str:
    return LABELS.get(key) or (key if len(key) == 1 else key.replace("_", " ").capitalize())


def format_of(frame: pd.DataFrame, key: str) -> Format:
    """Return how the cells of a column are written, by its name and its kind of values."""
    values = frame[key]
    if key.startswith("p_value") or key == "p_adjusted":
        return PValue(key)
    if key == "percent" and "N" in frame:
        return Percent(key, "N")
    if pd.api.types.is_integer_dtype(values):
        return Whole(key)
    return Number(key, DIGITS) if pd.api.types.is_float_dtype(values) else Text(key)
