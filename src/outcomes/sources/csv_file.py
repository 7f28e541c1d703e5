"""CSV to text: every cell a string, every line accounted for, nothing guessed."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from outcomes.errors import SourceError
from outcomes.schema.contract import specs
from outcomes.schema.findings import LINE, Fault
from outcomes.sources.limits import Limits
from outcomes.sources.raw import RawTable

__all__ = ["read_csv"]

#: Encodings in which a byte of value zero is a part of a letter.
WIDE = re.compile("utf[-_]?(16|32)", re.IGNORECASE)


def read_csv(
    content: bytes,
    *,
    table: str,
    file: str,
    delimiter: str = ",",
    encoding: str = "utf-8",
    limits: Limits | None = None,
) -> RawTable:
    """Read a delimited text file.

    Parameters
    ----------
    content : bytes
        The whole file.
    table, file : str
        Names for messages.
    delimiter, encoding : str
        As declared.
    limits : Limits, optional
        How much it may hold; by default the usual limits.

    Raises
    ------
    SourceError
        For an empty file, a wrong encoding, a header with a name twice or none, an open quote, or more
        than the limits allow.
    """
    limits = limits or Limits()
    data = _to_utf8(content, file=file, encoding=encoding, delimiter=delimiter)
    lines = data.count(b"\n") or data.count(b"\r")
    limits.refuse_more("max_rows", lines - 1, file=file)
    names = _header(data, table=table, file=file, delimiter=delimiter, limits=limits)
    frame, broken = _cut(data, names, file=file, delimiter=delimiter)
    if data.count(b'"') % 2:
        raise SourceError(
            f"{file}: a quote is opened and never closed",
            got=f"it opens in data row {len(frame)} or before",
            hint='write a quote inside a quoted field twice: ""',
        )
    read = _assemble(frame, broken, table=table, file=file, longest=limits.max_cell_characters)
    if lines + (not data.endswith((b"\n", b"\r"))) <= len(read.frame) + 1:  # each row has one line
        return read
    return replace(read, faults=(*read.faults, *_swallowed(read.frame[names], table, delimiter=delimiter)))


def _to_utf8(content: bytes, *, file: str, encoding: str, delimiter: str) -> bytes:
    if not content.strip():
        raise SourceError(f"{file}: the file is empty", allowed="a header line and rows")
    if b"\x00" in content[:4096] and not WIDE.match(encoding):
        raise SourceError(
            f"{file}: this is not a text file in {encoding}",
            got="bytes of value zero",
            hint='if it is text, it may be UTF-16: declare encoding = "utf-16"',
        )
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start)
        begin = content.rfind(b"\n", 0, error.start) + 1
        field = content.count(delimiter.encode(), begin, error.start) + 1
        where = f"line {line + 1}, field {field}" if line else f"the header, field {field},"
        raise SourceError(
            f"{file}: {where} is not {encoding}",
            got=f"byte {error.start - begin + 1} of the line is 0x{content[error.start]:02X}",
            hint='declare the encoding in study.toml, for instance encoding = "cp1252"',
        ) from None
    return text.removeprefix("\ufeff").encode("utf-8")


def _header(data: bytes, *, table: str, file: str, delimiter: str, limits: Limits) -> list[str]:
    first = io.StringIO(data.lstrip(b"\r\n")[:1_000_000].decode("utf-8", errors="ignore"), newline="")
    try:
        names = [name.strip() for name in next(csv.reader(first, delimiter=delimiter))]
    except (csv.Error, StopIteration):
        raise SourceError(
            f"{file}: the header line cannot be read", hint="check delimiter and quotes"
        ) from None
    limits.refuse_more("max_columns", len(names), file=file)
    double = [place for place, name in enumerate(names, start=1) if name and names.count(name) > 1]
    if double:  # the first line of a file without header is a patient's row: no word of it is said
        ours = sorted({names[place - 1] for place in double} & set(specs(table)))
        raise SourceError(
            f"{file}: a column name stands twice in the header",
            got=", ".join([f"columns {', '.join(map(str, double))}", *ours]),
            hint="rename one; or is the first line no header?",
        )
    if "" in names:
        position = names.index("") + 1
        raise SourceError(f"{file}: column {position} of the header has no name", hint="name it or remove it")
    return names


def _cut(
    data: bytes, names: list[str], *, file: str, delimiter: str
) -> tuple[pd.DataFrame, list[tuple[int, str]]]:
    """Return the rows with the right number of fields, and number and text of the others."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    broken: list[tuple[int, str]] = []

    def keep(row: Any) -> str:
        broken.append((row.number - 1, row.text))
        return "skip"

    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            # one thread and one block: then rows are numbered, and a cell may be as long as the file
            read_options=arrow_csv.ReadOptions(
                use_threads=False, column_names=names, block_size=min(len(data) + 1024, 2**31 - 1)
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=keep
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        raise SourceError(
            f"{file}: the file cannot be cut into rows", hint="check delimiter and quotes"
        ) from None
    return table.slice(1).to_pandas(), broken


def _assemble(
    frame: pd.DataFrame, broken: list[tuple[int, str]], *, table: str, file: str, longest: int
) -> RawTable:
    """Put the broken lines back where they stood, and refuse cells that are too long."""
    total = len(frame) + len(broken)
    whole, faults = frame, []
    if broken:
        number = np.setdiff1d(np.arange(1, total + 1), [row for row, _ in broken])
        whole = frame.set_axis(number, axis=0).reindex(range(1, total + 1), fill_value="")
        whole = whole.reset_index(drop=True)
        rows = np.array([row - 1 for row, _ in broken], dtype=np.intp)
        line = pd.Series("", index=whole.index, dtype="str")
        line.iloc[rows] = [text[:longest] for _, text in broken]
        whole[LINE] = line
        text = f"the line does not have the header's {frame.shape[1]} fields"
        hint = "check the delimiter, and quote texts that hold it"
        faults.append(Fault(table, "wrong_number_of_fields", text, rows, LINE, hint=hint))
    for name in frame.columns:
        rows = np.flatnonzero(whole[name].str.len().to_numpy() > longest)
        if len(rows):
            whole[name] = whole[name].mask(whole[name].str.len() > longest, "")
            text = f"the cell is longer than {longest:,} characters"
            faults.append(Fault(table, "cell_too_long", text, rows, str(name), hint="is a quote left open?"))
    origin = pd.DataFrame(
        {
            "file": pd.Series([file] * total, dtype="str"),
            "row": pd.array(np.arange(1, total + 1), dtype="Int64"),
        }
    )
    return RawTable(whole.astype("str"), origin, faults=tuple(faults))


def _swallowed(frame: pd.DataFrame, table: str, *, delimiter: str) -> list[Fault]:
    """Return the cells that hold whole rows, as one does whose quote is closed by that of a later row.

    From a column of one row to the same column k rows later there are k line breaks and k times as many
    delimiters as there are in a row.
    """
    text = "the cell holds line breaks and as many delimiters as whole rows have"
    hint = "is a quote left open? rows that were meant to follow are in this cell"
    faults = []
    for name in frame.columns:
        several = frame[name][frame[name].str.contains("[\r\n]", regex=True)]
        breaks = several.str.count("\r\n|[\r\n]")
        whole = several.str.count(re.escape(delimiter)) == breaks * (frame.shape[1] - 1)
        rows = several.index[whole & (frame.shape[1] > 1)].to_numpy(dtype=np.intp)
        if len(rows):
            faults.append(Fault(table, "rows_in_cell", text, rows, str(name), hint=hint))
    return faults
