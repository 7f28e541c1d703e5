"""Quotes of a text file: which lines are whole rows by themselves, and what the others hold.

A line is *plain* when each quote in it opens at the begin of a field and closes at an end of one, on the same
line. Only the other lines are looked at one by one: a quote may open a note of several lines, or it may be a
slip that would take the rows after it for text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Patch", "RowShapes", "patches", "unplain_lines"]

NEWLINE = 10
#: Bytes that are looked at in one go.
CHUNK = 1 << 24
#: A quoted text of more lines is no note.
LONGEST_NOTE = 1000
#: Rows of at least this many fields are recognised by the number of their delimiters alone.
MANY_FIELDS = 6


@dataclass(frozen=True, slots=True)
class Patch:
    """What stands in the place of one or several physical lines.

    Parameters
    ----------
    first, last : int
        The physical lines, from 0.
    fields : tuple of str
        The row that they are.
    broken : tuple of int
        Fields with line breaks.
    open : int or None
        The field in which a quote opens that does not close on its line.
    """

    first: int
    last: int
    fields: tuple[str, ...]
    broken: tuple[int, ...] = ()
    open: int | None = None


def unplain_lines(data: bytes, *, delimiter: str, quote: str) -> NDArray[np.intp]:
    """Return the numbers (from 0) of the lines that are not plain.

    Parameters
    ----------
    data : bytes
        UTF-8 text with line feeds only.
    delimiter, quote : str
        One sign each.
    """
    if quote.encode() not in data:
        return np.empty(0, dtype=np.intp)
    found, line, begin = [], 0, 0
    while begin < len(data):
        end = data.find(b"\n", min(begin + CHUNK, len(data))) + 1 or len(data)
        part = np.frombuffer(data, dtype=np.uint8, count=end - begin, offset=begin)
        breaks = np.flatnonzero(part == NEWLINE)
        found.append(_unplain(part, breaks, ord(delimiter), ord(quote)) + line)
        line, begin = line + len(breaks), end
    return np.concatenate(found)


def _unplain(
    part: NDArray[np.uint8], breaks: NDArray[np.intp], delimiter: int, quote: int
) -> NDArray[np.intp]:
    signs = np.flatnonzero(part == quote)
    if not len(signs):
        return signs
    line = np.searchsorted(breaks, signs)
    begins = np.flatnonzero(np.diff(line, prepend=-1))  # the first quote of each line
    counts = np.diff(np.append(begins, len(signs)))
    opens = (np.arange(len(signs)) - np.repeat(begins, counts)) % 2 == 0
    before = np.where(signs > 0, part[signs - 1], NEWLINE)
    after = np.where(signs < len(part) - 1, part[np.minimum(signs + 1, len(part) - 1)], NEWLINE)
    beside = np.where(opens, before, after)
    bad = (beside != delimiter) & (beside != NEWLINE) & (beside != quote)
    return np.union1d(line[bad], line[begins[counts % 2 == 1]])


@dataclass(slots=True)
class RowShapes:
    """How the fields of rows look: `patient_17` and `2026-01-05` are `patient_9` and `9-9-9`.

    Parameters
    ----------
    delimiter : str
        What stands between fields.
    fields : int
        How many a row has.
    """

    delimiter: str
    fields: int
    known: set[tuple[int, str]] = field(default_factory=set)

    def learn(self, fields: list[str]) -> None:
        """Remember how the fields of a row look; those without a digit say nothing."""
        self.known |= {(place, _shape(text)) for place, text in enumerate(fields) if re.search(r"\d", text)}

    def are_in(self, line: str) -> bool:
        """Return whether a line, or its begin, looks like a row and not like a line of a note."""
        fields = line.split(self.delimiter)
        if len(fields) < 2:
            return False
        if self.fields >= MANY_FIELDS and len(fields) == self.fields:
            return True
        return any((place, _shape(text)) in self.known for place, text in enumerate(fields))


def _shape(text: str) -> str:
    return re.sub(r"\d+", "9", text.strip().strip('"'))


def patches(
    lines: list[str], unplain: NDArray[np.intp], *, delimiter: str, quote: str, shapes: RowShapes
) -> Iterator[Patch]:
    """Give what each line that is not plain is a part of.

    Parameters
    ----------
    lines : list of str
        Every physical line of the rows.
    unplain : ndarray of int
        Which of them are not plain, ascending.
    delimiter, quote : str
        One sign each.
    shapes : RowShapes
        How rows look.
    """
    free = 0
    for start in map(int, unplain):
        if start < free:
            continue
        patch = _read(lines, start, delimiter, quote, shapes)
        free = patch.last + 1
        yield patch


def _read(lines: list[str], start: int, delimiter: str, quote: str, shapes: RowShapes) -> Patch:
    """Read a row that begins on a line; over several lines only when none of them looks like a row."""
    found, place, number, position = [], 0, start, 0
    broken: list[int] = []
    first_open: int | None = None
    while True:
        line = lines[number]
        if not line.startswith(quote, position):
            end = line.find(delimiter, position)
            end = len(line) if end < 0 else end
            found.append(line[position:end])
        else:
            shapes.learn(found)
            closed = _closing(lines, number, position + 1, quote)
            if closed is None or (closed[0] > number and _swallows(lines, number, closed, shapes)):
                return _alone(lines[start], start, delimiter, quote, place)
            text = _between(lines, number, position + 1, closed)
            if closed[0] > number:
                broken.append(place)
                first_open = place if first_open is None else first_open
            number, line = closed[0], lines[closed[0]]
            end = line.find(delimiter, closed[1] + 1)
            end = len(line) if end < 0 else end
            rest = line[closed[1] + 1 : end]
            if rest and number > start:  # text behind the quote that closes: it was meant to open
                return _alone(lines[start], start, delimiter, quote, first_open or place)
            found.append(text.replace(quote * 2, quote) + rest)
        if end >= len(line):
            break
        position, place = end + 1, place + 1
    if number > start and len(found) != shapes.fields:
        return _alone(lines[start], start, delimiter, quote, first_open or 0)
    return Patch(start, number, tuple(found), tuple(broken))


def _closing(lines: list[str], number: int, position: int, quote: str) -> tuple[int, int] | None:
    """Return line and place of the quote that closes, or None."""
    until = min(len(lines), number + LONGEST_NOTE)
    while number < until:
        line = lines[number]
        while (place := line.find(quote, position)) >= 0:
            if line[place + 1 : place + 2] != quote:
                return number, place
            position = place + 2
        number, position = number + 1, 0
    return None


def _between(lines: list[str], number: int, position: int, closed: tuple[int, int]) -> str:
    if closed[0] == number:
        return lines[number][position : closed[1]]
    middle = lines[number + 1 : closed[0]]
    return "\n".join([lines[number][position:], *middle, lines[closed[0]][: closed[1]]])


def _swallows(lines: list[str], number: int, closed: tuple[int, int], shapes: RowShapes) -> bool:
    """Return whether a quoted text of several lines holds what looks like a row."""
    inside = [*lines[number + 1 : closed[0]], lines[closed[0]][: closed[1]]]
    return any(shapes.are_in(line) for line in inside)


def _alone(line: str, number: int, delimiter: str, quote: str, opened: int) -> Patch:
    """Return the line by itself: its quotes are mere signs from the one on that does not close."""
    fields: list[str] = []
    position = 0
    while len(fields) < opened and position <= len(line):
        end, text = _field(line, position, delimiter, quote)
        fields.append(text)
        position = end + 1
    fields += line[position:].split(delimiter)
    return Patch(number, number, tuple(fields), open=opened)


def _field(line: str, position: int, delimiter: str, quote: str) -> tuple[int, str]:
    begin = position
    if line.startswith(quote, position):
        closed = _closing([line], 0, position + 1, quote)
        if closed is not None:
            end = line.find(delimiter, closed[1])
            end = len(line) if end < 0 else end
            return end, line[position + 1 : closed[1]].replace(quote * 2, quote) + line[closed[1] + 1 : end]
    end = line.find(delimiter, begin)
    end = len(line) if end < 0 else end
    return end, line[begin:end]
