"""A table as a tagged PDF by typst: A4, across when it is wide; headings come again on every page."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from outcomes.tables.description import Table

__all__ = ["pdf_bytes"]

#: Both come with typst itself: the same bytes on every machine.
FONTS = ["Libertinus Serif", "DejaVu Sans Mono"]
#: Never the clock.
EPOCH = 0
#: More letters than this in the longest cells of a row need the sheet across.
UPRIGHT = 95
#: Texts come from `data` as strings, which typst never reads as markup.
TEMPLATE = b"""
#let data = json(bytes(sys.inputs.data))
#set document(title: data.title, date: none)
#set page(paper: "a4", flipped: data.across, margin: 1.6cm, numbering: "1")
#set text(font: data.fonts, size: 9pt, lang: "en", hyphenate: false, number-width: "tabular")
#show heading: set text(11pt)
#show regex("\\S{24,}"): it => it.text.clusters().chunks(8).map(part => part.join()).join(sym.zws)
#let side(left-side) = if left-side { left } else { right }
#heading(data.title)
#table(
  columns: data.lefts.map(left-side => if left-side and data.across { 1fr } else { auto }),
  inset: (x: 4pt, y: 3pt),
  stroke: (bottom: 0.4pt + luma(170)),
  align: (x, y) => side(data.lefts.at(x)) + top,
  table.header(
    ..data.spanning.map(one => table.cell(colspan: one.span, align: center, strong(one.words))),
    ..data.heads.map(words => strong(words)),
  ),
  ..data.lines.map(line => if line.group {
    (table.cell(colspan: data.lefts.len(), align: left, strong(line.texts.first())),)
  } else { line.texts }).flatten(),
)
#set text(8pt)
#for note in data.notes { par(note) }
"""


def pdf_bytes(table: Table) -> bytes:
    """Return the document."""
    rows = [line.texts for line in table.lines() if not line.group]
    widths = [max(map(len, column)) for column in zip(table.heads, *rows, strict=True)]
    content = {
        "title": table.caption or table.name,
        "across": sum(widths) > UPRIGHT,
        "fonts": FONTS,
        "lefts": [column.left for column in table.columns.values()],
        "heads": table.heads,
        "spanning": [{"words": one.words, "span": one.span} for one in table.spanning],
        "lines": [{"group": line.group, "texts": line.texts} for line in table.lines()],
        "notes": table.notes,
    }
    made: bytes = _compiler().compile(
        TEMPLATE, format="pdf", sys_inputs={"data": json.dumps(content)}, timestamp=EPOCH
    )
    return made


@cache
def _compiler() -> Any:
    """Return the compiler: it reads the fonts once."""
    import typst

    return typst.Compiler(ignore_system_fonts=True)
