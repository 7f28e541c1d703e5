"""Columns that are declared wrongly: so many cells cannot be read that the declaration is at fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, one_of
from outcomes.schema.columns import ColumnSpec
from outcomes.schema.contract import specs
from outcomes.schema.declaration_lines import lines_that_read
from outcomes.schema.findings import Fault, Received
from outcomes.schema.shapes import shapes_of
from outcomes.schema.tables import TABLES

__all__ = [
    "ALARM_COLUMNS",
    "DECLARED_WRONGLY",
    "FEWEST",
    "SHARE",
    "alarms_frame",
    "check_waivers",
    "declared_wrongly",
    "told_columns",
]

DECLARED_WRONGLY = "column_declared_wrongly"
#: More than this share of the filled cells, and at least so many, cannot be read: no slip of single cells.
SHARE, FEWEST = 0.02, 5
#: Errors of a cell that say nothing of how its column is declared.
OF_THE_CELL = (
    "missing_value",
    "cell_too_long",
    "open_quote",
    "line_breaks",
    "rows_in_cell",
    "ambiguous_local_time",
    "rate_not_convertible",
)
ALARM_COLUMNS = ("table", "column", "cells", "decides", "waived", "message", "hint")


def declared_wrongly(
    received: Mapping[str, Received], faults: Iterable[Fault], waivers: Mapping[str, Mapping[str, str]]
) -> list[Fault]:
    """Return one fault a column of which more than 2 % of the cells, and at least 5, cannot be read.

    Parameters
    ----------
    received : mapping of str to Received
        The tables as they were received.
    faults : iterable of Fault
        What reading and the limits of single columns found.
    waivers : mapping of str to mapping
        Table -> column -> why the study is used all the same: the fault is a warning then.
    """
    unread: dict[tuple[str, str], list[NDArray[np.intp]]] = {}
    for fault in faults:
        if fault.severity == "error" and len(fault.rows) and fault.rule not in OF_THE_CELL:
            unread.setdefault((fault.table, fault.column), []).append(fault.rows)
    found = []
    for (table, name), rows in unread.items():
        spec = specs(table).get(name)
        if spec is not None and spec.kind not in ("id", "text"):
            found += _judge(table, spec, received[table], np.unique(np.concatenate(rows)))
    return [_waived(fault, waivers.get(fault.table, {}).get(fault.column)) for fault in found]


def _judge(table: str, spec: ColumnSpec, source: Received, rows: NDArray[np.intp]) -> list[Fault]:
    given = source.frame[spec.name].notna().to_numpy(dtype=bool, copy=True)
    given[rows] = True
    n, total = len(rows), int(given.sum())
    if n < FEWEST or n <= SHARE * total:
        return []
    shapes = shapes_of(_texts(spec.name, source, rows))
    told = ", ".join(f"{count} x {shape}" for shape, count in shapes.items())
    message = f"{spec.name} is declared wrongly: {n} of {total} cells cannot be read ({told})"
    hint = lines_that_read(table, spec, [str(shape) for shape in shapes.index])
    none = np.empty(0, dtype=np.intp)
    return [Fault(table, DECLARED_WRONGLY, message, none, spec.name, hint=hint, whole_table=n)]


def _texts(name: str, source: Received, rows: NDArray[np.intp]) -> pd.Series:
    """Return the texts of the cells; of a typed column its values as text."""
    values = source.frame[name].iloc[rows].astype("object").astype("str")
    if name not in source.raw:
        return values
    raw = source.raw[name].iloc[rows].astype("str")
    return raw.where(raw != "", values)


def _waived(fault: Fault, reason: str | None) -> Fault:
    if reason is None:
        return fault
    return replace(fault, severity="warning", message=f"{fault.message}; used all the same: {reason}")


def check_waivers(waivers: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse a waiver of a column that the contract does not have, or without a reason.

    Raises
    ------
    ArgumentError
        For an unknown table or column, or an empty reason.
    """
    for table, columns in waivers.items():
        one_of("table of a waiver", table, TABLES)
        for name, reason in columns.items():
            one_of(f"column of a waiver of {table}", name, specs(table))
            if not str(reason).strip():
                raise ArgumentError(
                    f"the waiver of {table}.{name} has no reason",
                    allowed="why the column may be used as it is",
                )


def told_columns(alarms: pd.DataFrame) -> tuple[str, ...]:
    """Return one sentence for each column that decides something and is declared wrongly, waived or not."""
    rows = alarms[alarms["decides"]]
    return tuple(
        f"{table}.{column} is declared wrongly: {cells} cells cannot be read"
        for table, column, cells in zip(rows["table"], rows["column"], rows["cells"], strict=True)
    )


def alarms_frame(found: Iterable[Fault], waivers: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """Return the columns that are declared wrongly as a frame: `ALARM_COLUMNS`, one row a column.

    `decides` says whether anything on the page rests on the column; `waived` is the reason that
    study.toml gives for using the study all the same, else empty.
    """
    rows = []
    for fault in found:
        spec = specs(fault.table)[fault.column]
        reason = waivers.get(fault.table, {}).get(fault.column, "")
        cells = fault.whole_table or 0
        rows.append((fault.table, fault.column, cells, spec.decides, reason, fault.message, fault.hint))
    frame = pd.DataFrame(rows, columns=list(ALARM_COLUMNS))
    text = dict.fromkeys(("table", "column", "waived", "message", "hint"), "str")
    return frame.astype(text | {"cells": "int64", "decides": "bool"})
