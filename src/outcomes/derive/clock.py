"""Dates as day numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["FAR", "as_dates", "day_numbers", "last_day"]

#: Day number later than any date that a study can hold: stands for "never" in comparisons.
FAR = 10_000_000


def day_numbers(dates: pd.Series, *, missing: int = FAR) -> NDArray[np.int64]:
    """Return days since 1970-01-01, with `missing` where there is no date."""
    values = dates.to_numpy(dtype="datetime64[us]").astype("datetime64[D]")
    return np.asarray(np.where(np.isnat(values), missing, values.astype(np.int64)), dtype=np.int64)


def as_dates(
    numbers: NDArray[np.int64], *, missing: NDArray[np.bool_] | None = None
) -> NDArray[np.datetime64]:
    """Return day numbers as datetime64[us], not-a-time where `missing` is true."""
    dates = numbers.astype("datetime64[D]").astype("datetime64[us]")
    if missing is not None:
        dates[missing] = np.datetime64("NaT", "us")
    return dates


def last_day(cutoff: pd.Timestamp | None, timezone: str) -> int:
    """Return the day number of the cut-off's local date, or FAR without a cut-off."""
    if cutoff is None or pd.isna(cutoff):
        return FAR
    stamp = pd.Timestamp(cutoff)
    local = stamp if stamp.tzinfo is None else stamp.tz_convert(timezone).tz_localize(None)
    return int(local.to_datetime64().astype("datetime64[D]").astype(np.int64))
