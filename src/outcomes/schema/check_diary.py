"""Checks within one row of the diary: days that contradict themselves, entries that came late."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.schema.findings import Fault, places
from outcomes.schema.local_time import local_dates
from outcomes.schema.rules import Rules
from outcomes.schema.tables.diary import SYMPTOMS

__all__ = ["check_diary"]


def check_diary(frame: pd.DataFrame, rules: Rules, timezone: str) -> list[Fault]:
    """Return warnings: a day without headache that has some of it, late entries, memory."""
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
            places(free & mask),
            name,
            "warning",
            "kept as entered",
        )
        for rule, (name, what, mask) in contradictions.items()
    ]
    felt = frame["headache"].eq(True).fillna(False)
    for rule, name in (("pain_0_with_headache", "pain"), ("hours_0_with_headache", "duration_h")):
        text = f"{name} is 0 on a day with headache"
        rows = places(felt & (frame[name] == 0))
        faults.append(
            Fault("diary", rule, text, rows, name, "warning", "kept as entered; check which is right")
        )
    delay = (local_dates(frame["entered_at"], timezone) - frame["date"]).dt.days
    late = f"entered more than {rules.late_after_days} days later"
    faults += [
        Fault("diary", "late_entry", late, places(delay > rules.late_after_days), "entered_at", "warning"),
        Fault(
            "diary",
            "entered_before_day",
            "entered before the day itself",
            places(delay < 0),
            "entered_at",
            "warning",
        ),
        Fault(
            "diary",
            "recall",
            "recalled from memory, not a diary entry" + ("" if rules.include_recall else ": not used"),
            places(frame["source"] == "recall"),
            "source",
            "warning",
        ),
    ]
    return faults
