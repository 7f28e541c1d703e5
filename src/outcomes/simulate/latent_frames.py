"""Frames of the truth, from the latent values."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.simulate.events import SessionEvents
from outcomes.simulate.medication import CLASSES as DRUGS
from outcomes.simulate.medication import Habit
from outcomes.simulate.parameters import Parameters
from outcomes.simulate.propensity import Propensity
from outcomes.simulate.visits import Visits

__all__ = ["event_rate_frame", "patient_event_frame", "patient_frame", "period_frame"]

Array = NDArray[np.float64]
MONTH = 28


def patient_frame(
    parameters: Parameters,
    *,
    patient_id: list[str],
    latent: Propensity,
    visits: Visits,
    habit: Habit,
    fall: float,
    compliance_effect: Array,
    has_aura: NDArray[np.bool_],
    stop_day: Array,
) -> pd.DataFrame:
    """Return one row per patient with all latent values."""
    p, carry = latent.p, parameters.headache.carry_over
    return pd.DataFrame(
        {
            "patient_id": pd.array(patient_id, dtype="str"),
            "arm": pd.array(latent.arm, dtype="str"),
            "drug": latent.drug,
            "style": pd.array(visits.style, dtype="str"),
            "response": pd.array(latent.response, dtype="str"),
            "p_baseline": p,
            "reduction": latent.reduction,
            "p_follow_up": p * (1 - fall) * (1 - latent.reduction),
            "effect_lasts_days": latent.relapse_after[:, 0],
            "effect_lasts_days_2": latent.relapse_after[:, 1],
            "p_after_headache": p + carry * (1 - p),
            "p_after_free": p * (1 - carry),
            "course_days": visits.course_days,
            "second_course_day": visits.second_start,
            "stop_day": stop_day,
            "compliance_log_odds": compliance_effect,
            "overuse": habit.overuse,
            "acute_drug": pd.array(np.array(list(DRUGS))[habit.main], dtype="str"),
            "p_acute_drug": habit.on_headache_day,
            "aura": has_aura,
        }
    )


def period_frame(
    patient_id: list[str], *, p: Array, visits: Visits, months: int, baseline: Array
) -> pd.DataFrame:
    """Return the mean true probability of each patient's 28-day periods after the first course.

    Parameters
    ----------
    patient_id : list of str
        Identifiers.
    p : ndarray, shape (n, d)
        Probability on each day from day 0 on.
    visits : Visits
        Courses; days from the start of a second course on are left out.
    months : int
        Periods.
    baseline : ndarray, shape (n,)
        Probability before the course.
    """
    count = len(patient_id)
    begins = visits.course_days[:, None] + MONTH * np.arange(months)[None, :]
    until = np.where(np.isnan(visits.second_start), np.inf, visits.second_start)[:, None]
    days = np.clip(np.minimum(begins + MONTH, until) - begins, 0, MONTH).astype(np.int64)
    total = np.concatenate([np.zeros((count, 1)), np.cumsum(p, axis=1)], axis=1)
    rows = np.arange(count)[:, None]
    sums = total[rows, begins + days] - total[rows, begins]
    mean = np.where(days > 0, sums / np.maximum(days, 1), np.nan)
    return pd.DataFrame(
        {
            "patient_id": pd.array(patient_id, dtype="str").take(np.repeat(np.arange(count), months)),
            "course": 1,
            "period_number": np.tile(np.arange(1, months + 1), count),
            "days": days.ravel(),
            "p": mean.ravel(),
            "expected_days": MONTH * mean.ravel(),
            "expected_change": MONTH * (mean - baseline[:, None]).ravel(),
        }
    )


def event_rate_frame(parameters: Parameters, drug: dict[str, bool]) -> pd.DataFrame:
    """Return the population's probabilities of the events of a session, by arm."""
    rates = parameters.events
    pairs = dict(rates.rates)
    parts = [
        pd.DataFrame(
            {
                "arm": arm,
                "group": [*pairs, "hypertension"],
                "first": [
                    *(first * (1 if given else rates.placebo_ratio) for first, _ in pairs.values()),
                    rates.severe_hypertension,
                ],
                "later": [
                    *(later * (1 if given else rates.placebo_ratio) for _, later in pairs.values()),
                    rates.severe_hypertension,
                ],
            }
        )
        for arm, given in drug.items()
    ]
    return pd.concat(parts, ignore_index=True).astype({"arm": "str", "group": "str"})


def patient_event_frame(patient_id: list[str], found: SessionEvents) -> pd.DataFrame:
    """Return each patient's own probabilities of the events of a session."""
    groups = found.groups[:-1]
    count = len(patient_id)
    return pd.DataFrame(
        {
            "patient_id": pd.array(patient_id, dtype="str").take(np.repeat(np.arange(count), len(groups))),
            "group": pd.array(list(groups), dtype="str").take(np.tile(np.arange(len(groups)), count)),
            "first": found.first.ravel(),
            "later": found.later.ravel(),
        }
    )
