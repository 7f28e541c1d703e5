"""Later periods as if nobody had been treated again, in the place of the mean of whoever is left.

Patients are treated again because they got worse: without them the mean of a later period says how those are
who did not need it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from outcomes.results import Estimates

__all__ = ["IN_PARTITIONS", "as_untreated", "estimated_later", "not_made"]

#: What of a later period is put in the place of the mean of those who are left.
PUT = ("estimate", "lower", "upper", "std_error", "df", "statistic", "p_value", "status", "n")

#: Why a later period is not made.
NO_MODEL = "not made: there is no model of the days of this endpoint"
IN_PARTITIONS = "not made from partitions: their days stay there"
#: What is said of those who are left alone.
OF_THE_LEFT = ("median", "sd", "baseline_mean", "value_mean", "lower_bound", "upper_bound")


def estimated_later(change: pd.DataFrame, later: pd.DataFrame | None, *, why: str = NO_MODEL) -> pd.DataFrame:
    """Return the later periods with a mean of those who are left: one row each, or none.

    Parameters
    ----------
    change : DataFrame
        From `outcomes.change`.
    later : DataFrame or None
        From `outcomes.later_periods`; None where there is no model of days.
    why : str
        Then, the reason.
    """
    names = {"period": "period", "n": "left", "treated_again": "treated_again", "estimate": "observed"}
    rows = change.loc[retreated(change)].reindex(columns=[*names]).rename(columns=names)
    rows = rows.astype({"period": "str"})
    if later is None or not len(rows):
        unknown = dict.fromkeys(("estimate", "lower", "upper", "N"), float("nan"))
        return rows.assign(**unknown, status=why).reset_index(drop=True)
    found = later.drop(columns=["n", "observed", "treated_again"])
    return rows.merge(found.assign(period=found["period"].astype("str")), on="period", how="inner")


def not_made(later: pd.DataFrame) -> pd.Series:
    """Return which later periods have no model of their days: neither a mean nor a number of patients."""
    return later[later.columns.intersection(["estimate", "N"])].isna().all(axis=1)


def retreated(change: pd.DataFrame) -> pd.Series:
    """Return which later periods of `outcomes.change` have a mean, and patients treated again before it."""
    if "treated_again" not in change or change.empty:
        return pd.Series(False, index=change.index)
    return change["treated_again"].gt(0) & change["n"].gt(0) & (change["period"] != change["period"].iloc[0])


def as_untreated(change: Estimates, later: pd.DataFrame) -> Estimates:
    """Return the change with the rows of `estimated_later` in place of the means of those who are left."""
    if not len(later):
        return change
    rows, put = change.frame, later.assign(n=later["N"]).set_index("period")
    place = put.index.get_indexer(rows["period"].astype("str"))
    columns = dict(rows.items())
    for name in rows.columns.intersection([*PUT, *OF_THE_LEFT]):
        kind = "object" if name == "status" else "float64"
        values = put[name].to_numpy(kind)[place] if name in PUT and name in put else np.nan
        columns[name] = pd.Series(np.where(place < 0, rows[name].to_numpy(kind), values), dtype=kind)
    columns["n"] = columns["n"].astype("Int64")
    if "interval" in rows:
        columns["interval"] = rows["interval"].mask(place >= 0, "pooled t")
    rows = pd.DataFrame(columns)
    method = f"{change.method}; later periods as if nobody had been treated again"
    return replace(change, frame=rows, method=method, members=None)
