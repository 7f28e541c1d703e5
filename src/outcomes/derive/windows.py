"""Windows: the baseline and the follow-up periods of each course, as calendar days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.derive.clock import FAR, day_numbers
from outcomes.errors import ArgumentError, one_of

if TYPE_CHECKING:
    from outcomes.schema.rules import Rules

__all__ = ["Windows", "cell_of_days", "choose_courses", "windows"]

CourseChoice = Literal["first", "last", "all"] | int


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Baseline (column 0) and follow-up periods (columns 1..k) of courses.

    Parameters
    ----------
    start, end : ndarray of int64, shape (courses, k + 1)
        First and last day, as day numbers; cut at the next course and at the last day of data.
    possible : ndarray of int64, shape (courses, k + 1)
        Days from start to end, 0 when nothing is left.
    listed : ndarray of bool, shape (courses, k + 1)
        The window began by the last day of data.
    retreated : ndarray of bool, shape (courses, k + 1)
        The next course cut the window.
    short : ndarray of bool, shape (courses, k + 1)
        The next course or the last day of data cut the window.
    due : ndarray of bool, shape (courses, k + 1)
        The data reach the window's last day, were it not cut.
    clean : ndarray of bool, shape (courses,)
        No day of the baseline window lies in the previous course.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    possible: NDArray[np.int64]
    listed: NDArray[np.bool_]
    retreated: NDArray[np.bool_]
    short: NDArray[np.bool_]
    due: NDArray[np.bool_]
    clean: NDArray[np.bool_]


def choose_courses(courses: pd.DataFrame, course: CourseChoice) -> pd.DataFrame:
    """Return the first, the last, all or the n-th course of each patient, with the end of the one before."""
    previous = courses.groupby("patient_id", sort=False)["course_end"].shift()
    frame = courses.assign(previous_end=previous)
    if isinstance(course, str):
        one_of("course", course, ("first", "last", "all"))
        if course == "first":
            frame = frame[frame["course"].eq(1)]
        elif course == "last":
            frame = frame[~frame["patient_id"].duplicated(keep="last")]
    elif isinstance(course, bool) or not isinstance(course, (int, np.integer)) or course < 1:
        raise ArgumentError(
            "course is not one of its options",
            got=repr(course),
            allowed="first, last, all or a number from 1",
        )
    else:
        frame = frame[frame["course"].eq(course)]
    return frame.reset_index(drop=True)


def windows(courses: pd.DataFrame, *, rules: Rules, until: int | pd.Series) -> Windows:
    """Lay out the windows of each course in `courses` (from `choose_courses`) up to day `until`.

    `until` is one day number, or one a patient by patient_id.
    """
    last = _of_each(courses, until) if isinstance(until, pd.Series) else np.full(len(courses), until)
    begin = day_numbers(courses["course_start"])
    anchor = day_numbers(courses["course_end"]) if rules.anchor == "course_end" else begin
    shift = np.arange(rules.max_periods, dtype=np.int64) * rules.month_days
    start = np.column_stack([begin - rules.baseline_days, anchor[:, None] + 1 + shift])
    full_end = np.column_stack([begin - 1, anchor[:, None] + rules.month_days + shift])
    upcoming = day_numbers(courses["next_course_start"])
    before_next = np.full(len(courses), FAR) if rules.retreatment == "treatment_policy" else upcoming - 1
    limit = np.minimum(before_next, last)[:, None]
    end = np.minimum(full_end, limit)
    return Windows(
        start=start,
        end=end,
        possible=np.maximum(end - start + 1, 0),
        listed=start <= last[:, None],
        short=end < full_end,
        due=full_end <= last[:, None],
        retreated=np.minimum(full_end, last[:, None]) > before_next[:, None],
        clean=begin - rules.baseline_days > day_numbers(courses["previous_end"], missing=-FAR),
    )


def _of_each(courses: pd.DataFrame, until: pd.Series) -> NDArray[np.int64]:
    return np.asarray(courses["patient_id"].map(until), dtype=np.int64)


def cell_of_days(
    row: NDArray[np.int64], day: NDArray[np.int64], layout: Windows, month_days: int
) -> NDArray[np.int64]:
    """Return the flat position in `layout` of each day, -1 outside every window.

    Parameters
    ----------
    row : ndarray of int64, shape (days,)
        Row of `layout` for the day's patient, -1 for none.
    day : ndarray of int64, shape (days,)
        Day numbers.
    """
    size = layout.start.shape[1]
    if not len(layout.start):
        return np.full(len(day), -1, dtype=np.int64)
    period = np.floor_divide(day - layout.start[row, 1], month_days) + 1
    period = np.where(day <= layout.start[row, 1] - 1, 0, period)
    period = np.minimum(period, size)
    flat = row * size + np.minimum(period, size - 1)
    inside = (row >= 0) & (period < size)
    inside &= (day >= layout.start.ravel()[flat]) & (day <= layout.end.ravel()[flat])
    return np.asarray(np.where(inside, flat, -1), dtype=np.int64)
