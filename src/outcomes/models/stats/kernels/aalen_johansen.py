"""At risk, events, Kaplan-Meier's curve, and cumulative incidence with its variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["RiskTable", "incidence", "incidence_variance", "kaplan_meier", "risk_table"]


@dataclass(frozen=True, slots=True, eq=False)
class RiskTable:
    """Counts at every distinct time; arrays have one entry per time but for `ordered`.

    Parameters
    ----------
    time : ndarray
        Distinct times.
    at_risk : ndarray
        Subjects observed up to just before the time.
    all_causes : ndarray
        Events of any cause at the time.
    by_cause : ndarray, shape (times, causes)
        Events of each cause of interest.
    any_event : ndarray of bool
        Whether an event of interest happened at the time.
    ordered : ndarray, shape (subjects,)
        All observed times in order.
    total : int
        Subjects.
    """

    time: Floats
    at_risk: Floats
    all_causes: Floats
    by_cause: Floats
    any_event: NDArray[np.bool_]
    ordered: Floats
    total: int


def risk_table(times: Floats, codes: Codes, causes: int) -> RiskTable:
    """Count subjects at risk and events; code 0 is censored, 1..causes the events of interest."""
    time, place = np.unique(times, return_inverse=True)
    ordered = np.sort(times)
    by_cause = np.zeros((len(time), causes))
    for cause in range(causes):
        by_cause[:, cause] = np.bincount(place, weights=codes == cause + 1, minlength=len(time))
    return RiskTable(
        time=time,
        at_risk=(len(times) - np.searchsorted(ordered, time, side="left")).astype(np.float64),
        all_causes=np.bincount(place, weights=codes > 0, minlength=len(time)).astype(np.float64),
        by_cause=by_cause,
        any_event=by_cause.sum(axis=1) > 0,
        ordered=ordered,
        total=len(times),
    )


def kaplan_meier(table: RiskTable, events: Floats) -> tuple[Floats, Floats]:
    """Return the share without an event at every time, and Greenwood's standard error; 0 where all had one.

    Parameters
    ----------
    table : RiskTable
        Who is at risk.
    events : ndarray, (times,)
        How many have the event at each time; all others leave at their times, or are censored there.
    """
    n, left = table.at_risk, table.at_risk - events
    curve = np.asarray(np.cumprod(left / n), dtype=np.float64)
    greenwood = np.cumsum(np.where(left > 0, events / (n * np.maximum(left, 1.0)), 0.0))
    return curve, np.asarray(np.sqrt(greenwood) * curve)


def incidence(table: RiskTable, cause: int) -> Floats:
    """Return the cumulative incidence of a cause at every time (Aalen-Johansen), all causes competing."""
    curve, _ = kaplan_meier(table, table.all_causes)
    just_before = np.r_[1.0, curve][:-1]
    return np.cumsum(just_before / table.at_risk * table.by_cause[:, cause])


def incidence_variance(table: RiskTable, cause: int, curve: Floats) -> Floats:
    """Return the variance of the cumulative incidence at every time (Marubini and Valsecchi).

    ``sum_j { (F - F_j)^2 d_j / (n_j (n_j - d_j)) + S_j^2 (n_j - d_kj) d_kj / n_j^3
    - 2 (F - F_j) S_j d_kj / n_j^2 }`` over the times up to t, S_j just before t_j. Where everybody left has
    an event the first term is 0 times infinity; its factor F - F_j is 0 from there on, and so is the term.
    """
    n, d, own = table.at_risk, table.all_causes, table.by_cause[:, cause]
    left = n - d
    just_before = np.r_[1.0, kaplan_meier(table, d)[0]][:-1]
    greenwood = np.where(left > 0, d / (n * np.where(left > 0, left, 1.0)), 0.0)
    binomial = just_before**2 * (n - own) * own / n**3
    cross = just_before * own / n**2
    variance = (
        curve**2 * np.cumsum(greenwood)
        - 2 * curve * np.cumsum(curve * greenwood)
        + np.cumsum(curve**2 * greenwood)
        + np.cumsum(binomial)
        - 2 * curve * np.cumsum(cross)
        + 2 * np.cumsum(curve * cross)
    )
    return np.asarray(np.maximum(variance, 0.0))
