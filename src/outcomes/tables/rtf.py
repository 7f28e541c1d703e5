"""A table as RTF, by rtflite; texts are escaped here, because rtflite writes them as they come."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from outcomes.tables.description import Table

__all__ = ["escape", "rtf_bytes"]

#: No page break of rtflite's own: the word processor breaks pages, and repeats the marked headings.
ROWS = 1_000_000


def escape(text: str) -> str:
    r"""Return a text as RTF: braces and backslashes escaped, all but ASCII as UTF-16 units.

    Examples
    --------
    >>> print(escape("{a} \N{MINUS SIGN}1"))
    \{a\} \u8722?1
    """
    return "".join(map(_letter, text))


def _letter(letter: str) -> str:
    if letter in "{}\\":
        return f"\\{letter}"
    if letter.isascii():
        return letter
    units = letter.encode("utf-16-le")
    numbers = [int.from_bytes(units[at : at + 2], "little", signed=True) for at in range(0, len(units), 2)]
    return "".join(f"\\u{number}?" for number in numbers)


def rtf_bytes(table: Table) -> bytes:
    """Return the document: ASCII, the same bytes for the same table."""
    import polars
    import rtflite

    lines = [line.texts if not line.group else (*line.texts, *_nothing(table)) for line in table.lines()]
    keys = [f"c{number}" for number in range(len(table.columns))]
    columns = list(zip(*lines, strict=True)) if lines else [()] * len(keys)
    frame = polars.DataFrame(
        {key: [escape(text) for text in column] for key, column in zip(keys, columns, strict=True)},
        schema=dict.fromkeys(keys, polars.String),
    )
    sides = ["l" if column.left else "r" for column in table.columns.values()]
    document = rtflite.RTFDocument(
        df=frame,
        rtf_page=rtflite.RTFPage(orientation="landscape", nrow=ROWS),
        rtf_title=rtflite.RTFTitle(text=[escape(table.caption or table.name)], text_convert=[False]),
        rtf_column_header=_headings(table, sides),
        rtf_body=rtflite.RTFBody(
            col_rel_width=_widths(table), text_justification=[sides], text_convert=[False]
        ),
        rtf_footnote=_notes(table),
    )
    headings = 2 if table.spanning else 1
    text: str = document.rtf_encode()
    return _marked(text, headings).encode("ascii")


def _nothing(table: Table) -> list[str]:
    return [""] * (len(table.columns) - 1)


def _notes(table: Table) -> Any:
    from rtflite import RTFFootnote

    if not table.notes:
        return None
    return RTFFootnote(text=[escape(note) for note in table.notes], text_convert=[False], as_table=False)


def _headings(table: Table, sides: list[str]) -> list[Any]:
    from rtflite import RTFColumnHeader

    widths = _widths(table)
    made = []
    if table.spanning:
        ends = [0, *_ends([heading.span for heading in table.spanning])]
        spanned = [sum(widths[start:end]) for start, end in pairwise(ends)]
        words = [escape(heading.words) for heading in table.spanning]
        made.append(
            RTFColumnHeader(text=words, col_rel_width=spanned, text_convert=[False], text_format=["b"])
        )
    made.append(
        RTFColumnHeader(
            text=[escape(words) for words in table.heads],
            col_rel_width=widths,
            text_convert=[False],
            text_format=["b"],
            text_justification=[sides],
        )
    )
    return made


def _ends(spans: list[int]) -> list[int]:
    return [sum(spans[: place + 1]) for place in range(len(spans))]


def _widths(table: Table) -> list[float]:
    """Return relative widths: by the longest text, but no column wider than a sentence."""
    texts = table.texts()
    return [
        float(min(max([len(head), *map(len, texts[key]), 4]), 40))
        for key, head in zip(table.columns, table.heads, strict=True)
    ]


def _marked(text: str, headings: int) -> str:
    r"""Mark the first rows as headings that repeat, and every row as one that does not break.

    No text of the table can hold ``\trowd``: its backslashes are escaped.
    """
    done = iter(range(text.count("\\trowd")))
    marks = (r"\\trowd\\trhdr\\trkeep", r"\\trowd\\trkeep")
    return re.sub(
        r"(?<!\\)\\trowd",
        lambda _: marks[next(done) >= headings].replace(r"\\", "\\"),
        text,
    )
