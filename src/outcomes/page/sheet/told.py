"""What the sheet says in words that a patient can follow."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.page.patient_words import last_compared
from outcomes.page.sheet.sheet_tables import DAY_ROUNDING
from outcomes.tables.numbers import count

__all__ = ["can_and_cannot", "opening", "treated_again"]


def opening(rows: pd.DataFrame | None, *, month: int, goal: float) -> str:
    """Say the last month that can be compared, and whether chance alone could have brought it."""
    if rows is None:
        return "No treatment is recorded yet, so there is nothing to compare the diary with."
    last = last_compared(rows)
    if last is None:
        return _why_not(rows)
    value = float(last["value"])
    digits = _digits(value, goal, *_expected(last))
    base, now = (
        round(float(days), digits) for days in (rows.loc[rows["term"] == "baseline", "value"].iloc[0], value)
    )
    start = (
        f"Before the treatment: {_days(base, digits)} with headache in {month} days. In {last['term']} "
        f"after it: {_days(now, digits)}, counted from {count(int(last['days_recorded']), 'day')} with an "
        f"entry. {_compared(base, now, digits)}"
    )
    return f"{start} {_chance(last, digits)}{_goal(value, goal)}"


def _expected(last: pd.Series) -> tuple[float, float]:
    """Return the limits of what would be expected; a value that is one of them is not beyond it."""
    value, limits = last["value"], last[["expected_lower", "expected_upper"]].astype(float)
    low, high = limits.where((limits - value).abs() > DAY_ROUNDING, value)
    return float(low), float(high)


def _digits(value: float, goal: float, low: float, high: float) -> int:
    """Return the digits of the days: none, but one where whole days would contradict what is said of them.

    Examples
    --------
    >>> _digits(4.3, 4, 10.0, 20.0), _digits(19.6, 4, 19.7, 28.0), _digits(8.6, 4, 10.0, 20.0)
    (1, 1, 0)
    """
    whole = round(value)
    wrong = (
        (whole <= goal) != (value <= goal + DAY_ROUNDING)
        or (not np.isnan(low) and (whole < round(low)) != (value < low))
        or (not np.isnan(high) and (whole > round(high)) != (value > high))
    )
    return int(wrong)


def _days(n: float, digits: int) -> str:
    return count(int(n), "day") if digits == 0 else f"{n:.{digits}f} days"


def _compared(base: float, now: float, digits: int) -> str:
    if now == base:
        return "That is the same number."
    return f"That is {_days(abs(base - now), digits)} {'fewer' if now < base else 'more'}."


def _chance(last: pd.Series, digits: int) -> str:
    """Say what the month would have been if nothing but time had passed."""
    if np.isnan(last["expected"]):
        return "How much of this is chance cannot be said from this diary alone."
    lowest, highest = _expected(last)
    low, high = (f"{limit:.{digits}f}" for limit in (lowest, highest))
    usual = (
        f"Headache goes up and down by itself: without any change, 95 of 100 people with such a diary would "
        f"have {low} to {high} days."
    )
    if last["value"] < lowest:
        return f"{usual} This month lies below that."
    if last["value"] > highest:
        return f"{usual} This month lies above that."
    return f"{usual} This month lies within that."


def _goal(value: float, goal: float) -> str:
    reached = "reached" if value <= goal + DAY_ROUNDING else "not reached"
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


def treated_again(starts: pd.Series) -> str:
    """Say from when on months are not compared, because a further course began; nothing without one."""
    if not len(starts):
        return ""
    first = f"{'' if len(starts) == 1 else ', the first'} on {starts.min():%Y-%m-%d}"
    return (
        f" {count(len(starts), 'further treatment')} began{first}; the months from then on are not compared "
        "with the time before the first treatment."
    )


def can_and_cannot(*, law: bool, complete: float) -> tuple[str, ...]:
    """Return what the numbers of one person can say, and what not."""
    points = [
        "They can say how many days with headache were written down, and whether a month differs by "
        "more than headache goes up and down by itself."
        if law
        else "They can say how many days with headache were written down.",
        "They cannot say why. Season, sleep, work, other medicines, hope, and the fact that people come "
        "when it is at its worst all change headache too. One person has no comparison.",
        "Days without an entry are not days without headache: between the first and the last entry "
        f"{complete:.0f} of 100 days were written down.",
    ]
    return tuple(points)
