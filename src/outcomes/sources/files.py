"""Files below the study's folder: found, bounded, hashed and read as text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from outcomes.errors import SourceError, suggest
from outcomes.sources.conventions import TableSource
from outcomes.sources.csv_file import read_csv
from outcomes.sources.doors.database import SQLITE, read_database, read_sqlite
from outcomes.sources.doors.dataset_json import DATASET_JSON, read_dataset_json
from outcomes.sources.doors.excel import WORKBOOKS, first_lines, read_excel
from outcomes.sources.doors.redcap_api import read_redcap
from outcomes.sources.doors.statistics_files import STATISTICS, read_statistics_file
from outcomes.sources.limits import Limits
from outcomes.sources.packed import PACKED, unpack
from outcomes.sources.parquet_file import read_parquet
from outcomes.sources.raw import RawTable, concat_raw
from outcomes.sources.shaping.shape import shape
from outcomes.sources.sizes import MB

__all__ = ["PARQUET", "FileFacts", "file_below", "read_files"]

#: How other kinds of file begin, and what they are.
OTHER_KINDS = {
    b"PK\x03\x04": "a workbook or another zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook, or one that is protected by a password",
    b"\x1f\x8b": "a gzip archive",
    b"%PDF": "a PDF",
    b"PAR1": "Parquet",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"SQLite format 3": "a database",
}
#: What to do with a table that is in another kind of file.
EXPORT = (
    "give the file the extension of what it is (a workbook: .xlsx), or save the table as CSV, and name "
    "that in study.toml"
)

#: Ending of a file -> what reads it.
READERS: dict[str, Callable[..., RawTable]] = {
    **dict.fromkeys(WORKBOOKS, read_excel),
    **dict.fromkeys(SQLITE, read_sqlite),
    **dict.fromkeys(STATISTICS, read_statistics_file),
    **dict.fromkeys(DATASET_JSON, read_dataset_json),
}
TEXT = (".csv", ".tsv", ".txt")
PARQUET = (".parquet", ".pq")


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the provenance says of a file: table, name, SHA-256, bytes, data rows, physical lines, shaping."""

    table: str
    file: str
    sha256: str
    bytes: int
    rows: int
    lines: int | None = None
    shaped: tuple[str, ...] = ()


def read_files(
    table: str, source: TableSource, folder: Path, *, limits: Limits | None = None
) -> tuple[RawTable, list[FileFacts]]:
    """Read all files of a table as text.

    Parameters
    ----------
    table : str
        Name of the table.
    source : TableSource
        Which files, and how they are written.
    folder : Path
        Where study.toml is; nothing outside it is read.
    limits : Limits, optional
        How much a file may be; by default the usual limits.

    Raises
    ------
    SourceError
        For a file that is missing, outside the folder, too large, or of an unknown kind.
    """
    limits = limits or Limits()
    parts, facts = [], []
    if not source.file:
        return _served(table, source, limits)
    for name in source.files:
        content = _content(name, folder, table, limits)
        lines, rows, told = None, 0, dict[str, None]()
        for one, label in _sheets(content, source, name):
            raw = _read(content, table=table, name=name, source=one, limits=limits)
            raw = raw if label == name else replace(raw, origin=raw.origin.assign(file=label))
            shaped, said = shape(raw, one, table=table, file=label)
            parts.append(shaped)
            lines = raw.lines.total if raw.lines else None
            rows, told = rows + len(raw.frame), told | dict.fromkeys(said)
        digest = hashlib.sha256(content).hexdigest()
        facts.append(FileFacts(table, name, digest, len(content), rows, lines, tuple(told)))
    return concat_raw(parts), facts


def _sheets(content: bytes, source: TableSource, name: str) -> list[tuple[TableSource, str]]:
    """Return the source once, or once for each of the sheets that it names, with what each is called."""
    one = isinstance(source.sheet, str) and source.sheet != "*"
    if one or Path(name).suffix.lower() not in WORKBOOKS:
        return [(source, name)]
    sheets = list(first_lines(content, file=name, lines=1)) if source.sheet == "*" else source.sheet
    return [(source.model_copy(update={"sheet": one}), f"{name}, sheet {one}") for one in sheets]


def _served(table: str, source: TableSource, limits: Limits) -> tuple[RawTable, list[FileFacts]]:
    name = source.files[0]
    read = read_database if source.redcap_api is None else read_redcap
    raw, digest = read(source, table=table, limits=limits)
    shaped, said = shape(raw, source, table=table, file=name)
    size = int(raw.frame.memory_usage(deep=True, index=False).sum())
    return shaped, [FileFacts(table, name, digest, size, len(raw.frame), None, said)]


def _read(content: bytes, *, table: str, name: str, source: TableSource, limits: Limits) -> RawTable:
    suffix = Path(name).suffix.lower()
    if suffix in PACKED:
        content, inner = unpack(content, file=name, limits=limits)
        suffix = Path(inner).suffix.lower()
    if suffix in PARQUET:
        return read_parquet(content, table=table, file=name, limits=limits)
    reader = READERS.get(suffix)
    if reader is not None:
        return reader(content, table=table, file=name, source=source, limits=limits)
    if suffix in TEXT:
        _refuse_other_kinds(content, name)
        if suffix == ".tsv" and source.delimiter == ",":
            source = source.model_copy(update={"delimiter": "\t"})
        return read_csv(content, table=table, file=name, source=source, limits=limits)
    raise SourceError(
        f"{name}: this kind of file cannot be read",
        allowed=", ".join((*TEXT, *PARQUET, *READERS, *PACKED)),
        hint=EXPORT,
    )


def _refuse_other_kinds(content: bytes, name: str) -> None:
    kind = next((what for begin, what in OTHER_KINDS.items() if content.startswith(begin)), None)
    if kind is not None:
        raise SourceError(f"{name}: the file's extension says text, but its content is {kind}", hint=EXPORT)


def _content(name: str, folder: Path, table: str, limits: Limits) -> bytes:
    path = file_below(name, folder, table)
    try:
        limits.refuse_more("max_file_mb", path.stat().st_size, file=name)
        with path.open("rb") as file:
            content = _read_up_to(file, limits.max_file_mb * MB + 1)  # it may grow while it is read
        limits.refuse_more("max_file_mb", len(content), file=name)
        return content
    except OSError as error:
        raise _unreadable(name, error) from None


def _read_up_to(file: BinaryIO, most: int) -> bytes:
    """Return at most so many bytes of a file; one read of `most` bytes would take that memory first."""
    parts: list[bytes] = []
    while most > 0 and (part := file.read(min(most, 64 * MB))):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def file_below(name: str, folder: Path, table: str) -> Path:
    """Return the path of a table's file, which lies in the study's folder or below.

    Raises
    ------
    SourceError
        When it does not, or is not there.
    """
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise SourceError(
                f"{name}: the file of table {table} is outside the study's folder",
                hint="put the file beside or below study.toml",
            )
        if not path.is_file():
            raise _not_there(name, path, table)
        _refuse_open_journal(path, name)
    except (OSError, RuntimeError) as error:  # RuntimeError: a link that leads to itself
        raise _unreadable(name, error) from None
    return path


def _unreadable(name: str, error: Exception) -> SourceError:
    what = getattr(error, "strerror", None) or "a broken link"
    hint = "check the name, and who may read the file"
    return SourceError(f"{name}: the file cannot be read", got=what, hint=hint)


def _refuse_open_journal(path: Path, name: str) -> None:
    """Refuse a database of which the newest rows stand in a file beside it."""
    journal = path.with_name(f"{path.name}-wal")
    if path.suffix.lower() in SQLITE and journal.is_file() and journal.stat().st_size:
        raise SourceError(
            f"{name}: the database is in use: its newest rows are not in the file yet",
            got=journal.name,
            hint="close the program that writes it, or pass on a copy that it made",
        )


def _not_there(name: str, path: Path, table: str) -> SourceError:
    there = sorted(item.name for item in path.parent.iterdir()) if path.parent.is_dir() else []
    where = f"tables.{table}.file in study.toml names it, beside study.toml or below"
    return SourceError(
        f"{name}: the file of table {table} was not found", hint=suggest(path.name, there) or where
    )
