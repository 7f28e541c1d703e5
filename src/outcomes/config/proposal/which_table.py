"""Which table a file is: the one of which most columns are recognised, and what the others lack."""

from __future__ import annotations

import pandas as pd

from outcomes.config.proposal.matching import match_columns
from outcomes.config.proposal.turned import attack_lines, day_and_clocks, scores_in_columns
from outcomes.schema.contract import specs
from outcomes.schema.tables import TABLES

__all__ = ["best_table", "score", "why_none"]

#: What the word for a table in the name of the file or sheet counts against matched columns.
NAMED = 3
#: Without an identifier of the session, one of these tells an infusion from an attack of headache.
OF_INFUSIONS = {
    "dose_mg",
    "bolus_mg_per_kg",
    "weight_kg",
    "setting",
    "sbp_before",
    "sbp_max",
    "stop_reason",
    "substance",
}


def best_table(frame: pd.DataFrame, told: str) -> str:
    """Return the table for which most columns speak; empty when none is recognised.

    Parameters
    ----------
    frame : DataFrame of str
        The file.
    told : str
        The table for which its name is a word; empty for none.

    Examples
    --------
    >>> best_table(pd.DataFrame({"PatNr": ["7"], "Datum": ["1.2.2026"], "Kopfschmerz": ["ja"]}), "")
    'diary'
    """
    scores = {table: score(table, frame, told) for table in TABLES}
    best = max(scores, key=lambda table: scores[table])
    return best if scores[best] else ""


def why_none(frame: pd.DataFrame, told: str) -> str:
    """Return why a file was not recognised, by what the table of its name needs.

    Examples
    --------
    >>> why_none(pd.DataFrame({"No": ["7"], "Age": ["40"]}), "patients")
    'its name says patients, and none of its columns is known as patient_id: name it under columns'
    """
    needed = {name for name, spec in specs(told).items() if spec.required} if told else set()
    lacks = sorted(needed - set(match_columns(told, frame)) if told else ())
    if not lacks:
        return "its columns are not those of a table: name them under columns"
    them = "it" if len(lacks) == 1 else "them"
    known = f"none of its columns is known as {', '.join(lacks)}"
    return f"its name says {told}, and {known}: name {them} under columns"


def score(table: str, frame: pd.DataFrame, told: str) -> int:
    """Return how many columns speak for a table; 0 when it lacks one that it needs."""
    matched = match_columns(table, frame)
    needed = {name for name, spec in specs(table).items() if spec.required}
    named = NAMED * (told == table)
    if table == "diary":
        attacks = [] if _of_others(frame, told) else attack_lines(frame)[0]
        answered = {"date", "headache"} <= set(matched) or {"date", "pain"} <= set(matched)
        if not answered and not attacks:
            return 0
        return len(matched) + named + (len(attacks) if not answered else 0)
    if table in ("assessments", "laboratory") and needed - set(matched):
        turned = scores_in_columns(table, frame, matched)
        return len(turned.columns) + 2 + named if turned else 0
    if table == "sessions" and day_and_clocks(frame):
        needed -= {"start", "end"}
    if needed - set(matched) or (table == "patients" and len(matched) < 2):
        return 0
    if table == "sessions" and not set(matched) & {"session_id", *OF_INFUSIONS}:
        return 0
    return len(matched) + named


def _of_others(frame: pd.DataFrame, told: str) -> bool:
    """Return whether starts and ends are those of infusions or adverse events: no list of attacks."""
    infused = set(match_columns("sessions", frame)) & OF_INFUSIONS
    harm = told == "adverse_events" and "term" in match_columns("adverse_events", frame)
    return told == "sessions" or len(infused) >= 2 or harm
