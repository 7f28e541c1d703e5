"""What placebo arms of preventive trials did: the rival explanation of a fall, beside chance alone."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from numbers import Integral
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

from outcomes.errors import ArgumentError, instance_of, one_of
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.results import Estimates

__all__ = ["placebo_arms", "placebo_benchmark"]

Population = Literal["chronic", "refractory"]
ENDPOINTS = ("headache_days", "migraine_days", "moderate_severe_days")
POPULATIONS = {
    "chronic": "chronic migraine",
    "refractory": "episodic or chronic migraine after 2 to 4 failed preventives",
}
#: A prediction interval has k - 2 degrees of freedom: with three arms it would span the whole month.
FEWEST_ARMS = 4


def placebo_arms() -> pd.DataFrame:
    """Return the placebo arms that the benchmark uses, each as read in its paper's abstract or tables.

    Returns
    -------
    DataFrame
        endpoint, population, trial, year, doi, route, weeks, n, baseline and change (days per month, missing
        where it was not read), std_error, and what the standard error was taken from.

    Examples
    --------
    >>> arms = placebo_arms()
    >>> arms.loc[arms["trial"] == "DRAGON", "change"].tolist()
    [-6.6]
    """
    return _table().copy()


@cache
def _table() -> pd.DataFrame:
    """Return the package's own table, read once."""
    table = files("outcomes.models.headache").joinpath("placebo_arms.csv")
    with table.open(encoding="utf-8") as lines:
        return pd.read_csv(lines).astype({"n": "Int64"})


def placebo_benchmark(
    n: int, *, endpoint: str = "headache_days", population: Population = "chronic", level: float = 0.95
) -> Estimates:
    """Give the change of placebo arms, and where a placebo arm of this size would be expected.

    Parameters
    ----------
    n : int
        Patients of the clinic whose mean change it will be shown beside.
    endpoint : {"headache_days", "migraine_days", "moderate_severe_days"}
        Days per month. Migraine days are not headache days: compare like with like.
    population : {"chronic", "refractory"}
        Chronic migraine; or patients after two to four failed preventives, whose placebo arms fell by three
        days less.
    level : float
        Level of the intervals.

    Returns
    -------
    Estimates
        A row per arm (`term` is the trial), then ``mean of the arms`` with its confidence interval and
        ``an arm of this size`` with its prediction interval; `N` is the number of arms.

    Raises
    ------
    ArgumentError
        For an unknown endpoint or population, or fewer than one patient.

    Notes
    -----
    Random effects, variance between arms by Paule and Mandel, standard error by Hartung and Knapp
    (statsmodels). The prediction interval is mean -+ t(k - 2) sqrt(tau^2 + se^2 + s^2/n) [1]_, with s the
    standard deviation of one patient's change in these arms. With fewer than four arms there is none.
    These trials were chosen by what could be read, not by a systematic search, and none was made of
    patients who were about to be given ketamine: it is context, not a control arm.

    References
    ----------
    .. [1] Higgins JPT, Thompson SG, Spiegelhalter DJ. A re-evaluation of random-effects meta-analysis.
       J R Stat Soc A 2009;172:137-159. https://doi.org/10.1111/j.1467-985X.2008.00552.x

    Examples
    --------
    >>> found = placebo_benchmark(40, endpoint="migraine_days", population="refractory").to_frame()
    >>> found.set_index("term").loc["mean of the arms", "estimate"].round(1)
    np.float64(-1.2)
    """
    check_level(level)
    instance_of("n", n, Integral, hint="the number of patients")
    if n < 1:
        raise ArgumentError("n is not a number of patients", got=str(n), allowed="1 or more")
    one_of("endpoint", endpoint, ENDPOINTS)
    one_of("population", population, tuple(POPULATIONS))
    arms = _table()
    arms = arms[(arms["endpoint"] == endpoint) & (arms["population"] == population)].reset_index(drop=True)
    measured = endpoint.replace("_", " ").replace("moderate severe", "moderate or severe headache")
    frame = pd.concat([_arms(arms, level), _pooled(arms, int(n), level)], ignore_index=True)
    return Estimates(
        frame.assign(N=len(arms)),
        title=f"Change of placebo arms, {POPULATIONS[population]}: {measured} per month",
        method="random effects (Paule-Mandel, Hartung-Knapp), prediction interval t(k - 2)",
        level=level,
        notes=(
            "Only arms with a readable number; not a systematic review.",
            f"Measured: {measured}; do not compare a change in other kinds of days with it.",
        ),
        status="ok" if len(arms) >= FEWEST_ARMS else _why(len(arms)),
        meta={"patients": int(n), "endpoint": endpoint, "population": population},
    )


def _why(arms: int) -> str:
    if not arms:
        return "no placebo arm with this endpoint in this population was found"
    return f"{arms} placebo arm{'s' if arms > 1 else ''}: no prediction interval below {FEWEST_ARMS}"


def _arms(arms: pd.DataFrame, level: float) -> pd.DataFrame:
    half = ndtri((1 + level) / 2) * arms["std_error"]
    return pd.DataFrame(
        {
            "term": arms["trial"],
            "estimate": arms["change"],
            "std_error": arms["std_error"],
            "lower": arms["change"] - half,
            "upper": arms["change"] + half,
            "n": arms["n"],
            "source": "https://doi.org/" + arms["doi"],
            "status": "ok",
        }
    )


def _pooled(arms: pd.DataFrame, n: int, level: float) -> pd.DataFrame:
    sizes = pd.array([arms["n"].sum() if len(arms) else 0, n], dtype="Int64")
    rows = {"term": ["mean of the arms", "an arm of this size"], "n": sizes}
    if len(arms) < FEWEST_ARMS:
        blank = dict.fromkeys(("estimate", "std_error", "lower", "upper"), np.nan)
        return pd.DataFrame(rows | blank | {"status": _why(len(arms))})
    mean, se, tau2 = pooled(arms["change"].to_numpy(), arms["std_error"].to_numpy())
    spread = (arms["std_error"] * arms["n"].astype("float64") ** 0.5).mean()
    sd = np.sqrt(tau2 + se**2 + spread**2 / n)
    half = np.array(
        [stdtrit(len(arms) - 1, (1 + level) / 2) * se, stdtrit(len(arms) - 2, (1 + level) / 2) * sd]
    )
    found = {"estimate": mean, "std_error": [se, sd], "lower": mean - half, "upper": mean + half}
    return pd.DataFrame(rows | found | {"status": "ok"})


def pooled(change: np.ndarray, std_error: np.ndarray) -> tuple[float, float, float]:
    """Return the random-effects mean, its Hartung-Knapp standard error, and the variance between arms."""
    from statsmodels.stats.meta_analysis import combine_effects  # a second of every start otherwise

    found = combine_effects(change, std_error**2, method_re="iterated", use_t=True)
    return float(found.mean_effect_re), float(found.sd_eff_w_re_hksj), float(found.tau2)
