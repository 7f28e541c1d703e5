"""Sessions in order: their local dates, and the course that each belongs to."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.derive.clock import FAR, day_numbers, last_day
from outcomes.schema.local_time import local_dates

__all__ = ["number_sessions"]


def number_sessions(
    sessions: pd.DataFrame, *, gap_days: int, timezone: str, cutoff: pd.Timestamp | None = None
) -> pd.DataFrame:
    """Sort the sessions and number patients' sessions and courses.

    A session joins the course before it when its local start date is at most `gap_days` calendar days
    after the latest local end date so far; so a session that a transfer split over two rows is one course.

    Parameters
    ----------
    sessions : DataFrame
        Checked sessions.
    gap_days : int, days
        Longest gap inside a course (rule ``course_gap_days``).
    timezone : str
        IANA zone in which a session's dates are read.
    cutoff : Timestamp, optional
        Sessions that start after this local date are left out.

    Returns
    -------
    DataFrame
        The sessions by patient and start, with start_date, end_date, course, session_number and
        session_in_course.
    """
    ordered = sessions.sort_values(["patient_id", "start", "session_id"], kind="stable")
    ordered["start_date"] = local_dates(ordered["start"], timezone)
    # A session without an end still began: its start date stands in, its hours stay missing.
    ordered["end_date"] = local_dates(ordered["end"], timezone).fillna(ordered["start_date"])
    keep = day_numbers(ordered["start_date"], missing=FAR + 1) <= last_day(cutoff, timezone)
    ordered = ordered[keep].reset_index(drop=True)
    patient = ordered["patient_id"]
    latest_end = ordered.groupby("patient_id", sort=False)["end_date"].cummax()
    before = latest_end.groupby(patient, sort=False).shift()
    gap = day_numbers(ordered["start_date"]) - day_numbers(before, missing=-FAR)
    ordered["course"] = pd.Series(gap > gap_days, dtype="int64").groupby(patient, sort=False).cumsum()
    ordered["session_number"] = ordered.groupby("patient_id", sort=False).cumcount() + 1
    ordered["session_in_course"] = ordered.groupby(["patient_id", "course"], sort=False).cumcount() + 1
    return ordered.astype({"course": np.int64, "session_number": np.int64, "session_in_course": np.int64})
