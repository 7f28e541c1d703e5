"""Plain lines cut into fields, each column as its distinct texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import SourceError
from outcomes.sources.conventions import TableSource

__all__ = ["Broken", "cut_rows", "has_empty_rows"]

#: Bytes of a block; a longer row makes the file one block.
BLOCK = 1 << 22
#: Bytes at the begin that mostly hold a row, if there is any.
LOOKED_AT = 1 << 12


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that does not have the fields of a row: its row (from 0) and its text."""

    row: int
    text: str

    def is_empty(self, source: TableSource) -> bool:
        """Return whether the line holds nothing but spaces and empty cells."""
        return not self.text.replace(source.delimiter, "").replace(source.quote, "").strip()


def cut_rows(
    data: bytes | memoryview, names: list[str], *, file: str, source: TableSource
) -> tuple[dict[str, pd.Categorical], list[Broken]]:
    """Return the rows with the right number of fields, and number and text of the others.

    Parameters
    ----------
    data : bytes or memoryview
        UTF-8 text of the rows, one a line.
    names : list of str
        Names of the columns.
    file : str
        Name of the file, for messages.
    source : TableSource
        How it is written.

    Returns
    -------
    rows : dict of str to Categorical
        The columns as their distinct texts.
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


def has_empty_rows(rows: dict[str, pd.Categorical]) -> bool:
    """Return whether a row holds nothing in any of its columns."""
    empty: NDArray[np.bool_] | None = None
    for column in rows.values():
        blank = (column.categories.str.strip() == "").astype(bool)
        if not blank.any():
            return False
        here = blank[column.codes]
        empty = here if empty is None else empty & here
    return empty is not None and bool(empty.any())


def _read_blocks(
    data: bytes | memoryview, names: list[str], source: TableSource, block: int
) -> tuple[dict[str, pd.Categorical], list[Broken]]:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    texts = pa.dictionary(pa.int32(), pa.string())
    places = [str(place) for place in range(len(names))]
    broken: list[Broken] = []

    def keep(row: Any) -> str:
        broken.append(Broken(row.number - 1, row.text))
        return "skip"

    if not bytes(data[:LOOKED_AT]).lstrip(b"\n") and not bytes(data).lstrip(b"\n"):
        return dict.fromkeys(names, pd.Categorical([], categories=pd.Index([], dtype="str"))), broken
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
        memory_pool=pa.system_memory_pool(),  # gives back what it no longer needs
    )
    return {name: _one(table.column(place)) for place, name in enumerate(names)}, broken


def _one(column: Any) -> pd.Categorical:
    """Return the blocks of a column, each with its own distinct texts, as one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    blocks = [block for block in column.chunks if len(block)]
    words = pc.unique(pa.chunked_array([block.dictionary for block in blocks], pa.string()))
    small = np.min_scalar_type(-max(len(words), 1))  # a signed type: pandas writes -1 for a missing value
    codes = np.empty(len(column), dtype=small)
    begin = 0
    for block in blocks:
        place = pc.index_in(block.dictionary, words).to_numpy().astype(small)
        np.take(place, block.indices.to_numpy(), out=codes[begin : begin + len(block)])
        begin += len(block)
    distinct = pd.Index(pd.array(words.to_numpy(zero_copy_only=False), dtype="str"))
    return pd.Categorical.from_codes(codes, categories=distinct)
