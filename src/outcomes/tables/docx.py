"""A table as a Word document: real header rows that repeat, rows that do not break, words in the reading direction."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from outcomes.tables.description import Heading, Table

__all__ = ["docx_bytes"]

#: Every document has this date: the same table gives the same bytes.
WHEN = datetime(2000, 1, 1)
WIDE = 6


def docx_bytes(table: Table) -> bytes:
    """Return the document."""
    from docx import Document
    from docx.enum.section import WD_ORIENT

    document = Document()
    section = document.sections[0]
    if len(table.columns) > WIDE:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = section.page_height, section.page_width
    _properties(document, table)
    if table.caption:
        _write(document.add_paragraph(style="Caption"), table.caption)
        document.paragraphs[-1].paragraph_format.keep_with_next = True
    _body(document, table)
    for note in table.notes:
        _write(document.add_paragraph(), note, size=8)
    made = BytesIO()
    document.save(made)
    return _same_dates(made.getvalue())


def _properties(document: Any, table: Table) -> None:
    told = document.core_properties
    told.created = told.modified = told.last_printed = WHEN
    told.author = told.last_modified_by = "outcomes"
    told.title, told.comments, told.revision = table.caption[:255] or table.name, "", 1


def _body(document: Any, table: Table) -> None:
    headings = [table.spanning] if table.spanning else []
    headings.append(tuple(Heading(words, 1) for words in table.heads))
    lines = table.lines()
    grid = document.add_table(rows=len(headings) + len(lines), cols=len(table.columns), style="Table Grid")
    left = [column.left for column in table.columns.values()]
    rows = list(grid.rows)
    for row, above in zip(rows, headings, strict=False):
        _head(row, above, left)
    for row, line in zip(rows[len(headings) :], lines, strict=True):
        _set(row, "w:cantSplit")
        cells = list(row.cells)
        if line.group:
            _write(cells[0].merge(cells[-1]).paragraphs[0], line.texts[0], bold=True)
            continue
        for cell, text, stands_left in zip(cells, line.texts, left, strict=True):
            _write(cell.paragraphs[0], text, right=not stands_left)


def _head(row: Any, headings: tuple[Heading, ...], left: list[bool]) -> None:
    """Write a row of headings, which repeats on each page."""
    _set(row, "w:cantSplit")
    _set(row, "w:tblHeader")
    cells, place = list(row.cells), 0
    for heading in headings:
        last = place + heading.span - 1
        cell = cells[place] if heading.span == 1 else cells[place].merge(cells[last])
        _write(cell.paragraphs[0], heading.words, bold=True, right=heading.span == 1 and not left[place])
        place = last + 1


def _set(row: Any, name: str) -> None:
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _write(paragraph: Any, text: str, *, bold: bool = False, right: bool = False, size: int = 9) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    run = paragraph.add_run(text)
    run.bold, run.font.size = bold or None, Pt(size)
    paragraph.paragraph_format.space_after = Pt(2)
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if _right_to_left(text):
        # before the spacing: the order of these elements is fixed
        paragraph._p.pPr.find(qn("w:spacing")).addprevious(OxmlElement("w:bidi"))
        run._r.get_or_add_rPr().append(OxmlElement("w:rtl"))


def _right_to_left(text: str) -> bool:
    """Return whether the first letter with a direction is written from right to left."""
    directions = (unicodedata.bidirectional(letter) for letter in text)
    return next((kind for kind in directions if kind in ("L", "R", "AL")), "L") != "L"


def _same_dates(document: bytes) -> bytes:
    """Pack the document again with one date for every part: the library writes the clock's."""
    made = BytesIO()
    with ZipFile(BytesIO(document)) as there, ZipFile(made, "w") as packed:
        for part in there.infolist():
            info = ZipInfo(part.filename, (1980, 1, 1, 0, 0, 0))
            info.compress_type, info.external_attr = ZIP_DEFLATED, 0o600 << 16
            packed.writestr(info, there.read(part.filename))
    return made.getvalue()
