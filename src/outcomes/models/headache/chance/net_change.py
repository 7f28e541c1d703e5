"""The change of a period, what chance alone would bring, and the first net of the second."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
#: Columns of the result by name: observed, chance alone, net.
Rows = dict[str, NDArray[Any]]

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
    rows = _both(found)
    if start.differs:
        first = _compared(group["patient_id"], raw, baseline, models(start.lag(number, span))[0], level)
        rows = {name: np.concatenate([first[name][:1], values]) for name, values in rows.items()}
        terms = [RAW, *terms]
    rows |= _held(rows, np.array(terms) == NET, group, span)
    del rows["before"]
    frame = pd.DataFrame({"term": terms, **rows, "N": len(group)})
    labels = group[groups].iloc[np.zeros(len(frame), dtype=int)].reset_index(drop=True)
    return pd.concat([labels, without_interval(frame, frame["n"] < FEW)], axis=1)


def _held(rows: Rows, net: NDArray[np.bool_], group: pd.DataFrame, span: Span) -> Rows:
    """Hold limits to what these patients' mean change, and the difference of two such, can be."""
    endpoint = group["endpoint"].iloc[:1].reset_index(drop=True) if "endpoint" in group else None
    most = float(highest(endpoint, span.month, pd.RangeIndex(1)).iloc[0])
    before, lower, upper = (rows[name] for name in ("before", "lower", "upper"))
    low, high = np.where(net, -most, -before), np.where(net, most, most - before)
    # comparisons with what is missing leave a limit as it is
    return {"lower": np.where(lower < low, low, lower), "upper": np.where(upper > high, high, upper)}


def _both(found: list[Rows]) -> Rows:
    """Return the middle of two bounds, with an interval that covers the intervals of both."""
    if len(found) == 1:
        return found[0]
    one, two = found
    p_value = np.fmax(one["p_value"], two["p_value"])
    crosses = np.sign(one["estimate"]) != np.sign(two["estimate"])
    return one | {
        "estimate": (one["estimate"] + two["estimate"]) / 2,
        "std_error": np.fmax(one["std_error"], two["std_error"]),
        "statistic": np.where(one["estimate"] == two["estimate"], one["statistic"], np.nan),
        "p_value": np.where(crosses & ~np.isnan(p_value), 1.0, p_value),
        "lower": np.fmin(one["lower"], two["lower"]),
        "upper": np.fmax(one["upper"], two["upper"]),
    }


def _plain(change: Array, level: float) -> dict[str, Any]:
    """Return the row of the mean change by itself: chance needs a law, a mean does not."""
    n = len(change)
    if n < 2:
        mean = float(change.mean()) if n else np.nan
        row = dict.fromkeys(TESTED, np.nan) | {"estimate": mean}
        return row | {"n": n, "status": "fewer than two patients with a change"}
    mean, error, df = float(change.mean()), float(change.std(ddof=1) / np.sqrt(n)), n - 1.0
    known = error > 0
    statistic = mean / error if known else np.nan
    half = float(interval_factor(level, df)) * error if known else np.nan
    row = {"estimate": mean, "std_error": error if known else np.nan, "df": df, "statistic": statistic}
    row |= {"p_value": float(two_sided_p(statistic, df)) if known else np.nan}
    status = "ok" if known else "no spread: no interval"
    return row | {"lower": mean - half, "upper": mean + half, "n": n, "status": status}


def _compared(ids: pd.Series, change: Array, baseline: Array, model: Model, level: float) -> Rows:
    """Return observed, chance alone and net of the patients who have a change and a model."""
    at = model.ids.get_indexer(ids)
    used = (at >= 0) & np.isfinite(change) & np.isfinite(baseline)
    n = int(used.sum())
    reason = model.reason or ("" if n > 1 else "fewer than two patients with a change and a baseline model")
    if reason:
        known = np.isfinite(change) & np.isfinite(baseline)
        none = dict.fromkeys(TESTED, np.nan) | {"n": n, "status": reason}
        rows = {
            name: np.array([value, *[none[name]] * 2]) for name, value in _plain(change[known], level).items()
        }
        return rows | {"before": np.full(3, baseline[known].mean() if known.any() else np.nan)}
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
    return {
        "estimate": estimate,
        "std_error": np.where(se > 0, se, np.nan),
        "df": np.full(3, df),
        "statistic": statistic,
        "p_value": two_sided_p(statistic, df),
        "lower": estimate - half,
        "upper": estimate + half,
        "n": np.full(3, n),
        "before": np.full(3, baseline[used].mean()),
        "status": np.where(se > 0, "ok", "no spread: no interval"),
    }
