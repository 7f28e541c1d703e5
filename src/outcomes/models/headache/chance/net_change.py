"""The change of a period, what chance alone would bring, and the first net of the second."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.models.headache.chance.fixed_day import FixedDay
from outcomes.models.headache.chance.span import Model, Span
from outcomes.models.stats.few_patients import FEW, without_interval
from outcomes.models.stats.input_frames import TESTED
from outcomes.models.stats.kernels.reference import interval_factor, two_sided_p
from outcomes.models.stats.mean_interval import highest

__all__ = ["CHANCE", "FIXED", "NET", "RAW", "one_period"]

Array = NDArray[np.float64]

RAW, CHANCE, NET = "raw", "chance alone", "net"
#: The change to days counted from the start of the course, where courses differ in length.
FIXED = "raw from a fixed day"


def one_period(
    group: pd.DataFrame,
    groups: list[str],
    recorded: pd.DataFrame,
    start: FixedDay,
    span: Span,
    models: Callable[[int], tuple[Model, ...]],
    level: float,
) -> pd.DataFrame:
    """Return the rows of one period, with every patient's influence on each."""
    number = int(group["period_number"].iloc[0])
    baseline, raw = (group[name].to_numpy(dtype=float) for name in ("baseline", "change"))
    change, terms = raw, [RAW, CHANCE, NET]
    if start.differs:
        later = start.values(recorded, number, span).reindex(group["patient_id"]).to_numpy(dtype=float)
        change, terms = later - baseline, [FIXED, CHANCE, NET]
    found = [
        _compared(group["patient_id"], change, baseline, model, level)
        for model in models(start.lag(number, span))
    ]
    rows = _both(found).assign(term=terms)
    if start.differs:
        first = _compared(group["patient_id"], raw, baseline, models(start.lag(number, span))[0], level)
        rows = pd.concat([first.iloc[[0]].assign(term=RAW), rows], ignore_index=True)
    rows = without_interval(_held(rows, group, span), rows["n"] < FEW)
    labels = group[groups].iloc[np.zeros(len(rows), dtype=int)].reset_index(drop=True)
    return pd.concat([labels, rows[["term", *rows.columns.drop("term")]]], axis=1).assign(N=len(group))


def _held(rows: pd.DataFrame, group: pd.DataFrame, span: Span) -> pd.DataFrame:
    """Hold limits to what these patients' mean change, and the difference of two such, can be."""
    endpoint = group["endpoint"].iloc[:1].reset_index(drop=True) if "endpoint" in group else None
    most = float(highest(endpoint, span.month, pd.RangeIndex(1)).iloc[0])
    before, net = rows["before"], (rows["term"] == NET).to_numpy()
    low, high = np.where(net, -most, -before), np.where(net, most, most - before)
    held = rows.assign(lower=rows["lower"].clip(lower=low), upper=rows["upper"].clip(upper=high))
    return held.drop(columns="before")


def _both(found: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the middle of two bounds, with an interval that covers the intervals of both."""
    if len(found) == 1:
        return found[0]
    one, two = found
    middle = one.assign(estimate=(one["estimate"] + two["estimate"]) / 2)
    for name, widest in (("std_error", "max"), ("p_value", "max"), ("lower", "min"), ("upper", "max")):
        middle[name] = getattr(pd.concat([one[name], two[name]], axis=1), widest)(axis=1)
    crosses = np.sign(one["estimate"]) != np.sign(two["estimate"])
    middle["p_value"] = middle["p_value"].mask(crosses & middle["p_value"].notna(), 1.0)
    same = one["estimate"].to_numpy() == two["estimate"].to_numpy()
    return middle.assign(statistic=one["statistic"].where(same))


def _plain(change: Array, level: float) -> pd.DataFrame:
    """Return the row of the mean change by itself: chance needs a law, a mean does not."""
    n = len(change)
    if n < 2:
        mean = float(change.mean()) if n else np.nan
        row = dict.fromkeys(TESTED, np.nan) | {"estimate": mean}
        return pd.DataFrame([row | {"n": n, "status": "fewer than two patients with a change"}])
    mean, error, df = float(change.mean()), float(change.std(ddof=1) / np.sqrt(n)), n - 1.0
    known = error > 0
    statistic = mean / error if known else np.nan
    half = float(interval_factor(level, df)) * error if known else np.nan
    row = {"estimate": mean, "std_error": error if known else np.nan, "df": df, "statistic": statistic}
    row |= {"p_value": float(two_sided_p(statistic, df)) if known else np.nan}
    status = "ok" if known else "no spread: no interval"
    return pd.DataFrame([row | {"lower": mean - half, "upper": mean + half, "n": n, "status": status}])


def _compared(ids: pd.Series, change: Array, baseline: Array, model: Model, level: float) -> pd.DataFrame:
    """Return observed, chance alone and net of the patients who have a change and a model."""
    at = model.ids.get_indexer(ids)
    used = (at >= 0) & np.isfinite(change) & np.isfinite(baseline)
    n = int(used.sum())
    reason = model.reason or ("" if n > 1 else "fewer than two patients with a change and a baseline model")
    if reason:
        none = pd.DataFrame(dict.fromkeys(TESTED, np.nan), index=range(3)).assign(n=n, status=reason)
        known = np.isfinite(change) & np.isfinite(baseline)
        before = float(baseline[known].mean()) if known.any() else np.nan
        return pd.concat([_plain(change[known], level), none.iloc[1:]]).assign(before=before)
    members = at[used]
    drift = model.expected[members] - baseline[used]
    values = np.column_stack([change[used], drift, change[used] - drift])
    estimate = values.mean(axis=0)
    influence = np.zeros((len(model.ids), 3))
    influence[members] = (values - estimate) / n
    moved = model.influence @ model.gradient[members].mean(axis=0)
    influence[:, 1] += moved
    influence[:, 2] -= moved
    se = np.sqrt((influence**2).sum(axis=0) * n / (n - 1))
    df = float(min(n, model.patients) - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(se > 0, estimate / se, np.nan)
    half = np.where(se > 0, interval_factor(level, df) * se, np.nan)
    return pd.DataFrame(
        {
            "estimate": estimate,
            "std_error": np.where(se > 0, se, np.nan),
            "df": df,
            "statistic": statistic,
            "p_value": two_sided_p(statistic, df),
            "lower": estimate - half,
            "upper": estimate + half,
            "n": n,
            "before": float(baseline[used].mean()),
            "status": np.where(se > 0, "ok", "no spread: no interval"),
        }
    )
