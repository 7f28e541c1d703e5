"""One description of a table, from which every writer makes the same table.

It holds the tidy frame, what its columns say, headings above several columns, groups of rows, a caption and
footnotes. Writers ask it for texts, already cleaned of what no document may hold; they only escape and place them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from outcomes.errors import ArgumentError, suggest
from outcomes.tables.formats import Format, Part

__all__ = ["MARK", "WITHHELD", "Column", "Heading", "Line", "Table"]

#: What stands for a number that is withheld because it is about few people.
WITHHELD = "withheld"
#: Column of the frame that names, separated by spaces, the columns whose numbers are withheld in a row.
MARK = "withheld"

#: Characters that XML and RTF forbid, and halves of a pair that no encoding can write.
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, and what is under it."""

    label: str
    format: Format

    @property
    def left(self) -> bool:
        """Words stand left, figures right."""
        return self.format.align == "left"


@dataclass(frozen=True, slots=True)
class Heading:
    """A cell above columns: its words and how many columns it spans; no words: nothing stands there."""

    words: str
    span: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the body: the heading of a group of rows (one text), or the texts of a row."""

    texts: tuple[str, ...]
    group: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table before it has a form.

    Parameters
    ----------
    name : str
        Identifier on its page and name of its file: letters, digits, hyphens.
    frame : DataFrame
        Tidy: one row per line, numbers as numbers. It is copied in. A column ``withheld`` names, separated by
        spaces, the columns whose numbers must not be shown in a row.
    columns : mapping of str to Column
        In order; the keys name them for `spanners`.
    caption : str
        What the table is of.
    notes : sequence of str
        Footnotes: every rule that was used.
    spanners : mapping of str to sequence of str
        Heading above several neighbouring columns -> their keys.
    groups : str, optional
        Column of the frame whose value heads the rows that share it.

    Raises
    ------
    ArgumentError
        When a column that does not exist is named, or the columns under one heading are not neighbours.

    Examples
    --------
    >>> from outcomes.tables.formats import Ratio, Text
    >>> rows = pd.DataFrame({"event": ["nausea"], "n": [6], "N": [55]})
    >>> table = Table("events", rows, {"event": Column("Event", Text("event")), "n": Column("n/N", Ratio())})
    >>> table.lines()[0].texts
    ('nausea', '6/55')
    """

    name: str
    frame: pd.DataFrame
    columns: Mapping[str, Column]
    caption: str = ""
    notes: Sequence[str] = ()
    spanners: Mapping[str, Sequence[str]] = field(default_factory=dict)
    groups: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "frame", self.frame.reset_index(drop=True).copy())
        object.__setattr__(self, "columns", dict(self.columns))
        object.__setattr__(self, "caption", clean(self.caption))
        object.__setattr__(self, "notes", tuple(map(clean, self.notes)))
        object.__setattr__(self, "spanners", {words: tuple(keys) for words, keys in self.spanners.items()})
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", self.name):
            raise ArgumentError(
                "a table cannot have this name", got=repr(self.name), allowed="letters, digits, hyphens"
            )
        _check_sources(self)
        _check_neighbours(self)

    def __len__(self) -> int:
        return len(self.frame)

    def captioned(self, caption: str) -> Table:
        """Return the same table with a caption."""
        return replace(self, caption=caption)

    @property
    def heads(self) -> tuple[str, ...]:
        """Headings of the columns."""
        return tuple(clean(column.label) for column in self.columns.values())

    @property
    def spanning(self) -> tuple[Heading, ...]:
        """Headings above the columns from left to right, or none at all."""
        if not self.spanners:
            return ()
        first = {keys[0]: (words, len(keys)) for words, keys in self.spanners.items() if keys}
        covered = {key for keys in self.spanners.values() for key in keys}
        found = [
            Heading(clean(first[key][0]), first[key][1]) if key in first else Heading("", 1)
            for key in self.columns
            if key in first or key not in covered
        ]
        return tuple(found)

    def texts(self) -> dict[str, list[str]]:
        """Return the texts of each column; what is withheld says so."""
        made = {}
        for key, column in self.columns.items():
            hidden = self._hidden(column)
            texts = column.format.texts(self.frame)
            made[key] = [WITHHELD if gone else clean(text) for text, gone in zip(texts, hidden, strict=True)]
        return made

    def parts(self) -> list[tuple[str, list[Part]]]:
        """Return heading and spreadsheet columns of each column; what is withheld says so."""
        made = []
        for column in self.columns.values():
            hidden = self._hidden(column)
            parts = [
                replace(part, values=[_told(v, gone=h) for v, h in zip(part.values, hidden, strict=True)])
                for part in column.format.parts(self.frame)
            ]
            made.append((clean(column.label), parts))
        return made

    def lines(self) -> list[Line]:
        """Return the lines of the body, headings of groups among them."""
        rows = list(zip(*self.texts().values(), strict=True))
        if self.groups is None:
            return [Line(row) for row in rows]
        found: list[Line] = []
        last: str | None = None
        for group, row in zip(self.frame[self.groups].astype("str"), rows, strict=True):
            if group != last:
                found.append(Line((clean(group),), group=True))
            last = group
            found.append(Line(row))
        return found

    def _hidden(self, column: Column) -> list[bool]:
        if MARK not in self.frame:
            return [False] * len(self.frame)
        marks = self.frame[MARK].fillna("").astype("str").str.split()
        sources = set(column.format.sources)
        return [not sources.isdisjoint(mark) for mark in marks]

    def _repr_html_(self) -> str:
        from outcomes.tables.html import styled_html

        return styled_html(self)


def _told(value: float | str | None, *, gone: bool) -> float | str | None:
    return WITHHELD if gone else clean(value) if isinstance(value, str) else value


def clean(text: str) -> str:
    """Return a text on one line, without the characters that documents forbid."""
    return FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text.replace("\n", " ").replace("\t", " "))


def _check_sources(table: Table) -> None:
    known = list(map(str, table.frame.columns))
    asked = [source for column in table.columns.values() for source in column.format.sources]
    for name in [*asked, *([table.groups] if table.groups else [])]:
        if name not in known:
            raise ArgumentError(
                f"table {table.name} has no such column",
                got=repr(name),
                allowed=", ".join(known),
                hint=suggest(name, known),
            )


def _check_neighbours(table: Table) -> None:
    keys = list(table.columns)
    for words, spanned in table.spanners.items():
        missing = [key for key in spanned if key not in keys]
        place = keys.index(spanned[0]) if spanned and not missing else -1
        if not spanned or missing or keys[place : place + len(spanned)] != list(spanned):
            raise ArgumentError(
                f"the columns under {words!r} are not adjacent in table {table.name}",
                got=", ".join(spanned) or "none",
                allowed=", ".join(keys),
            )
