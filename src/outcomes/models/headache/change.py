"""Mean change from baseline in each period, with a t interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from outcomes.models.headache.period_rows import follow_up_rows, group_columns
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.results import Estimates

__all__ = ["change"]

NUMBERS = ["baseline", "value", "lower_bound", "upper_bound", "change"]


def change(periods: pd.DataFrame, *, by: str | Sequence[str] | None = None, level: float = 0.95) -> Estimates:
    """Estimate the mean change from baseline in each period.

    Parameters
    ----------
    periods : DataFrame
        From `outcomes.periods`: one row a patient and period.
    by : str or list of str, optional
        Columns to estimate apart, such as ``arm`` or ``course``. Endpoints are always apart.
    level : float
        Confidence level.

    Returns
    -------
    Estimates
        One row a group and period: N (patients with the period), n (with a change), baseline_mean,
        value_mean, lower_bound and upper_bound (mean of the period's bounds), estimate (mean change, in
        the endpoint's unit), sd, std_error, df, statistic, p_value, lower, upper, median, status.
        All of them are of the same n patients.

    Raises
    ------
    ArgumentError
        For a missing column or a level outside 0 to 1.
    DataError
        When a patient has more than one row in a group and period.

    Notes
    -----
    With changes d_1 .. d_n: estimate = mean(d), std_error = sd / sqrt(n), df = n - 1,
    lower, upper = estimate -+ t(1 - (1 - level)/2, df) * std_error, statistic = estimate / std_error.
    One patient, or changes that are all alike, have an estimate and no interval. The patients of different
    periods differ where values are missing; a mixed model uses them together.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({
    ...     "patient_id": ["a", "b", "c"], "period": "days 1-28", "period_number": 1,
    ...     "baseline": [20.0, 22.0, 24.0], "value": [16.0, 20.0, 18.0], "lower_bound": [16.0, 19.0, 18.0],
    ...     "upper_bound": [16.0, 21.0, 18.0], "change": [-4.0, -2.0, -6.0]})
    >>> change(rows).to_frame()[["n", "N", "estimate", "lower", "upper"]].round(3).values.tolist()
    [[3.0, 3.0, -4.0, -8.968, 0.968]]
    """
    check_level(level)
    groups = group_columns(periods, by, NUMBERS)
    rows = follow_up_rows(periods, groups)
    rows = rows.assign(used=rows["change"].notna())
    frame = _estimates(rows, groups, level)
    members = rows[[name for name in ("row", "patient_id", "course", "used", "reason") if name in rows]]
    return Estimates(
        frame=frame,
        title="Mean change from baseline, in the endpoint's unit per period",
        method="mean of the patients' changes with a t interval",
        level=level,
        notes=_notes(frame),
        status="ok" if (frame["status"] == "ok").any() else "no estimate with an interval",
        meta={
            "patients": rows["patient_id"].nunique(),
            "patients_used": rows.loc[rows["used"], "patient_id"].nunique(),
        },
        members=members.reset_index(drop=True),
    )


def _estimates(rows: pd.DataFrame, groups: list[str], level: float) -> pd.DataFrame:
    """Return one row a group: counts, means and the t interval of the mean change."""
    frame = rows.groupby("row").first()[groups]
    frame["n"] = rows.groupby("row")["used"].sum().astype(np.int64)
    frame["N"] = rows.groupby("row").size().astype(np.int64)
    used = rows[NUMBERS].astype(float).where(rows["used"]).groupby(rows["row"])
    means = used.mean()
    for name, column in (
        ("baseline_mean", "baseline"),
        ("value_mean", "value"),
        ("lower_bound",) * 2,
        ("upper_bound",) * 2,
    ):
        frame[name] = means[column]
    frame["estimate"], frame["sd"] = means["change"], used["change"].std()
    # Equal changes may leave a spread of rounding errors; it is no spread.
    span = used["change"].max() - used["change"].min()
    frame.loc[span <= 1e-9 * np.maximum(1, means["change"].abs()), "sd"] = 0.0
    frame.loc[frame["n"] < 2, "sd"] = np.nan
    frame = _with_interval(frame, level)
    frame["median"] = used["change"].median()
    problem = [frame["n"] == 0, frame["n"] == 1, frame["sd"] == 0]
    words = ["no patient with a change", "one patient: no interval", "all changes are equal: no interval"]
    return frame.assign(status=np.select(problem, words, default="ok")).reset_index(drop=True)


def _with_interval(frame: pd.DataFrame, level: float) -> pd.DataFrame:
    """Add the t interval and test; missing without spread."""
    from scipy import stats

    spread = frame["sd"].where(frame["sd"] > 0)
    df = (frame["n"] - 1.0).where(frame["n"] > 1)
    error = spread / np.sqrt(frame["n"])
    half = pd.Series(stats.t.ppf(0.5 + level / 2, df), index=frame.index) * error
    statistic = frame["estimate"] / error
    p_value = 2 * stats.t.sf(statistic.abs(), df)
    tested = frame.assign(std_error=error, df=df, statistic=statistic, p_value=p_value)
    return tested.assign(lower=frame["estimate"] - half, upper=frame["estimate"] + half)


def _notes(frame: pd.DataFrame) -> tuple[str, ...]:
    """Say who is not in the means."""
    notes = ["n of N patients with the period have a change; the others have a missing baseline or value."]
    if (frame["status"] != "ok").any():
        notes.append("Rows without an interval say why in status.")
    return (
        *notes,
        "A change in one group of patients is not an effect of the treatment: there is no comparison.",
    )
