"""A table as text: what every reader returns before anything is interpreted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from outcomes.schema.findings import Fault

__all__ = ["RawTable", "concat_raw"]


@dataclass(frozen=True, slots=True, eq=False)
class RawTable:
    """Rows as text.

    Parameters
    ----------
    frame : DataFrame of str
        The source's columns; an absent value is the empty text.
    origin : DataFrame
        Columns file and row (1 = first data row; empty lines are not counted).
    typed : frozenset of str
        Columns whose text was made from typed values (Parquet): dates are ISO and decimals have a point.
    faults : tuple of Fault
        Lines that could not be cut into fields, cells that are too long.
    """

    frame: pd.DataFrame
    origin: pd.DataFrame
    typed: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = ()


def concat_raw(parts: list[RawTable]) -> RawTable:
    """Return the rows of several files as one table; columns that one file lacks are empty there."""
    if len(parts) == 1:
        return parts[0]
    offset, faults = 0, []
    for part in parts:
        for fault in part.faults:
            faults.append(replace(fault, rows=fault.rows + offset))
        offset += len(part.frame)
    frame = pd.concat([part.frame for part in parts], ignore_index=True).fillna("")
    origin = pd.concat([part.origin for part in parts], ignore_index=True)
    return RawTable(frame, origin, frozenset.intersection(*(part.typed for part in parts)), tuple(faults))
