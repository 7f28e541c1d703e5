"""Burden: chronic headache and overuse of acute drugs, per baseline and period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from outcomes.derive.clock import as_dates
from outcomes.derive.courses import courses as derive_courses
from outcomes.derive.days import days as derive_days
from outcomes.derive.periods import ends_of_data, period_names
from outcomes.derive.prorating import window_values
from outcomes.derive.reasons import value_reasons
from outcomes.derive.tally import cells, tally
from outcomes.derive.windows import CourseChoice, choose_courses, windows

if TYPE_CHECKING:
    from outcomes.schema.rules import Rules
    from outcomes.schema.study_data import StudyData

__all__ = ["burden", "burden_of"]

#: Column of the result -> endpoint, or yes/no column of the days frame, that is counted.
COUNTED = {
    "headache_days": "headache_days",
    "migraine_days": "migraine_days",
    "acute_medication_days": "acute_medication_days",
    "triptan_like_days": "overuse_triptan_like",
    "simple_analgesic_days": "overuse_simple",
    "either_class_days": "either_class",
}


def burden(study: StudyData, *, course: CourseChoice = "first") -> pd.DataFrame:
    """Return whether headache was chronic and acute drugs were overused, per baseline and period.

    Parameters
    ----------
    study : Study
        A checked study.
    course : {"first", "last", "all"} or int
        Which courses of a patient.

    Returns
    -------
    DataFrame
        patient_id, course, period, period_number (0 = baseline), start_date, days per month by kind
        (headache_days, migraine_days, acute_medication_days, triptan_like_days: triptan, ergot,
        opioid or combination; simple_analgesic_days: simple analgesic or NSAID; either_class_days),
        chronic, overuse; missing where they cannot be determined.

    Notes
    -----
    chronic: headache days >= ``chronic_headache_days`` and migraine days >= ``chronic_migraine_days``.
    overuse: triptan_like_days >= ``overuse_triptan_like``, or simple_analgesic_days >= ``overuse_simple``,
    or both kinds taken and either_class_days >= ``overuse_triptan_like``.
    These are days of one month; the diagnoses of ICHD-3 (1.3 and 8.2) need more than three months.
    """
    courses = derive_courses(study)
    return burden_of(
        derive_days(study),
        courses,
        rules=study.rules,
        until=ends_of_data(study),
        course=course,
    )


def burden_of(
    days: pd.DataFrame,
    courses: pd.DataFrame,
    *,
    rules: Rules,
    until: int | pd.Series,
    course: CourseChoice = "first",
) -> pd.DataFrame:
    """Return `burden` from days and courses, up to the day number `until`."""
    days = days.assign(either_class=days["overuse_triptan_like"] | days["overuse_simple"])
    chosen = choose_courses(courses, course)
    layout = windows(chosen, rules=rules, until=until)
    places = cells(days, chosen, layout, rules.month_days)
    row, number = np.nonzero(layout.listed)
    frame = chosen[["patient_id", "course"]].take(row).reset_index(drop=True)
    frame["period"] = period_names(number, rules.month_days)
    frame["period_number"] = number.astype(np.int64)
    frame["start_date"] = as_dates(layout.start[row, number])
    for name, counted in COUNTED.items():
        counts = tally(days, counted, places, layout.start.shape)
        known = value_reasons(counts, layout, rules, counted) == ""
        frame[name] = np.where(known, window_values(counts, layout, rules, counted), np.nan)[row, number]
    return frame.assign(chronic=_chronic(frame, rules), overuse=_overuse(frame, rules))


def _from(frame: pd.DataFrame, column: str, limit: float) -> pd.Series:
    """Say whether a value reaches a limit; missing where the value is."""
    return frame[column].ge(limit - 1e-9).astype("boolean").mask(frame[column].isna())


def _chronic(frame: pd.DataFrame, rules: Rules) -> pd.Series:
    headache = _from(frame, "headache_days", rules.chronic_headache_days)
    return headache & _from(frame, "migraine_days", rules.chronic_migraine_days)


def _overuse(frame: pd.DataFrame, rules: Rules) -> pd.Series:
    mixed = frame["triptan_like_days"].gt(0) & frame["simple_analgesic_days"].gt(0)
    strong = _from(frame, "triptan_like_days", rules.overuse_triptan_like)
    simple = _from(frame, "simple_analgesic_days", rules.overuse_simple)
    return strong | simple | (mixed & _from(frame, "either_class_days", rules.overuse_triptan_like))
