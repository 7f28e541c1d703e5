"""The header of a text file: its names, or what stands in its place and the line of study.toml that reads it.

A first line that is no header is a patient's row: no word of it is ever said.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from outcomes.errors import SourceError, plural
from outcomes.schema.contract import specs
from outcomes.sources.conventions import TableSource
from outcomes.sources.limits import Limits

__all__ = ["known_names", "read_header", "refuse_names", "refuse_title", "say_columns", "surely_header"]

#: Lines among which a header is looked for when the first one is none, and bytes that they may have.
LOOKED_AT = 60
LONGEST = 1_000_000
#: Places of columns that a message tells.
MOST_PLACES = 8


def read_header(
    data: bytes, *, table: str, file: str, source: TableSource, limits: Limits, above: int = 0
) -> tuple[list[str], int]:
    """Return the names of the columns, and the place where the rows begin.

    Parameters
    ----------
    data : bytes
        UTF-8 text with line feeds only; the header line, or an empty one, first.
    table, file : str
        Names for messages.
    source : TableSource
        How the file is written.
    limits : Limits
        How many columns it may have.
    above : int
        Lines that were cut off above.

    Raises
    ------
    SourceError
        For a header with a name twice or none, for a title in its place, for a quote that does not close.
    """
    begin = len(data) - len(data.lstrip(b"\n"))
    if source.header:
        return list(source.header), 0
    names, length = _first_line(data, begin, file=file, source=source)
    limits.refuse_more("max_columns", len(names), file=file)
    if not set(names) & known_names(table, source):
        lines = data[:LONGEST].split(b"\n")[:LOOKED_AT]
        cut = [line.decode("utf-8", errors="ignore").split(source.delimiter) for line in lines]
        whole = cut[:-1] if len(cut) == LOOKED_AT else cut
        refuse_title(whole, table=table, file=file, source=source, above=above)
    refuse_names(names, table=table, file=file, source=source)
    return names, begin + length


def _first_line(data: bytes, begin: int, *, file: str, source: TableSource) -> tuple[list[str], int]:
    end = data.find(b"\n", begin, begin + LONGEST)
    text = data[begin : begin + LONGEST if end < 0 else end].decode("utf-8", errors="ignore")
    whole = data[begin : begin + LONGEST].decode("utf-8", errors="ignore") if source.quote in text else text
    lines = io.StringIO(whole, newline="\n")
    try:
        reader = csv.reader(lines, delimiter=source.delimiter, quotechar=source.quote)
        # a tab stays: it tells that the delimiter is one
        names = [re.sub(r"[^\S\t]+", " ", name).strip() for name in next(reader)]
    except (csv.Error, StopIteration):
        raise SourceError(
            f"{file}: the header line cannot be read", hint="check delimiter and quotes"
        ) from None
    if reader.line_num == 1:
        return names, len(text.encode()) + 1
    further = data[begin : begin + LONGEST].split(b"\n")[1 : reader.line_num]
    if sum(line.count(source.delimiter.encode()) for line in further[:-1]) or len(names) > LOOKED_AT:
        raise SourceError(
            f"{file}: a quote opens in the header line and does not close on it",
            hint="remove the quote, or close it",
        )
    return names, sum(len(line) + 1 for line in further) + len(text.encode()) + 1


def refuse_names(names: list[str], *, table: str, file: str, source: TableSource) -> None:
    """Refuse a header that has a name twice, or a column without one.

    Raises
    ------
    SourceError
        With the places of the columns.
    """
    double = [place for place, name in enumerate(names, start=1) if name and names.count(name) > 1]
    if double:  # the first line of a file without header is a patient's row: no word of it is said
        ours = sorted({names[place - 1] for place in double} & known_names(table, source))
        raise SourceError(
            f"{file}: a column name appears twice in the header",
            got=", ".join([f"columns {', '.join(map(str, double[:MOST_PLACES]))}", *ours]),
            hint="rename one"
            if ours
            else "if the first line is a row, name the columns in order below the file in study.toml: "
            'header = ["patient_id", ...]',
        )
    if "" in names:
        position = names.index("") + 1
        raise SourceError(f"{file}: column {position} of the header has no name", hint="name it or remove it")


def refuse_title(lines: list[list[str]], *, table: str, file: str, source: TableSource, above: int) -> None:
    """Refuse a first line without any name that is known when the header stands further down.

    Raises
    ------
    SourceError
        With the line that seems to be the header.
    """
    known = known_names(table, source)
    for number, cells in enumerate(lines):
        found = {cell.strip().strip(source.quote).strip() for cell in cells} & known
        if len(found) >= 2 or (found and len(cells) == 1):
            raise SourceError(
                f"{file}: the header seems to be line {above + number + 1}: there is a title above it",
                hint=f"write skip_lines = {above + number} below the file in study.toml",
            )


def known_names(table: str, source: TableSource) -> set[str]:
    """Return the names that a header of this table may have: the contract's and those of study.toml."""
    return {*specs(table), *source.columns.values(), *source.where, *source.turned}


def surely_header(names: Iterable[str], table: str, source: TableSource) -> bool:
    """Return whether names are those of a header: half of them, or two, are known, and none is a value."""
    names = list(names)
    ours = known_names(table, source)
    known = len({name for name in names if name in ours or name.casefold() in ours})
    return bool(source.header) or known >= min(2, (len(names) + 1) // 2) > 0


def say_columns(names: Iterable[str], table: str, source: TableSource) -> str:
    """Name the source's columns, but only when the first line is surely a header and not a patient's row."""
    names = list(names)
    if surely_header(names, table, source):
        return f"columns {', '.join(say_name(name, place) for place, name in enumerate(names, start=1))}"
    return f"a first line of {plural(len(names), 'field')}, none of them a known column: is it a header?"


def say_name(name: str, place: int) -> str:
    """Return a column's name; one that looks like a value of the data is named by its place."""
    return f"column {place}" if re.search(r"\d{3}|\d[./-]\d", name) or len(name) > 60 else name
