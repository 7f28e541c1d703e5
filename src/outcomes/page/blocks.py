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
    """One number that a reader looks for first, what it is of, a sentence about it, and drawings as SVG."""

    value: str
    label: str
    detail: str
    svg: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """Key figures side by side."""

    figures: tuple[KeyFigure, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing as SVG text, with its caption; `narrow`: the same for a narrow screen."""

    svg: str
    caption: str
    narrow: str = ""


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
    folds : bool
        Whether only its opening is open on the page.
    finding : str
        What was found, in one line: it heads the section, and the title becomes its topic.
    """

    name: str
    title: str
    blocks: tuple[Block, ...]
    status: Literal["ok", "absent", "failed"] = "ok"
    reason: str = ""
    folds: bool = True
    finding: str = ""

    @property
    def opening(self) -> tuple[Block, ...]:
        """What is open: cautions, the first drawing, without a finding the first words; or everything."""
        if not self.folds or self.status != "ok":
            return self.blocks
        kinds = Drawing if self.finding else Words | Drawing
        first: dict[type, Block] = {}
        for block in self.blocks:
            if isinstance(block, kinds):
                first.setdefault(type(block), block)
        kept = {id(block) for block in first.values()}
        return tuple(block for block in self.blocks if id(block) in kept or _caution(block))

    @property
    def folded(self) -> tuple[Block, ...]:
        """What a reader opens on demand: everything else, in order."""
        shown = {id(block) for block in self.opening}
        return tuple(block for block in self.blocks if id(block) not in shown)


def _caution(block: Block) -> bool:
    return isinstance(block, Words) and block.kind == "caution"
