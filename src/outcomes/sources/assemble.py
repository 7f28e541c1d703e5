"""From cut rows to a table as text: broken lines stand where they stood, and each slip is a fault."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.schema.contract import specs
from outcomes.schema.findings import LINE, Fault
from outcomes.sources.conventions import TableSource
from outcomes.sources.cut import Broken
from outcomes.sources.quotes import Patch

__all__ = ["Cut", "assemble", "set_aside"]

#: How a line begins that sums up, closes or explains a table.
NO_ROW = re.compile(
    r"(?:grand |sub)?(?:totals?|sum|summe|gesamt|insgesamt|mean|average|mittelwert|count|anzahl|somme)\b"
    r"|n ?=|end of|printed|exported|generated|report\b|source:|note:|seite|page \d|[-=_*#]{2,}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A file that is cut into rows.

    Parameters
    ----------
    read : dict of str to Categorical
        The rows with the right number of fields, each column as its distinct texts.
    broken : list of Broken
        The other lines.
    patched : list of (int, Patch)
        Row (from 0) and what stands there in the place of lines with loose quotes.
    line_break : str
        The sign that stands for a line break within a cell.
    """

    read: dict[str, pd.Categorical]
    broken: list[Broken]
    patched: list[tuple[int, Patch]]
    line_break: str


def assemble(
    cut: Cut, *, table: str, source: TableSource, longest: int
) -> tuple[pd.DataFrame, tuple[Fault, ...]]:
    """Put rows and broken lines in their order, and say what is wrong with cells and lines.

    Parameters
    ----------
    cut : Cut
        What was cut.
    table : str
        Name of the table.
    source : TableSource
        How the file is written.
    longest : int
        Characters that a cell may have.
    """
    total = len(next(iter(cut.read.values()))) + len(cut.broken)
    loose = {line.row for line in cut.broken}
    texts: dict[str, pd.Categorical] = {}
    faults: list[Fault] = []
    for place, (name, cells) in enumerate(cut.read.items()):
        column = _with_line_breaks(_column(cells, cut.broken, total), cut.line_break)
        opened = np.array(
            [row for row, patch in cut.patched if patch.open == place and row not in loose], dtype=np.intp
        )
        texts[name] = _emptied(column, opened)
        if len(opened):
            text = "a quote opens in the cell and does not close on its line"
            hint = "close the quote; a note of several lines may not contain a line that looks like a row"
            faults.append(Fault(table, "open_quote", text, opened, name, hint=hint))
    frame, more = set_aside(texts, table=table, source=source, longest=longest, broken=cut.broken)
    return frame, (*faults, *_line_breaks(table, cut, source), *more)


def set_aside(
    texts: dict[str, pd.Categorical],
    *,
    table: str,
    source: TableSource,
    longest: int,
    broken: Sequence[Broken] = (),
) -> tuple[pd.DataFrame, tuple[Fault, ...]]:
    """Set aside what is no cell or no row: cells that are too long, totals and notes, the header once more.

    Parameters
    ----------
    texts : dict of str to Categorical
        The columns.
    table : str
        Name of the table.
    source : TableSource
        How the file is written.
    longest : int
        Characters that a cell may have.
    broken : sequence of Broken
        Lines that could not be cut into fields.
    """
    faults = []
    for name, column in texts.items():
        too_long = column.categories.str.len() > longest
        if too_long.any():
            long = np.flatnonzero(too_long[column.codes])
            texts = texts | {name: _emptied(column, long)}
            text = f"the cell is longer than {longest:,} characters"
            faults.append(Fault(table, "cell_too_long", text, long, name, hint="is a quote left open?"))
    frame = pd.DataFrame(texts, copy=False)
    no_rows = list(_no_rows(table, frame, broken, source))
    lines = {line.row: line.text[:longest] for line in broken}
    rest = np.array(sorted({int(row) for fault in no_rows for row in fault.rows} - set(lines)), dtype=np.intp)
    if len(rest):  # a total of all days in a column of answers is no answer
        cells = [frame[name].iloc[rest].astype("str") for name in frame]
        whole = reduce(lambda left, cell: left + source.delimiter + cell, cells)
        lines |= dict(zip(rest.tolist(), whole, strict=True))
        frame = pd.DataFrame({name: _emptied(frame[name].array, rest) for name in frame}, copy=False)
    if lines:
        line = np.full(len(frame), "", dtype=object)
        line[list(lines)] = list(lines.values())
        frame[LINE] = pd.Categorical(line)
    return frame, (*faults, *no_rows)


def _column(column: pd.Categorical, broken: list[Broken], total: int) -> pd.Categorical:
    """Return a column with an empty cell in each broken line."""
    if not broken:
        return column
    column = column if "" in column.categories else column.add_categories([""])
    codes = np.full(total, column.categories.get_loc(""), dtype=column.codes.dtype)
    codes[np.setdiff1d(np.arange(total), [line.row for line in broken])] = column.codes
    return pd.Categorical.from_codes(codes, dtype=column.dtype)


def _with_line_breaks(column: pd.Categorical, sign: str) -> pd.Categorical:
    if not sign:
        return column
    return column.rename_categories(column.categories.str.replace(sign, "\n", regex=False))


def _emptied(column: pd.Categorical, rows: NDArray[np.intp]) -> pd.Categorical:
    if not len(rows):
        return column
    column = column if "" in column.categories else column.add_categories([""])
    codes = column.codes.copy()
    codes[rows] = column.categories.get_loc("")
    emptied = pd.Categorical.from_codes(codes, dtype=column.dtype)
    return emptied.remove_unused_categories()  # a column is read by its different texts


def _line_breaks(table: str, cut: Cut, source: TableSource) -> Iterator[Fault]:
    """Say which cells have line breaks that study.toml does not declare."""
    ours = {theirs: name for name, theirs in source.columns.items()}
    for place, name in enumerate(cut.read):
        rows = [row for row, patch in cut.patched if place in patch.broken]
        if rows and not {name, ours.get(name)} & set(source.multiline):
            hint = f'if its notes have several lines, declare it: multiline = ["{ours.get(name, name)}"]'
            at = np.array(rows, dtype=np.intp)
            yield Fault(table, "line_breaks", "the cell has line breaks", at, name, "warning", hint)


def _no_rows(
    table: str, frame: pd.DataFrame, broken: Sequence[Broken], source: TableSource
) -> Iterator[Fault]:
    """Say which lines are no rows: totals and notes, the header once more, those with other fields."""
    loose = np.array([line.row for line in broken], dtype=np.intp)
    summed = np.union1d(
        _sums(table, frame, source), [line.row for line in broken if NO_ROW.match(line.text.strip(" '\""))]
    ).astype(np.intp)
    odd = np.union1d(summed, loose)
    tail = odd[np.diff(np.append(odd, len(frame)))[::-1].cumprod()[::-1] == 1]
    footer = f"write footer = {len(tail)} below the file in study.toml"
    text = "the line looks like a total or a note, not like a row"
    for rows, hint in (
        (np.intersect1d(summed, tail), footer),
        (np.setdiff1d(summed, tail), "remove the line from the file"),
    ):
        if len(rows):
            yield Fault(table, "not_a_row", text, rows, LINE, hint=hint)
    again = _headers(frame)
    if len(again):
        text = "the line repeats the header"
        yield Fault(table, "header_again", text, again, LINE, hint="remove the line from the file")
    others = np.setdiff1d(loose, summed)
    if len(others):
        text = f"the line does not have the header's {len(frame.columns)} fields"
        hint = "check the delimiter, and quote texts that contain it"
        if all(_ends_empty(line, len(frame.columns), source.delimiter) for line in broken):
            hint = "the line ends with an empty field that the header lacks: remove it, or name one there"
        if np.isin(others, tail).all() and len(frame) > len(tail):
            hint += f"; for notes below the table, {footer}"
        yield Fault(table, "wrong_number_of_fields", text, others, LINE, hint=hint)


def _ends_empty(line: Broken, fields: int, delimiter: str) -> bool:
    """Return whether all that is wrong with a line is an empty field at its end."""
    return line.text.endswith(delimiter) and line.text.count(delimiter) == fields


def _sums(table: str, frame: pd.DataFrame, source: TableSource) -> NDArray[np.intp]:
    """Return the rows that begin like a total and lack a cell; a term or a note may begin so."""
    ours = {theirs: name for name, theirs in source.columns.items()}
    name = frame.columns[0]
    spec = specs(table).get(ours.get(name, name))
    first = frame[name].array
    if (spec is not None and spec.kind == "text") or not len(first.categories):
        return np.empty(0, dtype=np.intp)
    rows = np.flatnonzero(
        first.categories.str.strip(" '\"").str.match(NO_ROW.pattern, case=False)[first.codes]
    )
    if not len(rows):
        return rows
    return np.asarray(rows[frame.iloc[rows].eq("").any(axis=1).to_numpy()], dtype=np.intp)


def _headers(frame: pd.DataFrame) -> NDArray[np.intp]:
    names = [str(name).casefold() for name in frame.columns]
    first = frame.iloc[:, 0].array
    rows = np.flatnonzero((first.categories.str.casefold() == names[0])[first.codes])
    if not len(rows):
        return rows
    same = (
        frame.iloc[rows]
        .astype("str")
        .apply(lambda texts: texts.str.casefold())
        .eq(names)
        .all(axis=1)
        .to_numpy()
    )
    return np.asarray(rows[same], dtype=np.intp)
