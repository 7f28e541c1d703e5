"""Columns that are declared wrongly: so many cells cannot be read that the declaration is at fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, one_of
from outcomes.schema.contract import specs
from outcomes.schema.declaration_lines import lines_that_read
from outcomes.schema.fault_rules import fault_rules
from outcomes.schema.findings import Fault, Received
from outcomes.schema.shapes import shapes_of
from outcomes.schema.tables import TABLES

__all__ = [
    "ALARM_COLUMNS",
    "DECLARED_WRONGLY",
    "FEWEST",
    "SHARE",
    "Unread",
    "alarms_frame",
    "checked_waivers",
    "declared_wrongly",
    "told_columns",
    "unread_cells",
]

DECLARED_WRONGLY = "column_declared_wrongly"
#: More than this share of the filled cells, and at least this many, cannot be read: no slip of single cells.
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


@dataclass(frozen=True, slots=True, eq=False)
class Unread:
    """The cells of one column that cannot be read, in one part of a study or all of it; parts add up.

    Parameters
    ----------
    cells, given : int
        Cells that cannot be read, and all filled ones.
    texts : Series of int
        How often each text stands in those that cannot be read; of patients: never printed.
    hint : str
        What the reader of the cells says to do, without any text of them.
    """

    cells: int
    given: int
    texts: pd.Series
    hint: str = ""

    def __add__(self, other: Unread) -> Unread:
        """Return the cells of both parts."""
        texts = self.texts.add(other.texts, fill_value=0).astype("int64")
        return Unread(self.cells + other.cells, self.given + other.given, texts, self.hint or other.hint)


def unread_cells(received: Mapping[str, Received], faults: Iterable[Fault]) -> dict[tuple[str, str], Unread]:
    """Return table and column -> the cells that cannot be read, for every column of a kind that is read.

    Parameters
    ----------
    received : mapping of str to Received
        The tables as they were received.
    faults : iterable of Fault
        What reading and the limits of single columns found.
    """
    unread: dict[tuple[str, str], list[NDArray[np.intp]]] = {}
    hints: dict[tuple[str, str], str] = {}
    for fault in faults:
        if fault.severity == "error" and len(fault.rows) and fault.rule not in OF_THE_CELL:
            unread.setdefault((fault.table, fault.column), []).append(fault.rows)
            hints.setdefault((fault.table, fault.column), fault.hint)
    found = {}
    for (table, name), rows in unread.items():
        spec = specs(table).get(name)
        if spec is not None and spec.kind not in ("id", "text"):
            cells = np.unique(np.concatenate(rows))
            found[table, name] = _unread(name, received[table], cells, hints[table, name])
    return found


def _unread(name: str, source: Received, rows: NDArray[np.intp], hint: str) -> Unread:
    given = source.frame[name].notna().to_numpy(dtype=bool, copy=True)
    given[rows] = True
    return Unread(len(rows), int(given.sum()), _texts(name, source, rows).value_counts(), hint)


def declared_wrongly(
    unread: Mapping[tuple[str, str], Unread],
    waivers: Mapping[str, Mapping[str, str]],
    more: Iterable[Fault] = (),
) -> list[Fault]:
    """Return one fault a column of which more than 2 % of the cells, and at least 5, cannot be read.

    Parameters
    ----------
    unread : mapping of (str, str) to Unread
        Table and column -> the cells that cannot be read.
    waivers : mapping of str to mapping
        Table -> column -> why the study is used anyway: the fault is a warning then.
    more : iterable of Fault
        What else says so of a column.
    """
    found = [fault for (table, name), cells in unread.items() for fault in _judge(table, name, cells)]
    told = {(one.table, one.column) for one in found}
    found += [fault for fault in more if (fault.table, fault.column) not in told]
    return [_waived(fault, waivers.get(fault.table, {}).get(fault.column)) for fault in found]


def _judge(table: str, name: str, unread: Unread) -> list[Fault]:
    if unread.cells < FEWEST or unread.cells <= SHARE * unread.given:
        return []
    shapes = shapes_of(unread.texts.index.repeat(unread.texts).to_series())
    told = ", ".join(f"{count} x {shape}" for shape, count in shapes.items())
    message = f"{name} is declared wrongly: {unread.cells} of {unread.given} cells cannot be read"
    message += f" ({told})" if told else ""
    hint = lines_that_read(table, specs(table)[name], [str(shape) for shape in shapes.index], unread.hint)
    none = np.empty(0, dtype=np.intp)
    return [Fault(table, DECLARED_WRONGLY, message, none, name, hint=hint, whole_table=unread.cells)]


def _texts(name: str, source: Received, rows: NDArray[np.intp]) -> pd.Series:
    """Return the texts of the cells; of a typed column its values as text."""
    raw = source.raw[name].iloc[rows].astype("str") if name in source.raw else None
    if raw is not None and (raw != "").all():
        return raw
    values = source.frame[name].iloc[rows].astype("object").astype("str")
    return values if raw is None else raw.where(raw != "", values)


def _waived(fault: Fault, reason: str | None) -> Fault:
    if reason is None:
        return fault
    return replace(fault, severity="warning", message=f"{fault.message}; used anyway: {reason}")


def checked_waivers(waivers: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
    """Return the waivers; refuse one of an unknown column or rule, or without a reason.

    Raises
    ------
    ArgumentError
        For an unknown table, column or rule, or an empty reason.
    """
    rules = [rule for rule in fault_rules() if rule != DECLARED_WRONGLY]
    for table, columns in waivers.items():
        one_of("table of a waiver", table, TABLES)
        for name, reason in columns.items():
            one_of(f"column or rule of a waiver of {table}", name, [*specs(table), *rules])
            if not str(reason).strip():
                raise ArgumentError(
                    f"the waiver of {table}.{name} has no reason",
                    allowed="why the column may be used as it is, or why the rule is asked no more",
                )
    return waivers


def told_columns(alarms: pd.DataFrame) -> tuple[str, ...]:
    """Return one sentence for each column that decides something and is declared wrongly, waived or not."""
    if alarms.empty:
        return ()  # every table of a study and every result asks
    rows = alarms[alarms["decides"]]
    return tuple(
        f"{table}.{message.partition('; used anyway: ')[0].partition(' (')[0]}"
        for table, message in zip(rows["table"], rows["message"], strict=True)
    )


def alarms_frame(found: Iterable[Fault], waivers: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """Return the columns that are declared wrongly as a frame: `ALARM_COLUMNS`, one row per column.

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
