"""The bytes of a text file as UTF-8, in the encoding that study.toml declares and in no other."""

from __future__ import annotations

import codecs
import re

from outcomes.errors import SourceError

__all__ = ["to_utf8"]

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
    text = _decoded(content, file=file, encoding=encoding, delimiter=delimiter)
    return content.removeprefix(codecs.BOM_UTF8) if utf8 else text.removeprefix("\ufeff").encode("utf-8")


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
            hint='declare the encoding in study.toml, for instance encoding = "cp1252"',
        ) from None
