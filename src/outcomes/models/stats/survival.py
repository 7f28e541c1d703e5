"""Kaplan-Meier and Aalen-Johansen with their limits, and log-rank by statsmodels, safe at their edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.models.stats.kernels.aalen_johansen import incidence, kaplan_meier, risk_table
from outcomes.models.stats.kernels.reference import interval_factor
from outcomes.results import Estimates

__all__ = ["log_rank", "quantile", "survival_curve"]

Array = NDArray[np.float64]
#: A product of shares lies this close to the share that it is.
FLAT = 1e-9


def survival_curve(day: Array, code: NDArray[np.intp], level: float) -> pd.DataFrame:
    """Return the curves at each day with an event or a censored patient.

    Parameters
    ----------
    day : ndarray, days
        Time of each patient.
    code : ndarray of int
        0 censored, 1 relapse, 2 competing event.
    level : float
        Confidence level.

    Returns
    -------
    DataFrame
        time, at_risk, relapses, competing, estimate (Kaplan-Meier, competing events censored), std_error,
        lower, upper, cumulative_relapse and cumulative_competing (Aalen-Johansen).

    Notes
    -----
    Greenwood's standard error; limits S^exp(-+ z se / (S log S)) [1]_. At S = 1 and S = 0 they do not exist.

    References
    ----------
    .. [1] Kalbfleisch JD, Prentice RL. The Statistical Analysis of Failure Time Data, 2nd ed. Wiley 2002.

    Examples
    --------
    >>> import numpy as np
    >>> curve = survival_curve(np.array([30.0, 40.0, 50.0, 60.0]), np.array([1, 0, 1, 0]), 0.95)
    >>> curve["estimate"].tolist()
    [0.75, 0.75, 0.375, 0.375]
    """
    table = risk_table(day, code, 2)
    estimate, error = kaplan_meier(table, table.by_cause[:, 0])
    z = float(interval_factor(level, np.inf))
    inside = (estimate > 0) & (estimate < 1)
    s = np.where(inside, estimate, 0.5)
    width = np.exp(z * np.where(inside, error, 0.0) / (s * np.abs(np.log(s))))
    return pd.DataFrame(
        {
            "time": table.time,
            "at_risk": table.at_risk.astype(np.int64),
            "relapses": table.by_cause[:, 0].astype(np.int64),
            "competing": table.by_cause[:, 1].astype(np.int64),
            "estimate": estimate,
            "std_error": np.where(inside, error, np.nan),
            "lower": np.where(inside, s**width, np.nan),
            "upper": np.where(inside, s ** (1 / width), np.nan),
            "cumulative_relapse": incidence(table, 0),
            "cumulative_competing": incidence(table, 1),
            "status": np.where(inside, "ok", "no interval at 0 or 1"),
        }
    )


def quantile(curve: pd.DataFrame, event: NDArray[np.bool_], p: float) -> dict[str, Any]:
    """Return the time by which a share p has relapsed, with limits on the log(-log) scale.

    The estimate is the time at which the curve falls below 1 - p; where it lies at 1 - p for a while, the
    middle of that time, as R's `survfit` has it. A limit that the curve does not reach is infinite, and an
    estimate that it does not reach is missing with its reason.
    """
    time = _crossing(curve["time"], curve["estimate"], p)
    if not np.isfinite(time):
        lower = _limit(curve, "lower", p)
        reason = "not reached: fewer than that share relapsed" if event.any() else "no relapse"
        return {"estimate": np.nan, "lower": lower, "upper": np.inf, "status": reason}
    return {
        "estimate": time,
        "lower": _limit(curve, "lower", p),
        "upper": _limit(curve, "upper", p),
        "status": "ok",
    }


def _limit(curve: pd.DataFrame, side: str, p: float) -> float:
    """Return the first time at which the band's side is at or below 1 - p; at S = 0 the band has ended."""
    value = (
        curve[side]
        .where(curve["estimate"] < 1, 1.0)
        .where(curve["estimate"] > 0, 0.0 if side == "lower" else np.nan)
    )
    # At S = 0 the upper side keeps its last value: a curve that ends does not narrow it.
    value = value.ffill()
    return _crossing(curve["time"], value, p)


def _crossing(time: pd.Series, value: pd.Series, p: float) -> float:
    """Return where a falling curve crosses 1 - p: the middle of a step that lies on it; else infinite."""
    reached = time[value <= 1 - p + FLAT]
    below = time[value < 1 - p - FLAT]
    if not len(reached):
        return np.inf
    # A curve that ends at 1 - p lies there until its last day.
    end = below.iloc[0] if len(below) else time.iloc[-1] if value.iloc[-1] <= 1 - p + FLAT else np.nan
    return float((reached.iloc[0] + end) / 2) if np.isfinite(end) else float(reached.iloc[0])


def log_rank(day: pd.Series, event: pd.Series, group: pd.Series, title: str) -> Estimates:
    """Compare the curves of groups: statistic (chi-squared), num_df, p_value, and why there is none.

    A group of which nobody is left at the first relapse says nothing of a difference: as in R's survdiff it
    counts in N alone.
    """
    method = "log-rank test; a next course is censored"
    usable = group.notna()
    sizes = group[usable].value_counts()
    gone = _gone(day[usable], event[usable], group[usable])
    notes: tuple[str, ...] = ()
    row: dict[str, Any] = {"term": "log-rank", "statistic": np.nan, "num_df": np.nan, "p_value": np.nan}
    if len(sizes) < 2:
        status = "fewer than two groups with a patient"
    elif not event[usable].any():
        status = "no relapse in any group"
    else:
        left = usable & ~group.isin(gone)
        found, status = _survdiff(day[left], event[left], group[left])
        row |= found
        notes = tuple(f"{name}: nobody left at the first relapse, so no part in the test" for name in gone)
    frame = pd.DataFrame([row | {"N": int(sizes.sum()), "status": status}])
    return Estimates(frame, f"{title}: groups compared", method, None, notes, status)


def _gone(day: pd.Series, event: pd.Series, group: pd.Series) -> list[Any]:
    """Return the groups of which nobody is left at the first relapse."""
    last = day.groupby(group).max()
    return list(last.index[last < day[event].min()])


def _survdiff(day: pd.Series, event: pd.Series, group: pd.Series) -> tuple[dict[str, Any], str]:
    from statsmodels.duration.survfunc import survdiff

    alone = "at no relapse is there somebody left in both groups: nothing to compare"
    if group.nunique() < 2:
        return {}, alone
    try:
        chi2, p = survdiff(day.to_numpy(dtype=float), event.to_numpy(dtype=int), group.to_numpy())
    except np.linalg.LinAlgError:  # all at risk relapse together, or a group is never at risk with another
        return {}, alone
    return {"statistic": float(chi2), "num_df": group.nunique() - 1, "p_value": float(p)}, "ok"
