"""Which interval a mean of patients gets: none for very few, one without a distribution for few, else t."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from outcomes.models.stats.few_patients import FEW, FEW_WORDS
from outcomes.models.stats.intervals import bounded_mean

__all__ = ["LARGE", "METHOD", "change_span", "highest", "span_of", "with_interval"]

Array = NDArray[np.float64]

#: From this many patients on the t interval is used; below it a few large responders can be absent by chance.
LARGE = 100
#: Values closer than this share of their size differ by rounding only.
ROUNDING = 1e-9
METHOD = f"t interval from {LARGE} patients on, Gaffke's interval for a bounded mean below that"

HOURS, PAIN = "headache_hours", "mean_pain"


def highest(endpoint: pd.Series | None, month: int, index: pd.Index) -> pd.Series:
    """Return the highest value that each row's endpoint can have: days or hours of the month, pain 0-10."""
    if endpoint is None:
        return pd.Series(float(month), index=index)
    limit = {HOURS: 24.0 * month, PAIN: 10.0}
    kind, names = pd.factorize(endpoint)
    tops = np.array([*(limit.get(name, float(month)) for name in names), float(month)])
    return pd.Series(tops[kind], index=endpoint.index, name=endpoint.name)


def change_span(baseline: pd.Series, value: pd.Series, row: pd.Series, top: pd.Series) -> pd.DataFrame:
    """Return how far one patient, and these patients on average, can fall and rise from their baselines.

    Parameters
    ----------
    baseline, value, row : Series
        Of each patient who counts, and which mean the patient belongs to.
    top : Series
        By mean: the highest value that there can be.

    Returns
    -------
    DataFrame
        By mean: low, high, least, most as `with_interval` takes them; missing where a value is out of range.
    """
    before, after = baseline.groupby(row), value.groupby(row)
    extremes = {
        "lowest": before.min(),
        "largest": before.max(),
        "mean": before.mean(),
        "value_lowest": after.min(),
        "value_largest": after.max(),
    }
    return span_of(pd.DataFrame({name: found.reindex(top.index) for name, found in extremes.items()}), top)


def span_of(extremes: pd.DataFrame, top: pd.Series) -> pd.DataFrame:
    """Return `change_span` from the ends and the mean of the baselines, and the ends of the values.

    Parameters
    ----------
    extremes : DataFrame
        By mean: lowest, largest and mean of the baselines, value_lowest, value_largest.
    top : Series
        By mean: the highest value that there can be.
    """
    lowest, largest, mean = (extremes[name] for name in ("lowest", "largest", "mean"))
    known = (lowest >= 0) & (extremes["value_lowest"] >= 0)
    known &= np.maximum(largest, extremes["value_largest"]) <= top * (1 + ROUNDING)
    span = pd.DataFrame({"low": -largest, "high": top - lowest, "least": -mean, "most": top - mean})
    return span.where(known)


@np.errstate(over="ignore", invalid="ignore")  # of what is no number there is none, as in pandas
def with_interval(
    frame: pd.DataFrame, values: pd.Series, row: pd.Series, span: pd.DataFrame, *, level: float, what: str
) -> pd.DataFrame:
    """Add spread, interval and test of each mean, and the status.

    Parameters
    ----------
    frame : DataFrame
        One row per mean, indexed by `row`: n and estimate.
    values, row : Series
        The values and which mean each belongs to.
    span : DataFrame
        As `frame`: `low` and `high`, what one value can be; `least` and `most`, what the mean of these
        patients can be. Missing where no range is known.
    level : float
        Confidence level.
    what : str
        What is averaged, in the plural: for the status.

    Returns
    -------
    DataFrame
        `frame` with sd, std_error, df, statistic, p_value, lower, upper, interval, status.
    """
    by = values.groupby(row)
    lowest, largest, sd = (
        found.reindex(frame.index).to_numpy(np.float64, na_value=np.nan)
        for found in (by.min(), by.max(), by.std())
    )
    n, mean = (frame[name].to_numpy(np.float64, na_value=np.nan) for name in ("n", "estimate"))
    # Equal values may leave a spread of rounding errors; it is no spread.
    sd = np.where(largest - lowest <= ROUNDING * np.maximum(1, np.abs(mean)), 0.0, sd)
    sd[n <= 1] = np.nan
    known = (sd > 0) & (n >= FEW)
    error, df = np.where(known, sd / np.sqrt(np.maximum(n, 1)), np.nan), np.where(known, n - 1.0, np.nan)
    half, statistic = stdtrit(df, 0.5 + level / 2) * error, mean / error
    limits = np.column_stack([mean - half, mean + half, 2 * stdtr(df, -np.abs(statistic))])
    ends = span.reindex(frame.index)[["low", "high", "least", "most"]]
    low, high, least, most = ends.to_numpy(np.float64, na_value=np.nan).T
    slack = ROUNDING * (high - low)
    fits = (lowest >= low - slack) & (largest <= high + slack) & (slack > 0)
    leaves = (limits[:, 0] < least - ROUNDING) | (limits[:, 1] > most + ROUNDING)
    few = known & fits & ((n < LARGE) | leaves)
    for place in np.flatnonzero(few):
        own = values[row == frame.index[place]].to_numpy()
        found = bounded_mean(own, low=low[place], high=high[place], level=level)
        # held to what the mean of these patients can be
        limits[place] = max(found.lower, least[place]), min(found.upper, most[place]), found.p_value
    df[few] = statistic[few] = np.nan
    return frame.assign(
        sd=sd, std_error=error, df=df, statistic=statistic, p_value=limits[:, 2], lower=limits[:, 0],
        upper=limits[:, 1], interval=np.where(few, "bounded mean", np.where(known, "t", "")),
        status=_status(n, sd, what),
    )  # fmt: skip


def _status(n: Array, sd: Array, what: str) -> NDArray[np.str_]:
    """Say which means have no interval, and why."""
    problem = [n == 0, n == 1, sd == 0, n < FEW]
    words = [
        f"no patient with a {what.rstrip('s')}",
        "one patient: no interval",
        f"all {what} are equal: no interval",
        FEW_WORDS,
    ]
    return np.select(problem, words, default="ok")
