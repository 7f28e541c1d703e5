"""The cells of a sheet as a table: what stands above and below, the header's lines joined, the rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from outcomes.errors import SourceError
from outcomes.schema.contract import specs
from outcomes.schema.findings import Fault
from outcomes.sources.assemble import set_aside
from outcomes.sources.conventions import TableSource
from outcomes.sources.doors.cell_texts import CellTexts, cell_texts
from outcomes.sources.doors.workbook_parts import Cell, SheetFacts
from outcomes.sources.footer import refuse_rows_below
from outcomes.sources.header import known_names, refuse_names, refuse_title
from outcomes.sources.limits import Limits
from outcomes.sources.lines import LineCount
from outcomes.sources.raw import RawTable, origin_of
from outcomes.sources.receive import DATE_ONLY

__all__ = ["Grid", "table_of"]

Range = tuple[tuple[int, int], tuple[int, int]]
LOOKED_AT = 60


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A sheet from its first cell on.

    Parameters
    ----------
    rows : list of list
        Typed cells, every row as long as the others; the empty text where there is nothing.
    merged : list of ((int, int), (int, int))
        First and last cell, as (row, column) from 0, of what is merged: its value stands in the first.
    facts : SheetFacts
        Errors and formulas.
    """

    rows: list[list[Any]]
    merged: list[Range] = field(default_factory=list)
    facts: SheetFacts = field(default_factory=SheetFacts)


def table_of(grid: Grid, *, table: str, file: str, source: TableSource, limits: Limits) -> RawTable:
    """Return the rows of a sheet as text, each with its number in the spreadsheet.

    Raises
    ------
    SourceError
        When there are fewer lines than study.toml says, or the header is none.
    """
    cells, filled = _cells(grid)
    filled = filled[filled >= source.skip_lines]
    header = 0 if source.header else source.header_lines
    if len(filled) < header + source.footer:
        raise SourceError(
            f"{file}: the sheet has fewer lines than study.toml says",
            got=f"{len(filled)} with anything in them",
            hint="check skip_lines, header_lines and footer",
        )
    above, rows = filled[:header], filled[header : len(filled) - source.footer]
    names = list(source.header) if source.header else _header(grid, cells, above, table, file, source)
    places = _places(cells, rows, names)
    names = [names[place] if place < len(names) else "" for place in places]
    limits.refuse_more("max_columns", len(names), file=file)
    refuse_names(names, table=table, file=file, source=source)
    texts = {
        name: cell_texts(cells[rows, place], source, by_day=_is_date(table, name, source))
        for name, place in zip(names, places, strict=True)
    }
    if source.footer:
        below = cells[filled[len(filled) - source.footer :]]
        lines = zip(*(cell_texts(below[:, place], source).texts for place in places), strict=True)
        refuse_rows_below(lines, names, table=table, file=file, source=source)
    faults = [*_unread(table, grid.facts, rows, dict(zip(places, names, strict=True)))]
    faults += [fault for name, column in texts.items() for fault in _mixed(table, name, column, source)]
    columns = {name: column.categorical() for name, column in texts.items()}
    frame, more = set_aside(columns, table=table, source=source, longest=limits.max_cell_characters)
    count = LineCount(skipped=source.skip_lines, header=header, rows=len(rows), footer=source.footer)
    count = replace(count, blank=len(cells) - count.total)
    return RawTable(frame, origin_of(file, len(rows), lines=rows + 1), faults=(*faults, *more), lines=count)


def _cells(grid: Grid) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Return the cells as an array, and the rows with anything in them."""
    width = max(map(len, grid.rows), default=0)
    cells = np.empty((len(grid.rows), width), dtype=object)
    for place, row in enumerate(grid.rows):
        cells[place] = row
    filled = np.array(
        [any(not isinstance(cell, str) or cell.strip() for cell in row) for row in grid.rows], dtype=bool
    )
    spoilt = [row for row, _ in (*grid.facts.errors, *grid.facts.without_value) if row < len(filled)]
    filled[spoilt] = True
    return cells, np.flatnonzero(filled)


def _header(
    grid: Grid,
    cells: NDArray[np.object_],
    above: NDArray[np.intp],
    table: str,
    file: str,
    source: TableSource,
) -> list[str]:
    """Return the names of the columns: the header's lines joined, a merged cell over all that it covers."""
    first = source.skip_lines
    lines = [list(cell_texts(row, source).texts) for row in cells[first : first + LOOKED_AT]]
    shown = cells[above].copy()
    for (top, left), (bottom, right) in grid.merged:
        shown[
            np.ix_((above >= top) & (above <= bottom), np.arange(left, min(right, cells.shape[1] - 1) + 1))
        ] = cells[top, left]
    texts = [cell_texts(row, source).texts for row in shown]
    names = [
        " ".join(dict.fromkeys(" ".join(part.split()) for part in parts if part.strip()))
        for parts in zip(*texts, strict=True)
    ]
    if not set(names) & known_names(table, source):
        refuse_title(lines, table=table, file=file, source=source, above=first)
    return names


def _places(cells: NDArray[np.object_], rows: NDArray[np.intp], names: list[str]) -> list[int]:
    """Return the columns that have a name or anything in a row; formats alone make none."""
    return [
        place
        for place in range(cells.shape[1])
        if (place < len(names) and names[place])
        or any(not isinstance(cell, str) or cell.strip() for cell in cells[rows, place])
    ]


def _is_date(table: str, name: str, source: TableSource) -> bool:
    """Return whether midnight in a column is a day and no time."""
    ours = {theirs: ours for ours, theirs in source.columns.items()}.get(name, name)
    spec = specs(table).get(ours)
    return ours in DATE_ONLY or (spec is not None and spec.kind == "date")


def _unread(table: str, facts: SheetFacts, rows: NDArray[np.intp], names: dict[int, str]) -> Iterator[Fault]:
    """Say which cells hold an error or a formula without its result."""
    kinds: tuple[tuple[tuple[Cell, ...], str, Literal["error", "warning"], str, str], ...] = (
        (
            facts.errors,
            "cell_error",
            "error",
            "the cell holds an error of the spreadsheet",
            "correct its formula",
        ),
        (
            facts.without_value,
            "formula_without_value",
            "error",
            "the cell holds a formula without a saved result",
            "open the workbook in Excel and save it",
        ),
        (
            facts.formulas,
            "formula_not_calculated",
            "warning",
            "the cell holds a formula that was written by a program and may never have been calculated",
            "open the workbook in Excel, save it, and compare",
        ),
    )
    for places, rule, severity, text, hint in kinds:
        for column in sorted({column for _, column in places} & names.keys()):
            lines = np.array([row for row, here in places if here == column], dtype=np.intp)
            found = np.flatnonzero(np.isin(rows, lines))
            if len(found):
                yield Fault(table, rule, text, found, names[column], severity, hint)


def _mixed(table: str, name: str, column: CellTexts, source: TableSource) -> Iterator[Fault]:
    """Say where dates and texts stand in one column: a spreadsheet may have taken a month for the day."""
    if not (column.dated.any() and column.worded.any()):
        return
    ours = {theirs: ours for ours, theirs in source.columns.items()}.get(name, name)
    spec = specs(table).get(ours)
    if spec is None or spec.kind not in ("date", "timestamp"):
        return
    yield Fault(
        table,
        "dates_and_texts",
        "the cell is a spreadsheet date while others in the column are texts: if the spreadsheet"
        " made it from typed text, day and month may have been swapped",
        np.flatnonzero(column.dated),
        name,
        "warning",
        "compare with the source; format the column as text before dates are typed or pasted",
    )
