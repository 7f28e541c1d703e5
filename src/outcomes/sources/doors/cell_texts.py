"""Typed cells as text, without loss: a date, a number and a text may stand in one column.

A typed cell is written as study.toml says that the texts beside it are written, so one column has one way to
be read. What that way cannot hold is written in ISO 8601: it is a finding then, and never another value.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.sources.calendar_words import month_names, weekday_names
from outcomes.sources.conventions import TableSource
from outcomes.sources.date_format import DAY_NUMBERS, read_parts

__all__ = ["CellTexts", "cell_texts"]

EMPTY, TEXT, NUMBER, YESNO, DAY, TIME, CLOCK, SPAN, OTHER = range(9)
KINDS: dict[type, int] = {
    type(None): EMPTY,
    str: TEXT,
    int: NUMBER,
    float: NUMBER,
    Decimal: NUMBER,
    bool: YESNO,
    dt.date: DAY,
    dt.datetime: TIME,
    pd.Timestamp: TIME,
    type(pd.NaT): EMPTY,
    dt.time: CLOCK,
    dt.timedelta: SPAN,
}
NAMED = {"b": month_names, "B": month_names, "a": weekday_names, "A": weekday_names}


@dataclass(frozen=True, slots=True, eq=False)
class CellTexts:
    """A column as text.

    Parameters
    ----------
    texts : ndarray of str objects
        Empty where there is no value.
    dated, worded : ndarray of bool
        Cells that are a date or a time, and cells that are a text which is not empty.
    """

    texts: NDArray[Any]
    dated: NDArray[np.bool_]
    worded: NDArray[np.bool_]

    def categorical(self) -> pd.Categorical:
        """Return the texts as categories of text: a column is read by its different texts."""
        codes, distinct = pd.factorize(self.texts)
        return pd.Categorical.from_codes(codes, categories=pd.Index(distinct, dtype="str"))


def cell_texts(cells: NDArray[Any], source: TableSource, *, by_day: bool | None = False) -> CellTexts:
    """Return a column's cells as text.

    Parameters
    ----------
    cells : ndarray of object
        Texts, numbers, booleans, dates, times, durations and missing values.
    source : TableSource
        How the texts of the source are written.
    by_day : bool or None
        Whether midnight is a date without a time also where other cells have a time; None: as each cell's
        type says, for a source that knows dates from times.

    Examples
    --------
    >>> cells = np.array(["31.1.2026", dt.date(2026, 2, 1), 1.0, 2.5, True, None], dtype=object)
    >>> cell_texts(cells, TableSource(file="a.xlsx", date_format="%d.%m.%Y", decimal=",")).texts.tolist()
    ['31.1.2026', '01.02.2026', '1', '2,5', 'true', '']
    """
    kinds = np.fromiter((KINDS.get(type(cell), OTHER) for cell in cells), dtype=np.int8, count=len(cells))
    texts = np.full(len(cells), "", dtype=object)
    strings = kinds == TEXT
    texts[strings] = cells[strings]
    writers: dict[int, Callable[[NDArray[Any]], Any]] = {
        NUMBER: lambda found: _distinct(found, lambda one: _number(one, source.decimal)),
        YESNO: lambda found: np.where(
            found.astype(bool), _word(source.yes, "true"), _word(source.no, "false")
        ),
        CLOCK: lambda found: _distinct(found, lambda one: _clock(one.hour, one.minute, one.second)),
        SPAN: lambda found: _distinct(found, _span),
        OTHER: lambda found: _distinct(found, str),
    }
    for kind, write in writers.items():
        here = kinds == kind
        if here.any():
            texts[here] = write(cells[here])
    dated = (kinds == DAY) | (kinds == TIME)
    if dated.any():
        texts[dated] = _times(cells[dated], source, by_day=by_day)
    worded = strings & np.fromiter((bool(text.strip()) for text in texts), dtype=bool, count=len(texts))
    return CellTexts(texts, dated, worded)


def _distinct(cells: NDArray[Any], write: Callable[[Any], str]) -> NDArray[Any]:
    """Write each distinct value once."""
    codes, values = pd.factorize(cells, use_na_sentinel=False)
    written = np.array([write(value) for value in values], dtype=object)
    return np.asarray(written[codes], dtype=object)


def _number(value: float | Decimal, decimal: str) -> str:
    if isinstance(value, Decimal):
        text = format(value, "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
    elif not math.isfinite(value):
        return ""
    else:
        text = str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    return text.replace(".", decimal)


def _word(declared: tuple[str, ...], usual: str) -> str:
    """Return the usual word when it is among the declared ones, else the first of them."""
    return usual if usual in {word.casefold() for word in declared} else declared[0]


def _clock(hours: int, minutes: int, seconds: int) -> str:
    return f"{hours:02d}:{minutes:02d}" + (f":{seconds:02d}" if seconds else "")


def _span(value: dt.timedelta) -> str:
    minutes, seconds = divmod(round(abs(value).total_seconds()), 60)
    return ("-" if value < dt.timedelta() else "") + _clock(*divmod(minutes, 60), seconds)


def _times(cells: NDArray[Any], source: TableSource, *, by_day: bool | None) -> NDArray[Any]:
    """Write dates and times: those with an offset in ISO 8601, the others as declared."""
    codes, distinct = pd.factorize(cells, use_na_sentinel=False)
    texts = np.array([f"{one:%Y-%m-%dT%H:%M:%S.%f%z}" for one in map(_with_time, distinct)], dtype=object)
    naive = np.array([getattr(one, "tzinfo", None) is None for one in distinct])
    if naive.any():
        # a spreadsheet keeps times to about a millisecond
        local = pd.Series(list(map(_with_time, distinct[naive])), dtype="datetime64[us]").dt.round("ms")
        days = local.eq(local.dt.normalize())
        typed = np.array([not isinstance(one, dt.datetime) for one in distinct[naive]])
        whole = typed if by_day is None else days.to_numpy() if by_day else np.full(len(local), days.all())
        written = np.empty(len(local), dtype=object)
        written[whole] = _written(local[whole], source.date_format, "%Y-%m-%d", source)
        written[~whole] = _written(local[~whole], source.timestamp_format, "%Y-%m-%dT%H:%M:%S.%f", source)
        texts[naive] = written
    return np.asarray(texts[codes], dtype=object)


def _with_time(value: dt.date) -> dt.datetime:
    return value if isinstance(value, dt.datetime) else dt.datetime(value.year, value.month, value.day)


def _written(times: pd.Series, date_format: str, in_full: str, source: TableSource) -> NDArray[Any]:
    """Write times by a format of study.toml, or in ISO 8601 where it would lose something."""
    times = times.reset_index(drop=True)
    iso = times.dt.strftime(in_full).astype("str").str.replace(r"\.0+$", "", regex=True)
    if date_format == "ISO8601":
        return np.asarray(iso, dtype=object)
    if date_format in DAY_NUMBERS:
        serial = (times - pd.Timestamp(DAY_NUMBERS[date_format])) / pd.Timedelta(days=1)
        return np.array([_number(day, ".") for day in serial], dtype=object)
    text = pd.Series("", index=times.index, dtype="str")
    for piece in re.findall(r"%.|[^%]+", date_format, flags=re.DOTALL):
        text += _piece(times, piece, source)
    read = read_parts(text, date_format, source.language)
    back = pd.Series(read.date.astype("datetime64[us]")) + pd.to_timedelta(read.seconds, unit="s").round("us")
    return np.asarray(text.where(back.eq(times), iso), dtype=object)


def _piece(times: pd.Series, piece: str, source: TableSource) -> Any:
    if not piece.startswith("%") or piece == "%%":
        return piece.replace("%%", "%")
    if piece[1] not in NAMED:
        return times.dt.strftime(piece)
    words = {number: name for name, number in reversed(NAMED[piece[1]](source.language).items())}
    return (times.dt.month if piece[1] in "bB" else times.dt.weekday + 1).map(words)
