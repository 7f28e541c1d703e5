"""A declared format of dates at its full width: every sign of the text is accounted for.

What a format reads it also writes: a number that stands beside another one without a sign between has all its
digits, a day is a day of its month, day 366 is in a leap year, a weekday is that of the date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.sources.calendar_words import Language, month_names, weekday_names

__all__ = ["DAY_NUMBERS", "Parts", "looks_like", "read_parts"]

#: Formats of day numbers, and their day 0: of spreadsheets, of SAS and Stata.
DAY_NUMBERS = {
    "excel": np.datetime64("1899-12-30"),
    "excel1904": np.datetime64("1904-01-01"),
    "sas": np.datetime64("1960-01-01"),
    "stata": np.datetime64("1960-01-01"),
}
#: Years of two digits from here on are of the last century, as everywhere in POSIX.
PIVOT = 69
#: Directive -> its digits, as many as there are at most.
DIGITS = {"d": 2, "m": 2, "H": 2, "I": 2, "M": 2, "S": 2, "Y": 4, "y": 2, "j": 3, "f": 9}
#: Directives that have all their digits wherever they stand.
FULL = "YyMSf"
OFFSET = r"Z|[+-][0-9]{2}:?[0-5][0-9]"
DAY_SECONDS = 86_400
#: Texts from which it pays to read days and clock times apart.
MANY = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """What texts say when they are read by a format.

    Parameters
    ----------
    date : ndarray of datetime64[D]
        The date as it is written; NaT where the text does not fit.
    seconds : ndarray of float
        Seconds since midnight as they are written.
    offset : ndarray of float
        Seconds east of UTC; nan where none is written.
    """

    date: NDArray[np.datetime64]
    seconds: NDArray[np.float64]
    offset: NDArray[np.float64]


def read_parts(texts: pd.Series, date_format: str, language: Language) -> Parts:
    """Read texts by a format.

    Parameters
    ----------
    texts : Series of str
        Stripped texts.
    date_format : str
        Directives of strftime, or a kind of day numbers.
    language : str
        Of the names of months and weekdays.

    Examples
    --------
    >>> read_parts(pd.Series(["31.1.2026", "31.2.2026"]), "%d.%m.%Y", "en").date
    array(['2026-01-31',        'NaT'], dtype='datetime64[D]')
    """
    if date_format in DAY_NUMBERS:
        return _serial(texts, DAY_NUMBERS[date_format])
    apart = _parted(date_format)
    if apart is not None and len(texts) > MANY:
        return _read_apart(texts, *apart, language)
    found = texts.str.extract(_pattern(date_format), expand=True)
    date, fits = _date(found, len(texts), language)
    seconds, in_day = _seconds(found, len(texts))
    if "a" in found:
        weekday = _named(found["a"], weekday_names(language))
        fits &= weekday == (date.astype("int64") + 3) % 7 + 1
    fits = fits & in_day
    offset = _offset(found["z"]) if "z" in found else np.full(len(texts), np.nan)
    return Parts(np.where(fits, date, np.datetime64("NaT", "D")), seconds, offset)


def _parted(date_format: str) -> tuple[str, str] | None:
    """Return a format of days and one of clocks, where a space parts them and stands in no day."""
    day, space, clock = date_format.partition(" ")
    whole = re.search("%[yY]", day) and re.search("%[dj]", day)
    return (day, clock) if space and whole and re.search("%[HI]", clock) and "%a" not in clock else None


def _read_apart(texts: pd.Series, day_format: str, clock_format: str, language: Language) -> Parts:
    """Read the different days and the different clock times of many texts, each once."""
    parts = texts.str.partition(" ")
    days, day = pd.factorize(parts[0])
    clocks, clock = pd.factorize(parts[2])
    date = read_parts(pd.Series(day, dtype="str"), day_format, language).date
    found = pd.Series(clock, dtype="str").str.extract(_pattern(clock_format), expand=True)
    fits = found.drop(columns=["f", "z"], errors="ignore").notna().all(axis=1).to_numpy()
    seconds, in_day = _seconds(found, len(clock))
    offset = _offset(found["z"]) if "z" in found else np.full(len(clock), np.nan)
    known = (fits & in_day)[clocks]
    return Parts(np.where(known, date[days], np.datetime64("NaT", "D")), seconds[clocks], offset[clocks])


def looks_like(text: str, date_format: str) -> bool:
    """Return whether a text has the signs of a format; its day may still be none."""
    return _pattern(date_format).match(text) is not None


@lru_cache(maxsize=1024)
def _pattern(date_format: str) -> re.Pattern[str]:
    """Return the expression that fits the whole text, one group a directive."""
    pieces = re.findall(r"%.|[^%]+", date_format, flags=re.DOTALL)
    parts = []
    for place, piece in enumerate(pieces):
        beside = pieces[max(place - 1, 0) : place] + pieces[place + 1 : place + 2]
        close = any(other[1:] in DIGITS and other.startswith("%") for other in beside)
        parts.append(_group(piece[1:], close) if piece.startswith("%") else re.escape(piece))
    return re.compile(f"^{''.join(parts)}$", re.IGNORECASE)


def _group(directive: str, close: bool) -> str:
    if directive == "%":
        return "%"
    if directive in DIGITS:
        most = DIGITS[directive]
        least = 1 if directive == "f" or (directive not in FULL and not close) else most
        return rf"(?P<{directive}>[0-9]{{{least},{most}}})"  # no digits of other scripts
    body = {"z": OFFSET, "Z": r"[A-Z][A-Z0-9/_+-]*", "p": r"[AP]\.?M\.?"}.get(
        directive, r"[^\W\d_][^\W\d_-]*\.?"
    )
    return f"(?P<{directive.lower() if directive in 'AB' else directive}>{body})"


def _number(found: pd.DataFrame, name: str, rows: int, default: int) -> NDArray[np.int64]:
    """Return a part as numbers; -1 where the text does not fit."""
    if name not in found:
        return np.full(rows, default, dtype=np.int64)
    return np.array(pd.to_numeric(found[name]).fillna(-1), dtype=np.int64)


def _named(names: pd.Series, known: dict[str, int]) -> NDArray[np.int64]:
    numbers = names.str.casefold().str.rstrip(".").map(known)
    return np.array(pd.to_numeric(numbers).fillna(-1), dtype=np.int64)


def _date(
    found: pd.DataFrame, rows: int, language: Language
) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
    if "Y" in found:
        year = _number(found, "Y", rows, -1)
    else:
        short = _number(found, "y", rows, -1)
        year = np.where(short < 0, -1, short + np.where(short >= PIVOT, 1900, 2000))
    known = year >= 0
    years = np.where(known, year - 1970, 0)
    if "j" in found:
        day = _number(found, "j", rows, -1)
        begin = years.astype("datetime64[Y]")
        date = np.asarray(begin.astype("datetime64[D]") + (day - 1), dtype="datetime64[D]")
        return date, known & (day >= 1) & np.asarray(date.astype("datetime64[Y]") == begin)
    month = _named(found["b"], month_names(language)) if "b" in found else _number(found, "m", rows, -1)
    day = _number(found, "d", rows, -1)
    in_year = (month >= 1) & (month <= 12)
    begin = (years * 12 + np.where(in_year, month - 1, 0)).astype("datetime64[M]")
    date = np.asarray(begin.astype("datetime64[D]") + (day - 1), dtype="datetime64[D]")
    return date, known & in_year & (day >= 1) & np.asarray(date.astype("datetime64[M]") == begin)


def _seconds(found: pd.DataFrame, rows: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    hour, minute, second = (
        _number(found, name, rows, 0) for name in ("I" if "I" in found else "H", "M", "S")
    )
    fits = (hour >= 0) & (hour < 24) & (minute >= 0) & (minute < 60) & (second >= 0) & (second < 60)
    if "I" in found:
        late = (
            found["p"].str.upper().str.startswith("P").fillna(False).to_numpy(bool) if "p" in found else False
        )
        fits &= (hour >= 1) & (hour <= 12)
        hour = hour % 12 + 12 * np.asarray(late)
    elif "p" in found:  # 14:30 PM says the same thing twice
        late = found["p"].str.upper().str.startswith("P").fillna(False).to_numpy(bool)
        fits &= late == (hour >= 12)
    part = pd.to_numeric("0." + found["f"]).fillna(0).to_numpy(float) if "f" in found else 0.0
    return hour * 3600.0 + minute * 60 + second + part, fits


def _offset(texts: pd.Series) -> NDArray[np.float64]:
    digits = texts.str.upper().str.replace("Z", "+0000").str.replace(":", "")
    numbers = pd.to_numeric(digits.str.slice(1)).to_numpy(dtype=float, na_value=np.nan)
    sign = np.where(digits.str.startswith("-").fillna(False).to_numpy(bool), -1, 1)
    return np.asarray(sign * (numbers // 100 * 3600 + numbers % 100 * 60), dtype=np.float64)


def _serial(texts: pd.Series, begin: np.datetime64) -> Parts:
    """Read days since day 0 of a calendar, with the time as a fraction."""
    fits = texts.str.fullmatch("[0-9]{1,6}([.,][0-9]+)?").to_numpy(dtype=bool)
    days = pd.to_numeric(texts.where(fits).str.replace(",", "."), errors="coerce").to_numpy(dtype=float)
    seconds = np.round(np.where(fits, days, 0) * DAY_SECONDS)
    date = begin + (seconds // DAY_SECONDS).astype("timedelta64[D]")
    return Parts(
        np.where(fits, date, np.datetime64("NaT", "D")), seconds % DAY_SECONDS, np.full(len(texts), np.nan)
    )
