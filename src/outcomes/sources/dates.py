"""Dates and times from text, by the declared format only; local times in the study's zone."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.sources.conventions import TableSource
from outcomes.sources.date_format import DAY_NUMBERS, read_parts
from outcomes.sources.date_hints import date_hint
from outcomes.sources.misread import Misread

__all__ = ["ODD", "implausible", "read_dates", "read_local", "read_timestamps"]

ISO_DATE = r"\d{4}-\d{2}-\d{2}"
#: Read where %Y-%m-%d is declared, as one digit is by every other format; ISO 8601 has two.
SHORT_DATE = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
MIDNIGHT = r"([T ]00:00(:00(\.0+)?)?)?"
CLOCK = r"[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?"
ISO_TIME = ISO_DATE + CLOCK
OFFSET = r"\s?(?:Z|[+-]\d{2}:?\d{2})"
FIRST, LAST = pd.Timestamp("1900-01-01"), pd.Timestamp("2199-12-31 23:59:59")
ODD = "is before 1900 or after 2199"


def read_dates(
    texts: pd.Series, given: NDArray[np.bool_], name: str, source: TableSource
) -> tuple[pd.Series, tuple[Misread, ...]]:
    """Read dates of one declared format.

    Of a text with an offset or a zone it is the local date as written. A time of day is taken when the
    declared format has one, or when it is midnight.
    """
    values = _dates(texts, source)
    unread = given & values.isna().to_numpy()
    hint = date_hint(texts[unread], "date_format", source.date_format, source.language)
    wrong = Misread("bad_date", f"{name} is not a date in the declared format", unread, hint)
    odd = implausible(values)
    return values.mask(odd), (wrong, Misread("implausible_date", f"{name} {ODD}", odd, "check the year"))


def read_timestamps(
    texts: pd.Series, given: NDArray[np.bool_], name: str, source: TableSource, timezone: str
) -> tuple[pd.Series, tuple[Misread, ...], NDArray[np.bool_]]:
    """Read times as UTC; a time without an offset is local time of the study's zone.

    Returns
    -------
    values : Series of datetime64[us, UTC]
    misread : tuple of Misread
    by_day : ndarray of bool
        Texts that hold a date without a time; their value is the local start of the day.
    """
    aware, naive = _times(texts, source)
    rest = texts[(naive.isna() & aware.isna()).to_numpy() & given]  # few dates stand among many times
    day = _dates(rest, source).reindex(texts.index)
    local = naive.fillna(day)
    located = local.dt.tz_localize(timezone, ambiguous="NaT", nonexistent="NaT").dt.tz_convert("UTC")
    values = aware.fillna(located.astype("datetime64[us, UTC]"))
    unread = given & local.isna().to_numpy() & aware.isna().to_numpy()
    lost = local.notna().to_numpy() & located.isna().to_numpy() & aware.isna().to_numpy()
    mixed = naive.notna().to_numpy() if aware.notna().any() else np.zeros(len(texts), dtype=bool)
    hint = date_hint(texts[unread], "timestamp_format", source.timestamp_format, source.language)
    odd = implausible(values.dt.tz_localize(None))
    misread = (
        Misread("bad_timestamp", f"{name} is not a time in the declared format", unread, hint),
        Misread(
            "ambiguous_local_time",
            f"{name} falls in the hour that daylight saving repeats or skips",
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
        Misread("implausible_date", f"{name} {ODD}", odd, "check the year"),
    )
    return values.mask(odd), misread, day.notna().to_numpy()


def read_local(texts: pd.Series, source: TableSource) -> tuple[pd.Series, pd.Series]:
    """Read times as the patient's clock said them, and whether each has a time of day.

    Of a text with an offset it is the local time as written; a date without a time is its midnight.
    """
    if source.timestamp_format == "ISO8601":
        times = _iso_local(texts)
    else:
        parts = read_parts(texts, source.timestamp_format, source.language)
        times = pd.Series(parts.date.astype("datetime64[us]") + _microseconds(parts.seconds), texts.index)
    times = times.mask(implausible(times))
    rest = texts[times.isna() & texts.ne("")]  # a long list of times holds few dates alone
    days = _dates(rest, source).reindex(texts.index)
    return times.fillna(days.mask(implausible(days))), times.notna()


def _iso_local(texts: pd.Series) -> pd.Series:
    """Return times in ISO 8601 as they are written, without their offsets.

    A million times have few different days and few different clock times: each of these is read once.
    """
    days, day = pd.factorize(texts.str.slice(0, 10))
    clocks, clock = pd.factorize(texts.str.slice(10))
    date, time = pd.Series(day, dtype="str"), pd.Series(clock, dtype="str")
    date = date.where(date.str.fullmatch(ISO_DATE))
    time = time.where(time.str.fullmatch(f"{CLOCK}({OFFSET})?")).str.replace(f"{OFFSET}$", "", regex=True)
    begin = pd.to_datetime(date, format="%Y-%m-%d", errors="coerce").to_numpy(dtype="datetime64[us]")
    some = np.datetime64("2000-01-01", "us")
    since = (
        pd.to_datetime("2000-01-01" + time, format="ISO8601", errors="coerce").to_numpy(
            dtype="datetime64[us]"
        )
        - some
    )
    return pd.Series(begin[days] + since[clocks], index=texts.index)


def implausible(values: pd.Series) -> NDArray[np.bool_]:
    """Return which dates, or times without a zone, are of no study: before 1900 or after 2199."""
    return np.asarray((values < FIRST) | (values > LAST), dtype=np.bool_)


def _times(texts: pd.Series, source: TableSource) -> tuple[pd.Series, pd.Series]:
    """Return times with an offset as UTC, and times without one as they are written."""
    if source.timestamp_format == "ISO8601":
        with_offset = texts.str.fullmatch(ISO_TIME + OFFSET).to_numpy(dtype=bool)
        without = texts.str.fullmatch(ISO_TIME).to_numpy(dtype=bool)
        aware = pd.to_datetime(texts.where(with_offset), format="ISO8601", errors="coerce", utc=True)
        naive = pd.to_datetime(texts.where(without), format="ISO8601", errors="coerce")
        return aware.astype("datetime64[us, UTC]"), naive.astype("datetime64[us]")
    parts = read_parts(texts, source.timestamp_format, source.language)
    written = parts.date.astype("datetime64[us]") + _microseconds(parts.seconds)
    shifted = np.isfinite(parts.offset)
    utc = written - _microseconds(np.where(shifted, parts.offset, 0))
    nat = np.datetime64("NaT", "us")
    aware = pd.Series(np.where(shifted, utc, nat), index=texts.index).dt.tz_localize("UTC")
    naive = pd.Series(np.where(shifted, nat, written), index=texts.index)
    return aware.astype("datetime64[us, UTC]"), naive.astype("datetime64[us]")


def _microseconds(seconds: NDArray[np.float64]) -> NDArray[np.timedelta64]:
    return np.round(seconds * 1e6).astype("timedelta64[us]")


def _dates(texts: pd.Series, source: TableSource) -> pd.Series:
    """Return midnight of the date that each text says, else missing."""
    date_format = source.date_format
    if date_format in ("%Y-%m-%d", "ISO8601"):
        further = MIDNIGHT if date_format == "%Y-%m-%d" else f"({CLOCK}({OFFSET})?)?"
        fits = texts.str.fullmatch(ISO_DATE + further).to_numpy(dtype=bool)
        short = texts.where(texts.str.fullmatch(SHORT_DATE)) if date_format == "%Y-%m-%d" else None
        texts, date_format = texts.str.slice(0, 10).where(fits, short), "%Y-%m-%d"
    parts = read_parts(texts, date_format, source.language)
    whole = parts.date
    if date_format in DAY_NUMBERS:
        whole = np.where(parts.seconds == 0, whole, np.datetime64("NaT", "D"))
    return pd.Series(whole.astype("datetime64[us]"), index=texts.index)
