"""Local dates and times of day as timestamps in UTC."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["as_utc", "dates_and_minutes_as_utc", "local_dates", "weekday"]

Dates = NDArray[np.datetime64]


def weekday(date: Dates) -> NDArray[np.int64]:
    """Return 0 for Monday to 6 for Sunday."""
    return np.asarray((date.astype("datetime64[D]").astype(np.int64) + 3) % 7)


def as_utc(local: NDArray[np.datetime64], timezone: str) -> NDArray[np.datetime64]:
    """Return local times as UTC; a skipped hour moves on, of a repeated one the first is taken."""
    index = pd.DatetimeIndex(local)
    aware = index.tz_localize(timezone, ambiguous=np.ones(len(index), bool), nonexistent="shift_forward")
    return np.asarray(aware.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[us]"))


def dates_and_minutes_as_utc(
    date: Dates, minutes: NDArray[np.int64], timezone: str
) -> NDArray[np.datetime64]:
    """Return date plus minutes after local midnight as UTC, for times of day from 04:00 on.

    The zone's offset is looked up once a date (clocks change at night), which is quick for millions of rows.
    """
    day = date.astype("datetime64[D]")
    first = day.min() if len(day) else np.datetime64("2025-01-01", "D")
    known = np.arange(first, (day.max() if len(day) else first) + 1)
    noon: Dates = np.asarray(known.astype("datetime64[us]") + np.timedelta64(12, "h"))
    offset = (noon - as_utc(noon, timezone)).astype("timedelta64[us]")
    local = day.astype("datetime64[us]") + minutes.astype("timedelta64[m]")
    return np.asarray(local - offset[(day - first).astype(np.int64)])


def local_dates(utc: NDArray[np.datetime64], timezone: str) -> Dates:
    """Return the local date of UTC times."""
    local = pd.DatetimeIndex(utc).tz_localize("UTC").tz_convert(timezone).tz_localize(None)
    return np.asarray(local.to_numpy().astype("datetime64[D]"))
