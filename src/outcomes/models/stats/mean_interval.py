"""Which interval a mean of patients gets: none for very few, one without a distribution for few, else t."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from outcomes.models.stats.few_patients import FEW, FEW_WORDS
from outcomes.models.stats.intervals import bounded_mean

__all__ = ["LARGE", "METHOD", "change_span", "difference_span", "highest", "span_of", "with_interval"]

Array = NDArray[np.float64]

#: From this many patients on the t interval is used; below it a few large responders can be absent by chance.
LARGE = 100
#: Values closer than this share of their size differ by rounding only.
ROUNDING = 1e-9
#: What one value can be, and the mean of these patients.
SPAN = ["low", "high", "least", "most"]
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
    place = top.index.get_indexer(row)
    lowest, largest = _ends(baseline.to_numpy(np.float64), place, len(top))
    value_lowest, value_largest = _ends(value.to_numpy(np.float64), place, len(top))
    extremes = {
        "lowest": lowest,
        "largest": largest,
        "mean": baseline.groupby(row).mean().reindex(top.index),
        "value_lowest": value_lowest,
        "value_largest": value_largest,
    }
    return span_of(pd.DataFrame(extremes, index=top.index), top)


def difference_span(rows: pd.DataFrame, first: NDArray[np.bool_], month: int) -> tuple[float, float]:
    """Return the least and the most that the mean change of `first` less that of the others can be.

    Parameters
    ----------
    rows : DataFrame
        One row per patient who counts: baseline, value, endpoint where there are several.
    first : ndarray of bool
        Whose mean the other one is subtracted from.
    month : int
        Days of a period.
    """
    endpoint = rows["endpoint"].iloc[[0, 0]].reset_index(drop=True) if "endpoint" in rows else None
    top = highest(endpoint, month, pd.RangeIndex(2))
    side = pd.Series(np.asarray(first).astype(np.intp), index=rows.index)
    span = change_span(rows["baseline"].astype(float), rows["value"].astype(float), side, top)
    least, most = span["least"].to_numpy(), span["most"].to_numpy()
    return float(least[1] - most[0]), float(most[1] - least[0])


def span_of(extremes: pd.DataFrame, top: pd.Series) -> pd.DataFrame:
    """Return `change_span` from the ends and the mean of the baselines, and the ends of the values.

    Parameters
    ----------
    extremes : DataFrame
        By mean: lowest, largest and mean of the baselines, value_lowest, value_largest.
    top : Series
        By mean: the highest value that there can be.
    """
    names = ["lowest", "largest", "mean", "value_lowest", "value_largest"]
    lowest, largest, mean, after_lowest, after_largest = extremes[names].to_numpy(np.float64).T
    limit = top.to_numpy()
    known = (lowest >= 0) & (after_lowest >= 0)
    known &= np.maximum(largest, after_largest) <= limit * (1 + ROUNDING)
    ends = np.column_stack([-largest, limit - lowest, -mean, limit - mean])
    ends[~known] = np.nan
    return pd.DataFrame(ends, index=top.index, columns=SPAN)


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
    number, row_of = values.to_numpy(np.float64), frame.index.get_indexer(row)
    lowest, largest = _ends(number, row_of, len(frame))
    sd = values.groupby(row).std().reindex(frame.index).to_numpy(np.float64, na_value=np.nan)
    n, mean = (frame[name].to_numpy(np.float64, na_value=np.nan) for name in ("n", "estimate"))
    # Equal values may leave a spread of rounding errors; it is no spread.
    sd = np.where(largest - lowest <= ROUNDING * np.maximum(1, np.abs(mean)), 0.0, sd)
    sd[n <= 1] = np.nan
    known = (sd > 0) & (n >= FEW)
    error, df = np.where(known, sd / np.sqrt(np.maximum(n, 1)), np.nan), np.where(known, n - 1.0, np.nan)
    half, statistic = stdtrit(df, 0.5 + level / 2) * error, mean / error
    limits = np.column_stack([mean - half, mean + half, 2 * stdtr(df, -np.abs(statistic))])
    low, high, least, most = span.reindex(frame.index)[SPAN].to_numpy(np.float64, na_value=np.nan).T
    slack = ROUNDING * (high - low)
    fits = (lowest >= low - slack) & (largest <= high + slack) & (slack > 0)
    leaves = (limits[:, 0] < least - ROUNDING) | (limits[:, 1] > most + ROUNDING)
    few = known & fits & ((n < LARGE) | leaves)
    for place in np.flatnonzero(few):
        found = bounded_mean(number[row_of == place], low=low[place], high=high[place], level=level)
        # held to what the mean of these patients can be
        limits[place] = max(found.lower, least[place]), min(found.upper, most[place]), found.p_value
    df[few] = statistic[few] = np.nan
    columns = {
        "sd": sd, "std_error": error, "df": df, "statistic": statistic, "p_value": limits[:, 2],
        "lower": limits[:, 0], "upper": limits[:, 1],
        "interval": np.where(few, "bounded mean", np.where(known, "t", "")), "status": _status(n, sd, what),
    }  # fmt: skip
    return pd.concat([frame, pd.DataFrame(columns, index=frame.index)], axis=1)


def _ends(values: Array, row: NDArray[np.intp], rows: int) -> tuple[Array, Array]:
    """Return the smallest and the largest value of each row, missing where it has none."""
    lowest, largest = np.full(rows, np.inf), np.full(rows, -np.inf)
    np.minimum.at(lowest, row, values)
    np.maximum.at(largest, row, values)
    lowest[np.isinf(lowest)] = largest[np.isinf(largest)] = np.nan
    return lowest, largest


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
