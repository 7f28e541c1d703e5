"""Mean value of each period, baseline included, with an interval that fits the number of patients."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from outcomes.models.headache.period_rows import MAKE, NUMBERS, month_days, one_endpoint, refuse_repeated
from outcomes.models.stats.input_frames import check_columns, names
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.mean_interval import METHOD, ROUNDING, highest, with_interval
from outcomes.models.stats.reserved import check_reserved
from outcomes.results import Estimates

__all__ = ["means"]

NEEDED = ("patient_id", "period", "value")
#: Columns that the result has besides its groups.
OWN = ("n", "N", "mean", "sd", "std_error", "lower", "upper", "interval", "status")


def means(periods: pd.DataFrame, *, by: str | Sequence[str] | None = None, level: float = 0.95) -> Estimates:
    """Estimate the mean value of each period from all patients who have one.

    Parameters
    ----------
    periods : DataFrame
        From `outcomes.periods` of one endpoint, with ``baseline_as_row=True`` to include the baseline.
    by : str or list of str, optional
        Columns to estimate separately by, such as ``arm`` or ``cohort``; patients without a level are a
        group.
    level : float
        Confidence level.

    Returns
    -------
    Estimates
        One row per group and period: the columns of `by`, period, N (patients with the period), n (with a
        value), mean, sd, std_error, lower, upper, interval (``t`` or ``bounded mean``), status.

    Raises
    ------
    ArgumentError
        For a missing column or more than one endpoint.
    DataError
        When a patient has more than one row in a period, as with several courses.

    Notes
    -----
    From 100 patients on mean -+ t(1 - (1 - level) / 2, n - 1) * sd / sqrt(n); below, and where those limits
    leave the possible range, Gaffke's interval of a bounded mean (`outcomes.intervals.bounded_mean`); under 5
    patients no interval. The patients of different periods differ where
    values are missing: for a change use `outcomes.change`, which takes each patient's own.

    Examples
    --------
    >>> rows = pd.DataFrame({"patient_id": list("abc"), "period": "days 1-28", "value": [10.0, 14.0, None]})
    >>> means(rows).to_frame()[["n", "N", "mean"]].to_numpy().tolist()
    [[2.0, 3.0, 12.0]]
    """
    check_level(level)
    above = [name for name in dict.fromkeys(names(by)) if name != "period"]
    check_reserved(dict.fromkeys(above), own=OWN)
    check_columns("periods", periods, [*NEEDED, *above], numbers=NUMBERS, hint=MAKE)
    one_endpoint(periods)
    groups = [*above, "period"]
    refuse_repeated(periods, groups)
    periods = periods.reset_index(drop=True)
    order = periods.groupby(groups, observed=True, sort=True, dropna=False).ngroup()
    parts = periods.groupby(order)
    frame = periods.loc[~order.duplicated(), groups].set_axis(order.drop_duplicates()).sort_index()
    frame["N"], frame["n"], frame["estimate"] = parts.size(), parts["value"].count(), parts["value"].mean()
    known = periods["value"].notna()
    value = periods.loc[known, "value"].astype(float)
    frame = with_interval(
        frame, value, order[known], _span(frame, value, order[known], periods), level=level, what="values"
    ).rename(columns={"estimate": "mean"})
    shown = [*groups, "N", "n", "mean", "sd", "std_error", "lower", "upper", "interval", "status"]
    frame = frame[shown].reset_index(drop=True)
    return Estimates(
        frame=frame,
        title="Mean per period, in the endpoint's unit",
        method=f"mean of the patients with a value; {METHOD}",
        level=level,
        notes=("n of N patients with the period have a value.",),
        meta={"endpoint": str(periods["endpoint"].iloc[0]) if "endpoint" in periods and len(periods) else ""},
    )


def _span(frame: pd.DataFrame, value: pd.Series, row: pd.Series, periods: pd.DataFrame) -> pd.DataFrame:
    """Return what a value can be: 0 to the days or hours of the month, or 10; missing when one is beyond."""
    month = month_days(periods["period"].unique())
    endpoint = periods["endpoint"].iloc[:1] if "endpoint" in periods else None
    top = highest(endpoint, month, periods.index[:1]).iloc[0] if len(periods) else float(month)
    span = pd.DataFrame({"low": 0.0, "high": top, "least": 0.0, "most": top}, index=frame.index)
    by = value.groupby(row)
    known = (by.min() >= 0) & (by.max() <= top * (1 + ROUNDING))
    return span.where(known.reindex(frame.index, fill_value=False))
