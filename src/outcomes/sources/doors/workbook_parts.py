"""What a workbook's XML says beside its values: how far a sheet goes, errors, formulas without a value."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from xml.etree import ElementTree

from outcomes.errors import SourceError
from outcomes.sources.limits import Limits

__all__ = ["Cell", "SheetFacts", "refuse_bomb", "sheet_facts"]

Cell = tuple[int, int]
TAG = rb"(?:\w+:)?"
#: A cell of a sheet: its place, its attributes, what is in it.
CELL = rb'<%sc\b(?=[^>]*\br="([A-Z]+)(\d+)")([^>]*)>' % TAG
FORMULA = re.compile(CELL + rb"\s*<%sf\b(?:[^>]*/>|[^>]*>[^<]*</%sf>)\s*(<%sv>[^<])?" % (TAG, TAG, TAG))
ERROR = re.compile(rb'<%sc\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]+)(\d+)"' % TAG)
ROWS = re.compile(rb'<%srow\b[^>]*\br="(\d+)"' % TAG)
COLUMNS = re.compile(rb'<%sc\b[^>]*\br="([A-Z]+)' % TAG)
CHUNK = 1_000_000


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """What the values of a sheet do not say; places are (row, column) from 0.

    Parameters
    ----------
    errors : tuple of (int, int)
        Cells that hold an error, as #DIV/0!.
    without_value : tuple of (int, int)
        Formulas of which no result is kept.
    formulas : tuple of (int, int)
        All formulas, when the workbook says that they are to be calculated as it is opened.
    """

    errors: tuple[Cell, ...] = ()
    without_value: tuple[Cell, ...] = ()
    formulas: tuple[Cell, ...] = ()


def refuse_bomb(content: bytes, *, file: str, limits: Limits) -> None:
    """Refuse a zipped workbook that unpacks to more than the limits allow, or that is damaged.

    Raises
    ------
    SourceError
        Before anything but the count of its bytes is kept.
    """
    unpacked = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                with archive.open(member) as packed:
                    while part := packed.read(CHUNK):
                        unpacked += len(part)
                        limits.refuse_more("max_unpacked_mb", unpacked, file=file)
    except (OSError, EOFError, RuntimeError, ValueError, zlib.error, zipfile.BadZipFile, NotImplementedError):
        raise SourceError(
            f"{file}: the workbook is damaged or incomplete", hint="open it in Excel and save it again"
        ) from None


def sheet_facts(content: bytes, sheet: str, *, file: str, limits: Limits) -> SheetFacts:
    """Return what the XML of an .xlsx or .xlsm says of a sheet.

    Parameters
    ----------
    content : bytes
        The whole file.
    sheet : str
        Name of the sheet.
    file : str
        Its name, for messages.
    limits : Limits
        How many rows and columns it may have: two cells far apart would ask for all the room between them.

    Raises
    ------
    SourceError
        When the sheet goes further than the limits allow.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        book = archive.read("xl/workbook.xml")
        member = _member(archive, book, sheet)
        text = archive.read(member) if member else b""
    rows = max(map(int, ROWS.findall(text)), default=0)
    limits.refuse_more("max_rows", rows - 1, file=file)
    wide = max((_number(letters) + 1 for letters in set(COLUMNS.findall(text))), default=0)
    limits.refuse_more("max_columns", wide, file=file)
    errors = tuple(_place(*found) for found in ERROR.findall(text))
    formulas = FORMULA.findall(text) if b"<f" in text or b":f" in text else []
    empty = [found for found in formulas if not found[3] and b't="str"' not in found[2]]
    anew = re.search(rb'\bfullCalcOnLoad="(1|true)"', book)
    return SheetFacts(
        errors,
        tuple(_place(*found[:2]) for found in empty),
        tuple(_place(*found[:2]) for found in formulas) if anew else (),
    )


def _member(archive: zipfile.ZipFile, book: bytes, sheet: str) -> str | None:
    """Return the name of the member that holds a sheet."""
    try:
        found = [one for one in ElementTree.fromstring(book).iter() if one.tag.endswith("}sheet")]
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except (ElementTree.ParseError, KeyError):
        return None
    ids = [value for one in found if one.get("name") == sheet
           for key, value in one.attrib.items() if key.endswith("}id")]  # fmt: skip
    targets = [one.get("Target", "") for one in links if one.get("Id") in ids]
    names = [target.lstrip("/") if target.startswith("/") else f"xl/{target}" for target in targets]
    return next((name for name in names if name in archive.namelist()), None)


def _place(letters: bytes, row: bytes, *_: bytes) -> Cell:
    return int(row) - 1, _number(letters)


def _number(letters: bytes) -> int:
    """Return the position of a column from 0: A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
