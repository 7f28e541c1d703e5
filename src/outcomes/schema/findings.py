"""The table of what is wrong: one row per fault, with file, row, column and what to do.

A message names columns, rules and limits; the raw text is kept in the column ``raw``, which neither
the command line nor a report prints.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.schema.columns import Cost
from outcomes.schema.contract import specs
from outcomes.schema.fault_rules import fault_rules

__all__ = ["COSTS", "FINDING_COLUMNS", "LINE", "Fault", "Received", "findings_frame", "places"]

#: What the column `cost` of the findings says.
COSTS: dict[Cost | Literal["copy"] | None, str] = {
    "row": "row rejected",
    "cell": "cell not used",
    "copy": "same row again: left out",
    None: "",
}

#: Name of the column that holds the raw text of a line that could not be cut into fields.
LINE = "(line)"

FINDING_COLUMNS = (
    "table",
    "file",
    "row",
    "column",
    "rule",
    "severity",
    "cost",
    "message",
    "hint",
    "raw",
    "count",
    "line",
    "waived",
)


@dataclass(frozen=True, slots=True, eq=False)
class Fault:
    """One rule that some rows of one table break.

    Parameters
    ----------
    table : str
        Name of the table.
    rule : str
        Code of the rule.
    message : str
        What is wrong, without any value of the data.
    rows : ndarray of int, shape (k,)
        Positions of the rows in the table as received.
    column : str
        The column that the fault is in; empty for a whole row.
    severity : {"error", "warning"}
        An error costs the row or the cell; a warning is listed and costs nothing.
    hint : str
        What to do.
    whole_table : int or None
        For a fault of the whole table, the rows that it covers; `rows` is empty then.
    costs : {"row", "cell", "copy"} or None
        What an error costs. None: what the contract says of the column (`ColumnSpec.cost`); a fault
        without a column, or of a line, costs the row. "copy": the row is left out, and nothing is lost with
        it.
    """

    table: str
    rule: str
    message: str
    rows: NDArray[np.intp]
    column: str = ""
    severity: Literal["error", "warning"] = "error"
    hint: str = ""
    whole_table: int | None = None
    costs: Cost | Literal["copy"] | None = None

    def __post_init__(self) -> None:
        """Refuse what the table of rules, and so docs/faults.md, does not say."""
        known = fault_rules().get(self.rule)
        if known is None or self.severity not in known.severity or (self.cost or "kept") not in known.happens:
            raise AssertionError(
                f"fault_rules.csv does not know: {self.rule} {self.severity} {self.cost or 'kept'}"
            )

    @property
    def cost(self) -> Cost | Literal["copy"] | None:
        """What the fault costs: the row, the cell, a row that another one repeats, or nothing (None)."""
        if self.costs == "copy":
            return "copy"
        if self.severity != "error" or self.whole_table is not None:
            return None
        spec = specs(self.table).get(self.column)
        return self.costs or (spec.cost if spec else "row")

    @property
    def told(self) -> str:
        """The message, with what is not known when the cell is blank."""
        if self.cost != "cell":
            return self.message
        spec = specs(self.table).get(self.column)
        return f"{self.message}: cell not used" + (f" ({spec.blank})" if spec and spec.blank else "")


@dataclass(frozen=True, slots=True, eq=False)
class Received:
    """A table as it was received, with where each row comes from.

    Parameters
    ----------
    frame : DataFrame
        Parsed columns with the dtypes of the contract; index 0..rows-1.
    raw : DataFrame
        The same rows as text, our column names; a subset of the columns.
    origin : DataFrame
        Columns file (str), row (int, 1 = first data row) and line (the row as a spreadsheet numbers it;
        missing where there are no lines).
    files : tuple of str
        Names of the files, also of those without rows.
    faults : tuple of Fault
        What reading found.
    """

    frame: pd.DataFrame
    raw: pd.DataFrame
    origin: pd.DataFrame
    files: tuple[str, ...]
    faults: tuple[Fault, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)


#: Position of a finding on the whole table.
NOWHERE = -1


def places(mask: pd.Series | NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the positions of the rows where a condition holds; missing does not."""
    values = mask.fillna(False) if isinstance(mask, pd.Series) else mask
    return np.flatnonzero(np.asarray(values, dtype=bool))


def findings_frame(
    faults: Iterable[Fault],
    received: Mapping[str, Received],
    waivers: Mapping[str, Mapping[str, str]] | None = None,
) -> pd.DataFrame:
    """Return all faults as one frame with the columns `FINDING_COLUMNS`, by table, file and row.

    `waived` is the reason why study.toml waives the rule in this table (table -> rule -> reason), else empty.
    """
    told = [fault for fault in faults if len(fault.rows) or fault.whole_table is not None]
    parts = [
        _rows_of([fault for fault in told if fault.table == name], table)
        for name, table in received.items()
        if any(fault.table == name for fault in told)
    ]
    if not parts:
        return _typed(pd.DataFrame(columns=list(FINDING_COLUMNS)))
    found = pd.concat(parts, ignore_index=True)
    reasons = {(table, rule): reason for table, of in (waivers or {}).items() for rule, reason in of.items()}
    place = pd.MultiIndex.from_frame(found[["table", "rule"]])
    return _typed(found.assign(waived=place.map(reasons).astype("str").fillna("") if reasons else ""))


def _rows_of(faults: Sequence[Fault], table: Received) -> pd.DataFrame:
    """Return the faults of one table, by file and row."""
    whole = [fault.whole_table is not None for fault in faults]
    rows = [
        np.array([NOWHERE]) if all_of_it else fault.rows
        for fault, all_of_it in zip(faults, whole, strict=True)
    ]
    number = np.repeat(np.arange(len(faults)), [len(own) for own in rows])
    facts = pd.DataFrame(
        {
            "table": [fault.table for fault in faults],
            "column": [fault.column for fault in faults],
            "rule": [fault.rule for fault in faults],
            "severity": [fault.severity for fault in faults],
            "cost": [COSTS[fault.cost] for fault in faults],
            "message": [fault.told for fault in faults],
            "hint": [fault.hint for fault in faults],
            "count": [1 if fault.whole_table is None else fault.whole_table for fault in faults],
        }
    )
    found = facts.take(number).reset_index(drop=True)
    where = table.origin.reset_index(drop=True).reindex(np.concatenate(rows)).reset_index(drop=True)
    found["file"] = where["file"].mask(np.array(whole)[number], ", ".join(table.files))
    found["row"], found["line"] = where["row"], where["line"]
    raw = [
        np.asarray(table.raw[fault.column].array.take(fault.rows), dtype=object)
        if fault.column in table.raw.columns and not all_of_it
        else np.full(len(own), None)
        for fault, own, all_of_it in zip(faults, rows, whole, strict=True)
    ]
    found["raw"] = pd.Series(np.concatenate(raw), dtype="object")
    return found.sort_values(["file", "row", "severity"], kind="stable", na_position="first")


def _typed(found: pd.DataFrame) -> pd.DataFrame:
    numbers = {"row": "Int64", "count": "int64", "line": "Int64"}
    return found[list(FINDING_COLUMNS)].astype(dict.fromkeys(FINDING_COLUMNS, "str") | numbers)
