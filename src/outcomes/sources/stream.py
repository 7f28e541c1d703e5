"""The files of a table as text, a bounded number of rows at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from outcomes.errors import SourceError
from outcomes.sources.conventions import TableSource
from outcomes.sources.files import PARQUET, FileFacts, file_below, read_files
from outcomes.sources.limits import Limits
from outcomes.sources.parquet_file import stream_parquet
from outcomes.sources.raw import RawTable

__all__ = ["stream_file"]

#: Bytes that are hashed at a time.
BLOCK = 1 << 20


def stream_file(
    table: str, name: str, source: TableSource, folder: Path, *, limits: Limits, rows: int
) -> Iterator[tuple[RawTable, FileFacts | None]]:
    """Give one file's rows as text, in their order, and with the last of them what the provenance says.

    A Parquet file is read about `rows` rows at a time. A text file, and one whose rows study.toml turns, is
    read whole: ``max_file_mb`` of [limits] bounds it, and a large table is given as several files.

    Parameters
    ----------
    table, name : str
        Names of the table and of the file.
    source : TableSource
        How the file is written.
    folder : Path
        Where study.toml is.
    limits : Limits
        How much a file may be; a streamed one may have any number of rows.
    rows : int
        About this many rows at a time.

    Raises
    ------
    SourceError
        As `read_files`.
    """
    if source.per_file:
        raise SourceError(
            f"{name}: files that are written differently (per_file) are not read in partitions",
            hint="put files written in different ways into separate studies, or write them all the same way",
        )
    if Path(name).suffix.lower() not in PARQUET or source.shaped:
        raw, facts = read_files(table, source.model_copy(update={"file": (name,)}), folder, limits=limits)
        yield raw, facts[0]
        return
    path, count = file_below(name, folder, table), 0
    for raw in stream_parquet(path, table=table, file=name, limits=limits, rows=rows):
        count += len(raw.frame)
        yield raw, None
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    yield raw.rows_at([]), FileFacts(table, name, digest, path.stat().st_size, count)
