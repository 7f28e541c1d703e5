"""Exposure up to the first event of each patient and level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError, DataError, name_rows, plural
from outcomes.models.harm.at_risk.cells import Cells
from outcomes.models.harm.at_risk.clock import microseconds
from outcomes.models.harm.at_risk.names import ONSET
from outcomes.models.harm.at_risk.time import Exposure
from outcomes.models.stats.input_frames import check_columns
from outcomes.models.stats.kernels.cells import Distinct

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["time_to_first"]


def time_to_first(
    events: pd.DataFrame, cells: Cells, checked: Exposure
) -> tuple[Distinct, Floats, list[str]]:
    """Return each pair of level and unit with an event, the exposure up to its first one, and notes.

    An event without an onset says nothing about time: where it is the only one, the whole exposure counts.

    Raises
    ------
    DataError
        When an event begins before the exposure of its patient.
    """
    check_columns("events", events, [ONSET])
    rows = events[[ONSET]].iloc[cells.counted.position]
    until = _until(rows, cells, checked)
    missing = rows[ONSET].isna().to_numpy(dtype=bool)
    early = ~missing & np.isnan(until)
    if early.any():
        raise DataError(
            plural(int(early.sum()), "event begins", "events begin") + " before the exposure of the patient",
            got=name_rows(cells.counted.position[early]),
            hint="pass emergent events only: an event from before cannot be a first one under exposure",
        )
    code = cells.levels.codes * max(len(checked.units), 1) + cells.counted.unit
    pair, back = np.unique(code, return_inverse=True)
    first = np.full(len(pair), np.inf)
    np.minimum.at(first, back, np.where(missing, np.inf, until))
    pairs = Distinct(pair // max(len(checked.units), 1), pair % max(len(checked.units), 1))
    undated = int(np.isinf(first).sum())
    notes = []
    if undated:
        whose = plural(undated, "first event has", "first events have")
        notes.append(f"{whose} no onset: the whole exposure is taken as the time before")
    return pairs, np.minimum(first, checked.time[pairs.unit]), notes


def _until(rows: pd.DataFrame, cells: Cells, checked: Exposure) -> Floats:
    """Return the exposure up to each event; NaN for one before exposure, and for a missing onset."""
    ordered = checked.intervals()
    if ordered is not None:
        micro = ordered.until(cells.counted.unit, microseconds(rows, ONSET))
        return np.asarray(micro * checked.per_microsecond)
    if not pd.api.types.is_numeric_dtype(rows[ONSET]):
        raise ArgumentError(
            "time to the first event is not known from an exposure given as a number",
            got=f"{ONSET} of type {rows[ONSET].dtype}",
            allowed=f"exposure with start and end, or {ONSET} as a number from the start of exposure",
        )
    numbers = rows[ONSET].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(numbers < 0, np.nan, numbers)
