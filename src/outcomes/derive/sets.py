"""In which of the named sets of patients each period's row stands."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.derive.windows import Windows

__all__ = ["SETS", "period_sets"]

#: Set -> what it says of the patient in this period. The last four and the first make up the set above:
#: patients with an eligible baseline; at risk are those with a value and those with too few days.
SETS = {
    "with_value": "with a value",
    "too_few_days": "at risk, too few diary days for a value",
    "treated_again": "treated again before it",
    "not_due": "not yet due: the data end before it can have a value",
    "no_baseline": "without an eligible baseline",
}


def period_sets(
    value: NDArray[np.float64],
    baseline_eligible: NDArray[np.bool_],
    layout: Windows,
    at: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> pd.Series:
    """Return the set of each listed window: one of `SETS`.

    Parameters
    ----------
    value : ndarray, shape (rows,)
        The period's value, NaN without one.
    baseline_eligible : ndarray of bool, shape (rows,)
        The course has an eligible baseline.
    layout : Windows
        The windows of the courses.
    at : tuple of ndarray
        Row and column in `layout` of each listed window.

    Notes
    -----
    A patient who is treated again *within* the period is at risk in it: with a value when enough days were
    recorded before, else with too few.
    """
    retreated, short = layout.retreated[at], layout.short[at]
    cases: list[Any] = [
        ~baseline_eligible,
        ~np.isnan(value),
        retreated & (layout.possible[at] == 0),
        short & ~retreated,
    ]
    words = ["no_baseline", "with_value", "treated_again", "not_due"]
    return pd.Series(np.select(cases, words, default="too_few_days"), dtype="str")
