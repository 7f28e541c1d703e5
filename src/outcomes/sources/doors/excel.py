"""Workbooks to text: one sheet, its header of one or several lines, its cells as they are.

Formulas are read by the result that the workbook keeps; nothing is calculated. Hidden rows are rows.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from outcomes.errors import SourceError, suggest
from outcomes.sources.conventions import TableSource
from outcomes.sources.doors.extras import load
from outcomes.sources.doors.grid import LOOKED_AT, Grid, table_of
from outcomes.sources.doors.workbook_parts import SheetFacts, refuse_bomb, sheet_facts
from outcomes.sources.limits import Limits
from outcomes.sources.raw import RawTable

__all__ = ["WORKBOOKS", "first_lines", "read_excel"]

#: Endings of workbooks.
WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
#: The stream in which a protected workbook lies, as the container names it.
PROTECTED = "EncryptedPackage".encode("utf-16-le")


def read_excel(
    content: bytes, *, table: str, file: str, source: TableSource, limits: Limits | None = None
) -> RawTable:
    """Read one sheet of a workbook.

    Parameters
    ----------
    content : bytes
        The whole file.
    table, file : str
        Names for messages; the file's ending says its kind.
    source : TableSource
        Which sheet, its lines above and below the rows, and how its texts are written.
    limits : Limits, optional
        How much it may hold; by default the usual limits.

    Raises
    ------
    SourceError
        For a file that is protected, damaged or of another kind, a sheet that does not exist, no header.
    """
    limits = limits or Limits()
    suffix = Path(file).suffix.lower()
    _refuse_other_kinds(content, suffix, file=file)
    if content.startswith(ZIP):
        refuse_bomb(content, file=file, limits=limits)
    calamine: Any = load("python_calamine", extra="excel", reads=f"{file}: a workbook")
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        name = _sheet(book, source, file=file)
        facts = SheetFacts()
        if suffix in (".xlsx", ".xlsm"):
            facts = sheet_facts(content, name, file=file, limits=limits)
        sheet = book.get_sheet_by_name(name)
        limits.refuse_more("max_rows", sheet.total_height - 1, file=file)
        limits.refuse_more("max_columns", sheet.total_width, file=file)
        rows = sheet.to_python(skip_empty_area=False)
        merged = sheet.merged_cell_ranges or []
    except calamine.PasswordError:
        raise _protected(file) from None
    except (calamine.CalamineError, OSError, KeyError, ValueError):
        raise _damaged(file) from None
    return table_of(Grid(rows, merged, facts), table=table, file=file, source=source, limits=limits)


def first_lines(content: bytes, *, file: str, lines: int = LOOKED_AT) -> dict[str, list[list[str]]]:
    """Return each sheet's name with its first lines as text, for whoever proposes how it is read.

    Parameters
    ----------
    content : bytes
        The whole file.
    file : str
        Its name, for messages.
    lines : int
        How many lines of each sheet.
    """
    _refuse_other_kinds(content, Path(file).suffix.lower(), file=file)
    if content.startswith(ZIP):
        refuse_bomb(content, file=file, limits=Limits())
    calamine: Any = load("python_calamine", extra="excel", reads=f"{file}: a workbook")
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        shown = {
            str(name): book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=lines)
            for name in book.sheet_names
        }
    except calamine.PasswordError:
        raise _protected(file) from None
    except (calamine.CalamineError, OSError, KeyError, ValueError):
        raise _damaged(file) from None
    return {name: [[str(cell).strip() for cell in row] for row in rows] for name, rows in shown.items()}


def _sheet(book: Any, source: TableSource, *, file: str) -> str:
    """Return the name of the sheet to read: the declared one, or the only one."""
    names = list(book.sheet_names)
    said = ", ".join(map(repr, names))
    if source.sheet:
        asked = str(source.sheet)
        if asked in names:
            return asked
        raise SourceError(
            f"{file}: the workbook has no sheet {asked!r}",
            got=f"sheets {said}",
            hint=suggest(asked, names) or "write the name of one of them as sheet in study.toml",
        )
    if len(names) == 1:
        return str(names[0])
    raise SourceError(
        f"{file}: the workbook has {len(names)} sheets, and study.toml does not say which to read",
        got=f"sheets {said}",
        hint=f'write sheet = "{names[0] if names else "..."}" below the file',
    )


def _refuse_other_kinds(content: bytes, suffix: str, *, file: str) -> None:
    if content.startswith(OLE) and PROTECTED in content:
        raise _protected(file)
    begin = content[:1000].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    text = b"\x00" not in content[:1000] and not content.startswith((ZIP, OLE))
    if text:
        what = "a web page" if begin.startswith((b"<html", b"<!doctype", b"<table", b"<meta")) else "text"
        raise SourceError(
            f"{file}: the file's extension says workbook, but its content is {what}",
            hint="open it in Excel and save it as .xlsx; or, for text with delimiters, name it .csv",
        )
    wrong = content.startswith(OLE) if suffix != ".xls" else content.startswith(ZIP)
    if wrong:
        raise SourceError(
            f"{file}: the file is a workbook of a different kind than its extension says",
            hint="name it .xlsx, .xlsb, .ods or .xls, as it was saved",
        )


def _damaged(file: str) -> SourceError:
    return SourceError(
        f"{file}: the workbook cannot be read: it is damaged, incomplete, or of another kind",
        hint="open it in Excel, save it again, and check that its extension fits its kind",
    )


def _protected(file: str) -> SourceError:
    return SourceError(
        f"{file}: the workbook is protected by a password",
        hint="save it without a password, in a folder that only you can read",
    )
