"""Kinds of faults that a file may have: in a cell, a line, a column or the bytes, with what must be found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

__all__ = ["CANARY", "CELLS", "FILES", "LINES", "Planted", "Sheet"]

#: A text that stands for what a patient's record holds: no output may say it.
CANARY = "Zebra77"


@dataclass
class Sheet:
    """A table on its way into a file: lines of fields, with the row that each line is.

    Parameters
    ----------
    table : str
    header : list of str
    rows : list of list of str
    content : bytes or None
        The whole file when a fault has replaced it.
    """

    table: str
    header: list[str]
    rows: list[list[str]]
    raw: dict[int, str] = field(default_factory=dict)
    above: str = ""
    below: str = ""
    end: str = "\n"
    change: Callable[[bytes], bytes] = lambda content: content

    def put(self, row: int, column: str, text: str) -> None:
        self.rows[row][self.header.index(column)] = text

    def get(self, row: int, column: str) -> str:
        return self.rows[row][self.header.index(column)]

    def lines(self) -> list[str]:
        whole = [",".join(map(_quoted, row)) for row in self.rows]
        return [self.raw.get(number, line) for number, line in enumerate(whole)]

    def content(self) -> bytes:
        text = (
            self.above + "\n".join([",".join(map(_quoted, self.header)), *self.lines()]) + "\n" + self.below
        )
        return self.change(text.replace("\n", self.end).encode())


@dataclass(frozen=True)
class Planted:
    """A fault that stands in a sheet.

    Parameters
    ----------
    kind : str
    table : str
    row : int or None
        Data row, from 1; None for the whole table.
    rules : frozenset of str
        One of them must be found there; empty for a fault that is harmless.
    refused : str
        Words of the error by which the study is refused.
    also : frozenset of str
        Rules that may be found anywhere because of it.
    """

    kind: str
    table: str
    row: int | None = None
    rules: frozenset[str] = frozenset()
    refused: str = ""
    also: frozenset[str] = frozenset()


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\n') else text


#: kind -> table, column, text (or what makes it of the sheet and the row), rules of which one is found, and
#: rules that may be found elsewhere because the row or the cell is lost.
LOST_SESSION = (
    "unknown_session before_any_session dose_differs_from_log no_usable_session unknown_patient "
    "log_gap outside_session"
)
OF_THE_LOG = "log_gap log_without_start log_without_stop large_step dose_differs_from_log"
CELLS: dict[str, tuple[str, str, str | Callable[[Sheet, int], str], str, str]] = {
    "impossible day": ("diary", "date", "2026-02-31", "bad_date", ""),
    "leap day of no leap year": ("diary", "date", "2025-02-29", "bad_date", ""),
    "day first": ("diary", "date", "31.01.2026", "bad_date", ""),
    "month first": ("diary", "date", "01/31/2026", "bad_date", ""),
    "month without day": ("diary", "date", "2026-03", "bad_date", ""),
    "serial number": ("diary", "date", "46027", "bad_date", ""),
    "compact date": ("diary", "date", "1122026", "bad_date", ""),
    "year 0026": ("diary", "date", "0026-01-05", "implausible_date", ""),
    "year 2926": ("diary", "date", "2926-01-05", "implausible_date", ""),
    "clock time in a date": ("diary", "date", lambda s, r: s.get(r, "date") + " 10:30", "bad_date", ""),
    "offset in a date": ("diary", "date", lambda s, r: s.get(r, "date") + "T22:30+01:00", "bad_date", ""),
    "digits of full width": ("diary", "date", "\uff12\uff10\uff12\uff16-01-05", "bad_date", ""),
    "words for a date": ("diary", "date", CANARY, "bad_date", ""),
    "no date": ("diary", "date", "", "missing_value", ""),
    "words for an answer": ("diary", "headache", CANARY, "not_yes_no", ""),
    "no answer": ("diary", "headache", "", "missing_value", ""),
    "a scale for an answer": ("diary", "headache", "7", "not_yes_no", ""),
    "unknown patient": ("diary", "patient_id", CANARY, "unknown_patient", ""),
    "no patient": ("diary", "patient_id", "", "missing_value", ""),
    "words for pain": ("diary", "pain", CANARY, "not_a_number", ""),
    "pain of 11": ("diary", "pain", "11", "out_of_range", ""),
    "pain below zero": ("diary", "pain", "-1", "out_of_range", ""),
    "comma in pain": ("diary", "pain", "3,5", "other_decimal_mark", ""),
    "mark before three digits": ("diary", "pain", "1,250", "ambiguous_mark other_decimal_mark", ""),
    "marks between thousands": ("diary", "pain", "1'250", "thousands_mark", ""),
    "not a number by name": ("diary", "pain", "nan", "not_a_number", ""),
    "formula": ("diary", "pain", f"=HYPERLINK({CANARY})", "not_a_number", ""),
    "a day of 25 hours": ("diary", "duration_h", "25", "out_of_range", ""),
    "words for hours": ("diary", "duration_h", f"{CANARY} hours", "not_a_number", ""),
    "unknown drug": ("diary", "acute_medication", CANARY, "unknown_code", ""),
    "none and a drug": ("diary", "acute_medication", "none+triptan", "none_and_more", ""),
    "words for a symptom": ("diary", "nausea", CANARY, "not_yes_no", ""),
    "words for a time": ("sessions", "start", CANARY, "bad_timestamp", LOST_SESSION),
    "a time of another format": ("sessions", "start", "31.01.2026 09:00", "bad_timestamp", LOST_SESSION),
    "no start": ("sessions", "start", "", "missing_value", LOST_SESSION),
    "start in year 26": ("sessions", "start", "0026-01-05T09:00Z", "implausible_date", LOST_SESSION),
    "a date for a start": (
        "sessions",
        "start",
        lambda s, r: s.get(r, "start")[:10],
        "time_missing",
        LOST_SESSION,
    ),
    "end before start": ("sessions", "end", "2001-01-01T09:00Z", "end_before_start", LOST_SESSION),
    "no end": ("sessions", "end", "", "missing_end", LOST_SESSION),
    "weight of 20 kg": ("sessions", "weight_kg", "20", "out_of_range", ""),
    "words for a weight": ("sessions", "weight_kg", f"{CANARY} kg", "not_a_number", ""),
    "unknown setting": ("sessions", "setting", CANARY, "unknown_code", ""),
    "session of nobody": ("sessions", "patient_id", CANARY, "unknown_patient", LOST_SESSION),
    "words for an onset": ("adverse_events", "onset", CANARY, "bad_timestamp", ""),
    "grade 6": ("adverse_events", "grade", "6", "out_of_range", ""),
    "grade and a half": ("adverse_events", "grade", "1.5", "not_whole", ""),
    "words for serious": ("adverse_events", "serious", CANARY, "not_yes_no", ""),
    "unknown outcome": ("adverse_events", "outcome", CANARY, "unknown_code", ""),
    "markup": ("adverse_events", "term", f"<script>{CANARY}", "markup_in_text", "unknown_term"),
    "formula in a term": ("adverse_events", "term", f"=1+{CANARY}", "formula_in_text", "unknown_term"),
    "bell": ("adverse_events", "term", f"{CANARY}\x07", "control_character", "unknown_term"),
    "unknown term": ("adverse_events", "term", CANARY, "unknown_term", ""),
    "event of nobody": ("adverse_events", "patient_id", CANARY, "unknown_patient", "unknown_session"),
    "resolved before onset": ("adverse_events", "resolved", "2001-01-01T09:00Z", "resolved_before_onset", ""),
    "age of 144": ("patients", "age", "144", "out_of_range", ""),
    "words for sex": ("patients", "sex", CANARY, "unknown_code", ""),
    "words for a contact": ("patients", "first_contact", CANARY, "bad_date", ""),
    "words for a rate": ("titration", "rate", CANARY, "not_a_number", OF_THE_LOG),
    "rate of 9": ("titration", "rate", "9", "out_of_range", OF_THE_LOG),
    "unknown action": ("titration", "action", CANARY, "unknown_code", OF_THE_LOG),
    "words for a time of the log": ("titration", "time", CANARY, "bad_timestamp", OF_THE_LOG),
    "log of no session": ("titration", "session_id", CANARY, "unknown_session", OF_THE_LOG),
    "words for a score": ("assessments", "score", f"{CANARY} points", "not_a_number", ""),
    "score beyond the instrument": ("assessments", "score", "999", "score_out_of_range", ""),
    "unknown instrument": ("assessments", "instrument", CANARY, "unknown_code", ""),
    "score of nobody": ("assessments", "patient_id", CANARY, "unknown_patient", ""),
    "words for a value": ("laboratory", "value", CANARY, "not_a_number", ""),
    "below the limit of detection": ("laboratory", "value", "<5", "", ""),
    "unknown test": ("laboratory", "test", CANARY, "unknown_code", ""),
    "sample on no day": ("laboratory", "date", "2026-02-30", "bad_date", ""),
    "spaces around an identifier": (
        "diary",
        "patient_id",
        lambda s, r: f" {s.get(r, 'patient_id')} ",
        "",
        "",
    ),
    "capitals": ("diary", "headache", lambda s, r: s.get(r, "headache").upper(), "", ""),
    "a decimal zero": (
        "diary",
        "pain",
        lambda s, r: s.get(r, "pain") and f"{float(s.get(r, 'pain')):.1f}",
        "",
        "",
    ),
}


def _field_more(sheet: Sheet, row: int) -> Planted:
    sheet.raw[row] = sheet.lines()[row] + f",{CANARY}"
    return _line("a field more", sheet, row, "wrong_number_of_fields")


def _breaks_off(sheet: Sheet, row: int) -> Planted:
    sheet.raw[row] = ",".join(sheet.lines()[row].split(",")[:2])
    return _line("a line that breaks off", sheet, row, "wrong_number_of_fields")


def _header_again(sheet: Sheet, row: int) -> Planted:
    sheet.raw[row] = ",".join(sheet.header)
    return _line("the header once more", sheet, row, "header_again")


def _total(sheet: Sheet, row: int) -> Planted:
    sheet.raw[row] = "Total" + "," * (len(sheet.header) - 1)
    return _line("a total", sheet, row, "not_a_row")


def _remark(sheet: Sheet, row: int) -> Planted:
    sheet.raw[row] = f"# {CANARY} said so"
    return _line("a remark", sheet, row, "wrong_number_of_fields not_a_row")


def _opens(sheet: Sheet, row: int) -> Planted:
    sheet.raw[row] = ",".join([*sheet.lines()[row].split(",")[:-1], f'"{CANARY}'])
    return _line("a quote that opens", sheet, row, "open_quote")


def _stray(sheet: Sheet, row: int) -> Planted:
    sheet.rows[row][-1] = ""
    sheet.raw[row] = sheet.lines()[row] + f'5" {CANARY}'
    return _line("a quote in a text", sheet, row, "")


def _note_of_lines(sheet: Sheet, row: int) -> Planted:
    sheet.rows[row][-1] = f"slept badly\n{CANARY} came, and left"
    return _line("a note of several lines", sheet, row, "line_breaks")


def _long(sheet: Sheet, row: int) -> Planted:
    sheet.rows[row][-1] = CANARY * 20_000
    return _line("a cell of 140,000 characters", sheet, row, "cell_too_long")


def _again(sheet: Sheet, row: int) -> Planted:
    sheet.rows.append(list(sheet.rows[row]))
    return _line("the same row again", sheet, len(sheet.rows) - 1, "same_row_again")


#: Table -> a column in which a second row says otherwise, two answers for it, and the rule that finds it.
OTHERWISE = {
    "diary": ("headache", ("yes", "no"), "duplicate_day"),
    "sessions": ("weight_kg", ("71", "72"), "duplicate_session"),
    "adverse_events": ("grade", ("1", "2"), "duplicate_event_id"),
    "titration": ("rate", ("0.11", "0.12"), "duplicate_time"),
    "assessments": ("score", ("1", "2"), "duplicate_assessment"),
    "laboratory": ("value", ("31", "32"), ""),  # without a session two samples of a day are possible
}


def _otherwise(sheet: Sheet, row: int) -> Planted:
    column, answers, rule = OTHERWISE[sheet.table]
    if column not in sheet.header:
        return _again(sheet, row)
    place, second = sheet.header.index(column), list(sheet.rows[row])
    second[place] = answers[second[place] == answers[0]]
    sheet.rows.append(second)
    found = _line("a row that says otherwise", sheet, len(sheet.rows) - 1, rule)
    return replace(found, also=found.also | found.rules | {"time_not_increasing", "session_overlap"})


def _line(kind: str, sheet: Sheet, row: int, rules: str) -> Planted:
    lost = {"sessions": LOST_SESSION, "titration": OF_THE_LOG}.get(sheet.table, "")
    return Planted(kind, sheet.table, row + 1, frozenset(rules.split()), also=frozenset(lost.split()))


LINES: tuple[Callable[[Sheet, int], Planted], ...] = (
    *(
        _field_more,
        _breaks_off,
        _header_again,
        _total,
        _remark,
        _opens,
        _stray,
        _note_of_lines,
        _long,
        _again,
        _otherwise,
    ),
)


def _refused(kind: str, words: str, **change: object) -> Callable[[Sheet, np.random.Generator], Planted]:
    def plant(sheet: Sheet, rng: np.random.Generator) -> Planted:
        for name, value in change.items():
            setattr(sheet, name, value(sheet) if callable(value) and name != "change" else value)
        return Planted(kind, sheet.table, refused=words)

    return plant


def _harmless(kind: str, **change: object) -> Callable[[Sheet, np.random.Generator], Planted]:
    def plant(sheet: Sheet, rng: np.random.Generator) -> Planted:
        for name, value in change.items():
            setattr(sheet, name, value)
        return Planted(kind, sheet.table)

    return plant


def _blank_lines(sheet: Sheet, rng: np.random.Generator) -> Planted:
    row = int(rng.integers(len(sheet.rows)))
    sheet.raw[row] = "\n   \n" + sheet.lines()[row]
    return Planted("empty lines", sheet.table)


def _cleared(sheet: Sheet, rng: np.random.Generator) -> Planted:
    row, empty = int(rng.integers(len(sheet.rows))), "," * (len(sheet.header) - 1)
    sheet.raw[row] = f"{empty}\n{sheet.lines()[row]}\n ,{empty[1:]}"
    return Planted("rows that were cleared", sheet.table)


def _reordered(sheet: Sheet, rng: np.random.Generator) -> Planted:
    order = [*rng.permutation(len(sheet.header) - 1).tolist(), len(sheet.header) - 1]
    sheet.header = [sheet.header[place] for place in order]
    sheet.rows = [[row[place] for place in order] for row in sheet.rows]
    return Planted("columns in another order", sheet.table)


def _more(sheet: Sheet, rng: np.random.Generator) -> Planted:
    sheet.header = ["mood", *sheet.header]
    sheet.rows = [[CANARY, *row] for row in sheet.rows]
    return Planted("a column more", sheet.table, rules=frozenset({"column_not_used"}))


def _rename(sheet: Sheet) -> list[str]:
    """Give the column by which rows are found another name; a log of rates has sessions alone."""
    key = "patient_id" if "patient_id" in sheet.header else "session_id"
    return ["PatNr" if name == key else name for name in sheet.header]


def _twice(sheet: Sheet) -> list[str]:
    return [*sheet.header[:-1], sheet.header[1]]


FILES: dict[str, tuple[Callable[[Sheet, np.random.Generator], Planted], ...]] = {
    "harmless": (
        _harmless("byte order mark", change=lambda content: b"\xef\xbb\xbf" + content),
        _harmless("CR LF", end="\r\n"),
        _harmless("CR", end="\r"),
        _harmless("mixed ends", change=lambda content: content.replace(b"\n", b"\r\n", 3)),
        _harmless("no last line end", change=lambda content: content.rstrip(b"\r\n")),
        _harmless("empty lines below", below="\n\n"),
        *(_blank_lines, _cleared, _reordered, _more),
    ),
    "refused": (
        _refused("a title", "skip_lines = 2", above=f"Diary of {CANARY}\n\n"),
        _refused("a sep= line", "skip_lines = 1", above="sep=,\n"),
        _refused("no header", "header", change=lambda content: content.split(b"\n", 1)[1]),
        _refused("a column that lacks", "no column", header=_rename),
        _refused("a name twice", "twice", header=_twice),
        _refused("an empty name", "no name", header=lambda sheet: [*sheet.header[:-1], ""]),
        _refused("another delimiter", "delimiter = ';'", change=lambda content: content.replace(b",", b";")),
        _refused("another encoding", "encoding", change=lambda content: content.replace(b"\n", b"\xe9\n", 2)),
        _refused("UTF-16", "utf-16", change=lambda content: content.decode().encode("utf-16")),
        _refused("bytes of zero", "zero", change=lambda content: content.replace(b",", b"\x00", 3)),
        _refused("nothing", "empty", change=lambda content: b""),
        _refused("a workbook", "workbook", change=lambda content: b"PK\x03\x04" + content),
        _refused("a picture", "picture", change=lambda content: b"\x89PNG" + content),
    ),
}


def sheet_of(table: str, frame: pd.DataFrame) -> Sheet:
    """Return a table as a clinic's file would hold it, with a column of notes at its end."""
    texts = pd.DataFrame({name: _texts(frame[name]) for name in frame}).assign(note="")
    return Sheet(table, list(texts.columns), texts.to_numpy().tolist())


def _texts(values: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(values):
        aware = isinstance(values.dtype, pd.DatetimeTZDtype)
        return values.dt.strftime("%Y-%m-%dT%H:%M:%SZ" if aware else "%Y-%m-%d").fillna("").astype("str")
    if pd.api.types.is_bool_dtype(values):
        return values.map({True: "yes", False: "no"}).fillna("").astype("str")
    if pd.api.types.is_numeric_dtype(values):
        return values.map(lambda number: "" if pd.isna(number) else f"{number:g}").astype("str")
    return values.fillna("").astype("str")
