"""The table diary: what a patient writes on a recorded day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.simulate.clock import dates_and_minutes_as_utc
from outcomes.simulate.frames import number, take, typed, yes_no
from outcomes.simulate.medication import Habit, draw_medication
from outcomes.simulate.parameters import Parameters

__all__ = ["RecordedDays", "draw_diary"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: Symptom -> share of migraine-type and of other headache days with it [P].
SYMPTOM_RATES: dict[str, tuple[float, float]] = {
    "unilateral": (0.65, 0.25),
    "pulsating": (0.75, 0.15),
    "aggravated": (0.85, 0.20),
    "nausea": (0.65, 0.10),
    "photophobia": (0.85, 0.20),
    "phonophobia": (0.80, 0.15),
}
VOMITING_IF_NAUSEA = 0.15  # [P]
AURA_DAY = 0.30  # [P] share of migraine-type days with aura, in patients who have aura
PAIN = (6.9, 4.6)  # [P] mean peak pain of migraine-type and of other headache days
PAIN_SD = (0.7, 1.1)  # [P] over patients, over days
PAIN_RELIEF = 1.5  # [P] NRS points x reduction, in responders
HOURS = (9.0, 4.0)  # [P] median hours
HOURS_LOG_SD = 0.7
ANSWERS_WRONG = 0.05  # [P] the diary's own answer against the kind of the day
ENTRY_DELAY = (0.88, 0.07, 0.05)  # [P] same day, next day, two to four days


@dataclass(frozen=True, slots=True, eq=False)
class RecordedDays:
    """Recorded patient-days, by patient and date.

    Parameters
    ----------
    patient : ndarray of int, shape (d,)
        Patient's position.
    date : ndarray of datetime64[D], shape (d,)
        Local date.
    headache : ndarray of bool, shape (d,)
        Headache on this day.
    relief : ndarray, shape (d,)
        Reduction that is at work on this day.
    """

    patient: NDArray[np.int64]
    date: NDArray[np.datetime64]
    headache: Mask
    relief: Array


def draw_diary(
    parameters: Parameters,
    *,
    days: RecordedDays,
    habit: Habit,
    patient_id: list[str],
    has_aura: Mask,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the table diary.

    Parameters
    ----------
    parameters : Parameters
        The law.
    days : RecordedDays
        Days that are recorded.
    habit : Habit
        The patients' acute drugs.
    patient_id : list of str
        Identifiers.
    has_aura : ndarray of bool, shape (n,)
        Patients who have aura.
    rng : numpy Generator
        Source of randomness.

    Notes
    -----
    A free day holds 0 hours, pain 0, no symptom and no drug.
    """
    headache, count = days.headache, len(days.headache)
    kind = headache & (rng.random(count) < parameters.people.migraine_type)
    symptoms = {
        name: headache & (rng.random(count) < np.where(kind, *rates)) for name, rates in SYMPTOM_RATES.items()
    }
    aura = kind & has_aura[days.patient] & (rng.random(count) < AURA_DAY)
    pain, hours = _pain_and_hours(days, kind, len(patient_id), rng)
    forgotten = headache & (rng.random((2, count)) < parameters.compliance.item_missing)
    return typed(
        "diary",
        {
            "patient_id": take(patient_id, days.patient),
            "date": days.date.astype("datetime64[us]"),
            "headache": yes_no(headache),
            "duration_h": number(hours, forgotten[0]),
            "pain": number(pain, forgotten[1]),
            **{name: yes_no(value) for name, value in symptoms.items()},
            "vomiting": yes_no(symptoms["nausea"] & (rng.random(count) < VOMITING_IF_NAUSEA)),
            "aura": yes_no(aura),
            "aura_min": number(rng.integers(5, 61, count), ~aura),
            "migraine": yes_no(kind ^ (headache & (rng.random(count) < ANSWERS_WRONG))),
            "acute_medication": draw_medication(habit, days.patient, headache, rng),
            "entered_at": _entered(parameters, days, rng),
            "source": take(["diary"], np.zeros(count, dtype=np.int64)),
        },
    )


def _pain_and_hours(
    days: RecordedDays, kind: Mask, patients: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    count = len(kind)
    own = PAIN_SD[0] * rng.normal(size=patients)[days.patient]
    pain = np.where(kind, *PAIN) + own + PAIN_SD[1] * rng.normal(size=count) - PAIN_RELIEF * days.relief
    hours = np.where(kind, *HOURS) * np.exp(HOURS_LOG_SD * rng.normal(size=count))
    return (
        np.where(days.headache, np.round(pain).clip(1, 10), 0.0),
        np.where(days.headache, (np.round(2 * hours) / 2).clip(0.5, 24), 0.0),
    )


def _entered(parameters: Parameters, days: RecordedDays, rng: np.random.Generator) -> NDArray[np.datetime64]:
    """Return when each entry was made: between 17:00 and 23:30 of the same day, or later."""
    count = len(days.patient)
    u = rng.random(count)
    same, next_day, _ = np.cumsum(ENTRY_DELAY)
    delay = np.select([u < same, u < next_day], [0, 1], rng.integers(2, 5, count))
    late = rng.random(count) < parameters.compliance.late
    delay = np.where(late, rng.integers(6, 16, count), delay)
    minutes = 17 * 60 + rng.integers(0, 391, count)
    return dates_and_minutes_as_utc(days.date + delay, minutes, parameters.timezone)
