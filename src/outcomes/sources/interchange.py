"""Frames of other packages as pandas: whatever hands over Arrow: polars, duckdb, narwhals, pyarrow."""

from __future__ import annotations

from typing import Any

import pandas as pd

from outcomes.errors import ArgumentError

__all__ = ["to_pandas"]


def to_pandas(name: str, frame: Any) -> pd.DataFrame:
    """Return a frame as pandas with NumPy's types, names as texts and a fresh index.

    Parameters
    ----------
    name : str
        Name of the argument, for messages.
    frame : DataFrame
        Of pandas, or anything with `__arrow_c_stream__` or `__dataframe__`.

    Raises
    ------
    ArgumentError
        When it is no frame, is not computed yet, or has a column name twice.
    """
    if isinstance(frame, pd.DataFrame):
        frame = _with_index(frame)
    if not isinstance(frame, pd.DataFrame):
        frame = _arrow(name, frame)
    elif any(isinstance(dtype, pd.ArrowDtype) for dtype in frame.dtypes):
        import pyarrow as pa

        frame = pa.Table.from_pandas(frame, preserve_index=False)
    if not isinstance(frame, pd.DataFrame):
        frame = _plain(frame).to_pandas(date_as_object=False, ignore_metadata=True)
    frame = frame.set_axis([str(column) for column in frame.columns], axis=1)
    if frame.columns.has_duplicates:
        double = frame.columns[frame.columns.duplicated()]
        raise ArgumentError(f"{name} has a column name twice", got=", ".join(double), hint="keep one")
    return frame.reset_index(drop=True)


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with the levels of its index that have names as columns: they are data."""
    named = [level for level in frame.index.names if level is not None and level not in frame.columns]
    return frame.reset_index(level=named) if named and frame.columns.nlevels == 1 else frame


def _arrow(name: str, frame: Any) -> Any:
    import pyarrow as pa
    from pyarrow.interchange import from_dataframe

    try:
        if hasattr(frame, "__arrow_c_stream__"):
            return pa.table(frame)
        if hasattr(frame, "__dataframe__"):
            return from_dataframe(frame)
    except (pa.ArrowException, TypeError, ValueError, NotImplementedError):
        pass
    lazy = "it has not been computed yet: call collect() on it; " if hasattr(frame, "collect") else ""
    raise ArgumentError(
        f"{name} is of the wrong type",
        got=type(frame).__name__,
        allowed="a pandas, polars or narwhals DataFrame, a pyarrow Table, a duckdb relation",
        hint=f"{lazy}read a file with oc.read_study, or with pandas first",
    )


def _plain(table: Any) -> Any:
    """Return the table with one kind of text, and without dictionaries."""
    import pyarrow as pa

    def kind(one: Any) -> Any:
        one = one.value_type if pa.types.is_dictionary(one) else one
        texts = (pa.types.is_large_string, pa.types.is_string_view)
        return pa.string() if any(test(one) for test in texts) else one

    def decoded(column: Any) -> Any:
        if not pa.types.is_dictionary(column.type):
            return column
        texts = kind(column.type)  # a dictionary of Arrow's string views cannot be taken from
        parts = [one.dictionary.cast(texts).take(one.indices) for one in column.chunks]
        return pa.chunked_array(parts, texts)

    table = pa.table([decoded(column) for column in table.columns], names=table.column_names)
    return table.cast(pa.schema([pa.field(one.name, kind(one.type)) for one in table.schema]))
