"""The population's true mean change: what an estimator should find on average."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError
from outcomes.simulate.parameters import Beta, Parameters
from outcomes.simulate.quadrature import beta_nodes, days_of_chain

__all__ = ["Population", "mean_change", "population", "still_responding", "with_effect"]

MONTH = 28


@dataclass(frozen=True, slots=True)
class Population:
    """Means over the patients who enter, per 28 days.

    Parameters
    ----------
    baseline_days : float
        Headache days in the baseline period.
    long_run_days : float
        28 x the patients' own long-run probability: where they return to without any treatment.
    entering : float
        Share of candidates who enter.
    fall : float
        Share by which drift lowers each patient's probability.
    """

    baseline_days: float
    long_run_days: float
    entering: float
    fall: float


def population(parameters: Parameters) -> Population:
    """Return the means over patients who enter, by quadrature.

    Raises
    ------
    ArgumentError
        When nobody can enter, or the drift asked for is more than all days.
    """
    headache = parameters.headache
    p, weight = beta_nodes(headache.baseline)
    days = days_of_chain(p, headache.carry_over)
    enters = np.arange(MONTH + 1) >= (headache.entry_days or 0)
    entering = float(weight @ days @ enters)
    if entering < 0.001:
        raise ArgumentError(
            "fewer than 1 in 1000 candidates would enter",
            got=f"entry_days {headache.entry_days}",
            hint="lower entry_days",
        )
    counted = float(weight @ days @ (enters * np.arange(MONTH + 1))) / entering
    long_run = MONTH * float((weight * p) @ days @ enters) / entering
    total = parameters.drift.total
    fall = 0.0 if total is None else 1 - (counted + total) / long_run
    if not 0 <= fall < 1:
        raise ArgumentError(
            "the drift cannot be reached from this baseline",
            got=f"total {total}",
            allowed=f"{-counted:.2f} to {long_run - counted:.2f} days per 28",
        )
    return Population(counted, long_run, entering, fall)


def with_effect(parameters: Parameters, effect: float) -> Parameters:
    """Return parameters under which the drug changes the mean by `effect` days per 28 before any relapse."""
    people, headache = population(parameters), parameters.headache
    reachable = people.long_run_days * (1 - people.fall) * headache.responders
    if not -reachable < effect < 0:
        raise ArgumentError(
            "the effect cannot be reached with this share of responders",
            got=f"{effect}",
            allowed=f"between {-reachable:.2f} and 0 days per 28",
        )
    mean, size = -effect / reachable, headache.reduction.a + headache.reduction.b
    reduction = Beta(mean * size, (1 - mean) * size)
    return replace(parameters, headache=replace(headache, reduction=reduction))


def still_responding(relapse: float, months: int) -> np.ndarray:
    """Return the mean share of responders without relapse over the days of each 28-day period."""
    daily = (1 - relapse) ** (1 / MONTH)
    day = np.arange(1, MONTH * months + 1)
    return np.asarray((daily**day).reshape(months, MONTH).mean(axis=1))


def mean_change(parameters: Parameters, months: int, drug: dict[str, bool]) -> pd.DataFrame:
    """Return the true mean change of headache days per 28 by arm and period, split by its causes.

    Parameters
    ----------
    parameters : Parameters
        The law of the study.
    months : int
        Periods of 28 days of follow-up.
    drug : dict of str to bool
        Arm -> whether the drug is given; the arm of a study with one group is "".

    Returns
    -------
    DataFrame
        arm, period_number, baseline, regression_to_mean, drift, drug, change (days per 28): the means if
        every day were recorded and no course followed the first.
    """
    people, headache = population(parameters), parameters.headache
    alive = still_responding(headache.relapse, months)
    peak = people.long_run_days * (1 - people.fall) * headache.responders * headache.reduction.mean
    frame = pd.DataFrame(
        {
            "arm": np.repeat(np.array(list(drug)), months),
            "period_number": np.tile(np.arange(1, months + 1), len(drug)),
            "baseline": people.baseline_days,
            "regression_to_mean": people.long_run_days - people.baseline_days,
            "drift": 0.0 - people.fall * people.long_run_days,
            "drug": 0.0 - np.concatenate([peak * alive * given for given in drug.values()]),
        }
    ).astype({"arm": "str"})
    frame["change"] = frame[["regression_to_mean", "drift", "drug"]].sum(axis=1)
    return frame
