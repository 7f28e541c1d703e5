"""How a text file is written: its encoding, delimiter and the lines above its header."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter

from outcomes.config.proposal.lines import Line
from outcomes.config.proposal.vocabulary import column_names, unit_in_name
from outcomes.errors import SourceError
from outcomes.schema.tables import TABLES

__all__ = ["dialect", "known_names"]

SIGNS = (",", ";", "\t", "|")
#: Lines that are looked at; a header stands among them.
LOOKED_AT = 400
VALUE = re.compile(r"[+-]?\d+([.,]\d+)?|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}.*|\d{1,2}:\d{2}.*")


def dialect(content: bytes, *, file: str) -> list[Line]:
    """Return the keys of study.toml by which a text file is cut into rows.

    Parameters
    ----------
    content : bytes
        The whole file.
    file : str
        Its name, for messages and for what its ending says.

    Raises
    ------
    SourceError
        When no line can be a header: the file's columns have no names.
    """
    encoding, text = _decoded(content)
    lines = [Line("encoding", encoding, "the bytes of the file")] if encoding != "utf-8" else []
    top = io.StringIO("".join(text.splitlines(keepends=True)[:LOOKED_AT])).getvalue()
    sign, width = _delimiter(top)
    usual = "\t" if file.lower().removesuffix(".gz").endswith(".tsv") else ","
    if sign != usual:
        said = "a tab" if sign == "\t" else f"{sign!r}"
        lines.append(Line("delimiter", sign, f"{said} separates {width} fields on most lines"))
    above = _lines_above(top, sign, width, file=file)
    if above:
        lines.append(Line("skip_lines", above, "lines above the header are not part of the table"))
    return lines


def known_names(cells: list[str]) -> int:
    """Return how many of the texts are names of columns that are known."""
    known = {
        name for table in (*TABLES, "attacks") for names in column_names(table).values() for name in names
    }
    columns = {column for table in (*TABLES, "attacks") for column in column_names(table)}
    return sum(bool({unit_in_name(cell)[0], cell.strip().casefold()} & (known | columns)) for cell in cells)


def _decoded(content: bytes) -> tuple[str, str]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", content.decode("utf-16", errors="replace")
    for encoding in ("utf-8", "cp1252"):
        try:
            return encoding, content.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
    return "latin-1", content.decode("latin-1")


def _delimiter(text: str) -> tuple[str, int]:
    """Return the sign that parts most lines into the same number of fields, and that number."""
    found = []
    for sign in SIGNS:
        widths = Counter(len(row) for row in _rows(text, sign) if row)
        width, lines = max(
            widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]), default=(1, 0)
        )
        found.append((lines * (width > 1), width, sign))
    _, width, sign = max(found, key=lambda one: one[:2])
    return (sign, width) if width > 1 else (",", 1)


def _lines_above(text: str, sign: str, width: int, *, file: str) -> int:
    """Return how many physical lines stand above the header."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    rows, begin, blank = [], 0, True
    try:
        for row in reader:
            if row:
                rows.append((begin, row, blank))
            blank = blank and not row
            begin = reader.line_num
    except csv.Error:
        pass
    fitting = [one for one in rows if len(one[1]) == width]
    header = next((one for one in fitting if known_names(one[1]) >= min(2, width)), None)
    if header is None:
        header = next(
            (one for one in fitting if not any(VALUE.fullmatch(cell.strip()) for cell in one[1])), None
        )
    if header is None:  # a calendar: the names of most columns are dates
        header = next((one for one in fitting[:1] if known_names(one[1][:1])), None)
    if header is None or (fitting and header[0] > fitting[0][0] and not known_names(header[1])):
        raise SourceError(
            f"{file}: no line is a header: the names of the columns are not in the file",
            hint='name them in order below the file in study.toml: header = ["patient_id", ...]',
        )
    return 0 if header[2] else header[0]


def _rows(text: str, sign: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=sign))
    except csv.Error:
        return []
