"""The population's true mean change: what an estimator should find on average."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError
from outcomes.simulate.chain import renewed_uniforms
from outcomes.simulate.parameters import Beta, Parameters
from outcomes.simulate.quadrature import beta_nodes, days_of_chain
from outcomes.simulate.streams import stream
from outcomes.simulate.waves import calendar_log_odds, draw_waves, shifted

__all__ = ["Population", "mean_change", "population", "still_responding", "with_effect"]

MONTH = 28
CANDIDATES = 20_000  # the mean baseline then has a Monte Carlo error below 0.1 days


@dataclass(frozen=True, slots=True)
class Population:
    """Means over the patients who enter, per 28 days.

    Parameters
    ----------
    baseline_days : float
        Headache days in the baseline period.
    long_run_days : float
        28 x the patients' own long-run probability: where they return to without any treatment. With waves:
        their days in the 28 days after the baseline, untreated.
    entering : float
        Share of candidates who enter.
    fall : float
        Share by which drift lowers each patient's probability.
    """

    baseline_days: float
    long_run_days: float
    entering: float
    fall: float


#: Populations of laws with waves, by the law's words: they are simulated once.
_KNOWN: dict[str, Population] = {}


def population(parameters: Parameters) -> Population:
    """Return the means over patients who enter, by quadrature.

    Raises
    ------
    ArgumentError
        When nobody can enter, or the drift asked for is more than all days.
    """
    if parameters.uneven:
        return _in_waves(repr(parameters), parameters)
    headache = parameters.headache
    p, weight = beta_nodes(headache.baseline)
    days = days_of_chain(p, headache.carry_over)
    enters = np.arange(MONTH + 1) >= (headache.entry_days or 0)
    entering = float(weight @ days @ enters)
    _check_entering(entering, headache.entry_days)
    counted = float(weight @ days @ (enters * np.arange(MONTH + 1))) / entering
    long_run = MONTH * float((weight * p) @ days @ enters) / entering
    return Population(counted, long_run, entering, _fall(parameters.drift.total, counted, long_run))


def _check_entering(entering: float, entry_days: int | None) -> None:
    if entering < 0.001:
        raise ArgumentError(
            "fewer than 1 in 1000 candidates would enter",
            got=f"entry_days {entry_days}",
            hint="lower entry_days",
        )


def _fall(total: float | None, counted: float, long_run: float) -> float:
    """Return the share by which drift lowers each probability so that the mean change is `total`."""
    fall = 0.0 if total is None else 1 - (counted + total) / long_run
    if not 0 <= fall < 1:
        raise ArgumentError(
            "the drift cannot be reached from this baseline",
            got=f"total {total}",
            allowed=f"{-counted:.2f} to {long_run - counted:.2f} days per 28",
        )
    return fall


def _in_waves(words: str, parameters: Parameters) -> Population:
    """Return the means over simulated candidates: with waves there is no closed form."""
    if words not in _KNOWN:
        rng = stream(0, "population")
        law, entry = parameters.headache, parameters.headache.entry_days or 0
        p = rng.beta(law.baseline.a, law.baseline.b, CANDIDATES)
        date = np.datetime64(parameters.first_day, "D") + rng.integers(
            0, parameters.enrolment_days + 1, CANDIDATES
        )
        log_odds = calendar_log_odds(parameters.calendar, date[:, None] + np.arange(-MONTH, MONTH))
        level = shifted(p, log_odds + draw_waves(parameters.waves, CANDIDATES, 2 * MONTH, rng))
        u = renewed_uniforms(CANDIDATES, MONTH, law.carry_over, rng)
        counted = (u < level[:, :MONTH]).sum(axis=1)
        enters = counted >= entry
        _check_entering(float(enters.mean()), law.entry_days)
        mean = float(counted[enters].mean())
        later = MONTH * float(level[enters, MONTH:].mean())
        fall = _fall(parameters.drift.total, mean, later)
        _KNOWN[words] = Population(mean, later, float(enters.mean()), fall)
    return _KNOWN[words]


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
