"""What the mean change of each period is made from: sums over patients, which add up, and the changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.models.headache.period_rows import added_up, follow_up_rows, group_columns, groups_of_parts
from outcomes.models.headache.period_sets import eligible_patients, set_sizes
from outcomes.models.stats.input_frames import TESTED

__all__ = ["NUMBERS", "ChangeSums", "add_changes", "change_sums"]

NUMBERS = ["baseline", "value", "lower_bound", "upper_bound", "change"]
#: Columns that the result has besides its groups, or that are made on the way to it.
OWN = (
    *("row", "used", "n", "N", "baseline_mean", "value_mean", "lower_bound", "upper_bound", "sd", "median"),
    *("eligible", "at_risk", "treated_again", "too_few_days", "not_due", *TESTED, "interval", "status"),
)
#: Least and greatest of these.
ENDS = ("baseline", "value")


@dataclass(frozen=True, slots=True, eq=False)
class ChangeSums:
    """What `outcomes.change` needs of some patients; those of other patients are added with `add_changes`.

    Parameters
    ----------
    groups : list of str
        Columns that make a group; the last is the period.
    frame : DataFrame
        One row per group: its columns.
    sums : DataFrame
        By group: N, the patients with the period; of those with a change how many have each of `NUMBERS`
        (``n change``), and the sum.
    low, high : DataFrame
        By group: the least and the greatest baseline and value.
    sizes : DataFrame or None
        By group: patients by set, of `set_sizes`; None for rows without sets.
    able : DataFrame or None
        Of `eligible_patients`.
    row, change : ndarray
        The group of each change, and the change: medians and intervals of few patients need them all.
    patients, used : int
        Patients, and those with a change in any period.
    """

    groups: list[str]
    frame: pd.DataFrame
    sums: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame
    sizes: pd.DataFrame | None
    able: pd.DataFrame | None
    row: NDArray[np.int64]
    change: NDArray[np.float64]
    patients: int
    used: int


def change_sums(
    periods: pd.DataFrame, by: str | Sequence[str] | None = None
) -> tuple[ChangeSums, pd.DataFrame]:
    """Return what the change of a frame of periods is made from, and its rows after baseline.

    Raises
    ------
    ArgumentError
        For a missing column.
    DataError
        When a patient has more than one row in a group and period.
    """
    groups = group_columns(periods, by, NUMBERS, OWN)
    rows = follow_up_rows(periods, groups)
    rows["used"] = rows["change"].notna()
    rows = rows.reset_index(drop=True)
    every = rows["row"].to_numpy()
    frame = rows[groups].iloc[np.unique(every, return_index=True)[1]].reset_index(drop=True)
    used = rows.loc[rows["used"], NUMBERS].astype(np.float64)
    row = every[rows["used"].to_numpy()]
    counted = used.groupby(row)
    parts = [counted.count().add_prefix("n "), counted.sum()]
    sums = pd.concat(parts, axis=1).reindex(frame.index, fill_value=0)
    sums["N"] = np.bincount(every, minlength=len(frame))
    ends = counted[list(ENDS)]
    low, high = ends.min(), ends.max()
    sets = "set" in rows
    made = ChangeSums(
        groups,
        frame,
        sums,
        low.reindex(frame.index),
        high.reindex(frame.index),
        set_sizes(rows, len(frame)) if sets else None,
        eligible_patients(periods, groups) if sets else None,
        row,
        used["change"].to_numpy(np.float64),
        rows["patient_id"].nunique(),
        rows.loc[rows["used"], "patient_id"].nunique(),
    )
    return made, rows


def add_changes(parts: Sequence[ChangeSums]) -> ChangeSums:
    """Return the sums of all parts: they share no patient, and have the same categories of periods."""
    groups = parts[0].groups
    frame, place = groups_of_parts([part.frame for part in parts], groups)
    begin = np.cumsum([0, *(len(part.frame) for part in parts[:-1])])

    def added(name: str, how: str = "sum") -> pd.DataFrame:
        return added_up([getattr(part, name) for part in parts], place, how)

    sets = parts[0].sizes is not None
    return ChangeSums(
        groups,
        frame,
        added("sums"),
        added("low", "min"),
        added("high", "max"),
        added("sizes") if sets else None,
        _able(parts) if sets else None,
        np.concatenate([place[start + part.row] for start, part in zip(begin, parts, strict=True)]),
        np.concatenate([part.change for part in parts]),
        sum(part.patients for part in parts),
        sum(part.used for part in parts),
    )


def _able(parts: Sequence[ChangeSums]) -> pd.DataFrame:
    """Return the eligible patients of all parts."""
    able = pd.concat([part.able for part in parts if part.able is not None], ignore_index=True)
    above = [name for name in able if name != "eligible"]
    key = above or np.zeros(len(able), dtype=np.int64)
    found: pd.DataFrame = able.groupby(key, observed=True, dropna=False)["eligible"].sum().reset_index()
    return found[[*above, "eligible"]]
