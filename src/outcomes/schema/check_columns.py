"""Checks of single columns: types, empty cells, codes and limits; the usual ranges as warnings.

A test holds that they refuse the cells that the table's pandera schema refuses.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import DataError
from outcomes.schema.columns import ColumnSpec
from outcomes.schema.contract import specs
from outcomes.schema.findings import Fault

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
    _check_types(table, frame)
    faults = [fault for spec in columns.values() for fault in _refused(table, spec, frame[spec.name])]
    faults += [_empty(table, spec, frame) for spec in columns.values() if spec.required and spec.nullable]
    return faults + [fault for spec in columns.values() for fault in _unusual(table, spec, frame)]


def _check_types(table: str, frame: pd.DataFrame) -> None:
    wanted = {name: spec.dtype for name, spec in specs(table).items()}
    found = {str(name): str(dtype) for name, dtype in frame.dtypes.items()}
    broken = {name for name, _ in wanted.items() ^ found.items()}
    if broken:
        raise DataError(
            f"table {table} does not have the contract's columns and dtypes",
            got=", ".join(sorted(broken)),
            hint="see data/schema for the columns and their types",
        )


def _refused(table: str, spec: ColumnSpec, cells: pd.Series) -> Iterator[Fault]:
    """Yield the faults of cells that may not be empty, have another code or lie beyond a limit."""
    empty = cells.isna().to_numpy(dtype=np.bool_)

    def fault(rule: str, message: str, bad: NDArray[np.bool_], hint: str) -> Iterator[Fault]:
        rows = np.flatnonzero(bad)
        if len(rows):
            yield Fault(table, rule, f"{spec.name} {message}", rows, spec.name, hint=hint)

    if not spec.nullable:
        yield from fault("missing_value", "is empty", empty, "every row needs it")
    if spec.kind == "code":
        other = ~empty & ~cells.isin(spec.codes).to_numpy(dtype=np.bool_)
        yield from fault("unknown_code", "is not one of its codes", other, ", ".join(spec.codes))
    low, high = spec.limits
    if low is None and high is None:
        return
    bounds = " to ".join("" if limit is None else f"{limit:g}" for limit in spec.limits)
    value = cells.to_numpy(dtype=np.float64, na_value=np.nan)
    for beyond in (value < (-np.inf if low is None else low), value > (np.inf if high is None else high)):
        message = f"is outside {bounds} {spec.unit or ''}".rstrip()
        yield from fault("out_of_range", message, beyond, "check the value and its unit in the source")


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
