"""Checks within one row of the diary: days that contradict themselves, entries that came late."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.schema.findings import Fault, places
from outcomes.schema.local_time import local_dates
from outcomes.schema.rules import Rules
from outcomes.schema.tables.diary import SYMPTOMS

__all__ = ["check_diary"]


def check_diary(frame: pd.DataFrame, rules: Rules, timezone: str) -> list[Fault]:
    """Return warnings: a day without headache that has some of it, late entries, memory."""
    hours, pain = (frame[name].to_numpy(dtype=float) for name in ("duration_h", "pain"))
    return [
        *_without_headache(frame, hours, pain),
        *_zeros(frame, hours, pain),
        *_late(frame, rules, timezone),
    ]


def _without_headache(
    frame: pd.DataFrame, hours: NDArray[np.float64], pain: NDArray[np.float64]
) -> Iterator[Fault]:
    """Find hours, pain, symptoms and drugs on days without headache."""
    free = frame["headache"].eq(False).to_numpy(dtype=bool, na_value=False)
    # one column after the other: over a million rows `any(axis=1)` takes twenty times as long
    symptom = np.logical_or.reduce([frame[name].to_numpy(dtype=bool, na_value=False) for name in SYMPTOMS])
    drug = np.zeros(len(frame), dtype=bool)
    taken = frame["acute_medication"].array[free]
    drug[free] = np.asarray(taken != "none", dtype=bool) & ~taken.isna()
    for rule, name, what, mask in (
        ("hours_without_headache", "duration_h", "hours are recorded", hours > 0),
        ("pain_without_headache", "pain", "pain is recorded", pain > 0),
        ("symptom_without_headache", "", "a symptom is recorded", symptom),
        ("drug_without_headache", "acute_medication", "an acute drug is recorded", drug),
    ):
        rows = np.flatnonzero(free & mask)
        yield _warning(rule, f"{what} on a day without headache", rows, name, "kept as entered")


def _zeros(frame: pd.DataFrame, hours: NDArray[np.float64], pain: NDArray[np.float64]) -> Iterator[Fault]:
    """Find pain of 0 and hours of 0 on days with headache."""
    felt = frame["headache"].to_numpy(dtype=bool, na_value=False)
    for rule, name, value in (
        ("pain_0_with_headache", "pain", pain),
        ("hours_0_with_headache", "duration_h", hours),
    ):
        rows = np.flatnonzero(felt & (value == 0))
        text = f"{name} is 0 on a day with headache"
        yield _warning(rule, text, rows, name, "kept as entered; check which is right")


def _late(frame: pd.DataFrame, rules: Rules, timezone: str) -> Iterator[Fault]:
    """Find what was entered late, early or from memory."""
    timed = frame.loc[frame["entered_at"].notna(), ["entered_at", "date"]]  # the index is the position
    delay = (local_dates(timed["entered_at"], timezone) - timed["date"]).dt.days
    late = f"entered more than {rules.late_after_days} days later"
    yield _warning("late_entry", late, _rows(delay > rules.late_after_days), "entered_at")
    yield _warning("entered_before_day", "entered before the day itself", _rows(delay < 0), "entered_at")
    recalled = "recalled from memory, not a diary entry" + ("" if rules.include_recall else ": not used")
    yield _warning("recall", recalled, places(frame["source"] == "recall"), "source")


def _warning(rule: str, text: str, rows: NDArray[np.intp], column: str, hint: str = "") -> Fault:
    return Fault("diary", rule, text, rows, column, "warning", hint)


def _rows(mask: pd.Series) -> NDArray[np.intp]:
    """Return the index of the rows where a condition holds; missing does not."""
    return np.asarray(mask.index[mask.fillna(False)], dtype=np.intp)
