"""The physical lines of a text file: what stands above and below the rows, and the account of all lines."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from dataclasses import dataclass

import numpy as np

from outcomes.errors import SourceError
from outcomes.sources.conventions import DELIMITERS, TableSource

__all__ = ["LineCount", "Top", "count_lines", "cut_ends", "one_line_end"]

#: Bytes that are counted in one go.
PART = 1 << 20
#: The line by which Excel is told the delimiter; it is no part of CSV.
SEPARATOR_LINE = re.compile(rb'"?sep=(.?)"?[,;\t]*', re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class LineCount:
    """Where each physical line of a file went: their sum is the number of lines.

    Parameters
    ----------
    skipped, header, rows, continued, blank, footer : int
        Lines above the header, of the header, one a row (also the rejected ones), further lines of cells
        of several lines, empty ones, and lines below the rows.
    """

    skipped: int = 0
    header: int = 0
    rows: int = 0
    continued: int = 0
    blank: int = 0
    footer: int = 0

    @property
    def total(self) -> int:
        """The number of physical lines that are accounted for."""
        return self.skipped + self.header + self.rows + self.continued + self.blank + self.footer


@dataclass(frozen=True, slots=True)
class Top:
    """Rows of a file without what study.toml says stands above and below them.

    Parameters
    ----------
    data : bytes
        What is left, the header line first unless study.toml names the columns.
    skipped, footer, footer_blank : int
        Lines that were cut off above and below, and the empty ones among those below.
    below : bytes
        The lines that were cut off below.
    """

    data: bytes
    skipped: int
    footer: int
    footer_blank: int
    below: bytes = b""


def one_line_end(data: bytes) -> bytes:
    """Return the text with a line feed at each line's end, whatever stood there; also at the last one's.

    A byte order mark at the begin of a line, as files that were put together have it, is no part of a cell.
    """
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if BOM_UTF8[:1] in data and BOM_UTF8 in data:  # one byte is found ten times as fast as three
        data = re.sub(b"(^|\n)(" + BOM_UTF8 + b")+", rb"\1", data)
    return data if data.endswith(b"\n") else data + b"\n"


def count_lines(data: bytes, begin: int = 0) -> int:
    """Return the number of physical lines from a place on, of a text in which each ends with a line feed."""
    signs = np.frombuffer(data, dtype=np.uint8)  # `bytes.count` takes twice as long
    parts = (signs[place : place + PART] for place in range(begin, len(signs), PART))
    return sum(int(np.count_nonzero(part == ord("\n"))) for part in parts)


def cut_ends(data: bytes, source: TableSource, *, file: str) -> Top:
    """Cut off the lines that `skip_lines` and `footer` declare.

    Raises
    ------
    SourceError
        When nothing is left, or an undeclared `sep=` line stands first.
    """
    begin = 0
    for _ in range(source.skip_lines):
        end = data.find(b"\n", begin)
        if end < 0:
            raise _too_few(file, "skip_lines", source.skip_lines)
        begin = end + 1
    _refuse_separator_line(data, source, file=file)
    end, footer, blank = len(data), 0, 0
    while footer < source.footer:
        if end <= begin:
            raise _too_few(file, "footer", source.footer)
        start = data.rfind(b"\n", begin, end - 1) + 1 or begin
        footer, blank = (footer, blank + 1) if not data[start:end].strip() else (footer + 1, blank)
        end = start
    rows = data[begin:end] if begin or end < len(data) else data
    return Top(rows, source.skip_lines, footer, blank, data[end:])


def _too_few(file: str, key: str, lines: int) -> SourceError:
    return SourceError(
        f"{file}: the file has fewer lines than {key} says",
        got=f"{key} = {lines}",
        hint=f"correct {key} in study.toml, or look whether the file was cut",
    )


def _refuse_separator_line(data: bytes, source: TableSource, *, file: str) -> None:
    """Refuse a file of which the first line with anything in it, after the skipped ones, is `sep=...`."""
    lines = data[:100_000].split(b"\n")[: source.skip_lines + 20]
    number = next((n for n, line in enumerate(lines) if n >= source.skip_lines and line.strip()), None)
    found = None if number is None else SEPARATOR_LINE.fullmatch(lines[number].strip(b" \r"))
    if number is None or found is None:
        return
    sign = found[1].decode("utf-8", errors="replace") or source.delimiter
    told = {"\t": "\\t"}.get(sign, sign if sign in DELIMITERS else "")
    also = f' and delimiter = "{told}"' if told and sign != source.delimiter else ""
    raise SourceError(
        f"{file}: line {number + 1} is a sep= line, which tells Excel the delimiter; it is not a header",
        hint=f"write skip_lines = {number + 1}{also} below the file in study.toml",
    )
