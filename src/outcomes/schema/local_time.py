"""Local dates of timestamps, and the last moment of a day: in the study's zone, never in UTC."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["end_of_day", "local_dates"]


def local_dates(times: pd.Series, timezone: str) -> pd.Series:
    """Return the local calendar date of each timestamp: midnight without zone."""
    return times.dt.tz_convert(timezone).dt.tz_localize(None).dt.normalize().astype("datetime64[us]")


def end_of_day(times: pd.Series, timezone: str, *, less: pd.Timedelta) -> pd.Series:
    """Return the end of each time's local day, less a moment: what ends on a date may last as long as it.

    Where the zone skips or repeats midnight either hour will do: only the day counts.
    """
    midnight = local_dates(times, timezone) + pd.Timedelta(days=1)
    first_of_two = np.ones(len(midnight), dtype=bool)
    zoned = midnight.dt.tz_localize(timezone, nonexistent="shift_forward", ambiguous=first_of_two)
    return (zoned - less).dt.tz_convert("UTC").astype("datetime64[us, UTC]")
