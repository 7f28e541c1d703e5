"""Rows of a table as text, taken and repeated: origins and faults go with them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import SourceError
from outcomes.schema.findings import LINE
from outcomes.sources.raw import RawTable

__all__ = ["broken", "column", "take", "texts"]


def take(raw: RawTable, places: NDArray[np.intp]) -> RawTable:
    """Return the rows at `places` (each any number of times), with their origins and faults.

    Parameters
    ----------
    raw : RawTable
        The table.
    places : ndarray of int, shape (k,)
        Positions of rows.
    """
    faults = []
    for fault in raw.faults:
        rows = np.flatnonzero(np.isin(places, fault.rows))
        if len(rows) or fault.whole_table is not None:
            faults.append(replace(fault, rows=rows))
    frame = raw.frame.iloc[places].reset_index(drop=True)
    origin = raw.origin.iloc[places].reset_index(drop=True)
    return replace(raw, frame=frame, origin=origin, faults=tuple(faults))


def texts(raw: RawTable) -> RawTable:
    """Return the table with plain text columns."""
    return replace(raw, frame=raw.frame.astype("str"))


def broken(raw: RawTable) -> NDArray[np.bool_]:
    """Return which rows are lines that could not be cut into fields: they belong to every table."""
    if LINE not in raw.frame:
        return np.zeros(len(raw.frame), dtype=bool)
    return np.asarray(raw.frame[LINE].ne(""), dtype=np.bool_)


def column(raw: RawTable, name: str, *, file: str, key: str) -> pd.Series:
    """Return a column that study.toml names.

    Raises
    ------
    SourceError
        When the file does not have it.
    """
    if name not in raw.frame:
        raise SourceError(
            f"{file}: the column that study.toml names under {key} was not found",
            got=repr(name),
            # no name of the file is said: a first line that is no header is a patient's row
            hint="check the names in the header; for a file without one, name its columns: header = [...]",
        )
    return raw.frame[name]
