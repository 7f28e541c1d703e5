"""The truth of every estimand: what each strategy would find if every day were recorded."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.simulate.expectation import population
from outcomes.simulate.parameters import Parameters
from outcomes.simulate.propensity import Propensity
from outcomes.simulate.treated import draw_treated
from outcomes.simulate.untreated import Path
from outcomes.simulate.visits import Visits

__all__ = ["STRATEGIES", "estimand_frame", "population_truth", "simulated_mean_change"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
MONTH = 28
MIN_DAYS = 14
RESPONSE = 0.5  # at most this share of the baseline's days

#: Strategy -> what is asked of the days from the next course on.
STRATEGIES = {
    "hypothetical": "as if nobody had been treated again",
    "treatment policy": "all days, whether treated again or not",
    "while untreated": "days before the next course, in patients with at least 14 of them",
    "composite": "as treatment policy for the change; treatment again by its end counts as no response",
    "chance alone": "without the drug and without drift",
}


def estimand_frame(latent: Propensity, visits: Visits, path: Path, *, months: int) -> pd.DataFrame:
    """Return the mean change and the share of responders of each strategy, arm and period.

    Parameters
    ----------
    latent, visits, path : Propensity, Visits, Path
        What was drawn.
    months : int
        Periods.

    Returns
    -------
    DataFrame
        arm, strategy, period_number, n (patients), change and its std_error over patients (days per 28, from
        each day's true probability and the baseline's true days), responders (share of patients whose true
        days fell by 50 % or more).
    """
    (alone, _), (p, _) = path.p(latent, visits, again=False), path.p(latent, visits)
    level = np.broadcast_to(path.level if path.level.ndim > 1 else path.level[:, None], path.u.shape)
    full = np.ones(path.u.shape, dtype=bool)
    again = np.where(np.isnan(visits.second_start), np.inf, visits.second_start)[:, None]
    before = np.arange(path.u.shape[1])[None, :] < again
    chosen = {
        "hypothetical": (alone, full),
        "treatment policy": (p, full),
        "while untreated": (p, before),
        "composite": (p, full),
        "chance alone": (level, full),
    }
    base = latent.baseline.sum(axis=1).astype(np.float64)
    parts = []
    for strategy, (chance, counted) in chosen.items():
        for period in range(months):
            first = visits.course_days + MONTH * period
            days, expected, seen = _sums(first, chance, path.u, counted)
            with np.errstate(invalid="ignore"):
                change = np.where(days >= MIN_DAYS, MONTH * expected / days, np.nan) - base
                response = MONTH * seen / days <= RESPONSE * base
            if strategy == "composite":
                response &= again[:, 0] >= first + MONTH
            parts.append(_rows(latent.arm, strategy, period + 1, change, response & (base > 0)))
    return pd.concat(parts, ignore_index=True)


def _sums(first: NDArray[np.int64], p: Array, u: Array, counted: Mask) -> tuple[Array, Array, Array]:
    """Return counted days, their expected and their true headache days, in 28 days from `first`."""
    place = first[:, None] + np.arange(MONTH)
    inside = np.take_along_axis(counted, place, axis=1)
    chance = np.take_along_axis(p, place, axis=1)
    expected = np.where(inside, chance, 0.0).sum(axis=1)
    seen = (inside & (np.take_along_axis(u, place, axis=1) < chance)).sum(axis=1)
    return inside.sum(axis=1).astype(np.float64), expected, seen.astype(np.float64)


def _rows(arm: NDArray[np.str_], strategy: str, period: int, change: Array, response: Mask) -> pd.DataFrame:
    there = ~np.isnan(change)
    grouped = pd.DataFrame({"arm": arm, "change": change, "response": response})[there].groupby("arm")
    found = grouped.agg(n=("change", "size"), responders=("response", "mean")).reset_index()
    spread = grouped["change"].agg(["mean", "std"]).reset_index(drop=True)
    found["change"], found["std_error"] = spread["mean"], spread["std"] / np.sqrt(found["n"])
    frame = found.assign(strategy=strategy, period_number=period).astype({"arm": "str", "strategy": "str"})
    return frame[["arm", "strategy", "period_number", "n", "change", "std_error", "responders"]]


def population_truth(
    parameters: Parameters, *, months: int, drug: dict[str, bool], patients: int = 20_000, seed: int = 0
) -> pd.DataFrame:
    """Return `estimand_frame` of many patients of a law: the population's truth, with Monte Carlo errors.

    A closed form exists for the plain law alone (`truth.mean_change`); with waves, or when patients are
    treated again because of their days, it is simulated.
    """
    return _population_truth(_Law(parameters), months, tuple(drug.items()), patients, seed)[0].copy()


def simulated_mean_change(parameters: Parameters, *, months: int, drug: dict[str, bool]) -> pd.DataFrame:
    """Return the frame of `mean_change` for a law without a closed form, from 20,000 simulated patients."""
    frame, level, fall = _population_truth(_Law(parameters), months, tuple(drug.items()), 20_000, 0)
    alone = frame[frame["strategy"] == "hypothetical"].reset_index(drop=True)
    chance = frame.loc[frame["strategy"] == "chance alone", "change"].to_numpy()
    order = alone["arm"].map({arm: place for place, arm in enumerate(drug)})
    out = alone[["arm", "period_number"]].assign(
        baseline=population(parameters).baseline_days,
        regression_to_mean=chance,
        drift=-fall * (chance + level[alone["arm"].to_numpy()].to_numpy()),
        drug=0.0,
        change=alone["change"],
    )
    out["drug"] = out["change"] - out["regression_to_mean"] - out["drift"]
    return out.iloc[np.lexsort((out["period_number"], order))].reset_index(drop=True)


class _Law:
    """A law as a key of the cache: equal laws have equal words."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters, self.words = parameters, repr(parameters)

    def __hash__(self) -> int:
        return hash(self.words)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Law) and other.words == self.words


@lru_cache(maxsize=16)
def _population_truth(
    law: _Law, months: int, drug: tuple[tuple[str, bool], ...], patients: int, seed: int
) -> tuple[pd.DataFrame, pd.Series, float]:
    parameters = law.parameters
    latent, visits, path = draw_treated(parameters, patients, months=months, drug=dict(drug), seed=seed)
    base = pd.Series(latent.baseline.sum(axis=1)).groupby(latent.arm).mean()
    return estimand_frame(latent, visits, path, months=months), base, path.fall
