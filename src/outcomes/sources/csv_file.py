"""CSV to text: every cell a string, every physical line accounted for, nothing guessed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from outcomes.sources.assemble import Cut, assemble
from outcomes.sources.conventions import TableSource
from outcomes.sources.cut import cut_rows, has_empty_rows
from outcomes.sources.footer import refuse_rows_below
from outcomes.sources.header import read_header
from outcomes.sources.limits import Limits
from outcomes.sources.lines import LineCount, count_lines, cut_ends, one_line_end
from outcomes.sources.mend import filled_lines, mend, without_spaces
from outcomes.sources.raw import RawTable, origin_of
from outcomes.sources.to_utf8 import to_utf8

__all__ = ["read_csv"]


def read_csv(
    content: bytes, *, table: str, file: str, source: TableSource | None = None, limits: Limits | None = None
) -> RawTable:
    """Read a delimited text file.

    Parameters
    ----------
    content : bytes
        The whole file.
    table, file : str
        Names for messages.
    source : TableSource, optional
        How the file is written; by default the usual conventions.
    limits : Limits, optional
        How much it may hold; by default the usual limits.

    Raises
    ------
    SourceError
        For an empty file, a wrong encoding, a header that is none, or more than the limits allow.
    """
    source, limits = source or TableSource(file=file), limits or Limits()
    data = one_line_end(to_utf8(content, file=file, encoding=source.encoding, delimiter=source.delimiter))
    physical = count_lines(data)
    limits.refuse_more("max_rows", physical - 1, file=file)
    top = cut_ends(data, source, file=file)
    names, begin = read_header(
        top.data, table=table, file=file, source=source, limits=limits, above=top.skipped
    )
    refuse_rows_below(_cut(top.below, source), names, table=table, file=file, source=source)
    head = top.data[:begin].lstrip(b"\n")
    signs = {"delimiter": source.delimiter, "quote": source.quote}
    mended = mend(top.data, begin=begin, fields=len(names), **signs)
    del data
    top = replace(top, data=b"")  # the file may be large
    read, broken = cut_rows(mended.data, names, file=file, source=source)
    if has_empty_rows(read) or any(line.is_empty(source) for line in broken):
        mended = replace(mended, data=without_spaces(mended, **signs))
        read, broken = cut_rows(mended.data, names, file=file, source=source)
    rows = len(next(iter(read.values()))) + len(broken)
    count = LineCount(
        skipped=top.skipped,
        header=head.count(b"\n"),
        rows=rows,
        continued=mended.continued,
        blank=begin - len(head) + mended.lines - rows + top.footer_blank,
        footer=top.footer,
    )
    if count.total != physical:
        raise AssertionError(f"lines of {file} were lost: {count} are not {physical}")
    lines = filled_lines(mended.data) if mended.lines > rows else np.arange(rows)
    if len(lines) != rows:
        raise AssertionError(f"rows of {file} were lost: {rows} of {len(lines)}")
    places = np.searchsorted(lines, [line for line, _ in mended.patched]).tolist()
    patched = list(zip(places, (patch for _, patch in mended.patched), strict=True))
    cut = Cut(read, broken, patched, mended.line_break)
    frame, faults = assemble(cut, table=table, source=source, longest=limits.max_cell_characters)
    above = count.skipped + begin - len(head) + count.header
    return RawTable(frame, origin_of(file, rows, lines=lines + (above + 1)), faults=faults, lines=count)


def _cut(lines: bytes, source: TableSource) -> Iterator[list[str]]:
    text = io.StringIO(lines.decode("utf-8", errors="ignore"), newline="\n")
    return csv.reader(text, delimiter=source.delimiter, quotechar=source.quote)
