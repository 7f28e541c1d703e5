"""Files whose rows or columns must be turned: lists of attacks, a column per day, a column per score."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from outcomes.config.proposal.formats import day_formats
from outcomes.config.proposal.lines import Line
from outcomes.config.proposal.matching import Match, given_texts, match_columns
from outcomes.config.proposal.measures import CLOCK
from outcomes.config.proposal.vocabulary import column_names, fold, known_words

__all__ = ["answers_in_rows", "attack_lines", "column_a_day", "day_and_clocks", "scores_in_columns"]

#: Columns of dates from which a table is a calendar.
CALENDAR = 3
#: Names of a column of answers.
ANSWERS = (
    "answer",
    "response",
    "value",
    "result",
    "antwort",
    "wert",
    "reponse",
    "valeur",
    "respuesta",
    "valor",
)
#: Names of a column of months, and how months are written.
MONTHS = ("month", "monat", "mois", "mese", "mes", "maand", "period")
MONTHS_AS = {
    r"\d{4}-\d{2}": "%Y-%m %d", r"\d{1,2}/\d{4}": "%m/%Y %d", r"\d{1,2}\.\d{4}": "%m.%Y %d",
    r"\d{1,2}-\d{4}": "%m-%Y %d", r"\d{4}/\d{2}": "%Y/%m %d",
}  # fmt: skip
DATE_IN_NAME = re.compile(
    r"(?P<before>\D*?)(?P<date>\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\d{8}"
    r"|\d{1,2}[ .-]{1,2}[^\W\d_]{3,9}\.?[ .-]\d{2,4})(?P<after>\D*)"
)


@dataclass(frozen=True, slots=True, eq=False)
class TurnedFile:
    """A file with its columns as rows: the frame to look at, and the lines that turn it."""

    frame: pd.DataFrame
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """Columns that are scores of instruments or tests, and the line that makes them rows."""

    columns: tuple[str, ...]
    lines: tuple[Line, ...]


def attack_lines(frame: pd.DataFrame) -> tuple[list[Line], set[str]]:
    """Return the lines that make days of a list of attacks, and the columns they use; none for no list."""
    matched = {name: one.theirs for name, one in match_columns("attacks", frame).items()}
    lines: list[Line] = []
    start, end = matched.get("start", ""), matched.get("end", "")
    if "clock" in matched and "day" in matched:
        lines.append(_joined(frame, matched))
        start, end = "start", "end" if "end_clock" in matched else ""
    elif not start or not given_texts(frame[start]).str.contains(r"\d:\d\d").any():
        return [], set()
    lasted = matched.get("lasted", "") if not end else ""
    names = {key: name for key, name in (("start", start), ("end", end), ("lasted", lasted)) if name}
    if len(names) < 2 and "clock" not in matched:
        return [], set()
    used = {one for key, one in matched.items() if key not in ("patient_id", "symptoms")}
    how = _lasted_unit(frame[lasted], lasted) if lasted else {}
    how |= {"next_day": True} if "end_clock" in matched and "end_day" not in matched else {}
    lines.append(Line("attacks", names | how, "a list of attacks, made into days"))
    if "symptoms" in matched:
        lines.append(Line("symptoms", matched["symptoms"], "those that are named are yes, the others no"))
    return lines, used | ({matched["symptoms"]} if "symptoms" in matched else set())


def column_a_day(frame: pd.DataFrame) -> TurnedFile | None:
    """Return a calendar, of which each column is a day, with its days as rows."""
    if (numbered := _days_of_months(frame)) is not None:
        return numbered
    found = {name: match for name in map(str, frame) if (match := DATE_IN_NAME.fullmatch(name))}
    signs = {(match["before"], match["after"]) for match in found.values()}
    if len(found) < CALENDAR or len(signs) != 1:
        return None
    before, after = signs.pop()
    if not day_formats(pd.Series([match["date"] for match in found.values()])):
        return None
    rest = [name for name in frame if name not in found]
    pattern = f"{re.escape(before)}(.*[0-9].*){re.escape(after)}"
    value = {"matching": pattern, "name": "date", "value": "headache"}
    long = frame.melt(id_vars=rest, value_vars=list(found), var_name="date", value_name="headache")
    long = long[long["headache"].ne("")].astype("str").reset_index(drop=True)
    long["date"] = long["date"].map({name: match["date"] for name, match in found.items()})
    return TurnedFile(long, (Line("wide", value, f"{len(found)} columns are days: each becomes a row"),))


def _days_of_months(frame: pd.DataFrame) -> TurnedFile | None:
    """Return a calendar whose columns are the days 1, 2, 3, ... of the month that another column names."""
    days = [str(name) for name in frame if str(name).isdigit()]
    months = [str(name) for name in frame if fold(str(name)) in MONTHS]
    if len(days) < CALENDAR or [int(day) for day in days] != list(range(1, len(days) + 1)) or not months:
        return None
    texts = given_texts(frame[months[0]])
    written = next((one for pattern, one in MONTHS_AS.items() if texts.str.fullmatch(pattern).all()), None)
    if written is None or not len(texts):
        return None
    rest = [name for name in frame if name not in days]
    long = frame.melt(id_vars=rest, value_vars=days, var_name="day", value_name="headache")
    long = long[long["headache"].ne("")].astype("str").reset_index(drop=True)
    long["date"] = long[months[0]].str.strip().str.cat(long["day"], sep=" ")
    lines = (
        Line(
            "wide",
            {"matching": "([0-9]{1,2})", "name": "day", "value": "headache"},
            f"{len(days)} columns are days of a month: each becomes a row",
        ),
        Line("joined", {"date": [months[0], "day"]}, "the month and its day are the date"),
        Line("date_format", written, "the month as it is written, and the day"),
    )
    return TurnedFile(long.drop(columns=[months[0], "day"]), lines)


def answers_in_rows(frame: pd.DataFrame) -> TurnedFile | None:
    """Return a diary of which each row is one answer, with a column a question."""
    known = {name: ours for ours, names in column_names("diary").items() for name in (ours, *names)}
    for name in map(str, frame):
        asked = {known[fold(text)] for text in given_texts(frame[name]) if fold(text) in known}
        value = next((str(one) for one in frame if fold(str(one)) in ANSWERS and one != name), None)
        if "headache" not in asked or len(asked) < 2 or value is None:
            continue
        keyed = match_columns("diary", frame.drop(columns=[name, value]))
        keys = [keyed[ours].theirs for ours in ("patient_id", "date") if ours in keyed]
        if len(keys) == 2:
            once = frame[[*keys, name, value]].drop_duplicates([*keys, name])
            wide = once.pivot_table(index=keys, columns=name, values=value, aggfunc="first").fillna("")
            turn = {"name": name, "value": value, "keys": keys}
            line = Line("long", turn, "each row is one answer: a column a question")
            return TurnedFile(wide.reset_index().rename_axis(columns=None).astype("str"), (line,))
    return None


def scores_in_columns(table: str, frame: pd.DataFrame, matched: dict[str, Match]) -> Scores | None:
    """Return the columns that are scores of an instrument, or values of a test, when each has its own."""
    codelist, name, value = {
        "assessments": ("instrument", "instrument", "score"),
        "laboratory": ("lab_test", "test", "value"),
    }[table]
    known = {fold(word): code for word, code in known_words(codelist).items()}
    columns = tuple(str(one) for one in frame if fold(str(one)) in known)
    if not columns or not {"patient_id", "date"} <= set(matched) or name in matched:
        return None
    turn = {"columns": list(columns), "name": name, "value": value}
    lines = [Line("wide", turn, "one column per score: each becomes a row")]
    words = {one: known[fold(one)] for one in columns if one.casefold() != known[fold(one)].casefold()}
    if words:
        lines.append(Line(f"values.{name}", words, "what the columns are called"))
    return Scores(columns, tuple(lines))


def day_and_clocks(frame: pd.DataFrame) -> list[Line]:
    """Return the lines that join the day of an infusion with the times of line in and line out."""
    matched = {name: one.theirs for name, one in match_columns("attacks", frame).items()}
    if not {"day", "clock", "end_clock"} <= set(matched):
        return []
    why = "an end that is earlier than its start is of the next day"
    return [_joined(frame, matched), *([] if "end_day" in matched else [Line("next_day", True, why)])]


def _joined(frame: pd.DataFrame, matched: dict[str, str]) -> Line:
    """Return the line that joins the day and the time of an attack's start, and of its end."""
    parts = {"start": [matched["day"], matched["clock"]]}
    if "end_clock" in matched:
        parts["end"] = [matched.get("end_day", matched["day"]), matched["end_clock"]]
    return Line("joined", parts, "the day and the time are in two columns")


def _lasted_unit(cells: pd.Series, name: str) -> dict[str, Any]:
    texts = given_texts(cells)
    numbers = pd.to_numeric(texts.str.replace(",", "."), errors="coerce")
    if texts.str.fullmatch(CLOCK).all():
        return {"lasted_unit": "h:mm"}
    if numbers.isna().any():
        return {}
    minutes = "min" in fold(name).split("_") or numbers.median() > 24
    return {"lasted_unit": "min" if minutes else "h"}
