"""Mean value of each period, baseline included, with a t interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import t as student

from outcomes.models.headache.period_rows import MAKE, NUMBERS, one_endpoint, refuse_repeated
from outcomes.models.stats.input_frames import check_columns
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.results import Estimates

__all__ = ["means"]

NEEDED = ("patient_id", "period", "value")
#: Values closer than this share of their size differ by rounding only.
ROUNDING = 1e-9


def means(periods: pd.DataFrame, *, level: float = 0.95) -> Estimates:
    """Estimate the mean value of each period from all patients who have one.

    Parameters
    ----------
    periods : DataFrame
        From `outcomes.periods` of one endpoint, with ``baseline_as_row=True`` to include the baseline.
    level : float
        Confidence level.

    Returns
    -------
    Estimates
        One row a period: period, N (patients with the period), n (with a value), mean, sd, std_error, lower,
        upper, status.

    Raises
    ------
    ArgumentError
        For a missing column or more than one endpoint.
    DataError
        When a patient has more than one row in a period, as with several courses.

    Notes
    -----
    mean -+ t(1 - (1 - level) / 2, n - 1) * sd / sqrt(n). The patients of different periods differ where
    values are missing: for a change use `outcomes.change`, which takes each patient's own.

    Examples
    --------
    >>> rows = pd.DataFrame({"patient_id": list("abc"), "period": "days 1-28", "value": [10.0, 14.0, None]})
    >>> means(rows).to_frame()[["n", "N", "mean"]].to_numpy().tolist()
    [[2.0, 3.0, 12.0]]
    """
    check_level(level)
    check_columns("periods", periods, NEEDED, numbers=NUMBERS, hint=MAKE)
    one_endpoint(periods)
    refuse_repeated(periods, ["period"])
    by = periods.groupby("period", observed=True, sort=True)["value"]
    frame = by.agg(N="size", n="count", mean="mean", sd="std").reset_index()
    frame["std_error"] = frame["sd"] / np.sqrt(frame["n"])
    # Equal values, such as a headache every day, say nothing about the spread between patients.
    span = by.max().to_numpy() - by.min().to_numpy()
    equal = frame["n"].gt(1) & (span <= ROUNDING * np.maximum(1, frame["mean"].abs()))
    frame.loc[equal, "sd"], frame.loc[equal, "std_error"] = 0.0, np.nan
    half = student.ppf((1 + level) / 2, np.maximum(frame["n"] - 1, 1)) * frame["std_error"]
    frame = frame.assign(lower=frame["mean"] - half, upper=frame["mean"] + half)
    none, one = frame["n"].eq(0), frame["n"].eq(1)
    words = ["no value", "one patient: no interval", "all values are equal: no interval"]
    frame["status"] = np.select([none, one, equal], words, default="ok")
    return Estimates(
        frame=frame,
        title="Mean per period, in the endpoint's unit",
        method="mean of the patients with a value, with a t interval",
        level=level,
        notes=("n of N patients with the period have a value.",),
        meta={"endpoint": str(periods["endpoint"].iloc[0]) if "endpoint" in periods and len(periods) else ""},
    )
