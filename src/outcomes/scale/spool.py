"""Rows of a source file, one chunk at a time, into one file per partition."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.scale.data_set import HIDDEN
from outcomes.scale.placing import Placing
from outcomes.schema.findings import LINE
from outcomes.sources.conventions import TableSource
from outcomes.sources.files import FileFacts
from outcomes.sources.limits import Limits
from outcomes.sources.raw import RawTable
from outcomes.sources.receive import AT_MIDNIGHT, DATE_ONLY, read_ids
from outcomes.sources.stream import stream_file

__all__ = ["ORIGIN", "Spooled", "Streamed", "close_parquet", "has_times", "spool_file", "typed_dates"]

#: Column of the spool -> where a row comes from.
ORIGIN = {"(file)": "file", "(row)": "row", "(line number)": "line"}
DONE = "done.json"
MIDNIGHT = re.compile(r"^(\d{4}-\d{2}-\d{2}[T ]00:00):00(\.0+)?$")


@dataclass(frozen=True, slots=True)
class Streamed:
    """Where a study's files are, how they are read, and how many rows at a time.

    ``times`` holds the columns, by table, that have times of day somewhere: a midnight among them is a time.
    """

    folder: Path
    limits: Limits
    timezone: str
    rows: int
    times: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def chunks(
        self, table: str, name: str, source: TableSource
    ) -> Iterator[tuple[RawTable, FileFacts | None]]:
        """Give one file's rows."""
        return stream_file(table, name, source, self.folder, limits=self.limits, rows=self.rows)


@dataclass(slots=True)
class Spooled:
    """What became of one source file.

    ``rows`` has one number per partition; ``faults`` one entry per fault and partition, rows counted there.
    """

    columns: list[str]
    typed: list[str]
    rows: list[int]
    source: dict[str, Any] = field(default_factory=dict)
    faults: list[dict[str, Any]] = field(default_factory=list)


def spool_file(
    table: str, name: str, source: TableSource, *, streamed: Streamed, placing: Placing, folder: Path
) -> Spooled:
    """Part the rows of one source file; nothing is done again for a file that is in the spool already.

    Parameters
    ----------
    table, name, source
        The table, its file, and how it is written.
    streamed : Streamed
        Where the file is.
    placing : Placing
        Which partition a row goes into.
    folder : Path
        Of this file's spool: one Parquet file a partition that has rows.

    Raises
    ------
    SourceError
        When the file cannot be read.
    OSError
        When the disk refuses; what was begun is not taken for finished.
    """
    if (folder / DONE).is_file():
        return Spooled(**json.loads((folder / DONE).read_text(encoding="utf-8")))
    begun = folder.with_name(f"{HIDDEN}{folder.name}")
    shutil.rmtree(begun, ignore_errors=True)
    begun.mkdir(parents=True)
    spool, told = _Spool(begun), None
    try:
        for raw, facts in streamed.chunks(table, name, source):
            told = facts or told
            spool.name(raw)
            if facts is not None and not len(raw.frame):
                continue
            ids = read_ids(table, raw, source, timezone=streamed.timezone)
            spool.append(_with_times(raw, streamed.times.get(table, frozenset())), placing.of(table, ids))
    finally:
        spool.close()
    found = spool.found(placing.partitions, told)
    (begun / DONE).write_text(json.dumps(asdict(found)), encoding="utf-8")
    begun.rename(folder)
    return found


class _Spool:
    """The open files of one source file's spool, one a partition."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.writers: dict[int, Any] = {}
        self.rows: dict[int, int] = {}
        self.faults: list[dict[str, Any]] = []
        self.columns: list[str] = []
        self.typed: list[str] = []

    def name(self, raw: RawTable) -> None:
        """Take the columns of the first chunk; a file may have a header and no rows."""
        self.columns = self.columns or [column for column in raw.frame.columns if column != LINE]
        self.typed = self.typed or sorted(raw.typed)

    def append(self, raw: RawTable, number: NDArray[np.int64]) -> None:
        """Write each row of a chunk behind those of its partition."""
        # sorted once and then cut: taken apart one by one, the rows of ever more partitions cost ever more
        order = np.argsort(number, kind="stable")
        parts, begin = np.unique(number[order], return_index=True)
        self.faults += self._faults(raw, number, np.argsort(order), dict(zip(parts, begin, strict=True)))
        rows = _as_arrow(replace(raw, faults=()).rows_at(order))
        for part, first, size in zip(parts.tolist(), begin, np.diff(np.r_[begin, len(order)]), strict=True):
            self._write(rows.slice(first, size), part)
            self.rows[part] = self.rows.get(part, 0) + int(size)

    def _faults(
        self, raw: RawTable, number: NDArray[np.int64], place: NDArray[np.intp], begin: Mapping[Any, Any]
    ) -> list[dict[str, Any]]:
        """Return the faults of each partition, with the places that their rows will have there."""
        found = []
        for fault in raw.faults:
            at = number[fault.rows]
            for part in np.unique(at):
                rows = place[fault.rows[at == part]] - begin[part] + self.rows.get(int(part), 0)
                found.append(asdict(fault) | {"rows": rows.tolist(), "part": int(part)})
        return sorted(found, key=lambda one: one["part"])

    def _write(self, rows: Any, part: int) -> None:
        import pyarrow.parquet as pq

        if part not in self.writers:
            path = self.folder / f"{part}.parquet"
            self.writers[part] = pq.ParquetWriter(path, rows.schema, compression="zstd")
        self.writers[part].write_table(rows)

    def close(self) -> None:
        """Close the files."""
        with ExitStack() as every:  # each is closed, also when the disk refuses the first
            for writer in self.writers.values():
                every.callback(close_parquet, writer)

    def found(self, partitions: int, told: FileFacts | None) -> Spooled:
        """Return what became of the file."""
        rows = [self.rows.get(part, 0) for part in range(partitions)]
        return Spooled(self.columns, self.typed, rows, asdict(told) if told else {}, self.faults)


def close_parquet(writer: Any) -> None:
    """Close a Parquet file; one that the disk refuses is not closed again when Python forgets it."""
    try:
        writer.close()
    finally:
        writer.is_open = False


def _as_arrow(raw: RawTable) -> Any:
    """Return rows as text with where they come from."""
    import pyarrow as pa

    frame = raw.frame.astype("str")
    frame = frame if LINE in frame else frame.assign(**{LINE: ""})
    frame = frame.assign(**{name: raw.origin[column] for name, column in ORIGIN.items()})
    kinds = {name: pa.int64() for name, column in ORIGIN.items() if column != "file"}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in frame])
    return pa.Table.from_pandas(frame, schema=schema, preserve_index=False)


def typed_dates(raw: RawTable, source: TableSource) -> list[str]:
    """Return the source's typed columns in which a date alone is an answer."""
    named = {source.columns.get(name, name) for name in DATE_ONLY}
    return [name for name in raw.frame.columns if name in named and name in raw.typed]


def has_times(texts: pd.Series) -> bool:
    """Return whether some time of a typed column is no midnight: else they are dates."""
    given = texts[texts != ""].astype("str")
    return not bool(given.str.fullmatch(AT_MIDNIGHT).all())


def _with_times(raw: RawTable, times: frozenset[str]) -> RawTable:
    """Write midnights without seconds: a partition in which all are such must not take them for dates."""
    if not times:
        return raw
    short = {name: raw.frame[name].astype("str").str.replace(MIDNIGHT, r"\1", regex=True) for name in times}
    return replace(raw, frame=raw.frame.assign(**short))
