"""When each patient's rolling value is back near the baseline, and what ended the follow-up."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.models.headache.lasting.baselines import baseline_rows, days_after
from outcomes.models.headache.lasting.followed import next_course
from outcomes.models.headache.period_rows import month_days
from outcomes.models.stats.kernels.rolling import first_return

__all__ = ["CENSORED", "NEXT_COURSE", "RELAPSE", "patients_of", "with_outcome", "with_returns"]

RELAPSE, NEXT_COURSE, CENSORED = "relapse", "next_course", "censored"


def patients_of(periods: pd.DataFrame, by: str | None, share: float) -> pd.DataFrame:
    """Return patients and courses with the share of days that is a relapse, and why one is not followed."""
    one = baseline_rows(periods, by, doing="return to").drop(
        columns="baseline_days_recorded", errors="ignore"
    )
    labels = periods["period"].unique() if "period" in periods.columns else ()
    limit = share * one["baseline"].to_numpy(dtype=float) / month_days(labels)
    return one.assign(limit=limit)


def with_returns(
    patients: pd.DataFrame, days: pd.DataFrame, event: str, window: int, min_days: int
) -> pd.DataFrame:
    """Return the patients with the day on which a window is back, and the first and last days judged."""
    known, at = days_after(patients, days, event)
    used = at >= 0
    back, first, last = first_return(
        at[used].astype(np.intp),
        known["day_after"].to_numpy(dtype=np.intp)[used],
        known[event].to_numpy(dtype=bool)[used],
        np.nan_to_num(patients["limit"].to_numpy(), nan=np.inf),
        window=window,
        min_days=min_days,
    )
    return patients.assign(back=back, first=first, last=last)


def with_outcome(
    patients: pd.DataFrame, courses: pd.DataFrame | None, window: int, responders_only: bool
) -> pd.DataFrame:
    """Return the patients with the day and kind of what ended their follow-up."""
    again = pd.Series(next_course(patients, courses), index=patients.index)
    back = patients["back"].where(patients["back"] > 0, np.inf)
    relapse = np.isfinite(back) & (back <= again)
    retreated = ~relapse & (again <= patients["last"] + window)
    day = np.where(relapse, back, np.where(retreated, again, patients["last"]))
    outcome = np.where(relapse & np.isfinite(back), RELAPSE, np.where(retreated, NEXT_COURSE, CENSORED))
    # Treated again before the first look is an outcome too; without a window and a next course there is none.
    seen = (patients["reason"] != "") | (patients["first"] > 0) | retreated
    reason = patients["reason"].where(seen, "no window of enough days after the course")
    if responders_only:
        never = (reason == "") & (patients["first"] > 0) & (patients["back"] == patients["first"])
        reason = reason.where(~never, "not below the share at the first look")
    followed = reason == ""
    return patients.assign(
        day=pd.Series(day, index=patients.index).where(followed & np.isfinite(day)).astype("Int64"),
        outcome=pd.Series(outcome, index=patients.index, dtype=object).where(followed, ""),
        reason=reason,
    )
