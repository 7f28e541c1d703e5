"""How many patients stand in each named set of a period."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.models.headache.period_rows import eligible

__all__ = ["COUNTS", "eligible_patients", "set_counts", "set_sizes"]

#: Column of the result -> sets of `outcomes.periods` that it counts; with_value and the last three: eligible.
COUNTS = {
    "at_risk": ("with_value", "too_few_days"),
    "treated_again": ("treated_again",),
    "too_few_days": ("too_few_days",),
    "not_due": ("not_due",),
}


def eligible_patients(periods: pd.DataFrame, groups: list[str]) -> pd.DataFrame:
    """Return how many patients have an eligible baseline, by the columns of a group but for the period.

    All rows count, also those of the baseline: who is eligible and has no row in a period is not yet due.
    """
    above = [name for name in groups if name != "period"]
    able = periods.loc[eligible(periods), [*above, "patient_id"]]
    if not above:
        return pd.DataFrame({"eligible": [able["patient_id"].nunique()]})
    counted = able.groupby(above, observed=True, dropna=False)["patient_id"].nunique()
    return counted.rename("eligible").reset_index()


def set_sizes(rows: pd.DataFrame, groups: int) -> pd.DataFrame:
    """Return the rows of each group by set: at_risk, treated_again, ...; ``row`` is of `follow_up_rows`."""
    codes, names = pd.factorize(rows["set"])  # a missing one, -1, is the last column
    shape = groups, len(names) + 1
    place = rows["row"].to_numpy() * shape[1] + codes % shape[1]
    sizes = np.bincount(place, minlength=shape[0] * shape[1]).reshape(shape)[:, :-1]
    return pd.DataFrame({name: sizes[:, names.isin(sets)].sum(axis=1) for name, sets in COUNTS.items()})


def set_counts(groups: pd.DataFrame, sizes: pd.DataFrame, able: pd.DataFrame) -> pd.DataFrame:
    """Return the patients of each group by set: eligible, at_risk, treated_again, too_few_days, not_due.

    Parameters
    ----------
    groups : DataFrame
        One row per group: the columns that make it; the last is the period.
    sizes, able : DataFrame
        Of `set_sizes` and `eligible_patients`.

    Returns
    -------
    DataFrame
        One row per group; ``eligible = with a value + too_few_days + treated_again + not_due``.
    """
    above = [name for name in able if name != "eligible"]
    if above:
        key = groups[above[0]] if len(above) == 1 else pd.MultiIndex.from_frame(groups[above])
        total = able.set_index(above)["eligible"].reindex(key)
    else:
        total = able["eligible"].reindex(np.zeros(len(groups), dtype=np.int64))
    found = sizes.reset_index(drop=True)
    found.insert(0, "eligible", total.fillna(0).to_numpy(dtype=np.int64))
    found["not_due"] = found["eligible"] - found["at_risk"] - found["treated_again"]
    return found
