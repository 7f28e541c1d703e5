"""Times of several columns on one clock: those with a zone and those without never meet silently."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.integer[Any]]

__all__ = ["check_one_clock", "microseconds"]


def microseconds(frame: pd.DataFrame, column: str) -> Codes:
    """Return a column of timestamps as integers; a missing one is the smallest integer."""
    values = frame[column]
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_convert("UTC").dt.tz_localize(None)
    if not pd.api.types.is_datetime64_dtype(values.dtype):
        raise ArgumentError(
            f"column {column!r} does not hold timestamps",
            got=str(values.dtype),
            hint="convert it with pandas.to_datetime first",
        )
    return np.asarray(values.to_numpy("datetime64[us]").astype(np.int64))


def check_one_clock(*columns: tuple[str, pd.DataFrame, str]) -> None:
    """Refuse times of which some have a zone and others have none.

    Parameters
    ----------
    *columns : tuple of str, DataFrame, str
        What the frame is called, the frame, and its column. Columns that are absent, hold no times or nothing
        at all have no clock.

    Raises
    ------
    ArgumentError
        Read as UTC, a local time without a zone would be hours off, and nobody would see it.
    """
    zoned: dict[bool, str] = {}
    for name, frame, column in columns:
        if column not in frame.columns or not pd.api.types.is_datetime64_any_dtype(frame[column].dtype):
            continue
        if frame[column].notna().any():
            has_zone = isinstance(frame[column].dtype, pd.DatetimeTZDtype)
            zoned.setdefault(has_zone, f"{name}[{column!r}]")
    if len(zoned) > 1:
        raise ArgumentError(
            f"{zoned[True]} has a time zone and {zoned[False]} has none",
            allowed="all times with a zone, or all without",
            hint=f'give the zone in which they were written: {zoned[False]}.dt.tz_localize("Europe/Berlin")',
        )
