"""Small workbooks of every kind, made without a spreadsheet program."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import xlsxwriter

__all__ = ["ods", "xlsb", "xlsx", "zipped"]


def xlsx(fill: Callable[[Any], None]) -> bytes:
    """Return a workbook that `fill` has filled."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    fill(book)
    book.close()
    return buffer.getvalue()


def zipped(**members: str | bytes) -> bytes:
    """Return an archive; ``__`` stands for a slash and ``_dot_`` for a point in a name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return buffer.getvalue()


def ods(rows: list[list[str]], sheet: str = "Diary") -> bytes:
    """Return a spreadsheet of OpenDocument; a cell is the XML of a table:table-cell's attributes and text."""
    lines = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows)
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} office:version="1.2">'
        f'<office:body><office:spreadsheet><table:table table:name="{sheet}">{lines}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return zipped(mimetype=kind, **{"META-INF__manifest_dot_xml": manifest, "content_dot_xml": content})


def _record(kind: int, body: bytes = b"") -> bytes:
    """Return a record of a binary workbook: MS-XLSB 2.1.4."""
    ident = bytes([kind]) if kind < 128 else bytes([(kind & 0x7F) | 0x80, kind >> 7])
    length, size = b"", len(body)
    while True:
        length += bytes([(size & 0x7F) | (0x80 if size > 127 else 0)])
        size >>= 7
        if not size:
            return ident + length + body


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb(rows: list[list[str | float]], sheet: str = "Diary") -> bytes:
    """Return a binary workbook of texts and numbers."""
    data = b""
    for number, row in enumerate(rows):
        data += _record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, 0, 0, 0))
        for place, cell in enumerate(row):
            head = struct.pack("<II", place, 0)
            text = isinstance(cell, str)
            data += _record(6 if text else 5, head + (_wide(cell) if text else struct.pack("<d", cell)))
    size = struct.pack("<IIII", 0, len(rows) - 1, 0, len(rows[0]) - 1)
    body = _record(129) + _record(148, size) + _record(145) + data + _record(146) + _record(130)
    sheets = (
        _record(143) + _record(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide(sheet)) + _record(144)
    )
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
    links = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{relation}" Target="worksheets/sheet1.bin"/></Relationships>'
    )
    return zipped(
        xl__workbook_dot_bin=_record(131) + sheets + _record(132),
        xl___rels__workbook_dot_bin_dot_rels=links,
        xl__worksheets__sheet1_dot_bin=body,
    )
