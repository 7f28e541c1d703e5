"""A table as a spreadsheet: numbers as numbers with their format, texts as texts and never as formulas."""

from __future__ import annotations

import re
from datetime import datetime
from io import BytesIO
from typing import Any

from outcomes.tables.description import Table, clean
from outcomes.tables.formats import Part
from outcomes.tables.numbers import EMPTY

__all__ = ["xlsx_bytes"]

#: Every workbook has this date: the same table gives the same bytes.
WHEN = datetime(2000, 1, 1)
#: A cell of a spreadsheet holds no longer text.
LONGEST = 32_767
WIDEST = 60
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def xlsx_bytes(table: Table) -> bytes:
    """Return the workbook: one sheet, headings frozen, a ratio and an interval in two columns each."""
    from xlsxwriter import Workbook

    made = BytesIO()
    with Workbook(made, OPTIONS) as book:
        told = {"title": table.caption[:255], "author": "outcomes", "company": "", "created": WHEN}
        book.set_properties(told)
        sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", table.name)[:31])
        _fill(book, sheet, table)
    return made.getvalue()


def _fill(book: Any, sheet: Any, table: Table) -> None:
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": False, "italic": True})
    row = 0
    if table.caption:
        _text(sheet, row, 0, table.caption, bold)
        row += 2
    parts = table.parts()
    if table.spanning:
        _spanning(book, sheet, table, row)
        row += 1
    column = 0
    if table.groups is not None:
        words = [clean(text) for text in table.frame[table.groups].astype("str")]
        _column(book, sheet, row, 0, table.groups, Part("", list(words), "@"))
        column = 1
    for label, of_column in parts:
        for part in of_column:
            _column(book, sheet, row, column, f"{label}{part.suffix}", part)
            column += 1
    sheet.freeze_panes(row + 1, 0)
    sheet.repeat_rows(row)
    for place, note in enumerate(table.notes):
        _text(sheet, row + len(table) + 2 + place, 0, note, wrapped)


def _spanning(book: Any, sheet: Any, table: Table, row: int) -> None:
    centred = book.add_format({"bold": True, "align": "center", "bottom": 1})
    widths = [len(parts) for _, parts in table.parts()]
    column, key = int(table.groups is not None), 0
    for heading in table.spanning:
        wide = sum(widths[key : key + heading.span])
        if heading.words and wide > 1:
            sheet.merge_range(row, column, row, column + wide - 1, "", centred)
        if heading.words:
            _text(sheet, row, column, heading.words, centred)
        column, key = column + wide, key + heading.span


def _column(book: Any, sheet: Any, row: int, column: int, label: str, part: Part) -> None:
    words = part.number_format == "@"
    side = "left" if words else "right"
    _text(sheet, row, column, label, book.add_format({"bold": True, "bottom": 1, "align": side}))
    style = book.add_format({"num_format": part.number_format, "align": side})
    for place, value in enumerate(part.values, start=row + 1):
        if isinstance(value, str) or value is None:
            _text(sheet, place, column, EMPTY if value is None else value, style)
        else:
            sheet.write_number(place, column, value, style)
    longest = max([len(label), *(len(value) for value in part.values if isinstance(value, str)), 8])
    sheet.set_column(column, column, min(longest + 1, WIDEST))


def _text(sheet: Any, row: int, column: int, text: str, style: Any) -> None:
    """Write a text; one that is too long is cut on show, for the library would leave the cell empty."""
    fits = text if len(text) < LONGEST else f"{text[: LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"
    sheet.write_string(row, column, fits, style)
