"""What may be said of one patient's periods: recorded beside recorded, never beside a shrunken level."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.tables.numbers import EMPTY, count, number, percent, signed

__all__ = ["chance_words", "last_compared", "sure"]

#: Above this a probability is written as more than it: the model of one patient is never certain.
NEARLY_CERTAIN = 0.99


def sure(p: float) -> str:
    """Write a probability in percent; a model of one patient is never certain.

    Examples
    --------
    >>> sure(0.9999), sure(0.5), sure(0.001)
    ('more than 99%', '50%', 'less than 1%')
    """
    if np.isnan(p):
        return EMPTY
    if p > NEARLY_CERTAIN:
        return "more than 99%"
    return "less than 1%" if p < 1 - NEARLY_CERTAIN else percent(100 * p, 0)


def last_compared(rows: pd.DataFrame) -> pd.Series | None:
    """Return the last follow-up period that has a value beside that of the baseline, or None."""
    base = rows.loc[rows["term"] == "baseline", "value"]
    later = rows[rows["term"].astype("str").str.startswith("days ") & rows["value"].notna()]
    if not len(later) or base.isna().all():
        return None
    return later.iloc[-1].rename("last")


def chance_words(rows: pd.DataFrame, month: int) -> str:
    """Say what was recorded before and in the last period, and what chance alone would have brought."""
    last = last_compared(rows)
    if last is None:
        return "No period can be compared with the patient's own baseline."
    base = float(rows.loc[rows["term"] == "baseline", "value"].iloc[0])
    said = (
        f"In the last period that can be compared ({last['term']}, {count(last['days_recorded'], 'day')} "
        f"recorded) there were {number(last['value'])} headache days per {month}, and {number(base)} "
        f"at baseline: {signed(round(last['value'], 1) - round(base, 1), 1)}."
    )
    if np.isnan(last["expected"]):
        return said
    low, high = (f"{last[name]:.0f}" for name in ("expected_lower", "expected_upper"))
    chance = f"If nothing but time had passed, {low} to {high} would be expected"
    return f"{said} {chance} (in 95 of 100 such patients)."
