"""The table patients."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.simulate.frames import typed
from outcomes.simulate.parameters import Beta, Parameters, People
from outcomes.simulate.propensity import Propensity
from outcomes.simulate.visits import Visits

__all__ = ["draw_patients", "draw_weight"]

AGES = (18.0, 82.0)
WEIGHTS = (42.0, 158.0)
DIAGNOSES = {
    "chronic_migraine": 0.85,
    "new_daily_persistent_headache": 0.08,
    "cluster_headache": 0.02,
    "other": 0.05,
}  # [P]


def draw_weight(people: People, patients: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return body weights in kg: gamma, cut off where a scale would be doubted."""
    mean, sd = people.weight_kg
    shape = (mean / sd) ** 2
    return np.round(rng.gamma(shape, mean / shape, patients).clip(*WEIGHTS), 1)


def draw_patients(
    parameters: Parameters,
    *,
    visits: Visits,
    latent: Propensity,
    patient_id: list[str],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the table patients.

    Parameters
    ----------
    parameters : Parameters
        The law.
    visits, latent : Visits, Propensity
        What was drawn before.
    patient_id : list of str
        Identifiers.
    rng : numpy Generator
        Source of randomness.
    """
    people, count = parameters.people, len(patient_id)
    with_arms = bool((latent.arm != "").any())
    contact = visits.first_day - 28 - parameters.earlier_days - rng.integers(0, 14, count)
    return typed(
        "patients",
        {
            "patient_id": np.array(patient_id),
            "index_date": visits.first_day.astype("datetime64[us]"),
            "first_contact": contact.astype("datetime64[us]"),
            "age": _ages(people, count, rng),
            "sex": np.where(rng.random(count) < people.female, "female", "male"),
            "arm": latent.arm if with_arms else None,
            "cohort": visits.style,
            "diagnosis": rng.choice(list(DIAGNOSES), count, p=list(DIAGNOSES.values())),
            "prior_preventives": _preventives(people, count, rng),
            "site": rng.choice(["01", "02"], count, p=[0.7, 0.3]),
        },
    )


def _ages(people: People, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return whole years: a beta distribution between 18 and 82 with the stated mean and SD."""
    low, high = AGES
    mean, sd = people.age
    law = Beta.of((mean - low) / (high - low), (sd / (high - low)) ** 2)
    return np.round(low + (high - low) * rng.beta(law.a, law.b, count))


def _preventives(people: People, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return counts of a negative binomial with the stated mean and SD."""
    mean, sd = people.prior_preventives
    size = mean**2 / (sd**2 - mean)
    return np.minimum(rng.negative_binomial(size, size / (size + mean), count), 30)
