"""Who fell, and the days after the course of those who did."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, DataError
from outcomes.models.headache.lasting.baselines import baseline_rows, days_after
from outcomes.models.headache.period_rows import month_days
from outcomes.models.stats.input_frames import check_columns
from outcomes.models.stats.kernels.level_return import Diaries

__all__ = ["FIRST_DAYS", "Followed", "followed", "next_course"]

Array = NDArray[np.float64]

#: Days after the course that say who fell.
FIRST_DAYS = 28
#: Longest follow-up, days after the course: what comes later is not looked at.
LONGEST = 728


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """The patients with a reason for each who is not followed, and the diaries of those who are.

    Parameters
    ----------
    patients : DataFrame
        One row per patient and course: baseline (share of days), last (last recorded day after the course),
        again (day of the next course, infinite without one), reason ("" for those who are followed).
    rows : ndarray of int
        Positions in `patients` of those who are followed.
    diaries : Diaries
        Their days, one row each; days after a next course are not in it.
    """

    patients: pd.DataFrame
    rows: NDArray[np.intp]
    diaries: Diaries


def followed(
    days: pd.DataFrame,
    periods: pd.DataFrame,
    courses: pd.DataFrame | None,
    by: str | None,
    event: str,
    fell: float,
    min_days: int,
) -> Followed:
    """Return who fell by at least the share `fell` in days 1-28 after the course, with their days."""
    patients = _with_baseline(periods, by)
    patients = patients.assign(again=next_course(patients, courses))
    grid = _grid(patients, days, event)
    seen = np.cumsum(grid[1][:, :FIRST_DAYS], axis=1)[:, -1]
    events = grid[0][:, :FIRST_DAYS].sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        fall = 1 - events / seen / patients["share"].to_numpy()
    last = np.where(grid[1].any(axis=1), grid[1].shape[1] - grid[1][:, ::-1].argmax(axis=1), 0)
    reason = np.select(
        [
            patients["reason"] != "",
            patients["again"] <= FIRST_DAYS,
            seen < min_days,
            ~(fall >= fell - 1e-9),
            last <= FIRST_DAYS,
        ],
        [
            patients["reason"],
            f"treated again by day {FIRST_DAYS}",
            f"fewer than {min_days} days recorded in days 1-{FIRST_DAYS}",
            f"days did not fall by {fell:.0%}",
            f"no day recorded after day {FIRST_DAYS}",
        ],
        default="",
    )
    patients = patients.assign(last=last, reason=reason.astype(object))
    rows = np.flatnonzero(reason == "")
    base = patients["recorded"].to_numpy(dtype=float)
    whole = Diaries(grid[0], grid[1], patients["share"].to_numpy() * base, base)
    return Followed(patients, rows, whole.only(rows))


def _with_baseline(periods: pd.DataFrame, by: str | None) -> pd.DataFrame:
    one = baseline_rows(periods, by, doing="fall from")
    if one.duplicated("patient_id").any():
        raise DataError(
            "a patient has more than one course", hint="choose one: periods(study), the first course"
        )
    # Samples of patients are drawn by their position: the order of the rows must not decide whom.
    one = one.iloc[np.argsort(pd.factorize(one["patient_id"], sort=True)[0], kind="stable")]
    one = one.reset_index(drop=True)
    month = month_days(periods["period"].unique() if "period" in periods.columns else ())
    known = "baseline_days_recorded" in one
    recorded = one["baseline_days_recorded"].astype("float64") if known else float(month)
    return one.assign(share=one["baseline"].astype("float64") / month, recorded=recorded)


def next_course(patients: pd.DataFrame, courses: pd.DataFrame | None) -> Array:
    """Return the day after the course's end on which the next one began; infinite without one."""
    if courses is None:
        return np.full(len(patients), np.inf)
    needed = ["patient_id", "course", "course_end", "next_course_start"]
    check_columns("courses", courses, needed, hint="make the frame with oc.courses(study)")
    if courses.duplicated(["patient_id", "course"]).any():
        raise DataError("courses has a course twice", hint="keep one row for each patient and course")
    gap = (_dates(courses, "next_course_start") - _dates(courses, "course_end")).dt.days
    indexed = gap.set_axis(pd.MultiIndex.from_frame(courses[["patient_id", "course"]]))
    key = pd.MultiIndex.from_frame(patients[["patient_id", "course"]])
    return np.asarray(np.nan_to_num(indexed.reindex(key).to_numpy(dtype=float), nan=np.inf))


def _dates(courses: pd.DataFrame, column: str) -> pd.Series:
    dates = courses[column]
    if dates.isna().all():
        return pd.Series(pd.NaT, index=dates.index, dtype="datetime64[us]")
    if not pd.api.types.is_datetime64_any_dtype(dates):
        raise ArgumentError(
            f"column {column!r} of courses does not hold dates",
            got=str(dates.dtype),
            hint="convert it with pandas.to_datetime first",
        )
    return dates


def _grid(
    patients: pd.DataFrame, days: pd.DataFrame, event: str
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return days with the event and recorded days, (patients, days after the course)."""
    known, at = days_after(patients, days, event)
    day = known["day_after"].to_numpy(dtype=np.intp)
    used = (at >= 0) & (day >= 1) & (day <= LONGEST) & (day < patients["again"].to_numpy()[at])
    length = max(int(day[used].max(initial=0)), FIRST_DAYS)
    seen = np.zeros((len(patients), length), dtype=bool)
    hit = np.zeros_like(seen)
    seen[at[used], day[used] - 1] = True
    hit[at[used], day[used] - 1] = known[event].to_numpy(dtype=bool)[used]
    return hit, seen
