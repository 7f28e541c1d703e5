"""Dates and times from text, by the declared format only; local times in the study's zone."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.sources.misread import Misread

__all__ = ["read_dates", "read_timestamps"]

ISO_DATE = r"\d{4}-\d{2}-\d{2}"
MIDNIGHT = r"([T ]00:00(:00(\.0+)?)?)?"
ISO_TIME = rf"{ISO_DATE}[T ]\d{{2}}:\d{{2}}(:\d{{2}}(\.\d+)?)?"
OFFSET = r"\s?(Z|[+-]\d{2}:?\d{2})"
FIRST, LAST = pd.Timestamp("1900-01-01"), pd.Timestamp("2199-12-31")


def read_dates(
    texts: pd.Series, given: NDArray[np.bool_], name: str, date_format: str
) -> tuple[pd.Series, tuple[Misread, ...]]:
    """Read dates of one declared format; a time of day is taken only when it is midnight."""
    values = _dates(texts, date_format)
    hint = f'declared date_format: {date_format}; for 31.01.2026 declare date_format = "%d.%m.%Y"'
    wrong = Misread(
        "bad_date", f"{name} is not a date of the declared format", given & values.isna().to_numpy(), hint
    )
    return _plausible(values, name, wrong)


def read_timestamps(
    texts: pd.Series,
    given: NDArray[np.bool_],
    name: str,
    timestamp_format: str,
    date_format: str,
    timezone: str,
) -> tuple[pd.Series, tuple[Misread, ...], NDArray[np.bool_]]:
    """Read times as UTC; a time without an offset is local time of the study's zone.

    Returns
    -------
    values : Series of datetime64[us, UTC]
    misread : tuple of Misread
    by_day : ndarray of bool
        Texts that hold a date without a time; their value is the local start of the day.
    """
    if timestamp_format == "ISO8601":
        with_offset = texts.str.fullmatch(ISO_TIME + OFFSET).to_numpy(dtype=bool)
        without = texts.str.fullmatch(ISO_TIME).to_numpy(dtype=bool)
        aware = pd.to_datetime(texts.where(with_offset), format="ISO8601", errors="coerce", utc=True)
        naive = pd.to_datetime(texts.where(without), format="ISO8601", errors="coerce")
    elif "%z" in timestamp_format:
        aware = pd.to_datetime(texts, format=timestamp_format, errors="coerce", utc=True)
        naive = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[us]")
    else:
        aware = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[us, UTC]")
        naive = pd.to_datetime(texts, format=timestamp_format, errors="coerce")
    day = _dates(texts, date_format).where(naive.isna() & aware.isna())
    local = naive.astype("datetime64[us]").fillna(day)
    located = local.dt.tz_localize(timezone, ambiguous="NaT", nonexistent="NaT").dt.tz_convert("UTC")
    values = aware.astype("datetime64[us, UTC]").fillna(located.astype("datetime64[us, UTC]"))
    unread = given & local.isna().to_numpy() & aware.isna().to_numpy()
    lost = local.notna().to_numpy() & located.isna().to_numpy() & aware.isna().to_numpy()
    mixed = naive.notna().to_numpy() if aware.notna().any() else np.zeros(len(texts), dtype=bool)
    hint = f"declared timestamp_format: {timestamp_format}; " + (
        'for 31.01.2026 14:30 declare timestamp_format = "%d.%m.%Y %H:%M"'
    )
    misread = (
        Misread("bad_timestamp", f"{name} is not a time of the declared format", unread, hint),
        Misread(
            "ambiguous_local_time",
            f"{name} falls into the hour that daylight saving repeats or skips",
            lost,
            "give the offset, for instance +01:00",
        ),
        Misread(
            "timezone_mix",
            f"{name} has no offset where other rows have one",
            mixed,
            f"read as local time in {timezone}",
            "warning",
        ),
    )
    low, high = (limit.tz_localize("UTC") for limit in (FIRST, LAST))
    odd = _outside(values, low, high)
    faults = (
        *misread,
        Misread("implausible_date", f"{name} is before 1900 or after 2199", odd, "check the year"),
    )
    return values.mask(odd), faults, day.notna().to_numpy()


def _dates(texts: pd.Series, date_format: str) -> pd.Series:
    """Return midnight of each text that fits the format exactly, else missing."""
    if date_format == "%Y-%m-%d":
        fits = texts.str.fullmatch(ISO_DATE + MIDNIGHT).to_numpy(dtype=bool)
        texts = texts.where(fits).str.slice(0, 10)
    return pd.to_datetime(texts, format=date_format, errors="coerce").astype("datetime64[us]").dt.normalize()


def _plausible(values: pd.Series, name: str, wrong: Misread) -> tuple[pd.Series, tuple[Misread, ...]]:
    odd = _outside(values, FIRST, LAST)
    return values.mask(odd), (
        wrong,
        Misread("implausible_date", f"{name} is before 1900 or after 2199", odd, "check the year"),
    )


def _outside(values: pd.Series, low: pd.Timestamp, high: pd.Timestamp) -> NDArray[np.bool_]:
    return np.asarray((values < low) | (values > high), dtype=np.bool_)
