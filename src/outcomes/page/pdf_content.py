"""Sections as plain data for the PDF: the page's blocks, in characters that its fonts can show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, assert_never

from outcomes.page.blocks import (
    Block,
    Drawing,
    Heading,
    KeyFigure,
    KeyFigures,
    Listing,
    Section,
    TableBlock,
    Words,
)
from outcomes.plots.fonts import glyphs
from outcomes.plots.svg import alternative, settled
from outcomes.tables.description import Table

__all__ = ["content_of", "readable", "right_to_left"]

#: Drawings are this wide on paper, in points, when their own width says nothing.
TEXT_WIDTH = 482.0
#: A text column whose longest text has more characters shares the room that is left.
WIDE_TEXT = 26
#: A heading with more characters may take several lines.
LONG_HEADING = 14
#: Of a table with more characters in a line, its longest texts side by side, the headings must take several.
LINE = 110
#: A word can be broken, so it needs no more room than this many characters.
LONGEST_WORD = 60


def content_of(sections: Sequence[Section]) -> list[dict[str, Any]]:
    """Return the sections as JSON types.

    Parameters
    ----------
    sections : sequence of Section
        In the order of the page.
    """
    return [
        {
            "title": readable(section.finding or section.title),
            "topic": readable(section.title) if section.finding else "",
            "failed": section.status == "failed",
            "blocks": [_block(block) for block in section.blocks],
        }
        for section in sections
    ]


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Words():
            return {"kind": "words", "text": readable(block.text), "caution": block.kind == "caution"}
        case Heading():
            return {"kind": "heading", "text": readable(block.text)}
        case KeyFigures():
            return {"kind": "key-figures", "figures": list(map(_figure, block.figures))}
        case Drawing():
            return _drawing(block)
        case TableBlock():
            return _table(block.table, block.caption)
        case Listing():
            return {"kind": "list", "points": list(map(readable, block.points))}
        case _:
            assert_never(block)


def _figure(one: KeyFigure) -> dict[str, Any]:
    words = {name: readable(getattr(one, name)) for name in ("value", "label", "detail")}
    drawings = [{"svg": readable(settled(svg)), "alt": readable(alternative(svg))} for svg in one.svg]
    return {**words, "drawings": drawings}


def _drawing(block: Drawing) -> dict[str, Any]:
    return {
        "kind": "drawing",
        "svg": readable(settled(block.svg)),
        "alt": readable(alternative(block.svg)),
        "caption": readable(block.caption),
        "width": min(1.0, _width(block.svg) / TEXT_WIDTH),
    }


def _width(svg: str) -> float:
    """Return the width of a drawing in points: its view box is in points."""
    found = re.search(r'viewBox="\S+ \S+ (\S+) \S+"', svg)
    return float(found[1]) * 1.08 if found else TEXT_WIDTH


def _table(table: Table, caption: str) -> dict[str, Any]:
    lefts = [column.left for column in table.columns.values()]
    made = [(line.group, list(map(readable, line.texts))) for line in table.lines()]
    spanning = [
        {"text": readable(head.words), "span": head.span, "left": True, "line": bool(head.words)}
        for head in table.spanning
    ]
    heads = [
        {"text": readable(words), "span": 1, "left": left, "line": True}
        for words, left in zip(table.heads, lefts, strict=True)
    ]
    return {
        "kind": "table",
        "caption": readable(caption),
        "lefts": lefts,
        "columns": _shares(heads, [texts for group, texts in made if not group], lefts),
        "heads": [spanning, heads] if spanning else [heads],
        "lines": [{"group": group, "texts": texts} for group, texts in made],
        "notes": list(map(readable, table.notes)),
    }


def _shares(heads: list[dict[str, Any]], rows: list[list[str]], lefts: list[bool]) -> list[float | None]:
    """Return each column's share of the width; None: as wide as its content."""
    longest = [max([len(head["text"]), *(len(row[i]) for row in rows)]) for i, head in enumerate(heads)]
    wide = [left and size > WIDE_TEXT for size, left in zip(longest, lefts, strict=True)]
    if not any(wide) and sum(longest) <= LINE:
        # figures as narrow as they are, the words take the rest
        return [1.0 if i == 0 and left else None for i, left in enumerate(lefts)]
    # beside words a heading longer than its figures takes several lines, or it would leave them no room
    narrow = [
        max(_longest_word(head["text"]), *(len(row[i]) for row in rows)) for i, head in enumerate(heads)
    ]
    shares = []
    for head, own, size, least in zip(heads, wide, longest, narrow, strict=True):
        several = len(head["text"]) > max(least, LONG_HEADING)
        shares.append(float(min(size, LONGEST_WORD)) if own else float(least + 2) if several else None)
    return shares


def _longest_word(text: str) -> int:
    return max(map(len, text.split()), default=0)


def readable(text: str) -> str:
    r"""Return a text with each character that no font of the document has by its number.

    Examples
    --------
    >>> readable("pain \N{BRAIN}")
    'pain [U+1F9E0]'
    """
    if text.isascii() and text.isprintable():
        return text
    known = glyphs()
    return text.translate(
        {ord(one): _named(one) for one in set(text) if ord(one) not in known and one != "\n"}
    )


def _named(character: str) -> str:
    # marks that say how to draw the character before them have nothing to say without it
    if unicodedata.category(character) in ("Cf", "Mn"):
        return ""
    return f"[U+{ord(character):04X}]"


def right_to_left(text: str) -> bool:
    """Tell whether a text begins, by its first letter with a direction, from the right."""
    sides = (unicodedata.bidirectional(one) for one in text)
    return next((side != "L" for side in sides if side in ("L", "R", "AL")), False)
