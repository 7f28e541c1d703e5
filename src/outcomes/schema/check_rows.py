"""Checks within one row: two columns that contradict each other, text that is not plain text."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.schema.contract import specs
from outcomes.schema.findings import Fault
from outcomes.schema.local_time import known_span, local_dates
from outcomes.schema.look_up import look_up
from outcomes.schema.rules import Rules
from outcomes.schema.tables.assessments import SCORE_LIMITS, WHOLE_SCORES
from outcomes.schema.tables.diary import SYMPTOMS
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
    faults = _text(table, frame)
    if table == "sessions":
        faults += _sessions(frame)
    elif table == "titration":
        faults += _titration(frame)
    elif table == "diary":
        faults += _diary(frame, rules, timezone)
    elif table == "adverse_events":
        faults += _adverse_events(frame, timezone)
    elif table == "assessments":
        faults += _assessments(frame)
    return faults


def _where(mask: pd.Series | NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the positions where a condition holds; missing does not."""
    values = mask.fillna(False) if isinstance(mask, pd.Series) else mask
    return np.flatnonzero(np.asarray(values, dtype=bool))


def _text(table: str, frame: pd.DataFrame) -> list[Fault]:
    faults = []
    for spec in specs(table).values():
        if spec.kind not in ("id", "text"):
            continue
        codes, texts = pd.factorize(frame[spec.name])
        unique = pd.Series(texts, dtype="str")
        checks = {
            "formula_in_text": (r"^[=+@\t\r]|^-[^0-9 ]", "starts like a spreadsheet formula", "kept as text"),
            "markup_in_text": (r"<\s*[/!a-zA-Z]", "holds what looks like markup", "kept as text"),
            "control_character": (
                r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]",
                "holds a control character",
                "kept as text",
            ),
        }
        for rule, (pattern, what, hint) in checks.items():
            hit = (
                unique.str.contains(pattern, regex=True).to_numpy(dtype=bool)
                if len(unique)
                else np.zeros(0, bool)
            )
            rows = np.flatnonzero(np.append(hit, False)[codes])
            faults.append(Fault(table, rule, f"{spec.name} {what}", rows, spec.name, "warning", hint))
    return faults


def _sessions(frame: pd.DataFrame) -> list[Fault]:
    length = frame["end"] - frame["start"]
    hours = length / HOUR
    outpatient, inpatient = frame["setting"] == "outpatient", frame["setting"] == "inpatient"
    unusual = (outpatient & ~hours.between(0.25, 8)) | (inpatient & ~hours.between(24, 216))
    faults = [
        Fault("sessions", "end_before_start", "end is not after start", _where(hours <= 0), "end"),
        Fault(
            "sessions",
            "session_too_long",
            "the session is longer than 14 days",
            _where(length > LONGEST),
            "end",
        ),
        Fault(
            "sessions",
            "unusual_duration",
            "the duration is outside 0.25-8 h (outpatient) or 1-9 d (inpatient)",
            _where(unusual & (hours > 0) & (length <= LONGEST)),
            "end",
            "warning",
        ),
    ]
    for upper, lower in (("sbp_before", "dbp_before"), ("sbp_max", "dbp_max")):
        rows, text = _where(frame[upper] <= frame[lower]), f"{upper} is not above {lower}"
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
            _where(((rate > 0) & (rate < 0.05)) | ((rate > 1) & (rate <= 7))),
            "rate",
            "warning",
        )
    ]
    for name in ("mcg/kg/min", "mcg/kg/min or mg/h", "mg/h"):
        hint = f"if it is {name}, declare it: units.rate, or rate_unit (1 mg/kg/h = 16.667 mcg/kg/min)"
        text = f"rate is high for mg/kg/h and is probably {name}"
        faults.append(
            Fault("titration", "probable_unit", text, _where(unit == name), "rate", "warning", hint)
        )
    return faults


def _diary(frame: pd.DataFrame, rules: Rules, timezone: str) -> list[Fault]:
    free = frame["headache"].eq(False).fillna(False)
    # one column after the other: over a million rows `any(axis=1)` takes twenty times as long
    symptom = np.logical_or.reduce([frame[name].to_numpy(dtype=bool, na_value=False) for name in SYMPTOMS])
    drug = frame["acute_medication"].notna() & (frame["acute_medication"] != "none")
    contradictions = {
        "hours_without_headache": ("duration_h", "hours are recorded", frame["duration_h"] > 0),
        "pain_without_headache": ("pain", "pain is recorded", frame["pain"] > 0),
        "symptom_without_headache": ("", "a symptom is recorded", symptom),
        "drug_without_headache": ("acute_medication", "an acute drug is recorded", drug),
    }
    faults = [
        Fault(
            "diary",
            rule,
            f"{what} on a day without headache",
            _where(free & mask),
            name,
            "warning",
            "kept as entered",
        )
        for rule, (name, what, mask) in contradictions.items()
    ]
    felt = frame["headache"].eq(True).fillna(False)
    for rule, name in (("pain_0_with_headache", "pain"), ("hours_0_with_headache", "duration_h")):
        text = f"{name} is 0 on a day with headache"
        rows = _where(felt & (frame[name] == 0))
        faults.append(
            Fault("diary", rule, text, rows, name, "warning", "kept as entered; check which is right")
        )
    delay = (local_dates(frame["entered_at"], timezone) - frame["date"]).dt.days
    late = f"entered more than {rules.late_after_days} days later"
    faults += [
        Fault("diary", "late_entry", late, _where(delay > rules.late_after_days), "entered_at", "warning"),
        Fault(
            "diary",
            "entered_before_day",
            "entered before the day itself",
            _where(delay < 0),
            "entered_at",
            "warning",
        ),
        Fault(
            "diary",
            "recall",
            "told from memory, not a diary entry" + ("" if rules.include_recall else ": not used"),
            _where(frame["source"] == "recall"),
            "source",
            "warning",
        ),
    ]
    return faults


def _adverse_events(frame: pd.DataFrame, timezone: str) -> list[Fault]:
    fatal, five = frame["outcome"] == "fatal", frame["grade"].eq(5).fillna(False)
    first, _ = known_span(frame["onset_from"], frame["onset_precision"], timezone)
    early = frame["resolved"] < frame["onset"].fillna(first)
    known = frame["grade"].notna()
    return [
        Fault(
            "adverse_events", "resolved_before_onset", "resolved is before onset", _where(early), "resolved"
        ),
        Fault(
            "adverse_events",
            "grade_5_not_fatal",
            "grade 5, outcome not fatal",
            _where(five & ~fatal),
            "outcome",
            "warning",
        ),
        Fault(
            "adverse_events",
            "fatal_not_grade_5",
            "outcome fatal, grade not 5",
            _where(fatal & known & ~five),
            "grade",
            "warning",
        ),
        Fault(
            "adverse_events",
            "unknown_term",
            "the term is in no group and counts as other",
            _where(frame["group"] == "other"),
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
            _where(broken & ~outside),
            "score",
            "warning",
            "kept; is it a mean, or of another instrument?",
        ),
        Fault(
            "assessments",
            "score_out_of_range",
            "score is outside the instrument's range",
            _where(outside),
            "score",
        ),
    ]
