"""Checks of single columns: pandera for types, empty cells and limits; the usual ranges as warnings.

pandera's messages hold values; only the name of the failed check and the row cross into a `Fault`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pandera.pandas as pa
from numpy.typing import NDArray

from outcomes.errors import DataError
from outcomes.schema.columns import ColumnSpec
from outcomes.schema.contract import specs
from outcomes.schema.findings import Fault
from outcomes.schema.tables import TABLES

__all__ = ["check_columns"]


def check_columns(table: str, frame: pd.DataFrame) -> list[Fault]:
    """Return the faults of each column by itself.

    Parameters
    ----------
    table : str
        Name of the table.
    frame : DataFrame
        Parsed columns; index 0..rows-1.

    Raises
    ------
    DataError
        When columns or dtypes are not those of the contract: the reading went wrong, not the data.
    """
    columns = specs(table)
    faults = [
        _fault(table, columns[name], check, rows) for (name, check), rows in _failures(table, frame).items()
    ]
    faults += [_empty(table, spec, frame) for spec in columns.values() if spec.required and spec.nullable]
    return faults + [fault for spec in columns.values() for fault in _unusual(table, spec, frame)]


def _failures(table: str, frame: pd.DataFrame) -> dict[tuple[str, str], NDArray[np.intp]]:
    """Return column and check -> positions of the rows that fail it."""
    try:
        TABLES[table].validate(frame, lazy=True, inplace=True)  # nothing is coerced: no copy
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases[["column", "check", "index"]].copy()
    else:
        return {}
    if cases["index"].isna().any():
        broken = cases.loc[cases["index"].isna(), "column"].astype(str)
        raise DataError(
            f"table {table} does not have the contract's columns and dtypes",
            got=", ".join(sorted(set(broken))),
            hint="see data/schema for the columns and their types",
        ) from None
    grouped = cases.groupby(["column", "check"], sort=False)["index"]
    return {key: rows.to_numpy(dtype=np.intp) for key, rows in grouped}


def _fault(table: str, spec: ColumnSpec, check: str, rows: NDArray[np.intp]) -> Fault:
    if check == "not_nullable":
        return Fault(
            table, "missing_value", f"{spec.name} is empty", rows, spec.name, hint="every row needs it"
        )
    if check.startswith("isin"):
        allowed = ", ".join(spec.codes)
        return Fault(
            table, "unknown_code", f"{spec.name} is not one of its codes", rows, spec.name, hint=allowed
        )
    low, high = (f"{limit:g}" if limit is not None else "" for limit in spec.limits)
    text = f"{spec.name} is outside {low} to {high} {spec.unit or ''}".rstrip()
    return Fault(
        table, "out_of_range", text, rows, spec.name, hint="check the value and its unit in the source"
    )


def _empty(table: str, spec: ColumnSpec, frame: pd.DataFrame) -> Fault:
    """Return the rows that leave a cell empty which the table is about, and which they may leave empty."""
    rows, text = np.flatnonzero(frame[spec.name].isna()), f"{spec.name} is empty: {spec.blank}"
    rule = "missing_end" if spec.name == "end" else "missing_value"
    return Fault(table, rule, text, rows, spec.name, "warning", "add it in the source")


def _unusual(table: str, spec: ColumnSpec, frame: pd.DataFrame) -> list[Fault]:
    low, high = spec.usual
    if low is None and high is None:
        return []
    value = frame[spec.name].astype("float64").to_numpy()
    inside_limits = np.ones(len(value), dtype=bool)
    if spec.limits[0] is not None:
        inside_limits &= value >= spec.limits[0]
    if spec.limits[1] is not None:
        inside_limits &= value <= spec.limits[1]
    odd = np.zeros(len(value), dtype=bool)
    if low is not None:
        odd |= value < low
    if high is not None:
        odd |= value > high
    bounds = " and ".join(
        text
        for text in (low is not None and f"below {low:g}", high is not None and f"above {high:g}")
        if text
    )
    rows = np.flatnonzero(odd & inside_limits)
    message = f"{spec.name} is {bounds.replace(' and ', ' or ')} {spec.unit or ''}, which is unusual"
    return [
        Fault(table, "unusual_value", message, rows, spec.name, "warning", "kept; check it in the source")
    ]
