"""Plain lines cut into fields, each column as its distinct texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import SourceError
from outcomes.sources.conventions import TableSource

__all__ = ["Broken", "cut_rows", "has_empty_rows"]

#: Bytes of a block; a longer row is a block of its own.
BLOCK = 1 << 22
#: Of the first block, by which the others are read.
FIRST = 1 << 18


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

    blocks: list[list[_Coded]] = []
    broken: list[Broken] = []
    pair = _Pair()
    for block in _blocks(memoryview(data)):
        begin = len(broken) + sum(len(columns[0].codes) for columns in blocks)
        try:
            columns, odd = _read(block, len(names), source, pair)
        except pa.ArrowInvalid:  # a third text stands in a column of two
            columns, odd = _read_texts(block, len(names), source, file)
            pair = _pair_of(columns)
        broken += [Broken(begin + line.row, line.text) for line in odd]
        pair = pair if blocks else _pair_of(columns)
        blocks.append(columns)
    return {name: _one([columns[place] for columns in blocks]) for place, name in enumerate(names)}, broken


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


def _blocks(data: memoryview) -> Iterator[memoryview]:
    """Give the lines in blocks: first a small one, by which the others are read."""
    begin, size = 0, FIRST
    while begin < len(data):
        end = _line_end(data, begin + size)
        yield data[begin:end]
        begin, size = end, BLOCK


def _line_end(data: memoryview, place: int) -> int:
    """Return where the line ends in which a byte stands."""
    for begin in range(place, len(data), FIRST):
        found = bytes(data[begin : begin + FIRST]).find(b"\n")
        if found >= 0:
            return begin + found + 1
    return len(data)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two texts, as yes and no, and the columns (from 0) that hold nothing else."""

    texts: tuple[str, ...] = ()
    places: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Coded:
    """A column of a block: its different texts, and the place of each row's text among them."""

    texts: Any
    codes: NDArray[Any]


def _pair_of(columns: list[_Coded]) -> _Pair:
    """Return the commonest pair of texts, and the columns that hold one of them, both or nothing more."""
    held = {
        place: frozenset(column.texts.to_pylist()) - {""}
        for place, column in enumerate(columns)
        if len(column.texts) <= 3
    }
    pairs = Counter(texts for texts in held.values() if len(texts) == 2)
    if not pairs:
        return _Pair()
    texts = pairs.most_common(1)[0][0]
    return _Pair(tuple(sorted(texts)), frozenset(at for at, own in held.items() if own and own <= texts))


def _read_texts(
    block: memoryview, fields: int, source: TableSource, file: str
) -> tuple[list[_Coded], list[Broken]]:
    """Read a block of which nothing is known."""
    import pyarrow as pa

    try:
        return _read(block, fields, source, _Pair())
    except pa.ArrowInvalid:
        text = f"{file}: the file cannot be cut into rows"
        raise SourceError(text, hint="check delimiter and quotes") from None


def _read(
    block: memoryview, fields: int, source: TableSource, pair: _Pair
) -> tuple[list[_Coded], list[Broken]]:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    places = [str(place) for place in range(fields)]
    by_text = pa.dictionary(pa.int32(), pa.string())
    types = {name: pa.bool_() if int(name) in pair.places else by_text for name in places}
    broken: list[Broken] = []

    def keep(row: Any) -> str:
        broken.append(Broken(row.number - 1, row.text))
        return "skip"

    table = arrow_csv.read_csv(
        pa.BufferReader(block),
        # one thread: then rows are numbered
        read_options=arrow_csv.ReadOptions(
            use_threads=False, column_names=places, block_size=len(block) + 1024
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=source.delimiter, quote_char=source.quote, invalid_row_handler=keep
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=types,
            strings_can_be_null=False,
            null_values=[""],
            false_values=pair.texts[:1],
            true_values=pair.texts[1:],
        ),
        memory_pool=pa.system_memory_pool(),  # gives back what it no longer needs
    )
    return [_coded(table.column(place).combine_chunks(), pair) for place in places], broken


def _coded(column: Any, pair: _Pair) -> _Coded:
    import pyarrow as pa

    if not pa.types.is_boolean(column.type):
        return _Coded(column.dictionary, _small(column.indices.to_numpy(), len(column.dictionary)))
    codes = column.cast(pa.int8()).fill_null(2).to_numpy()
    used = np.array([column.false_count > 0, column.true_count > 0, column.null_count > 0])
    texts = [text for text, there in zip((*pair.texts, ""), used, strict=True) if there]
    return _Coded(pa.array(texts, pa.string()), (np.cumsum(used) - 1).astype(np.int8)[codes])


def _small(codes: NDArray[Any], texts: int) -> NDArray[Any]:
    """Return the codes in the smallest type; a signed one: pandas writes -1 for a missing value."""
    return codes.astype(np.min_scalar_type(-max(texts, 1)))


def _one(blocks: list[_Coded]) -> pd.Categorical:
    """Return the blocks of a column, each with its own distinct texts, as one."""
    import pyarrow as pa

    # all at once: to look each block's texts up among all others' grows with the square of the blocks
    texts = pa.concat_arrays([pa.array([], pa.string()), *(block.texts for block in blocks)])
    texts = texts.dictionary_encode()
    places = _small(texts.indices.to_numpy(), len(texts.dictionary))
    ends = np.cumsum([len(block.texts) for block in blocks], dtype=np.intp)
    codes = [
        np.take(places[end - len(block.texts) : end], block.codes)
        for end, block in zip(ends, blocks, strict=True)
    ]
    distinct = pd.Index(pd.array(texts.dictionary.cast(pa.large_string()), dtype="str"))
    return pd.Categorical.from_codes(np.concatenate([places[:0], *codes]), categories=distinct)
