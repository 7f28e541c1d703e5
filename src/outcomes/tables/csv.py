"""A table as CSV: numbers as they are, not rounded; a text that a spreadsheet would run stays a text."""

from __future__ import annotations

import re

import pandas as pd

from outcomes.tables.description import Table, clean
from outcomes.tables.numbers import EMPTY

__all__ = ["csv_bytes"]

#: What a spreadsheet takes for the beginning of a formula when it opens a CSV.
FORMULA = re.compile(r"[=+\-@]")


def csv_bytes(table: Table) -> bytes:
    """Return the rows as UTF-8: one line of headings, a ratio and an interval in two columns each.

    Notes
    -----
    Caption and footnotes are not rows and stay out. A missing value is an empty cell. A text that begins as a
    formula does gets an apostrophe in front, as spreadsheets write it themselves.
    """
    above = {key: words for words, keys in table.spanners.items() for key in keys}
    heads: list[str] = []
    cells: list[list[float | str | None]] = []
    if table.groups is not None:
        heads.append(table.groups)
        cells.append([clean(text) for text in table.frame[table.groups].astype("str")])
    for key, (label, parts) in zip(table.columns, table.parts(), strict=True):
        heads += [clean(": ".join(filter(None, [above.get(key), label])) + part.suffix) for part in parts]
        cells += [part.values for part in parts]  # noqa: PD011
    told = {place: [_safe(cell) for cell in column] for place, column in enumerate(cells)}
    frame = pd.DataFrame(told, dtype="object")
    written: str = frame.to_csv(index=False, header=list(map(str, map(_safe, heads))), lineterminator="\n")
    return written.encode()


def _safe(cell: float | str | None) -> float | int | str | None:
    if cell == EMPTY:
        return None
    if isinstance(cell, str):
        return f"'{cell}" if FORMULA.match(cell) else cell
    return int(cell) if cell is not None and float(cell).is_integer() and abs(cell) < 2**53 else cell
