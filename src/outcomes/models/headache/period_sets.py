"""How many patients stand in each named set of a period."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.models.headache.period_rows import eligible

__all__ = ["COUNTS", "set_counts"]

#: Column of the result -> sets of `outcomes.periods` that it counts; the last three and n make eligible.
COUNTS = {
    "at_risk": ("with_value", "too_few_days"),
    "treated_again": ("treated_again",),
    "too_few_days": ("too_few_days",),
    "not_due": ("not_due",),
}


def set_counts(periods: pd.DataFrame, rows: pd.DataFrame, groups: list[str]) -> pd.DataFrame:
    """Return the patients of each group of rows by set: eligible, at_risk, treated_again, ...

    Parameters
    ----------
    periods : DataFrame
        All rows, also those of the baseline: who is eligible and has no row in a period is not yet due.
    rows : DataFrame
        Follow-up rows with ``row``, from `follow_up_rows`.
    groups : list of str
        Columns of a group; the last is the period.

    Returns
    -------
    DataFrame
        One row per group, by ``row``; ``eligible = with a value + too_few_days + treated_again + not_due``.
    """
    above = [name for name in groups if name != "period"]
    able = periods[eligible(periods)]
    whole = able.groupby(above, observed=True, dropna=False)["patient_id"].nunique() if above else None
    first = rows.groupby("row")[above or ["row"]].first()
    if whole is None:
        total = pd.Series(able["patient_id"].nunique(), index=first.index)
    else:
        key = first[above[0]] if len(above) == 1 else pd.MultiIndex.from_frame(first[above])
        total = pd.Series(whole.reindex(key).to_numpy(), index=first.index)
    frame = pd.DataFrame({"eligible": total.fillna(0).astype(np.int64)})
    codes, names = pd.factorize(rows["set"])  # a missing one, -1, is the last column
    shape = len(frame), len(names) + 1
    place = rows["row"].to_numpy() * shape[1] + codes % shape[1]
    sizes = np.bincount(place, minlength=shape[0] * shape[1]).reshape(shape)
    for name, sets in (COUNTS | {"valued": ("with_value",)}).items():
        frame[name] = sizes[:, :-1][:, names.isin(sets)].sum(axis=1)
    valued = frame.pop("valued")
    frame["not_due"] = frame["eligible"] - valued - frame["too_few_days"] - frame["treated_again"]
    return frame
