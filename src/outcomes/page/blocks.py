"""What a section is made of: paragraphs, key figures, drawings and tables, in order.

Blocks hold plain words and finished drawings; how they look is the page's matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from outcomes.tables.description import Table
from outcomes.tables.html import bare_html

__all__ = [
    "Block",
    "Drawing",
    "Heading",
    "KeyFigure",
    "KeyFigures",
    "Listing",
    "Section",
    "TableBlock",
    "Words",
]


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph; a `caution` is set apart."""

    text: str
    kind: Literal["plain", "caution"] = "plain"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below the section's own."""

    text: str


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One number that a reader looks for first, what it is of, and one sentence about it."""

    value: str
    label: str
    detail: str


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """Key figures side by side."""

    figures: tuple[KeyFigure, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing as SVG text, with its caption."""

    svg: str
    caption: str


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table by its description, with its caption; a `folded` one opens on demand."""

    table: Table
    caption: str
    folded: bool = False

    @property
    def html(self) -> str:
        """The table as HTML; its texts are escaped."""
        return bare_html(self.table)


@dataclass(frozen=True, slots=True)
class Listing:
    """Points one below the other."""

    points: tuple[str, ...]


Block = Words | Heading | KeyFigures | Drawing | TableBlock | Listing


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report.

    Parameters
    ----------
    name : str
        Anchor on the page.
    title : str
        Heading.
    blocks : tuple of Block
        Content in order.
    status : {"ok", "absent", "failed"}
        absent: the study has no data for it; failed: it could not be made.
    reason : str
        Why there is no content.
    """

    name: str
    title: str
    blocks: tuple[Block, ...]
    status: Literal["ok", "absent", "failed"] = "ok"
    reason: str = ""
