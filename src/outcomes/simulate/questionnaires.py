"""The table assessments: questionnaire scores before the course and after 1, 3 and 6 months."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.simulate.frames import take, typed
from outcomes.simulate.propensity import Propensity
from outcomes.simulate.visits import Visits

__all__ = ["draw_assessments"]

MONTH = 28
AFTER = (1, 3, 6)
#: Instrument -> mean and SD before, mean change of a full responder, lowest and highest score [P].
INSTRUMENTS: dict[str, tuple[float, float, float, int, int]] = {
    "HIT-6": (66.0, 5.0, -14.0, 36, 78),
    "PHQ-9": (11.0, 5.5, -6.0, 0, 27),
    "MIDAS": (110.0, 55.0, -70.0, 0, 270),
    "PGIC": (4.0, 1.0, -2.5, 1, 7),
}
SPREAD_AFTER = 0.5  # [P] SD of the change, as a share of the SD before
ANSWERED = 0.85  # [P]


def draw_assessments(
    *,
    visits: Visits,
    latent: Propensity,
    observed_until: NDArray[np.datetime64],
    months: int,
    patient_id: list[str],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the table assessments; PGIC is a change and has no value before.

    Parameters
    ----------
    visits, latent : Visits, Propensity
        What was drawn before.
    observed_until : ndarray of datetime64[D], shape (n,)
        Last day of the diary.
    months : int
        Periods of 28 days of follow-up.
    patient_id : list of str
        Identifiers.
    rng : numpy Generator
        Source of randomness.
    """
    count = len(patient_id)
    parts = []
    for name, (mean, sd, gain, low, high) in INSTRUMENTS.items():
        before = mean + sd * rng.normal(size=count)
        for month in (0, *(m for m in AFTER if m <= months)):
            date = (
                visits.first_day - 1
                if month == 0
                else visits.first_day + visits.course_days + MONTH * month - 1
            )
            noise = SPREAD_AFTER * sd * rng.normal(size=count)
            score = before if month == 0 else before + gain * latent.reduction + noise
            there = (rng.random(count) < ANSWERED) & (date <= observed_until)
            there &= not (name == "PGIC" and month == 0)
            parts.append((name, np.flatnonzero(there), date[there], np.round(score[there]).clip(low, high)))
    frame = pd.DataFrame(
        {
            "patient": np.concatenate([part[1] for part in parts]),
            "date": np.concatenate([part[2] for part in parts]).astype("datetime64[us]"),
            "instrument": np.repeat([part[0] for part in parts], [len(part[1]) for part in parts]),
            "score": np.concatenate([part[3] for part in parts]),
        }
    ).sort_values(["patient", "date", "instrument"], kind="stable", ignore_index=True)
    patient = frame.pop("patient").to_numpy()
    return typed(
        "assessments",
        {
            "patient_id": take(patient_id, patient),
            **{name: frame[name] for name in frame},
            "source": take(["clinic"], np.zeros(len(patient), dtype=np.int64)),
        },
    )
