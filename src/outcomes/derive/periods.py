"""Periods: 28-day values with what was recorded, the bounds, and the change from baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.derive.changes import with_change
from outcomes.derive.clock import FAR, as_dates, day_numbers, last_day
from outcomes.derive.courses import courses as derive_courses
from outcomes.derive.days import days as derive_days
from outcomes.derive.prorating import window_bounds, window_values
from outcomes.derive.reasons import value_reasons
from outcomes.derive.remember import from_parts, once
from outcomes.derive.sets import period_sets
from outcomes.derive.tally import DAY_ENDPOINTS, ENDPOINTS, Tally, cells, tally
from outcomes.derive.windows import CourseChoice, Windows, choose_courses, windows
from outcomes.errors import instance_of, one_of
from outcomes.schema.study_data import check_study

if TYPE_CHECKING:
    from outcomes.schema.rules import Rules
    from outcomes.schema.study_data import StudyData

__all__ = [
    "end_of_data",
    "ends_of_data",
    "period_names",
    "periods",
    "periods_of",
    "periods_under",
    "with_every_name",
    "without_baseline",
]

#: Columns that stand at the end.
LAST = ("set", "due")
KEYS = ("patient_id", "arm", "cohort", "site")


def periods(
    study: StudyData,
    *,
    endpoint: str | None = None,
    baseline_as_row: bool = False,
    course: CourseChoice = "first",
) -> pd.DataFrame:
    """Return one row per patient, course and period: the value, what it rests on, and its change.

    Parameters
    ----------
    study : Study
        A checked study.
    endpoint : str, optional
        headache_days, moderate_severe_days, migraine_days, acute_medication_days (days per month),
        headache_hours (h per month), mean_pain (0-10, mean over headache days), or ``all`` for one
        block of rows per endpoint. By default rule ``endpoint``.
    baseline_as_row : bool
        Also give the baseline as period ``baseline``, number 0: the response of a constrained
        longitudinal analysis is then `value`.
    course : {"first", "last", "all"} or int
        Which courses of a patient.

    Returns
    -------
    DataFrame
        patient_id, arm, cohort, site, course, period (ordered), period_number, endpoint, start_date,
        end_date, days_possible, cut_by (``next_course``, ``end_of_data`` or ``""``), days_recorded,
        days_unclear, days_with_event, value, lower_bound, upper_bound, baseline,
        baseline_days_recorded, baseline_eligible, change, percent_change, responder_30, responder_50,
        responder_75, responder_100, goal, reason, set (``with_value``, ``too_few_days``,
        ``treated_again`` before it, ``not_due``, ``no_baseline``), due (the data reach its last day).

    Notes
    -----
    A row stands for every period that began by the cut-off (by the last diary date of the study
    without one), up to ``max_periods``; a period without enough days is a row with a
    missing value and a reason, never a zero::

        value = days_with_event / days_recorded * month_days         (rule value = "prorated")
        change = value - baseline       percent_change = 100 * change / baseline
        responder_50 = percent_change <= -50                         (missing for a baseline of 0)

    At risk in a period are those with a value and those with too few days; with those who were treated again
    before it and those whose period is not yet due they are the patients with an eligible baseline. A period
    that has not begun has no row: it is not yet due.

    Bounds are of days: headache_hours and mean_pain have none. mean_pain is not prorated.
    Without a cut-off a subset of patients may end earlier than the whole study: set one to compare.
    """
    check_study(study)
    return periods_under(
        study, study.rules, endpoint=endpoint, baseline_as_row=baseline_as_row, course=course
    )


def periods_under(
    study: StudyData,
    rules: Rules,
    *,
    endpoint: str | None = None,
    baseline_as_row: bool = False,
    course: CourseChoice = "first",
) -> pd.DataFrame:
    """Return `periods` under rules that may differ from the study's own."""
    instance_of("baseline_as_row", baseline_as_row, bool, hint="True adds a row for the baseline")
    changed = {name: value for name, value in rules if value != getattr(study.rules, name)}
    options: dict[str, Any] = {"endpoint": endpoint, "baseline_as_row": baseline_as_row, "course": course}
    made = from_parts(study, "periods", **options, rules=tuple(sorted(changed.items())))
    if made is not None:
        return made

    def make() -> pd.DataFrame:
        if not baseline_as_row:
            rows = periods_under(study, rules, endpoint=endpoint, baseline_as_row=True, course=course)
            return without_baseline(rows)
        days, courses, until = derive_days(study), derive_courses(study), ends_of_data(study)
        return periods_of(days, courses, study.patients, rules=rules, until=until, **options)

    return once(study, f"periods {options} {changed}", make)


def end_of_data(study: StudyData) -> int:
    """Return the day number of the cut-off, or of the last diary date of the study without one."""
    until = last_day(study.cutoff, study.timezone)
    if until == FAR:  # a part of a study knows how far the whole goes
        until = last_day(getattr(study, "data_until", None), study.timezone)
    if until < FAR:
        return until
    return int(day_numbers(study.diary["date"], missing=-FAR).max(initial=-FAR))


def ends_of_data(study: StudyData) -> int | pd.Series:
    """Return `end_of_data`, or where patients have days of their own (data_until) one a patient."""
    until, patients = end_of_data(study), study.patients
    if "data_until" not in patients or not patients["data_until"].notna().any():
        return until
    known = patients.dropna(subset=["patient_id"]).drop_duplicates("patient_id").set_index("patient_id")
    everybody = pd.concat([known.index.to_series(), study.diary["patient_id"], study.sessions["patient_id"]])
    own = pd.Series(day_numbers(known["data_until"], missing=until), index=known.index)
    return own.reindex(everybody.dropna().unique()).fillna(until).astype("int64")


def period_names(number: NDArray[np.int64], month_days: int) -> pd.Series:
    """Return period numbers as an ordered category: ``baseline``, ``days 1-28``, ..., only those in use."""
    first_days = 1 + month_days * np.arange(int(number.max(initial=0)))
    names = ["baseline", *(f"days {first}-{first + month_days - 1}" for first in first_days)]
    return pd.Series(pd.Categorical.from_codes(number, names, ordered=True)).cat.remove_unused_categories()


def without_baseline(rows: pd.DataFrame) -> pd.DataFrame:
    """Return periods without the rows of the baseline, and their names without its name."""
    rows = rows[rows["period_number"] > 0].reset_index(drop=True)
    return rows.assign(period=rows["period"].cat.remove_unused_categories())


def with_every_name(rows: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return periods with all categories that there can be: those of parts of a study are then the same."""
    every = period_names(np.arange(rules.max_periods + 1), rules.month_days).cat.categories
    return rows.assign(period=rows["period"].cat.set_categories(every, ordered=True))


def periods_of(
    days: pd.DataFrame,
    courses: pd.DataFrame,
    patients: pd.DataFrame,
    *,
    rules: Rules,
    until: int | pd.Series,
    endpoint: str | None = None,
    baseline_as_row: bool = False,
    course: CourseChoice = "first",
) -> pd.DataFrame:
    """Return `periods` from days, courses and patients, up to day `until` (for all, or per patient)."""
    instance_of("baseline_as_row", baseline_as_row, bool, hint="True adds a row for the baseline")
    names = _endpoints(rules.endpoint if endpoint is None else endpoint)
    chosen = choose_courses(courses, course)
    layout = windows(chosen, rules=rules, until=until)
    places = cells(days, chosen, layout, rules.month_days)
    listed = layout.listed.copy()
    listed[:, 0] &= baseline_as_row
    row, number = np.nonzero(listed)
    head = _heading(chosen, patients, layout, row, number, rules)
    blocks = []
    for name in names:
        counts = tally(days, name, places, layout.start.shape)
        blocks.append(_measures(counts, layout, rules, name, row, number))
    columns = {column: np.concatenate([block[column] for block in blocks]) for column in blocks[0]}
    frame = head.take(np.tile(np.arange(len(head)), len(names))).reset_index(drop=True)
    frame.insert(
        frame.columns.get_loc("start_date"), "endpoint", pd.array(np.repeat(names, len(head)), dtype="str")
    )
    frame = pd.concat([frame, pd.DataFrame(columns)], axis=1)
    frame = with_change(frame, goal_days=rules.goal_days, countable=tuple(DAY_ENDPOINTS))
    frame["set"] = frame["set"].astype("str")
    return frame[[*(name for name in frame.columns if name not in LAST), *LAST]]


def _endpoints(endpoint: str) -> tuple[str, ...]:
    """Return the endpoints that were asked for."""
    one_of("endpoint", endpoint, (*ENDPOINTS, "all"))
    return ENDPOINTS if endpoint == "all" else (endpoint,)


def _heading(
    courses: pd.DataFrame,
    patients: pd.DataFrame,
    layout: Windows,
    row: NDArray[np.int64],
    number: NDArray[np.int64],
    rules: Rules,
) -> pd.DataFrame:
    """Return who and when: patient, course, period and its dates."""
    who = patients.drop_duplicates("patient_id").set_index("patient_id")[["arm", "cohort", "site"]]
    frame = courses[["patient_id", "course"]].join(who, on="patient_id")[[*KEYS, "course"]]
    frame = frame.take(row).reset_index(drop=True)
    possible = layout.possible[row, number]
    return frame.assign(
        period=period_names(number, rules.month_days),
        period_number=number.astype(np.int64),
        start_date=as_dates(layout.start[row, number]),
        end_date=as_dates(layout.end[row, number], missing=possible == 0),
        days_possible=possible,
        cut_by=_cut_by(layout, row, number),
    )


def _cut_by(layout: Windows, row: NDArray[np.int64], number: NDArray[np.int64]) -> pd.Series:
    """Say what ended each window before its time."""
    retreated, short = layout.retreated[row, number], layout.short[row, number]
    return pd.Series(np.select([retreated, short], ["next_course", "end_of_data"], default=""), dtype="str")


def _measures(
    counts: Tally,
    layout: Windows,
    rules: Rules,
    endpoint: str,
    row: NDArray[np.int64],
    number: NDArray[np.int64],
) -> dict[str, NDArray[Any]]:
    """Return what each listed window holds, and why its value or its baseline's is missing."""
    why = value_reasons(counts, layout, rules, endpoint)
    value = np.where(why == "", window_values(counts, layout, rules, endpoint), np.nan)
    lower, upper = window_bounds(counts, layout, rules, endpoint)
    at = (row, number)
    return {
        "days_recorded": counts.recorded[at].astype(np.int64),
        "days_unclear": counts.unclear[at].astype(np.int64),
        "days_with_event": counts.events[at].astype(np.int64),
        "value": value[at],
        "lower_bound": lower[at],
        "upper_bound": upper[at],
        "baseline": value[row, 0],
        "baseline_days_recorded": counts.recorded[row, 0].astype(np.int64),
        "baseline_eligible": why[row, 0] == "",
        "set": period_sets(value[at], why[row, 0] == "", layout, at).to_numpy(),
        "due": layout.due[at],
        "value_reason": why[at],
        "baseline_reason": why[row, 0],
    }
