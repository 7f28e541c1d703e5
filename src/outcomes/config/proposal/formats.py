"""Formats of dates and times that fit every cell: the one that does, or those that fit as well."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.config.proposal.lines import Choice, Line, Question
from outcomes.sources.calendar_words import LANGUAGES, Language
from outcomes.sources.conventions import TableSource
from outcomes.sources.date_format import looks_like, read_parts
from outcomes.sources.date_hints import CLOCKS, DAYS, JOINS
from outcomes.sources.dates import implausible, read_local

__all__ = ["day_formats", "settle", "time_formats"]

FIRST = 60  # cells by which most formats are ruled out
#: Part of the cells that a format must read, where faulty ones are among them.
MOST = 0.9
#: Format, language and the times that the cells are by it; NaT where it does not read one.
Fit = tuple[str, Language, NDArray[np.datetime64]]


def day_formats(texts: pd.Series) -> list[Fit]:
    """Return the formats that read every text as a date, or else most; of those with the same dates one.

    Examples
    --------
    >>> [one for one, *_ in day_formats(pd.Series(["03/04/2026", "05/04/2026"]))]
    ['%d/%m/%Y', '%m/%d/%Y']
    >>> [one for one, *_ in day_formats(pd.Series(["03/04/2026", "25/04/2026"]))]
    ['%d/%m/%Y']
    """
    return _different(_fitting(texts, ("ISO8601", *DAYS, "excel"), days=True))


def time_formats(texts: pd.Series) -> list[Fit]:
    """Return the formats that read every text as a time, or else most; of those with the same times one."""
    zones = ("", "%z", " %z")
    if _reads(texts, "ISO8601", "en", days=False)[1] == 1:
        return list(_fitting(texts, ("ISO8601",), days=False))
    head = texts.str.extract(r"^(.*?)(?:T|,? )\d{1,2}:", expand=False).dropna().drop_duplicates()
    days = [one for one in DAYS if len(head) and _reads(head.iloc[:FIRST], one, "en")[1] >= MOST]
    named = head.str.contains(r"[^\W\d_]{3}").any()
    days += [one for one in DAYS if named and "%b" in one and one not in days]
    both = [
        f"{day}{join}{clock}{zone}" for day in days for join in JOINS for clock in CLOCKS for zone in zones
    ]
    return _different(_fitting(texts, ("ISO8601", *both), days=False))


def settle(key: str, found: list[Fit], columns: list[str], cells: int) -> tuple[list[Line], list[Question]]:
    """Return the lines that read the cells, or the question which of several formats is meant.

    Parameters
    ----------
    key : {"date_format", "timestamp_format"}
        The key of study.toml.
    found : list
        From `day_formats` or `time_formats`.
    columns : list of str
        Names of the columns that were looked at.
    cells : int
        How many different texts they hold.
    """
    where = ", ".join(columns)
    if not found:
        return [], [Question(key, f"no known format fits the cells of {where}: which is it?")]
    date_format, language, _ = found[0]
    if len(found) > 1:
        choices = tuple(
            Choice(one, f"fits {int((~np.isnat(read)).sum())} of {cells} texts") for one, _, read in found
        )
        return [], [Question(key, f"several formats fit the cells of {where}: which is meant?", choices)]
    default = TableSource.model_fields[key].default
    lines = []
    if date_format != default and not (key == "date_format" and date_format == "ISO8601"):
        read = int((~np.isnat(found[0][2])).sum())
        rest = (
            "and no other format does"
            if read == cells
            else "no other format reads most; the check lists the rest"
        )
        lines.append(Line(key, date_format, f"fits {read} of {cells} texts of {where}; {rest}"))
    if language != "en":
        lines.append(Line("language", language, "the names of months"))
    return lines, []


def _fitting(texts: pd.Series, formats: tuple[str, ...], *, days: bool) -> Iterator[Fit]:
    """Give the formats that read all texts; when none does, those that read most."""
    sample, most = texts.iloc[:FIRST], []
    for one in formats:
        if one not in ("ISO8601", "excel") and sum(looks_like(text, one) for text in sample) < MOST * len(
            sample
        ):
            continue
        for language in LANGUAGES if "%b" in one else ("en",):
            if _reads(sample, one, language, days=days)[1] < MOST:
                continue
            read, share = _reads(texts, one, language, days=days)
            if share >= MOST:
                most.append((one, language, read, share))
    whole = [fit for fit in most if fit[3] == 1]
    for one, language, read, _ in whole or most:
        yield one, language, read


def _reads(
    texts: pd.Series, date_format: str, language: Language, days: bool = True
) -> tuple[NDArray[np.datetime64], float]:
    """Return the times that a format reads, and the part of the texts that it does read."""
    if date_format == "ISO8601":
        found, timed = read_local(texts, TableSource(file="one"))
        times = found.mask(timed & days & found.dt.normalize().ne(found)).to_numpy().astype("datetime64[s]")
    else:
        parts = read_parts(texts, date_format, language)
        times = parts.date.astype("datetime64[s]") + parts.seconds.astype("timedelta64[s]")
        odd = implausible(pd.Series(times))
        if date_format == "excel":  # serial numbers of days of our time; fewer digits may be anything
            numbers = pd.to_numeric(texts.str.replace(",", "."), errors="coerce")
            odd = odd | ~numbers.between(30_000, 60_000).to_numpy()
        times = np.where(odd, np.datetime64("NaT"), times)
    return times, float((~np.isnat(times)).mean())


def _different(found: Iterator[Fit]) -> list[Fit]:
    """Keep one format of those that give the same times."""
    kept: list[Fit] = []
    for one in found:
        if not any(np.array_equal(one[2], other[2], equal_nan=True) for other in kept):
            kept.append(one)
    return kept
