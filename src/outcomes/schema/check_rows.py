"""Checks within one row: two columns that contradict each other."""

from __future__ import annotations

import pandas as pd

from outcomes.schema.check_diary import check_diary
from outcomes.schema.check_text import check_text
from outcomes.schema.findings import Fault, places
from outcomes.schema.local_time import known_span
from outcomes.schema.look_up import look_up
from outcomes.schema.rules import Rules
from outcomes.schema.tables.assessments import SCORE_LIMITS, WHOLE_SCORES
from outcomes.units import probable_rate_unit

__all__ = ["LONGEST", "check_rows"]

HOUR = pd.Timedelta(hours=1)
#: A session that is longer is refused.
LONGEST = pd.Timedelta(days=14)


def check_rows(table: str, frame: pd.DataFrame, *, rules: Rules, timezone: str) -> list[Fault]:
    """Return the faults that a row shows by itself.

    Parameters
    ----------
    table : str
        Name of the table.
    frame : DataFrame
        Parsed columns; index 0..rows-1.
    rules : Rules
        The study's rules.
    timezone : str
        The study's zone: entries are late by local date.
    """
    faults = check_text(table, frame)
    if table == "sessions":
        faults += _sessions(frame)
    elif table == "titration":
        faults += _titration(frame)
    elif table == "diary":
        faults += check_diary(frame, rules, timezone)
    elif table == "adverse_events":
        faults += _adverse_events(frame, timezone)
    elif table == "assessments":
        faults += _assessments(frame)
    return faults


def _sessions(frame: pd.DataFrame) -> list[Fault]:
    length = frame["end"] - frame["start"]
    hours = length / HOUR
    outpatient, inpatient = frame["setting"] == "outpatient", frame["setting"] == "inpatient"
    unusual = (outpatient & ~hours.between(0.25, 8)) | (inpatient & ~hours.between(24, 216))
    faults = [
        Fault("sessions", "end_before_start", "end is not after start", places(hours <= 0), "end"),
        Fault(
            "sessions",
            "session_too_long",
            "the session is longer than 14 days",
            places(length > LONGEST),
            "end",
        ),
        Fault(
            "sessions",
            "unusual_duration",
            "the duration is outside 0.25-8 h (outpatient) or 1-9 d (inpatient)",
            places(unusual & (hours > 0) & (length <= LONGEST)),
            "end",
            "warning",
        ),
    ]
    for upper, lower in (("sbp_before", "dbp_before"), ("sbp_max", "dbp_max")):
        rows, text = places(frame[upper] <= frame[lower]), f"{upper} is not above {lower}"
        # nothing says which of the two is wrong
        faults += [Fault("sessions", "sbp_not_above_dbp", text, rows, name) for name in (upper, lower)]
    return faults


def _titration(frame: pd.DataFrame) -> list[Fault]:
    rate = frame["rate"]
    suspect = (frame["rate_unit"].isna() | (frame["rate_unit"] == "mg/kg/h")) & (rate >= 1.5)
    unit = pd.Series(probable_rate_unit(rate), index=frame.index, dtype="str").where(suspect)
    faults = [
        Fault(
            "titration",
            "unusual_rate",
            "rate is below 0.05 or above 1 mg/kg/h",
            places(((rate > 0) & (rate < 0.05)) | ((rate > 1) & (rate <= 7))),
            "rate",
            "warning",
        )
    ]
    for name in ("mcg/kg/min", "mcg/kg/min or mg/h", "mg/h"):
        hint = f"if it is {name}, declare it: units.rate, or rate_unit (1 mg/kg/h = 16.667 mcg/kg/min)"
        text = f"rate is high for mg/kg/h and is probably {name}"
        faults.append(
            Fault("titration", "probable_unit", text, places(unit == name), "rate", "warning", hint)
        )
    return faults


def _adverse_events(frame: pd.DataFrame, timezone: str) -> list[Fault]:
    fatal, five = frame["outcome"] == "fatal", frame["grade"].eq(5).fillna(False)
    first, _ = known_span(frame["onset_from"], frame["onset_precision"], timezone)
    early = frame["resolved"] < frame["onset"].fillna(first)
    known = frame["grade"].notna()
    return [
        Fault(
            "adverse_events", "resolved_before_onset", "resolved is before onset", places(early), "resolved"
        ),
        Fault(
            "adverse_events",
            "grade_5_not_fatal",
            "grade 5, outcome not fatal",
            places(five & ~fatal),
            "outcome",
            "warning",
        ),
        Fault(
            "adverse_events",
            "fatal_not_grade_5",
            "outcome fatal, grade not 5",
            places(fatal & known & ~five),
            "grade",
            "warning",
        ),
        Fault(
            "adverse_events",
            "unknown_term",
            "the term belongs to no group and counts as other",
            places(frame["group"] == "other"),
            "term",
            "warning",
            'give the column group, or map the term in study.toml: values.term = { "your word" = "nausea" }',
        ),
    ]


def _assessments(frame: pd.DataFrame) -> list[Fault]:
    limits = pd.DataFrame(SCORE_LIMITS, index=["low", "high"], dtype="float64").T
    low, high = (look_up(frame["instrument"], limits[name]) for name in ("low", "high"))
    outside = (frame["score"] < low) | (frame["score"] > high)
    broken = frame["instrument"].isin(WHOLE_SCORES) & (frame["score"] % 1 != 0) & frame["score"].notna()
    return [
        Fault(
            "assessments",
            "score_not_whole",
            "the score has decimals, which the instrument does not give",
            places(broken & ~outside),
            "score",
            "warning",
            "kept; is it a mean, or from another instrument?",
        ),
        Fault(
            "assessments",
            "score_out_of_range",
            "score is outside the instrument's range",
            places(outside),
            "score",
        ),
    ]
