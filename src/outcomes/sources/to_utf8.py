"""The bytes of a text file as UTF-8, in the encoding that study.toml declares and in no other."""

from __future__ import annotations

import codecs
import re

from outcomes.errors import SourceError

__all__ = ["to_utf8"]

#: Encodings of one byte a letter: what is UTF-8, too, is hardly a text in one of them.
ONE_BYTE = re.compile("cp(125|437|85)|iso8859|mac", re.IGNORECASE)
#: Encodings in which a byte of value zero is a part of a letter.
WIDE = re.compile("utf[-_]?(16|32)", re.IGNORECASE)


def to_utf8(content: bytes, *, file: str, encoding: str, delimiter: str) -> bytes:
    """Return the text as UTF-8 without a byte order mark.

    Parameters
    ----------
    content : bytes
        The whole file.
    file : str
        Its name for messages.
    encoding, delimiter : str
        As declared.

    Raises
    ------
    SourceError
        For an empty file, or bytes that are not text in this encoding.
    """
    if not content or content.isspace():
        raise SourceError(f"{file}: the file is empty", allowed="a header line and rows")
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if (b"\x00" in content[:4096] or wide) and not WIDE.match(encoding):
        raise SourceError(
            f"{file}: this is not a text file in {encoding}",
            got="a UTF-16 byte order mark" if wide else "bytes of value zero",
            hint='if it is text, it may be UTF-16: declare encoding = "utf-16"',
        )
    utf8 = codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")
    if content.startswith(codecs.BOM_UTF8) and not utf8:
        raise SourceError(
            f"{file}: the file begins with a UTF-8 byte order mark, but study.toml says that it is "
            f"{encoding}",
            hint="remove encoding from study.toml",
        )
    if utf8 and content.isascii():
        return content
    _refuse_other_encoding(content, file=file, encoding=encoding)
    text = _decoded(content, file=file, encoding=encoding, delimiter=delimiter)
    return content.removeprefix(codecs.BOM_UTF8) if utf8 else text.removeprefix("\ufeff").encode("utf-8")


def _refuse_other_encoding(content: bytes, *, file: str, encoding: str) -> None:
    """Refuse a file that says by itself, or by its letters, that it is in another encoding than declared."""
    name = codecs.lookup(encoding).name
    marks = {codecs.BOM_UTF16_LE: "utf-16-be", codecs.BOM_UTF16_BE: "utf-16-le"}
    if marks.get(content[:2]) == name:
        raise SourceError(
            f"{file}: the file begins with the mark of the other UTF-16 than {encoding}",
            hint='declare encoding = "utf-16", which reads both',
        )
    if not ONE_BYTE.match(name) or content.isascii():
        return
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return
    raise SourceError(
        f"{file}: the file is UTF-8, and study.toml says that it is {encoding}",
        got="letters beyond ASCII, each of them as UTF-8 writes it",
        hint="remove encoding from study.toml",
    )


def _decoded(content: bytes, *, file: str, encoding: str, delimiter: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start)
        begin = content.rfind(b"\n", 0, error.start) + 1
        field = content.count(delimiter.encode(), begin, error.start) + 1
        where = f"line {line + 1}, field {field}" if line else f"the header, field {field},"
        raise SourceError(
            f"{file}: {where} is not {encoding}",
            got=f"byte {error.start - begin + 1} of the line is 0x{content[error.start]:02X}",
            hint="the file may be cut off, or is in another encoding"
            if WIDE.match(encoding)
            else 'declare the encoding in study.toml, for instance encoding = "cp1252"',
        ) from None
