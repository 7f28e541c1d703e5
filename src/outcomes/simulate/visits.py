"""When infusions are given: styles of courses, their sessions, how long each runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.errors import ArgumentError
from outcomes.simulate.clock import as_utc, local_dates, weekday
from outcomes.simulate.parameters import Infusions, Parameters

__all__ = ["GAP_DAYS", "STYLES", "Sessions", "Visits", "draw_visits", "second_sessions", "visits_of"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Style of a course -> days of its sessions; the first is a Monday where there are several.
STYLES: dict[str, tuple[int, ...]] = {
    "inpatient": (0,),
    "outpatient": (0, 2, 4, 7, 9),
    "emergency": (0,),
    "repeated": (0, 2, 4),
}
SETTING = {
    "inpatient": "inpatient",
    "outpatient": "outpatient",
    "emergency": "emergency",
    "repeated": "outpatient",
}
FIVE_MINUTES = 5
SECOND_COURSE = (0.50, 0.67)  # [P] its start, as a share of the follow-up
GAP_DAYS = 15  # more than the rule course_gap_days, so that it is a course of its own


@dataclass(frozen=True, slots=True, eq=False)
class Visits:
    """Courses of n patients and their m sessions, sorted by patient and start.

    Parameters
    ----------
    style : ndarray of str, shape (n,)
        Key of `STYLES`.
    first_day : ndarray of datetime64[D], shape (n,)
        Day 0.
    course_days, second_start, second_days : ndarray, shape (n,)
        Days of the first course; first day and days of the second, NaN without one.
    patient, number, course : ndarray of int, shape (m,)
        Patient's position, number of the session within the patient, number of the course.
    start, end : ndarray of datetime64[us], shape (m,)
        Line in and line out, UTC.
    setting, stop_reason : ndarray of str, shape (m,)
        Codes of the codelists.
    """

    style: NDArray[np.str_]
    first_day: NDArray[np.datetime64]
    course_days: Ints
    second_start: Array
    second_days: Array
    patient: Ints
    number: Ints
    course: Ints
    start: NDArray[np.datetime64]
    end: NDArray[np.datetime64]
    setting: NDArray[np.str_]
    stop_reason: NDArray[np.str_]

    @property
    def hours(self) -> Array:
        """Length of each session in hours."""
        return np.asarray((self.end - self.start) / np.timedelta64(1, "h"), dtype=np.float64)


def draw_visits(parameters: Parameters, patients: int, months: int, rng: np.random.Generator) -> Visits:
    """Draw courses and sessions.

    Parameters
    ----------
    parameters : Parameters
        The law.
    patients : int
        Patients.
    months : int
        Periods of 28 days of follow-up.
    rng : numpy Generator
        Source of randomness.
    """
    infusions, zone = parameters.infusions, parameters.timezone
    style = _styles(infusions, patients, rng)
    first_day = _first_days(parameters, style, rng)
    planned = parameters.retreatment.rule == "planned"
    patient, offset, course = _plan(style, months, weekday(first_day), rng, second_planned=planned)
    setting = np.array(list(SETTING.values()))[_position(style)][patient]
    start = _starts(first_day[patient] + offset, setting, zone, rng)
    minutes, reason = _lengths(infusions, setting, patient, rng)
    end = start + minutes.astype("timedelta64[m]")
    sessions = Sessions(patient, course, start, end, setting, reason)
    return visits_of(style, first_day, sessions, zone)


@dataclass(frozen=True, slots=True, eq=False)
class Sessions:
    """Sessions as drawn, each of shape (m,); see `Visits`."""

    patient: Ints
    course: Ints
    start: NDArray[np.datetime64]
    end: NDArray[np.datetime64]
    setting: NDArray[np.str_]
    stop_reason: NDArray[np.str_]


def visits_of(
    style: NDArray[np.str_], first_day: NDArray[np.datetime64], sessions: Sessions, zone: str
) -> Visits:
    """Return the courses that sessions, sorted by patient and start, make."""
    patient, course, patients = sessions.patient, sessions.course, len(style)
    begin = (local_dates(sessions.start, zone) - first_day[patient]).astype(np.int64)
    day = (local_dates(sessions.end, zone) - first_day[patient]).astype(np.int64)
    second_start = _least(patient, np.where(course == 2, begin, np.inf), patients)
    second_end = _last(patient, np.where(course == 2, day, -1), patients) + 1
    has = np.isfinite(second_start)
    return Visits(
        style=style,
        first_day=first_day,
        course_days=_last(patient, np.where(course == 1, day, -1), patients) + 1,
        second_start=np.where(has, second_start, np.nan),
        second_days=np.where(has, second_end - second_start, np.nan),
        patient=patient,
        number=_running(patient),
        course=course,
        start=sessions.start,
        end=sessions.end,
        setting=sessions.setting,
        stop_reason=sessions.stop_reason,
    )


def second_sessions(
    parameters: Parameters, visits: Visits, begins: Array, rng: np.random.Generator
) -> Sessions:
    """Draw the sessions of second courses that begin on a day of each patient; NaN for none."""
    table = np.full((len(STYLES), max(map(len, STYLES.values()))), -1)
    for row, days in enumerate(STYLES.values()):
        table[row, : len(days)] = days
    offsets = np.where(np.isnan(begins)[:, None], -1, table[_position(visits.style)])
    patient, column = np.nonzero(offsets >= 0)
    day = visits.first_day[patient] + (begins[patient] + offsets[patient, column]).astype(np.int64)
    setting = np.array(list(SETTING.values()))[_position(visits.style)][patient]
    start = _starts(day, setting, parameters.timezone, rng)
    course = np.full(len(patient), 2, dtype=np.int64)
    if not len(patient):
        return Sessions(patient, course, start, start, setting, np.empty(0, dtype="U16"))
    minutes, reason = _lengths(parameters.infusions, setting, patient, rng)
    return Sessions(patient, course, start, start + minutes.astype("timedelta64[m]"), setting, reason)


def _styles(infusions: Infusions, patients: int, rng: np.random.Generator) -> NDArray[np.str_]:
    share = np.array([infusions.styles.get(name, 0.0) for name in STYLES])
    if set(infusions.styles) - set(STYLES) or abs(share.sum() - 1) > 1e-9 or (share < 0).any():
        raise ArgumentError(
            "the shares of the styles of courses do not add up to 1",
            got=", ".join(infusions.styles),
            allowed=", ".join(STYLES),
        )
    return np.array(list(STYLES))[rng.choice(len(STYLES), patients, p=share)]


def _position(style: NDArray[np.str_]) -> Ints:
    return np.array([list(STYLES).index(name) for name in np.unique(style)])[
        np.unique(style, return_inverse=True)[1]
    ].astype(np.int64)


def _first_days(
    parameters: Parameters, style: NDArray[np.str_], rng: np.random.Generator
) -> NDArray[np.datetime64]:
    day = np.datetime64(parameters.first_day, "D") + rng.integers(
        0, parameters.enrolment_days + 1, len(style)
    )
    back = np.where(np.isin(style, ["outpatient", "repeated"]), weekday(day), 0)
    back = np.where((style == "inpatient") & (weekday(day) > 4), weekday(day) - 4, back)
    return np.asarray(day - back)


def _plan(
    style: NDArray[np.str_],
    months: int,
    first_weekday: Ints,
    rng: np.random.Generator,
    *,
    second_planned: bool,
) -> tuple[Ints, Ints, Ints]:
    """Return patient, day and course of each planned session."""
    days = [STYLES[name] for name in STYLES]
    table = np.full((len(days), max(map(len, days))), -1)
    for row, offsets in enumerate(days):
        table[row, : len(offsets)] = offsets
    first = table[_position(style)]
    second = np.full_like(first, -1)
    low, high = (share * months * 28 for share in SECOND_COURSE)
    later = np.maximum(rng.uniform(low, high, len(style)), GAP_DAYS).astype(np.int64) + max(
        STYLES["repeated"]
    )
    later += (-later - first_weekday) % 7
    repeated = (style == "repeated") & second_planned
    second[repeated] = np.where(first[repeated] < 0, -1, first[repeated] + later[repeated, None])
    both = np.concatenate([first, second], axis=1)
    patient, column = np.nonzero(both >= 0)
    return patient, both[patient, column], np.where(column < first.shape[1], 1, 2)


def _starts(
    day: NDArray[np.datetime64], setting: NDArray[np.str_], zone: str, rng: np.random.Generator
) -> NDArray[np.datetime64]:
    """Return starts: inpatient 10-14 h, outpatient 8-14 h, emergency 7-20 h local time."""
    low = np.select([setting == "inpatient", setting == "outpatient"], [10, 8], 7)
    high = np.select([setting == "inpatient", setting == "outpatient"], [14, 14], 20)
    minutes = (low * 60 + (high - low) * 60 * rng.random(len(day))) // FIVE_MINUTES * FIVE_MINUTES
    return as_utc(day.astype("datetime64[us]") + minutes.astype("timedelta64[m]"), zone)


def _lengths(
    infusions: Infusions, setting: NDArray[np.str_], patient: Ints, rng: np.random.Generator
) -> tuple[Ints, NDArray[np.str_]]:
    """Return minutes and reason of the end; a session that is stopped early runs 40-90 % of its plan."""
    count = len(setting)
    short = rng.random(patient.max() + 1)[patient] < 0.5  # [P] half the outpatients get 40-60 min
    hours = np.select(
        [setting == "inpatient", (setting == "outpatient") & short, setting == "outpatient"],
        [
            24 * rng.normal(4.95, 1.2, count).clip(2, 8.9),  # [S] mean 4.8-5.1 days, 2-9
            rng.uniform(40, 60, count) / 60,  # [S]
            rng.uniform(2, 3, count),  # [S]
        ],
        rng.uniform(1, 2, count),  # [P]
    )
    shares = [infusions.stopped_for_event, infusions.stopped_by_patient, infusions.target_reached]
    edges = np.cumsum(shares)
    kind = np.searchsorted(edges, rng.random(count), side="right")
    reason = np.array(["adverse_event", "patient", "target_reached", "completed"])[kind]
    shortened = hours * np.where(reason == "completed", 1.0, rng.uniform(0.4, 0.9, count))
    hours = np.maximum(shortened, np.where(setting == "inpatient", 24.5, 0.3))
    return np.round(hours * 60).astype(np.int64), reason


def _running(patient: Ints) -> Ints:
    """Return 1, 2, ... within runs of the same patient."""
    position = np.arange(len(patient))
    first = np.maximum.accumulate(np.where(np.diff(patient, prepend=-1) != 0, position, 0))
    return np.asarray(position - first + 1)


def _last(patient: Ints, value: Ints, patients: int) -> Ints:
    most = np.full(patients, -1, dtype=np.int64)
    np.maximum.at(most, patient, value)
    return most


def _least(patient: Ints, value: Array, patients: int) -> Array:
    least = np.full(patients, np.inf)
    np.minimum.at(least, patient, value)
    return least
