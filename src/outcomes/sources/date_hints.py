"""What to write in study.toml for dates that the declared format does not read, told by their shape alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pandas as pd

from outcomes.sources.calendar_words import LANGUAGES, Language
from outcomes.sources.date_format import looks_like, read_parts

__all__ = ["date_hint"]

DAYS = (
    *("%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%Y", "%m-%d-%Y"),
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d%m%Y", "%m%d%Y"),
    *("%d %b %Y", "%d-%b-%Y", "%d. %b %Y", "%d%b%Y", "%d-%b-%y", "%b %d, %Y", "%b %d %Y", "%Y %b %d"),
)
CLOCKS = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p")
JOINS = (" ", "T", ", ")
#: Texts that are looked at, and the part of them that a format must read to be named.
LOOKED_AT = 200
MOST = 0.9
#: What no format reads -> what to do.
ODD = {
    r"[^\x00-\x7f](?<=\d)": "these have digits of another script: write them with 0 to 9",
    "[\u2010-\u2015\u2212\u00ad\uff0d]": "these have dashes that are no hyphen: write -",
    r"\d-?W\d\d": "these are days of numbered weeks: write year, month and day",
    r"^\d{1,2}[-./ ]+[IVX]{1,4}[-./ ]+\d{2,4}": "these have months in Roman numerals: write them as numbers",
    r"^\d{4}-?\d{3}$": 'these look like days of the year: declare date_format = "%Y-%j" or "%Y%j"',
    r"^1\d{9}(?:\d{3}){0,3}$": "these look like seconds since 1970: write year, month and day",
    r"(?:^|\D)24:00": "24:00 is no time of a day: write 00:00 of the day after",
    r"^'": "these begin with the sign by which a spreadsheet marks a text: remove it",
}
#: Serial numbers of days from 1982 to 2064.
SERIALS = (30_000, 60_000)


def date_hint(texts: pd.Series, key: str, declared: str, language: Language) -> str:
    """Return what to write for texts that were not read; no text itself is ever in it.

    Parameters
    ----------
    texts : Series of str
        Distinct texts that the declared format does not read.
    key : {"date_format", "timestamp_format"}
        The key of study.toml.
    declared : str
        What it says now.
    language : str
        The declared language.
    """
    said = f"declared {key}: {declared}"
    texts = texts.iloc[:LOOKED_AT]
    if not len(texts):
        return said
    if texts.str.fullmatch(r"\d{5}([.,]\d+)?").mean() >= MOST and _serial(texts):
        return f'{said}; these look like Excel serial numbers: declare {key} = "excel"'
    if texts.str.fullmatch(r"\d{4}(-\d{2})?|\d{1,2}[./]\d{4}").mean() >= MOST:
        return f"{said}; these look like a year or a month without a day, which is not a date"
    odd = next((words for pattern, words in ODD.items() if texts.str.contains(pattern).mean() >= MOST), None)
    if odd is not None:
        return f"{said}; {odd}"
    shapes = _shapes(texts)
    found = _formats(shapes, language)
    if found:
        which = ", whichever is meant" if len(found) > 1 else ""
        return f"{said}; judging by these, declare {key} = {' or '.join(found)}{which}"
    for other in LANGUAGES:
        found = _formats(shapes.named(), other) if other != language else []
        if found:
            return f'{said}; judging by these, declare {key} = {found[0]} and language = "{other}"'
    if _are_as_declared(texts, declared):
        return f"{said}; these are written so, but are no days of the calendar: check them"
    example = "%d.%m.%Y" if key == "date_format" else "%d.%m.%Y %H:%M"
    shown = "31.01.2026" if key == "date_format" else "31.01.2026 14:30"
    return f'{said}; for {shown} declare {key} = "{example}"'


def _serial(texts: pd.Series) -> bool:
    days = pd.to_numeric(texts.str.replace(",", "."), errors="coerce")
    return bool(days.between(*SERIALS).mean() >= MOST)


def _are_as_declared(texts: pd.Series, declared: str) -> bool:
    """Return whether texts have the signs of the declared format."""
    plain = declared if "%" in declared else "%Y-%m-%d"
    return bool(texts.map(lambda text: looks_like(text, plain)).mean() >= MOST)


@dataclass(frozen=True, slots=True, eq=False)
class _Shapes:
    """Texts with the formats of days that they, and the days before their clock times, have the signs of.

    Signs are of no language: they are looked for once, before months and weekdays are read in each.
    """

    texts: pd.Series
    alike: list[str]
    day: pd.Series
    day_alike: list[str]

    def named(self) -> _Shapes:
        """Return the texts with their formats that name months: of the others no language reads more."""
        return replace(
            self,
            alike=[one for one in self.alike if "%b" in one],
            day_alike=[one for one in self.day_alike if "%b" in one],
        )


def _shapes(texts: pd.Series) -> _Shapes:
    day = texts.str.extract(r"^([^T:]*?)(?:T|,? )\d{1,2}:", expand=False).dropna()
    return _Shapes(texts, _alike(texts, DAYS), day, _alike(day, DAYS) if len(day) else [])


def _alike(texts: pd.Series, formats: Iterable[str]) -> list[str]:
    """Return the formats that have the signs of most texts."""
    seen = texts.to_list()
    return [one for one in formats if sum(looks_like(text, one) for text in seen) >= MOST * len(seen)]


def _formats(shapes: _Shapes, language: Language) -> list[str]:
    found = [one for one in shapes.alike if _reads(shapes.texts, one, language)]
    if found:
        return [f'"{one}"' for one in found[:3]]
    clocks = [
        f"{join}{clock}{zone}" for join in JOINS for clock in CLOCKS for zone in ("", "%z", " %z", " %Z")
    ]
    days = [one for one in shapes.day_alike if _reads(shapes.day, one, language)]
    both = _alike(shapes.texts, [one + clock for one in days for clock in clocks])
    return [f'"{one}"' for one in both if _reads(shapes.texts, one, language)][:3]


def _reads(texts: pd.Series, date_format: str, language: Language) -> bool:
    date = pd.Series(read_parts(texts, date_format, language).date)
    return bool(date.between(pd.Timestamp("1900-01-01"), pd.Timestamp("2199-12-31")).mean() >= MOST)
