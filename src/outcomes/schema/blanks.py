"""Cells that are not used: blanked in their column, while the row stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.schema.contract import specs
from outcomes.schema.findings import LINE, Fault, Received

__all__ = [
    "blank_cells",
    "blanked_cells",
    "blanked_rows",
    "cells_lost",
    "count_cells",
    "rows_with_blanks",
]

#: Columns that are found from the rest of the row where the source's cell is blank or not used.
FILLED = ("event_id", "group", "onset_precision", "onset_from")


def blank_cells(table: str, frame: pd.DataFrame, faults: Iterable[Fault]) -> pd.DataFrame:
    """Return the frame with every cell blank that a fault costs.

    Parameters
    ----------
    table : str
        Name of the table.
    frame : DataFrame
        Parsed columns; index 0..rows-1.
    faults : iterable of Fault
        Those of other tables, and those that cost the row or nothing, change nothing here.
    """
    lost = {name: rows for name, rows in blanked_rows(table, faults).items() if name in _may_be_blank(table)}
    return frame.assign(**{name: frame[name].mask(_mask(rows, len(frame))) for name, rows in lost.items()})


def blanked_rows(table: str, faults: Iterable[Fault]) -> dict[str, NDArray[np.intp]]:
    """Return column -> positions of the cells that some fault costs."""
    found: dict[str, list[NDArray[np.intp]]] = {}
    for fault in faults:
        if fault.table == table and fault.cost == "cell" and len(fault.rows):
            found.setdefault(fault.column, []).append(fault.rows)
    return {name: np.unique(np.concatenate(rows)) for name, rows in found.items()}


def blanked_cells(
    received: Mapping[str, Received], kept: Mapping[str, NDArray[np.bool_]], faults: Iterable[Fault]
) -> dict[tuple[str, str], NDArray[np.bool_]]:
    """Return table and column -> which of the rows that stay lost that cell."""
    faults = list(faults)
    return {
        (table, name): _mask(rows, len(source))[kept[table]]
        for table, source in received.items()
        for name, rows in blanked_rows(table, faults).items()
    }


def cells_lost(table: str, column: str, rows: int, faults: Iterable[Fault]) -> NDArray[np.bool_]:
    """Return which rows of a table lose the cell of one column."""
    return _mask(blanked_rows(table, faults).get(column, np.empty(0, dtype=np.intp)), rows)


def rows_with_blanks(table: str, rows: int, faults: Iterable[Fault]) -> NDArray[np.bool_]:
    """Return which rows of a table lose a cell."""
    return _mask(np.concatenate([np.empty(0, np.intp), *blanked_rows(table, faults).values()]), rows)


def _may_be_blank(table: str) -> frozenset[str]:
    return frozenset(specs(table)) - frozenset(FILLED)


def count_cells(
    received: Mapping[str, Received], kept: Mapping[str, NDArray[np.bool_]], faults: Iterable[Fault]
) -> pd.DataFrame:
    """Return the bookkeeping of cells: given = used + blanked holds for each column.

    Parameters
    ----------
    received : mapping of str to Received
        The tables as they were received.
    kept : mapping of str to ndarray of bool
        Which rows of each table stay: the cells of the other rows are counted with these rows.
    faults : iterable of Fault
        What was found.

    Returns
    -------
    DataFrame
        table, column, cost (of a bad cell: ``row`` or ``cell``), given (filled cells of the rows that
        stay), used, blanked.
    """
    faults, rows = list(faults), []
    for table, source in received.items():
        lost = blanked_rows(table, faults)
        for name in [name for name in source.raw.columns if name != LINE]:
            blank = _mask(lost.get(name, np.empty(0, dtype=np.intp)), len(source))
            given = _filled(source, name) | blank
            counts = [int((given & kept[table]).sum()), int((given & ~blank & kept[table]).sum())]
            rows.append((table, name, specs(table)[name].cost, *counts, int((blank & kept[table]).sum())))
    columns = ["table", "column", "cost", "given", "used", "blanked"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[:3], "str"))


def _filled(source: Received, name: str) -> NDArray[np.bool_]:
    """Return where a column was filled in: what was found from the rest of the row was not."""
    filled: NDArray[np.bool_] = source.frame[name].notna().to_numpy(dtype=np.bool_, copy=True)
    if name in (*FILLED, "rate_unit"):
        filled &= (source.raw[name] != "").to_numpy(dtype=np.bool_)
    if name == "onset":  # a month or a year alone is used, too
        filled |= source.frame["onset_from"].notna().to_numpy(dtype=np.bool_)
    return filled


def _mask(rows: NDArray[np.intp], length: int) -> NDArray[np.bool_]:
    mask = np.zeros(length, dtype=bool)
    mask[rows] = True
    return mask
