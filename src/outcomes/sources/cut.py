"""Plain lines cut into fields, each column as its distinct texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from outcomes.errors import SourceError
from outcomes.sources.conventions import TableSource

__all__ = ["Broken", "cut_rows", "has_empty_rows"]

#: Bytes of a block; a longer row makes the file one block.
BLOCK = 1 << 24


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that does not have the fields of a row: its row (from 0) and its text."""

    row: int
    text: str

    def is_empty(self, source: TableSource) -> bool:
        """Return whether the line holds nothing but spaces and empty cells."""
        return not self.text.replace(source.delimiter, "").replace(source.quote, "").strip()


def cut_rows(data: bytes, names: list[str], *, file: str, source: TableSource) -> tuple[Any, list[Broken]]:
    """Return the rows with the right number of fields, and number and text of the others.

    Parameters
    ----------
    data : bytes
        UTF-8 text of the rows, one a line.
    names : list of str
        Names of the columns.
    file : str
        Name of the file, for messages.
    source : TableSource
        How it is written.

    Returns
    -------
    rows : pyarrow.Table
        Each column is dictionary-encoded text.
    broken : list of Broken

    Raises
    ------
    SourceError
        When there is no way to cut it.
    """
    import pyarrow as pa

    for block in (BLOCK, min(len(data) + 1024, 2**31 - 1)):  # a cell may be as long as the file
        try:
            return _read_blocks(data, names, source, block)
        except pa.ArrowInvalid:
            continue
    raise SourceError(f"{file}: the file cannot be cut into rows", hint="check delimiter and quotes")


def has_empty_rows(rows: Any) -> bool:
    """Return whether a row of a table from `cut_rows` holds nothing in any of its columns."""
    import pyarrow as pa
    import pyarrow.compute as pc

    empty = np.ones(rows.num_rows, dtype=bool)
    for column in rows.columns:
        if not empty.any():
            return False
        words = column.chunk(0).dictionary if column.num_chunks else pa.array([], pa.string())
        blank = np.append(pc.equal(pc.utf8_trim_whitespace(words), "").to_numpy(zero_copy_only=False), False)
        empty &= blank.any() and blank[column.combine_chunks().indices.to_numpy()]
    return bool(empty.any())


def _read_blocks(data: bytes, names: list[str], source: TableSource, block: int) -> tuple[Any, list[Broken]]:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    texts = pa.dictionary(pa.int32(), pa.string())
    places = [str(place) for place in range(len(names))]
    broken: list[Broken] = []

    def keep(row: Any) -> str:
        broken.append(Broken(row.number - 1, row.text))
        return "skip"

    if not data.lstrip(b"\n"):
        return pa.table({place: pa.array([], texts) for place in places}).rename_columns(names), broken
    table = arrow_csv.read_csv(
        pa.BufferReader(data),
        # one thread: then rows are numbered
        read_options=arrow_csv.ReadOptions(use_threads=False, column_names=places, block_size=block),
        parse_options=arrow_csv.ParseOptions(
            delimiter=source.delimiter, quote_char=source.quote, invalid_row_handler=keep
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(places, texts), strings_can_be_null=False
        ),
    )
    table = table.unify_dictionaries().combine_chunks().rename_columns(names)
    pa.default_memory_pool().release_unused()
    return table, broken
