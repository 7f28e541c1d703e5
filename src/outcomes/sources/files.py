"""Files below the study's folder: found, bounded, hashed and read as text."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from outcomes.errors import SourceError, suggest
from outcomes.sources.conventions import TableSource
from outcomes.sources.csv_file import read_csv
from outcomes.sources.parquet_file import read_parquet
from outcomes.sources.raw import RawTable, concat_raw

__all__ = ["MAX_BYTES", "FileFacts", "read_files"]

#: A file may have this many bytes.
MAX_BYTES = 4 * 2**30

TEXT = (".csv", ".tsv", ".txt")
PARQUET = (".parquet", ".pq")


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the provenance says of a file: its table, name, SHA-256, bytes and data rows."""

    table: str
    file: str
    sha256: str
    bytes: int
    rows: int


def read_files(table: str, source: TableSource, folder: Path) -> tuple[RawTable, list[FileFacts]]:
    """Read all files of a table as text.

    Parameters
    ----------
    table : str
        Name of the table.
    source : TableSource
        Which files, and how they are written.
    folder : Path
        Where study.toml is; nothing outside it is read.

    Raises
    ------
    SourceError
        For a file that is missing, outside the folder, too large, or of an unknown kind.
    """
    parts, facts = [], []
    for name in source.files:
        content = _content(name, folder, table)
        raw = _read(content, table=table, name=name, source=source)
        parts.append(raw)
        digest = hashlib.sha256(content).hexdigest()
        facts.append(FileFacts(table, name, digest, len(content), len(raw.frame)))
    return concat_raw(parts), facts


def _read(content: bytes, *, table: str, name: str, source: TableSource) -> RawTable:
    suffix = Path(name).suffix.lower()
    if suffix in PARQUET:
        return read_parquet(content, file=name)
    if suffix in TEXT:
        delimiter = "\t" if suffix == ".tsv" and source.delimiter == "," else source.delimiter
        return read_csv(content, table=table, file=name, delimiter=delimiter, encoding=source.encoding)
    raise SourceError(f"{name}: this kind of file is not read", allowed=", ".join(TEXT + PARQUET))


def _content(name: str, folder: Path, table: str) -> bytes:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise SourceError(
            f"{name}: the file of table {table} is outside the study's folder",
            hint="put the file beside or below study.toml",
        )
    if not path.is_file():
        there = sorted(item.name for item in path.parent.iterdir()) if path.parent.is_dir() else []
        raise SourceError(f"{name}: the file of table {table} is not there", hint=suggest(path.name, there))
    if path.stat().st_size > MAX_BYTES:
        raise SourceError(f"{name}: the file is too large", allowed=f"{MAX_BYTES:,} bytes")
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceError(
            f"{name}: the file cannot be read", got=error.strerror or type(error).__name__
        ) from None
