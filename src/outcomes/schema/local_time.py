"""Local dates of timestamps, and the span of a day, month or year: in the study's zone, never in UTC."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, instance_of, suggest

__all__ = [
    "MOMENT",
    "end_of_day",
    "in_zone",
    "known_span",
    "local_dates",
    "utc_times",
    "zone_names",
    "zone_of",
]

#: The shortest time that a timestamp tells apart.
MOMENT = pd.Timedelta(microseconds=1)


@cache
def zone_names() -> frozenset[str]:
    """Return the IANA names of this machine's time zones; looking costs 600 files, so once a process."""
    return frozenset(available_timezones())


def zone_of(name: str) -> str:
    """Return the name of a time zone; refuse one that IANA does not have."""
    instance_of("timezone", name, str, hint="for instance Europe/Zurich")
    if name not in zone_names():
        raise ArgumentError(
            "timezone is not an IANA name",
            got=repr(name),
            allowed="for instance Europe/Zurich",
            hint=suggest(name, zone_names()),
        )
    return name


def local_dates(times: pd.Series, timezone: str) -> pd.Series:
    """Return the local calendar date of each timestamp: midnight without zone."""
    if times.isna().all():  # a million missing times need no calendar
        return pd.Series(np.datetime64("NaT", "us"), index=times.index, dtype="datetime64[us]")
    local = times.dt.tz_convert(timezone).dt.tz_localize(None)
    return local.dt.normalize().astype("datetime64[us]")


def in_zone(frame: pd.DataFrame, timezone: str) -> pd.DataFrame:
    """Return the frame with its moments in this zone: the same moments, as a clock there shows them."""
    zoned = [c for c in frame.columns if isinstance(frame[c].dtype, pd.DatetimeTZDtype)]
    return frame.assign(**{column: frame[column].dt.tz_convert(timezone) for column in zoned})


def end_of_day(times: pd.Series, timezone: str, *, less: pd.Timedelta) -> pd.Series:
    """Return the end of each time's local day, less a moment: what ends on a date may last as long as it.

    Where the zone skips or repeats midnight either hour will do: only the day counts.
    """
    midnight = local_dates(times, timezone) + pd.Timedelta(days=1)
    return _zoned(midnight, timezone) - less


def known_span(times: pd.Series, precision: pd.Series, timezone: str) -> tuple[pd.Series, pd.Series]:
    """Return the first and the last moment of the local month or year in which each time lies.

    Parameters
    ----------
    times : Series of datetime64[us, UTC]
        Any moment of it.
    precision : Series of str
        ``month`` or ``year``; for all others both moments are missing.
    timezone : str
        The study's zone.
    """
    local = local_dates(times, timezone).where(precision.isin(["month", "year"]))
    first, month = local - pd.to_timedelta(local.dt.day - 1, unit="D"), precision.eq("month")
    first = first.where(month, first - pd.to_timedelta(first.dt.day_of_year - 1, unit="D"))
    after = (first + pd.DateOffset(months=1)).where(month, first + pd.DateOffset(years=1))
    return _zoned(first, timezone), _zoned(after, timezone) - MOMENT


def _zoned(midnight: pd.Series, timezone: str) -> pd.Series:
    first_of_two = np.ones(len(midnight), dtype=bool)
    zoned = midnight.dt.tz_localize(timezone, nonexistent="shift_forward", ambiguous=first_of_two)
    return zoned.dt.tz_convert("UTC").astype("datetime64[us, UTC]")


def utc_times(times: pd.Series) -> NDArray[np.datetime64]:
    """Return timestamps as UTC datetime64[us]: differences are true durations on daylight-saving days too."""
    return np.asarray(times.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(dtype="datetime64[us]"))
