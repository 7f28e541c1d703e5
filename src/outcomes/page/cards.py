"""Tables on a narrow screen: each row a card, each cell with its heading beside it, by style alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from outcomes.page.blocks import Section, TableBlock
from outcomes.tables.description import Table

__all__ = ["card_style"]

#: As wide as a screen may be to show cards.
NARROW = "40rem"


def card_style(sections: Sequence[Section]) -> str:
    """Return the rules that write headings into the cells of a page's tables."""
    tables = [
        block.table for section in sections for block in section.blocks if isinstance(block, TableBlock)
    ]
    rules = "\n".join(rule for table in tables for rule in _rules(table))
    return f"@media screen and (max-width: {NARROW}) {{\n{rules}\n}}" if rules else ""


def _rules(table: Table) -> Iterator[str]:
    for place, words in enumerate(_labels(table), start=1):
        if words:
            yield f'#{table.name} td:nth-child({place})::before {{ content: "{_quoted(words)}"; }}'


def _labels(table: Table) -> list[str]:
    """Return what each column is called, with the heading above it."""
    over: list[str] = []
    for heading in table.spanning:
        over += [heading.words] * heading.span
    above = over or [""] * len(table.heads)
    return [f"{top}: {words}" if top else words for top, words in zip(above, table.heads, strict=True)]


def _quoted(words: str) -> str:
    """Return text as CSS takes it in quotation marks: all but letters, digits and blanks by number."""
    return re.sub(r"[^\w ]|_", lambda one: f"\\{ord(one[0]):x} ", words)
