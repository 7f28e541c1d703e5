"""Which interval a mean of patients gets: none for very few, one without a distribution for few, else t."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from outcomes.models.stats.few_patients import FEW, FEW_WORDS
from outcomes.models.stats.intervals import bounded_mean

__all__ = ["LARGE", "METHOD", "change_span", "highest", "with_interval"]

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
    lowest, largest, mean = (
        found.reindex(top.index) for found in (before.min(), before.max(), before.mean())
    )
    known = (lowest >= 0) & (after.min().reindex(top.index) >= 0)
    known &= np.maximum(largest, after.max().reindex(top.index)) <= top * (1 + ROUNDING)
    span = pd.DataFrame({"low": -largest, "high": top - lowest, "least": -mean, "most": top - mean})
    return span.where(known)


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
    n, mean = frame["n"], frame["estimate"]
    sd = by.std().reindex(frame.index)
    # Equal values may leave a spread of rounding errors; it is no spread.
    equal = (by.max() - by.min()).reindex(frame.index) <= ROUNDING * np.maximum(1, mean.abs())
    sd = sd.mask(equal, 0.0).where(n > 1)
    error = (sd / np.sqrt(n)).where((sd > 0) & (n >= FEW))
    df = (n - 1.0).where(error.notna())
    half = stdtrit(df, 0.5 + level / 2) * error
    statistic = mean / error
    out = frame.assign(
        sd=sd, std_error=error, df=df, statistic=statistic, p_value=2 * stdtr(df, -statistic.abs()),
        lower=mean - half, upper=mean + half, interval=np.where(error.notna(), "t", ""),
    )  # fmt: skip
    leaves = (out["lower"] < span["least"] - ROUNDING) | (out["upper"] > span["most"] + ROUNDING)
    few = error.notna() & _fits(values, row, span) & ((n < LARGE) | leaves)
    out = _bounded(out, values, row, span, few, level)
    problem = [n == 0, n == 1, sd == 0, n < FEW]
    words = [
        f"no patient with a {what.rstrip('s')}",
        "one patient: no interval",
        f"all {what} are equal: no interval",
        FEW_WORDS,
    ]
    return out.assign(status=np.select(problem, words, default="ok"))


def _fits(values: pd.Series, row: pd.Series, span: pd.DataFrame) -> pd.Series:
    """Return which means have values that lie in the range that they are said to have."""
    by = values.groupby(row)
    slack = ROUNDING * (span["high"] - span["low"])
    low, high = by.min().reindex(span.index), by.max().reindex(span.index)
    return (low >= span["low"] - slack) & (high <= span["high"] + slack) & (slack > 0)


def _bounded(
    out: pd.DataFrame, values: pd.Series, row: pd.Series, span: pd.DataFrame, few: pd.Series, level: float
) -> pd.DataFrame:
    """Put the interval of a bounded mean in the rows of `few`, held to what the mean can be."""
    each, ends = values.to_numpy(), span.loc[few, ["low", "high", "least", "most"]].to_numpy()
    found = []
    for place, (low, high, least, most) in zip(few.index[few], ends, strict=True):
        mean = bounded_mean(each[(row == place).to_numpy()], low=low, high=high, level=level)
        found.append((max(mean.lower, least), min(mean.upper, most), mean.p_value))
    out.loc[few, ["lower", "upper", "p_value"]] = np.array(found).reshape(-1, 3)
    out.loc[few, ["df", "statistic"]] = np.nan
    return out.assign(interval=out["interval"].mask(few, "bounded mean"))
