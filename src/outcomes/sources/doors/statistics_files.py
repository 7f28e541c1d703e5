"""Files of SAS, SPSS and Stata: values or labels as declared, missing codes blank, dates as meant."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from outcomes.errors import SourceError
from outcomes.schema.findings import Fault
from outcomes.sources.conventions import TableSource
from outcomes.sources.doors.extras import load
from outcomes.sources.doors.streamed import StreamedColumn, raw_table
from outcomes.sources.limits import Limits
from outcomes.sources.raw import RawTable

__all__ = ["STATISTICS", "labels_of", "read_statistics_file"]

#: Ending of a file -> function of pyreadstat, and whose file it is.
STATISTICS = {
    ".xpt": ("read_xport", "a SAS transport file"),
    ".sas7bdat": ("read_sas7bdat", "a SAS data set"),
    ".sav": ("read_sav", "an SPSS file"),
    ".zsav": ("read_sav", "an SPSS file"),
    ".dta": ("read_dta", "a Stata file"),
}
#: Lines of a transport file (80 bytes each): a member begins, its rows begin.
MEMBER, ROWS = b"HEADER RECORD*******MEMB", b"HEADER RECORD*******OBS"
LINE = 80


def read_statistics_file(
    content: bytes, *, table: str, file: str, source: TableSource, limits: Limits
) -> RawTable:
    """Read a file of a statistics program.

    Parameters
    ----------
    content : bytes
        The whole file.
    table, file : str
        Names for messages; the file's ending says its kind.
    source : TableSource
        With `labels`: whether coded values are read by their labels.
    limits : Limits
        How much it may hold.

    Raises
    ------
    SourceError
        For a file that is damaged, not complete, of another kind, or holds several data sets.
    """
    function, what = STATISTICS[Path(file).suffix.lower()]
    pyreadstat: Any = load("pyreadstat", extra="statistics-files", reads=f"{file}: {what}")
    read = getattr(pyreadstat, function)
    failed = (
        pyreadstat.ReadstatError,
        pyreadstat.PyreadstatError,
        OverflowError,
        ValueError,
        OSError,
        MemoryError,
    )
    members = content.count(MEMBER) if function == "read_xport" else 0
    if members > 1:
        raise SourceError(
            f"{file}: the file holds {members} data sets", hint="export each of them as a separate file"
        )
    try:
        _, facts = read(io.BytesIO(content), metadataonly=True)
        _refuse_more(facts, file=file, limits=limits)
        by_label = {"apply_value_formats": source.labels, "formats_as_category": False}
        labels = by_label if function in ("read_sav", "read_dta") else {}  # SAS keeps labels in a catalogue
        frame, facts = read(io.BytesIO(content), **labels)
        coded = read(io.BytesIO(content), user_missing=True)[0] if function != "read_xport" else frame
    except failed:
        raise SourceError(
            f"{file}: this is not {what}, or it is damaged or incomplete",
            hint="export it again, and check that its extension fits its kind",
        ) from None
    if function == "read_xport":
        _refuse_transport(content, facts, file=file)
    if facts.number_rows not in (None, len(frame)):
        raise SourceError(
            f"{file}: the file is incomplete",
            got=f"{len(frame):,} of {facts.number_rows:,} rows",
            hint="export it again",
        )
    columns = {}
    for name in frame:
        columns[str(name)] = column = StreamedColumn()
        column.add(tuple(frame[name].astype("object")), name=file)
    raw = raw_table(columns, source, rows=len(frame), table=table, name=file, limits=limits)
    faults = tuple(_blank_codes(table, frame, coded))
    return RawTable(raw.frame, raw.origin, raw.typed, (*raw.faults, *faults))


def labels_of(content: bytes, *, file: str) -> tuple[dict[str, str], dict[str, set[str]]]:
    """Return what a file says of its columns: the label of each, and the labels of coded values.

    Parameters
    ----------
    content : bytes
        The whole file, which can be read.
    file : str
        Its name.
    """
    function, what = STATISTICS[Path(file).suffix.lower()]
    pyreadstat: Any = load("pyreadstat", extra="statistics-files", reads=f"{file}: {what}")
    _, facts = getattr(pyreadstat, function)(io.BytesIO(content), metadataonly=True)
    named = {str(name): str(label) for name, label in facts.column_names_to_labels.items() if label}
    coded = {str(name): set(map(str, of.values())) for name, of in facts.variable_value_labels.items()}
    return named, coded


def _refuse_more(facts: Any, *, file: str, limits: Limits) -> None:
    rows = facts.number_rows or 0
    limits.refuse_more("max_rows", rows, file=file)
    limits.refuse_more("max_columns", len(facts.column_names), file=file)
    limits.refuse_more("max_unpacked_mb", rows * sum(facts.variable_storage_width.values()), file=file)


def _refuse_transport(content: bytes, facts: Any, *, file: str) -> None:
    """Refuse a transport file of which rows would be lost without a word: it does not say how many it has."""
    begin = content.find(ROWS)
    begin = len(content) if begin < 0 else begin + LINE
    width = sum(facts.variable_storage_width.values())
    rest = content[begin + (len(content) - begin) // width * width :] if width else b""
    if len(content) % LINE or rest.strip(b" "):
        raise SourceError(
            f"{file}: the file is incomplete: it ends in the middle of a row", hint="export it again"
        )


def _blank_codes(table: str, frame: pd.DataFrame, coded: pd.DataFrame) -> Iterator[Fault]:
    """Say which cells hold a code that the file itself declares to be missing, as .A or 99."""
    for name in frame:
        rows = np.flatnonzero(frame[name].isna().to_numpy() & coded[name].notna().to_numpy())
        if len(rows):
            text = "the file declares the cell's code to be a missing value"
            hint = "nothing needs to be done; the code says why the answer is missing"
            yield Fault(table, "declared_missing", text, rows, str(name), "warning", hint)
