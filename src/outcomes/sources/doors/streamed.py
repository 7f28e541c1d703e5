"""A column that comes in chunks: each different value once, and which of them stands in each row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from outcomes.errors import SourceError
from outcomes.sources.assemble import set_aside
from outcomes.sources.conventions import TableSource
from outcomes.sources.doors.cell_texts import cell_texts
from outcomes.sources.limits import Limits
from outcomes.sources.raw import RawTable, origin_of

__all__ = ["StreamedColumn", "raw_table"]

PLAIN = TableSource(file="(database)")


class StreamedColumn:
    """The cells of a column: each different value once, and which of them stands in each row."""

    def __init__(self) -> None:
        self.codes: list[Any] = []
        self.values: list[Any] = []
        self.bytes = 0

    def add(self, cells: tuple[Any, ...], *, name: str) -> None:
        """Add the cells of a chunk."""
        array = np.empty(len(cells), dtype=object)
        array[:] = cells
        try:
            codes, values = pd.factorize(array, use_na_sentinel=False)
        except TypeError:  # a list, an array or JSON: it cannot be compared
            raise SourceError(
                f"{name}: a column holds lists or JSON, which are not read",
                hint="select its parts as columns",
            ) from None
        if any(isinstance(value, (bytes, memoryview)) for value in values):
            raise SourceError(f"{name}: a column holds bytes, which are not read", hint="select others")
        self.codes.append(codes.astype(np.int64) + len(self.values))
        self.values += list(values)
        self.bytes += 8 * len(cells) + sum(len(value) for value in values if isinstance(value, str))

    def texts(self, source: TableSource) -> tuple[pd.Categorical, bool]:
        """Return the column as text, and whether it was made of typed values."""
        values = np.empty(len(self.values), dtype=object)
        values[:] = self.values
        found = cell_texts(values, PLAIN, by_day=None)
        plain = not found.worded.any()
        if not plain and any(not isinstance(value, (str, type(None))) for value in values):
            found = cell_texts(values, source, by_day=None)  # of one column, as SQLite may have it
        codes, distinct = pd.factorize(found.texts)
        rows = np.concatenate(self.codes) if self.codes else np.empty(0, dtype=np.int64)
        return pd.Categorical.from_codes(codes[rows], categories=pd.Index(distinct, dtype="str")), plain


def raw_table(
    columns: dict[str, StreamedColumn],
    source: TableSource,
    *,
    rows: int,
    table: str,
    name: str,
    limits: Limits,
) -> RawTable:
    """Return columns of cells as a table of texts.

    Parameters
    ----------
    columns : dict of str to StreamedColumn
        All cells of the source.
    source : TableSource
        How its texts are written.
    rows : int
        How many there are.
    table, name : str
        Names of the table and of the source.
    limits : Limits
        How long a cell may be.
    """
    texts = {one: column.texts(source) for one, column in columns.items()}
    typed = frozenset(one for one, (_, plain) in texts.items() if plain)
    found = {one: text for one, (text, _) in texts.items()}
    frame, faults = set_aside(found, table=table, source=source, longest=limits.max_cell_characters)
    return RawTable(frame, origin_of(name, rows), typed, faults)
