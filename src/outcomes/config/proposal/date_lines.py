"""Formats of the dates and times of a table, each of all its columns together."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from outcomes.config.proposal.formats import Fit, day_formats, settle, time_formats
from outcomes.config.proposal.lines import Line, Question
from outcomes.config.proposal.matching import Match
from outcomes.config.proposal.vocabulary import known_words
from outcomes.schema.contract import specs
from outcomes.sources.doors.excel import WORKBOOKS

__all__ = ["dates_and_times"]

CLOCK = r"\d:\d\d"
ISO = r"\d{4}-\d\d-\d\d"
#: Dates of which the day, or the month, is not known; they need no format.
PARTIAL = r"(?:(?:\d{1,2}|[^\W\d_]+\.?)[-./ ])?\d{4}|\d{4}-\d{2}|.*\bunk?\b.*"


def dates_and_times(
    table: str, matched: dict[str, Match], frame: pd.DataFrame, lines: list[Line], file: str
) -> tuple[list[Line], list[Question]]:
    """Return the lines that read the dates and times of a table, or the questions which formats are meant.

    Parameters
    ----------
    table : str
        Name of the table.
    matched : dict of str to Match
        Its columns.
    frame : DataFrame of str
        The file.
    lines : list of Line
        What is proposed so far: attacks, columns joined, formats that are known.
    file : str
        Its name: a cell of a workbook that is a date needs no format where others are texts.
    """
    said = {line.key: line.value for line in lines if isinstance(line.value, dict)}
    attacks, joined = said.get("attacks", {}), said.get("joined", {})
    days = [one.theirs for one in matched.values() if specs(table)[one.ours].kind == "date"]
    days += [said["wide"]["name"]] if said.get("wide", {}).get("name") in frame else []
    times = [one.theirs for one in matched.values() if specs(table)[one.ours].kind == "timestamp"]
    times += [attacks[key] for key in ("start", "end") if attacks.get(key)]
    times += [name for name in joined if table == "sessions"]
    if any(line.key == "date_format" for line in lines):
        days = []
    texts = {name: _texts(frame, joined.get(name, [name])) for name in (*days, *times)}
    if table == "adverse_events":
        texts = {name: mine[~mine.str.fullmatch(PARTIAL, case=False)] for name, mine in texts.items()}
    timed = [mine[mine.str.contains(CLOCK)] for name, mine in texts.items() if name in times]
    dated = [mine[~mine.str.contains(CLOCK)] for name, mine in texts.items()]
    dated += [mine[mine.str.contains(CLOCK)] for name, mine in texts.items() if name in days]
    found: tuple[list[Line], list[Question]] = ([], [])
    for key, formats, parts, columns in (
        ("date_format", _day_or_time_formats, dated, days or times),
        ("timestamp_format", time_formats, timed, times),
    ):
        whole = pd.concat(parts).drop_duplicates().reset_index(drop=True) if parts else pd.Series(dtype="str")
        if Path(file).suffix.lower() in WORKBOOKS and not whole.str.match(ISO).all():
            whole = whole[~whole.str.match(ISO)].reset_index(drop=True)
        if len(whole):
            more = settle(key, formats(whole), columns, len(whole))
            found = found[0] + more[0], found[1] + more[1]
    return found


def _day_or_time_formats(texts: pd.Series) -> list[Fit]:
    """Return the formats of days; where every text has a time of day, and is not midnight, those of times."""
    found = day_formats(texts)
    return found or (time_formats(texts) if texts.str.contains(CLOCK).all() else [])


def _texts(frame: pd.DataFrame, names: list[str]) -> pd.Series:
    """Return the different texts of a column, or of columns joined by a space, without words for missing."""
    missing = known_words("missing")
    cells = [frame[name].str.strip() for name in names]
    joined = cells[0]
    for further in cells[1:]:
        joined = joined.str.cat(further, sep=" ").str.strip()
    texts = pd.Series(joined.unique(), dtype="str")
    return texts[texts.ne("") & ~texts.str.casefold().isin(missing)].map(
        lambda text: re.sub(r"\s+", " ", text)
    )
