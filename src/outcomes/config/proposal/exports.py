"""Exports whose form is known: they are read without a question."""

from __future__ import annotations

import re

import pandas as pd

from outcomes.config.proposal.formats import time_formats
from outcomes.config.proposal.lines import Line, ProposedTable
from outcomes.config.proposal.matching import given_texts
from outcomes.config.proposal.vocabulary import known_words
from outcomes.schema.contract import specs
from outcomes.schema.tables import TABLES
from outcomes.sources.conventions import TableSource
from outcomes.sources.dates import read_local

__all__ = ["known_export"]

MIGRAINE_BUDDY = {"Started", "Lasted", "Pain Level"}
#: What Migraine Buddy writes: month first, in the patient's local time.
BUDDY_TIME = "%m/%d/%y %H:%M"
BUDDY_DRUGS = (
    "Helpful Medication",
    "Somewhat Helpful Medication",
    "Unhelpful Medication",
    "Unsure Medication",
)
TRACKER = {"start_time", "end_time", "intensity", "medication", "triggers"}


def known_export(frame: pd.DataFrame, file: str) -> list[ProposedTable]:
    """Return the tables of a file whose form is known; none for any other.

    Parameters
    ----------
    frame : DataFrame of str
        The file.
    file : str
        Its name.
    """
    names = set(map(str, frame.columns))
    if names >= MIGRAINE_BUDDY and _reads(frame["Started"], BUDDY_TIME):
        return [_migraine_buddy(frame, file)]
    if names >= TRACKER and _reads(frame["start_time"], "ISO8601"):
        return [_tracker(frame, file)]
    return _own_dictionary(frame, file)


def _migraine_buddy(frame: pd.DataFrame, file: str) -> ProposedTable:
    drugs = [name for name in BUDDY_DRUGS if name in frame]
    lines = [
        Line(
            "from_name",
            {"patient_id": r"(.+?)[.].+"},
            "one file per patient: the file's name is the identifier",
        ),
        Line("attacks", {"start": "Started", "lasted": "Lasted"}, "a list of attacks, made into days"),
        Line("timestamp_format", BUDDY_TIME, "as this export writes it: month first"),
        Line("columns.pain", "Pain Level", "peak pain, 0-10"),
    ]
    if drugs:
        lines.append(Line("lists", {"acute_medication": drugs}, "drugs, whether they helped or not"))
        lines += _drug_lines()
    if "Symptoms" in frame:
        lines.append(Line("symptoms", "Symptoms", "those that are named are yes, the others no"))
    return ProposedTable("diary", (file,), "an export from Migraine Buddy", tuple(lines), unread=())


def _tracker(frame: pd.DataFrame, file: str) -> ProposedTable:
    lines = [
        Line(
            "from_name",
            {"patient_id": r"(.+?)[.].+"},
            "one file per patient: the file's name is the identifier",
        ),
        Line("attacks", {"start": "start_time", "end": "end_time"}, "a list of attacks, made into days"),
        Line("columns.pain", "intensity", "peak pain, 1-10"),
        Line("columns.acute_medication", "medication", "drugs"),
        *_drug_lines(),
    ]
    return ProposedTable("diary", (file,), "an export from Cluster Headache Tracker", tuple(lines))


def _drug_lines() -> list[Line]:
    none = dict.fromkeys(("no medication", "none"), "none")
    other = {"oxygen": "other", "o2": "other"}
    return [
        Line("drug_names", True, "names of drugs are read as their classes"),
        Line("values.acute_medication", none | other, "words of such lists"),
    ]


def _own_dictionary(frame: pd.DataFrame, file: str) -> list[ProposedTable]:
    """Return the tables of a REDCap export of the dictionary that `outcomes schema export` writes."""
    found = []
    for table in TABLES:
        needed = [f"{table}_{name}" for name, spec in specs(table).items() if spec.required]
        if not all(name in frame for name in needed) or not frame[needed].ne("").any(axis=None):
            continue
        labelled = any(re.match(rf"{table}_.+ \(choice=", name) for name in frame)
        why = f"an export of our own REDCap dictionary: the form {table}"
        lines = [Line("redcap", table, "the form's rows; its fields without the form's name")]
        if labelled:
            lines.append(Line("yes", ["yes", "checked"], "an export with labels"))
        lines += _redcap_times(frame, table)
        found.append(ProposedTable(table, (file,), why, tuple(lines)))
    return found


def _redcap_times(frame: pd.DataFrame, table: str) -> list[Line]:
    names = [f"{table}_{name}" for name, spec in specs(table).items() if spec.kind == "timestamp"]
    texts = given_texts(
        pd.concat([frame[name] for name in names if name in frame] or [pd.Series(dtype="str")])
    )
    if not len(texts) or _reads(texts, "ISO8601"):
        return []
    found = time_formats(texts)
    return [Line("timestamp_format", found[0][0], "fits every time")] if len(found) == 1 else []


def _reads(cells: pd.Series, timestamp_format: str) -> bool:
    texts = given_texts(cells)
    texts = texts[~texts.str.casefold().isin(known_words("missing"))]
    source = TableSource(file="one", timestamp_format=timestamp_format)
    return bool(len(texts)) and bool(read_local(texts, source)[1].all())
