"""Local times of a zone as times without one, so that hours within a stay and days of a diary both stay.

Times of a session and of what follows it take the offset that the zone had at its start: a night on which
the clocks change keeps its hours. A date without a time keeps its midnight.
"""

from __future__ import annotations

import pandas as pd

__all__ = ["local_of", "with_offset_of"]


def local_of(times: pd.Series, timezone: str) -> pd.Series:
    """Return the clinic's clock at each time, called UTC."""
    return times.dt.tz_convert(timezone).dt.tz_localize(None).dt.tz_localize("UTC")


def with_offset_of(times: pd.Series, at: pd.Series, timezone: str) -> pd.Series:
    """Return times by the clock as it stood at other times; by their own where there is no other."""
    own = local_of(times, timezone)
    return (times + (local_of(at, timezone) - at)).fillna(own)
