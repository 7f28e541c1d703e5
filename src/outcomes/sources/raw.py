"""A table as text: what every reader returns before anything is interpreted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from pandas.api.types import union_categoricals

from outcomes.schema.findings import Fault
from outcomes.sources.lines import LineCount

__all__ = ["RawTable", "concat_raw", "origin_of", "same_texts"]


@dataclass(frozen=True, slots=True, eq=False)
class RawTable:
    """Rows as text.

    Parameters
    ----------
    frame : DataFrame of str, or of categories of str
        The source's columns; an absent value is the empty text.
    origin : DataFrame
        Columns file and row (1 = first data row; empty lines are not counted), and line: the row as a
        spreadsheet numbers it, with the header and empty lines; missing where there are no lines.
    typed : frozenset of str
        Columns whose text was made from typed values (Parquet): dates are ISO and decimals have a point.
    faults : tuple of Fault
        Lines that could not be cut into fields, cells that are too long.
    lines : LineCount or None
        Where each physical line went; None where there are no lines.
    """

    frame: pd.DataFrame
    origin: pd.DataFrame
    typed: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = ()
    lines: LineCount | None = None

    def rows_at(self, positions: ArrayLike) -> RawTable:
        """Return some of the rows, in ascending order of their positions, with the faults that are theirs."""
        chosen = np.asarray(positions, dtype=np.intp)
        faults = []
        for fault in self.faults:
            own = fault.rows[np.isin(fault.rows, chosen)]
            if len(own):
                faults.append(replace(fault, rows=np.searchsorted(chosen, own)))
        frame, origin = (part.iloc[chosen].reset_index(drop=True) for part in (self.frame, self.origin))
        return RawTable(frame, origin, self.typed, tuple(faults))


def origin_of(file: str, rows: int, *, lines: NDArray[np.intp] | None = None) -> pd.DataFrame:
    """Return where each row of a file comes from: file, row and line.

    Parameters
    ----------
    file : str
        Name of the file.
    rows : int
        How many it has.
    lines : ndarray of int, optional
        The row of each as a spreadsheet numbers it.
    """
    here = np.zeros(rows, dtype=np.intp)
    line, known = (here, False) if lines is None else (lines, True)
    return pd.DataFrame(
        {
            "file": same_texts(file, rows),
            "row": _integers(np.arange(1, rows + 1), known=True),
            "line": _integers(line, known=known),
        },
        copy=False,
    )


def same_texts(text: str | None, rows: int) -> pd.api.extensions.ExtensionArray:
    """Return a column of one text, or of none, that costs as little as it says."""
    import pyarrow as pa

    if text is None:  # zeros that nobody reads take no memory
        zeros = pa.py_buffer(np.zeros(rows + 1, dtype=np.int64))
        nothing = pa.Array.from_buffers(pa.large_string(), rows, [zeros, zeros, zeros], rows)
        return pd.array(nothing, dtype="str")
    return pd.array(pa.repeat(pa.scalar(text, pa.large_string()), rows), dtype="str")


def _integers(values: NDArray[np.intp], *, known: bool) -> pd.arrays.IntegerArray:
    return pd.arrays.IntegerArray(values.astype(np.int64, copy=False), np.full(len(values), not known))


def _column(frames: list[pd.DataFrame], name: str) -> pd.api.extensions.ExtensionArray:
    """Return a column of several files, by its distinct texts where each file has it so."""
    if all(name in frame and isinstance(frame[name].dtype, pd.CategoricalDtype) for frame in frames):
        return union_categoricals([frame[name] for frame in frames])
    texts = [
        frame[name].astype("str").array if name in frame else same_texts("", len(frame)) for frame in frames
    ]
    return pd.concat([pd.Series(part) for part in texts], ignore_index=True).fillna("").array


def concat_raw(parts: list[RawTable]) -> RawTable:
    """Return the rows of several files as one table; columns that one file lacks are empty there."""
    if len(parts) == 1:
        return parts[0]
    offset, faults = 0, []
    for part in parts:
        for fault in part.faults:
            faults.append(replace(fault, rows=fault.rows + offset))
        offset += len(part.frame)
    names = dict.fromkeys(name for part in parts for name in part.frame)
    frame = pd.DataFrame({name: _column([part.frame for part in parts], name) for name in names}, copy=False)
    origin = pd.concat([part.origin for part in parts], ignore_index=True)
    return RawTable(frame, origin, frozenset.intersection(*(part.typed for part in parts)), tuple(faults))
