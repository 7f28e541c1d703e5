"""Parquet to text: typed columns become ISO dates and plain decimals, then are read like any text.

A small file can hold a giant table: one long text repeated, or one number for ever. So texts are read as the
dictionary that the file holds, and everything is counted before anything is unpacked.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from outcomes.errors import SourceError
from outcomes.schema.findings import Fault
from outcomes.sources.limits import Limits
from outcomes.sources.raw import RawTable, origin_of

__all__ = ["read_parquet", "stream_parquet"]

#: Rows that are unpacked at a time.
BATCH = 8192
#: A cell is counted with this many bytes at least.
CELL_BYTES = 8


def read_parquet(content: bytes, *, table: str, file: str, limits: Limits | None = None) -> RawTable:
    """Read a Parquet file as text.

    Parameters
    ----------
    content : bytes
        The whole file.
    table, file : str
        Names for messages.
    limits : Limits, optional
        How much it may hold; by default the usual limits.

    Raises
    ------
    SourceError
        When the bytes are not Parquet, a column is nested, or there is more than the limits allow.
    """
    import pyarrow as pa

    limits = limits or Limits()
    try:
        opened = _open(lambda: io.BytesIO(content), file=file, limits=limits)
        _count(opened, file=file, limits=limits)
        batches = list(_texts(opened, limits=limits))
    except (pa.ArrowException, OSError):
        raise _not_parquet(file) from None
    return _raw_table(batches, opened.schema_arrow, table=table, file=file, limits=limits)


def stream_parquet(
    path: Path, *, table: str, file: str, limits: Limits | None = None, rows: int = 1_000_000
) -> Iterator[RawTable]:
    """Read a Parquet file as text, a bounded number of rows at a time.

    Parameters
    ----------
    path : Path
        The file.
    table, file : str
        Names for messages.
    limits : Limits, optional
        How much the file may have on the disk, in columns and in cells; by default the usual limits.
    rows : int
        About this many rows at a time.

    Raises
    ------
    SourceError
        As `read_parquet`.
    """
    import pyarrow as pa

    limits, before, batches = limits or Limits(), 0, []
    try:
        opened = _open(lambda: path, file=file, limits=limits, whole=False)
        for batch in _texts(opened, limits=limits):
            batches.append(batch)
            limits.refuse_more("max_unpacked_mb", sum(part.nbytes for part, _ in batches), file=file)
            if sum(part.num_rows for part, _ in batches) >= rows:
                raw = _raw_table(batches, opened.schema_arrow, table=table, file=file, limits=limits)
                yield _after(raw, before)
                before, batches = before + len(raw.frame), []
    except (pa.ArrowException, OSError):
        raise _not_parquet(file) from None
    if batches or not before:
        yield _after(_raw_table(batches, opened.schema_arrow, table=table, file=file, limits=limits), before)


def _after(raw: RawTable, before: int) -> RawTable:
    """Return rows that stand behind others of the same file."""
    return replace(raw, origin=raw.origin.assign(row=raw.origin["row"] + before))


def _not_parquet(file: str) -> SourceError:
    return SourceError(f"{file}: this is not a Parquet file", hint="check the file's extension")


def _raw_table(
    batches: list[tuple[Any, dict[str, Any]]], schema: Any, *, table: str, file: str, limits: Limits
) -> RawTable:
    """Return batches of texts as a table, with which columns had types and which cells were too long."""
    import pyarrow as pa

    rows = sum(batch.num_rows for batch, _ in batches)
    names, types = schema.names, schema.types
    texts = pa.schema([pa.field(name, pa.string()) for name in names])
    frame = pa.Table.from_batches([batch for batch, _ in batches], schema=texts).to_pandas().astype("str")
    typed = frozenset(name for name, kind in zip(names, types, strict=True) if not _is_text(_plain(kind)))
    faults = _faults([long for _, long in batches], names, table=table, limits=limits)
    return RawTable(frame, origin_of(file, rows), typed, faults)


def _open(where: Callable[[], Any], *, file: str, limits: Limits, whole: bool = True) -> Any:
    """Open a file after what it says of itself; what is in it is counted once more as it is unpacked."""
    import pyarrow.parquet as pq

    told = pq.ParquetFile(where())
    meta, schema = told.metadata, told.schema_arrow
    limits.refuse_more("max_columns", meta.num_columns, file=file)
    double = sorted({name for name in schema.names if schema.names.count(name) > 1})
    if double:
        raise SourceError(
            f"{file}: a column name stands twice", got=", ".join(double), hint="rename one of them"
        )
    for name, kind in zip(schema.names, schema.types, strict=True):
        if not _is_read(_plain(kind)):
            raise SourceError(
                f"{file}: column {name} is nested, or of a type that cannot be read",
                got=str(kind),
                hint="leave it out, or write it as text, numbers, dates or yes and no",
            )
    if whole:
        limits.refuse_more("max_rows", meta.num_rows, file=file)
        unpacked = sum(meta.row_group(number).total_byte_size for number in range(meta.num_row_groups))
        limits.refuse_more("max_unpacked_mb", unpacked, file=file)
    texts = [name for name, kind in zip(schema.names, schema.types, strict=True) if _is_text(kind)]
    return pq.ParquetFile(where(), read_dictionary=texts)


def _count(opened: Any, *, file: str, limits: Limits) -> None:
    """Refuse a file whose cells are more than allowed when each stands for itself; nothing is unpacked."""
    unpacked, rows = 0, 0
    for batch in opened.iter_batches(batch_size=BATCH):
        rows += batch.num_rows
        limits.refuse_more("max_rows", rows, file=file)
        shortened = (_shortened(values, limits.max_cell_characters)[0] for values in batch.columns)
        unpacked += sum(map(_unpacked_bytes, shortened))
        limits.refuse_more("max_unpacked_mb", unpacked, file=file)


def _texts(opened: Any, *, limits: Limits) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Give each batch as text, and for each column which cells were too long and are empty now."""
    import pyarrow as pa

    for batch in opened.iter_batches(batch_size=BATCH):
        names = batch.schema.names
        cut = [_shortened(values, limits.max_cell_characters) for values in batch.columns]
        texts = pa.RecordBatch.from_arrays([_text(values) for values, _ in cut], names=names)
        yield texts, dict(zip(names, (long for _, long in cut), strict=True))


def _text(values: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
    return pc.fill_null(pc.cast(plain, pa.string()), "")


def _shortened(values: Any, longest: int) -> tuple[Any, Any]:
    """Empty the texts that are too long; return also where they stood."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not _is_text(_plain(values.type)):
        return values, np.zeros(len(values), dtype=bool)
    coded = pa.types.is_dictionary(values.type)
    texts = values.dictionary if coded else values
    long = pc.fill_null(pc.greater(pc.binary_length(texts), longest), False)
    if not pc.any(long).as_py():
        return values, np.zeros(len(values), dtype=bool)
    cut = pc.if_else(long, pa.scalar("", texts.type), texts)
    if not coded:
        return cut, long.to_numpy(zero_copy_only=False)
    where = pc.fill_null(pc.take(long, values.indices), False)
    return pa.DictionaryArray.from_arrays(values.indices, cut), where.to_numpy(zero_copy_only=False)


def _unpacked_bytes(values: Any) -> int:
    """Return how many bytes the cells have when each stands for itself."""
    import pyarrow as pa
    import pyarrow.compute as pc

    least = CELL_BYTES * len(values)
    if not _is_text(_plain(values.type)):
        return max(least, int(values.nbytes))
    coded = pa.types.is_dictionary(values.type)
    lengths = pc.cast(pc.binary_length(values.dictionary if coded else values), pa.int64())
    total = pc.sum(pc.take(lengths, values.indices) if coded else lengths).as_py()
    return least + int(total or 0)


def _faults(long: list[dict[str, Any]], names: list[str], *, table: str, limits: Limits) -> tuple[Fault, ...]:
    text = f"the cell is longer than {limits.max_cell_characters:,} characters"
    found = []
    for name in names:
        rows = np.flatnonzero(np.concatenate([batch[name] for batch in long] or [np.empty(0, dtype=bool)]))
        if len(rows):
            found.append(Fault(table, "cell_too_long", text, rows, name))
    return tuple(found)


def _plain(kind: Any) -> Any:
    import pyarrow as pa

    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_read(kind: Any) -> bool:
    import pyarrow as pa

    tests = (pa.types.is_primitive, pa.types.is_boolean, pa.types.is_decimal, pa.types.is_null, _is_text)
    return any(test(kind) for test in tests)
