"""Rows of a text file made plain: one physical line each, for a reader that knows nothing of slips."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from outcomes.sources.lines import count_lines
from outcomes.sources.quotes import Patch, RowShapes, patches, unplain_lines

__all__ = ["Mended", "filled_lines", "mend", "without_spaces"]

#: Lines that show how rows look.
EXAMPLES = 200
#: Signs of no alphabet, one of which stands for a line break within a cell.
PRIVATE = range(0xE000, 0xF8FF)


@dataclass(frozen=True, slots=True, eq=False)
class Mended:
    """Rows of one line each.

    Parameters
    ----------
    data : bytes or memoryview
        The lines; empty ones stay.
    lines : int
        How many there are.
    patched : list of (int, Patch)
        Line (from 0) and what stands there in the place of other lines.
    continued : int
        Further lines of cells of several lines.
    line_break : str
        The sign that stands for a line break within a cell.
    """

    data: bytes | memoryview
    lines: int
    patched: list[tuple[int, Patch]] = field(default_factory=list)
    continued: int = 0
    line_break: str = ""


def mend(data: bytes, *, begin: int = 0, fields: int, delimiter: str, quote: str) -> Mended:
    """Return the rows with each row on one line.

    Parameters
    ----------
    data : bytes
        UTF-8 text, with line feeds only.
    begin : int
        Where the rows begin.
    fields : int
        How many a row has.
    delimiter, quote : str
        One sign each.
    """
    if data.find(quote.encode(), begin) < 0:  # the file may be large: no copy
        return Mended(memoryview(data)[begin:], count_lines(data, begin))
    data = data[begin:]
    unplain = unplain_lines(data, delimiter=delimiter, quote=quote)
    found: list[Patch] = []
    line_break = ""
    if len(unplain):
        lines = data.decode("utf-8").split("\n")
        shapes = _shapes(lines, delimiter, quote, fields)
        found = list(patches(lines, unplain, delimiter=delimiter, quote=quote, shapes=shapes))
        line_break = next(chr(code) for code in PRIVATE if chr(code).encode() not in data)
        data = _replaced(lines, found, delimiter, quote, line_break).encode("utf-8")
    continued = np.cumsum([0, *(patch.last - patch.first for patch in found)])
    patched = [
        (patch.first - int(before), patch) for patch, before in zip(found, continued[:-1], strict=True)
    ]
    return Mended(data, count_lines(data), patched, int(continued[-1]), line_break)


def _shapes(lines: list[str], delimiter: str, quote: str, fields: int) -> RowShapes:
    shapes = RowShapes(delimiter, fields)
    for line in lines[:EXAMPLES]:
        cells = line.split(delimiter)
        if len(cells) == fields and quote not in line:
            shapes.learn(cells)
    return shapes


def _replaced(lines: list[str], found: list[Patch], delimiter: str, quote: str, line_break: str) -> str:
    parts, free = [], 0
    for patch in found:
        parts += lines[free : patch.first]
        parts.append(
            delimiter.join(
                quote + text.replace(quote, quote * 2).replace("\n", line_break) + quote
                for text in patch.fields
            )
        )
        free = patch.last + 1
    return "\n".join(parts + lines[free:])


def without_spaces(mended: Mended, *, delimiter: str, quote: str) -> bytes:
    """Empty the lines of spaces and empty cells alone: spreadsheets write rows so that were cleared.

    A line that was mended stays a row: something that could not be read stood in it.
    """
    signs = [re.escape(sign.encode()) for sign in (delimiter, quote * 2, "\u00a0", "\u0085")]
    emptied = re.sub(rb"(?m)^(?:[ \t\x0b\x0c]|" + b"|".join(signs) + rb")+$", b"", mended.data)
    if not mended.patched:
        return emptied
    before, after = bytes(mended.data).split(b"\n"), emptied.split(b"\n")
    for line, _ in mended.patched:
        after[line] = before[line]
    return b"\n".join(after)


def filled_lines(data: bytes | memoryview) -> NDArray[np.intp]:
    """Return the numbers of the lines with something in them."""
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord("\n"))
    return np.flatnonzero(np.diff(ends, prepend=-1) > 1)
