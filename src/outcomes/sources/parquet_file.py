"""Parquet to text: typed columns become ISO dates and plain decimals, then are read like any text."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd

from outcomes.errors import SourceError
from outcomes.sources.raw import RawTable

__all__ = ["read_parquet"]


def read_parquet(content: bytes, *, file: str) -> RawTable:
    """Read a Parquet file as text.

    Raises
    ------
    SourceError
        When the bytes are not Parquet, or a column is nested.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(content))
    except (pa.ArrowInvalid, OSError):
        raise SourceError(f"{file}: this is not a Parquet file", hint="check the file's ending") from None
    columns, typed = {}, set()
    for name, values in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_dictionary(values.type):
            values = pc.cast(values, values.type.value_type)
        if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
            typed.add(name)
        try:
            columns[name] = pc.fill_null(pc.cast(values, pa.string()), "").to_pandas()
        except pa.ArrowNotImplementedError:
            raise SourceError(f"{file}: column {name} is nested", got=str(values.type)) from None
    frame = pd.DataFrame(columns).astype("str")
    rows = pd.array(np.arange(1, len(frame) + 1), dtype="Int64")
    origin = pd.DataFrame({"file": pd.Series([file] * len(frame), dtype="str"), "row": rows})
    return RawTable(frame, origin, frozenset(typed))
