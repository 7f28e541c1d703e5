"""Dates of events of which the month or the year alone is known, or nothing at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.schema.findings import Fault
from outcomes.schema.local_time import known_span
from outcomes.sources.conventions import TableSource
from outcomes.sources.date_format import DAY_NUMBERS, read_parts

__all__ = ["PartialDates", "read_partial_dates"]

#: How data capture systems write a part of a date that is not known.
GAP = "(?:UNK?|NK|XX)"
#: A whole date that is not known.
UNKNOWN = rf"{GAP}(?:[-./ ]{GAP}){{0,2}}|UNKNOWN|NOT KNOWN|N/K"
YEAR, ISO_MONTH, MARK = r"(?:19|20|21)\d{2}", "(?:0[1-9]|1[0-2])", "[-./ ]"
MONTH = r"\d{1,2}|[^\W\d_]{3,}\.?"
YEAR_ALONE = rf"(?:{GAP}{MARK}){{0,2}}({YEAR})|({YEAR})-{GAP}(?:-(?:{GAP}|\d{{2}}))?|({YEAR})---\d{{2}}"
YEAR_AND_MONTH = rf"({YEAR}-{ISO_MONTH})(?:-{GAP})?"
ALONE = "is known only to the month or the year"
SAYS = {
    ("onset", "partial_date"): (
        f"onset {ALONE}: the event counts as emergent if that time reaches the first infusion and its end"
        " does not rule it out; it belongs to a session only if the source names one or all of that time"
        " lies in the session's window"
    ),
    ("onset", "unknown_date"): (
        "onset is entered as not known: the event counts as emergent in a patient who was treated, unless its"
        " end rules it out; it belongs to a session only if the source names one"
    ),
    ("resolved", "partial_date"): (
        f"resolved {ALONE}: the last moment of that time is taken; the end of a fatal event stays open,"
        " because the day of death is not known"
    ),
    ("resolved", "unknown_date"): "resolved is entered as not known: the end stays open",
}


@dataclass(frozen=True, slots=True, eq=False)
class PartialDates:
    """What is known of the dates of a column, one entry a row.

    Parameters
    ----------
    first, last : Series of datetime64[us, UTC]
        First and last moment of the month or year; missing for all other cells.
    precision : Series of str
        ``month`` or ``year``; missing for all other cells.
    taken : Series of bool
        Cells that need no further reading: those, and the ones that say that nothing is known.
    faults : tuple of Fault
        A warning for each of the two kinds.
    """

    first: pd.Series
    last: pd.Series
    precision: pd.Series
    taken: pd.Series
    faults: tuple[Fault, ...]


def read_partial_dates(
    table: str, name: str, text: pd.Series, source: TableSource, timezone: str
) -> PartialDates:
    """Read ``2026``, ``2026-03``, ``2026-03-UN`` and their like in the order of the declared date format.

    Parameters
    ----------
    table, name : str
        The column: onset or resolved of the adverse events.
    text : Series of str
        Its cells.
    source : TableSource
        How the source writes things; its own words for a missing value are none of these.
    timezone : str
        The study's zone: a month begins and ends in it.
    """
    cells = text.astype("str").str.strip().str.upper()
    cells = cells.mask(text.astype("str").str.strip().isin(list(source.missing)), "")
    year, month = _years(cells, source), _months(cells, source)
    local = month.fillna(year)
    precision = pd.Series(np.where(month.notna(), "month", "year"), index=text.index, dtype="str")
    precision = precision.where(local.notna())
    utc = local.dt.tz_localize(timezone, nonexistent="shift_forward", ambiguous=np.ones(len(local), bool))
    first, last = known_span(utc, precision, timezone)
    unknown = cells.str.fullmatch(UNKNOWN).astype(bool)
    kinds = {"partial_date": local.notna(), "unknown_date": unknown}
    faults = tuple(_fault(table, name, rule, rows.to_numpy(dtype=bool)) for rule, rows in kinds.items())
    return PartialDates(first, last, precision, local.notna() | unknown, faults)


def _fault(table: str, name: str, rule: str, rows: NDArray[np.bool_]) -> Fault:
    hint = "give the date as far as the source knows it"
    return Fault(table, rule, SAYS[name, rule], np.flatnonzero(rows), name, "warning", hint)


def _years(cells: pd.Series, source: TableSource) -> pd.Series:
    """Return the first day of the year where a cell holds the year alone."""
    if source.date_format in DAY_NUMBERS:  # a number is a day there
        return pd.Series(pd.NaT, index=cells.index, dtype="datetime64[us]")
    found = cells.where(cells.str.fullmatch(YEAR_ALONE)).str.extract(f"({YEAR})", expand=False)
    return pd.to_datetime(found, format="%Y").astype("datetime64[us]")


def _months(cells: pd.Series, source: TableSource) -> pd.Series:
    """Return the first day of the month where a cell holds the year and the month alone."""
    iso = cells.str.extract(f"^{YEAR_AND_MONTH}$", expand=False)
    read = pd.to_datetime(iso, format="%Y-%m").astype("datetime64[us]")
    day, year = source.date_format.find("%d"), source.date_format.find("%Y")
    if not 0 <= day < year:
        return read
    day_first = day == 0
    shape = rf"(?:{GAP}{MARK})?({MONTH})({MARK})({YEAR})"
    if not day_first:
        shape = rf"({MONTH})({MARK})(?:{GAP}{MARK})?({YEAR})"
    parts = cells.str.extract(f"^{shape}$")
    front = "01" + parts[1] + parts[0] if day_first else parts[0] + parts[1] + "01"
    whole = (front + parts[1] + parts[2]).fillna("").astype("str")
    dates = read_parts(whole, source.date_format, source.language).date
    return read.fillna(pd.Series(dates.astype("datetime64[us]"), index=cells.index))
