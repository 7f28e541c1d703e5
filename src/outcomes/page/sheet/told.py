"""What the sheet says in words that a patient can follow."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.page.patient_words import last_compared
from outcomes.tables.numbers import count

__all__ = ["can_and_cannot", "opening"]


def opening(rows: pd.DataFrame | None, *, month: int, goal: float) -> str:
    """Say the last month that can be compared, and whether chance alone could have brought it."""
    if rows is None:
        return "No treatment is recorded yet, so there is nothing to compare the diary with."
    last = last_compared(rows)
    if last is None:
        return _why_not(rows)
    base, now = (
        round(float(value))
        for value in (rows.loc[rows["term"] == "baseline", "value"].iloc[0], last["value"])
    )
    start = (
        f"Before the treatment: {_days(base)} with headache in {month} days. In {last['term']} after it: "
        f"{_days(now)}, counted from {count(int(last['days_recorded']), 'day')} with an entry. "
        f"{_compared(base, now)}"
    )
    return f"{start} {_chance(last, month)}{_goal(now, goal)}"


def _days(n: int) -> str:
    return count(n, "day")


def _compared(base: int, now: int) -> str:
    if now == base:
        return "That is the same number."
    return f"That is {_days(abs(base - now))} {'fewer' if now < base else 'more'}."


def _chance(last: pd.Series, month: int) -> str:
    """Say what the month would have been if nothing but time had passed."""
    if np.isnan(last["expected"]):
        return "How much of this is chance cannot be said from this diary alone."
    low, high = (round(float(last[name])) for name in ("expected_lower", "expected_upper"))
    usual = (
        f"Headache goes up and down by itself: without any change, 95 of 100 people with such a diary would "
        f"have {low} to {high} days."
    )
    if last["value"] < last["expected_lower"]:
        return f"{usual} This month lies below that."
    if last["value"] > last["expected_upper"]:
        return f"{usual} This month lies above that."
    return f"{usual} This month lies within that."


def _goal(now: int, goal: float) -> str:
    reached = "reached" if now <= goal else "not reached"
    return f" The goal of at most {goal:g} days is {reached}."


def _why_not(rows: pd.DataFrame) -> str:
    base = rows[rows["term"] == "baseline"]
    if base["value"].isna().all():
        n = int(base["days_recorded"].sum())
        return (
            f"The month before the treatment has {count(n, 'day')} with an entry: too few to compare with, "
            "so no change can be given."
        )
    return "No month after the treatment has enough entries yet to be compared with the month before."


def can_and_cannot(*, law: bool, complete: float) -> tuple[str, ...]:
    """Return what the numbers of one person can say, and what not."""
    points = [
        "They can say how many days with headache were written down, and whether a month differs by "
        "more than headache goes up and down by itself."
        if law
        else "They can say how many days with headache were written down.",
        "They cannot say why. Season, sleep, work, other medicines, hope, and the fact that people come "
        "when it is at its worst all change headache too. One person has no comparison.",
        f"Days without an entry are not days without headache: {complete:.0f} of 100 days were written down.",
    ]
    return tuple(points)
