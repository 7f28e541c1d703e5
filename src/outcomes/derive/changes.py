"""Change from baseline, responders and the goal, for rows that have a value and a baseline."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.derive.reasons import joined_reasons

__all__ = ["RESPONDER_LEVELS", "with_change"]

#: Falls from baseline, in percent, that have a column of their own.
RESPONDER_LEVELS = (30, 50, 75, 100)
# A fall of exactly 50 % may come out as 49.99999999999999 after prorating; counts of days differ by far more.
PERCENT_ROUNDING = 1e-9
#: Two counts of days prorated from at most 90 days differ by 0 or by more than 1e-3 days per month.
CHANGE_ROUNDING = 1e-9


def with_change(frame: pd.DataFrame, *, goal_days: float, countable: tuple[str, ...]) -> pd.DataFrame:
    """Add change, percent_change, the responders, goal and reason; a baseline row has no change.

    Parameters
    ----------
    frame : DataFrame
        Rows with period_number, endpoint, value, baseline, value_reason and baseline_reason.
    goal_days : float, days per month
        At most this many days are the goal.
    countable : tuple of str
        Endpoints that count days and so have a goal.

    Returns
    -------
    DataFrame
        The rows with the new columns, without value_reason and baseline_reason.
    """
    follow_up = frame["period_number"].to_numpy() > 0
    value, baseline = frame["value"].to_numpy(), frame["baseline"].to_numpy()
    change = np.where(follow_up, value - baseline, np.nan)
    # Two prorated values that are equal may differ in their last digit: that is no change.
    change = np.where(np.abs(change) <= CHANGE_ROUNDING, 0.0, change)
    percent = np.divide(100 * change, baseline, out=np.full(len(frame), np.nan), where=baseline != 0)
    columns = {"change": change, "percent_change": percent}
    for level in RESPONDER_LEVELS:
        columns[f"responder_{level}"] = _flag(percent <= -level + PERCENT_ROUNDING, ~np.isnan(percent))
    counted = ~np.isnan(value) & frame["endpoint"].isin(countable).to_numpy()
    columns["goal"] = _flag(value <= goal_days + PERCENT_ROUNDING, counted)
    of_baseline = np.where(follow_up, frame["baseline_reason"], "")
    zero = follow_up & (baseline == 0)
    columns["reason"] = joined_reasons(frame["value_reason"], pd.Series(of_baseline), zero)
    return frame.drop(columns=["value_reason", "baseline_reason"]).assign(**columns)


def _flag(answer: NDArray[np.bool_], known: NDArray[np.bool_]) -> pd.arrays.BooleanArray:
    """Return a nullable boolean, missing where not known."""
    return pd.arrays.BooleanArray(answer & known, ~known)
