"""What is true in a simulated study: every parameter, and every patient's latent values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import one_of
from outcomes.simulate.parameters import Parameters

__all__ = ["FRAMES", "Truth"]

#: Name of a frame of the truth -> what it holds.
FRAMES = {
    "patients": "one row per patient: latent values",
    "periods": "one row per patient and 28-day period: mean true probability, expected days, change",
    "mean_change": "one row per arm and period: population mean change, split by cause (days per 28)",
    "estimands": "one row per arm, strategy and period: mean change and responders if all days were recorded",
    "event_rates": "one row per arm and group: probability in the first and in a later session",
    "patient_event_rates": "one row per patient and group: the patient's own probabilities",
}


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The truth behind a simulated study.

    Parameters
    ----------
    scenario : str
        Name of the scenario.
    seed, months : int
        As given.
    parameters : Parameters
        Every number of the law.
    compliance_intercepts : tuple of (float, float)
        Log odds of a record on the first and last day (weekday, headache, patient effect 0).
    pain_kept : tuple of (float, float)
        Share of the pain left after a session in acute responders, and in others.
    severe_pressure_share : float
        Share of sessions whose highest systolic pressure is above the limit.
    frames : dict of str to DataFrame
        See `FRAMES`; ask with `frame`.
    first_day : ndarray of datetime64[D], shape (n,)
        Day 0 of each patient.
    headache, recorded : ndarray of bool, shape (n, d)
        Headache and record on each day from day -28 on.
    possible : ndarray of bool, shape (n, d)
        The day is within the patient's observation as planned.
    """

    scenario: str
    seed: int
    months: int
    parameters: Parameters
    compliance_intercepts: tuple[float, float]
    pain_kept: tuple[float, float]
    severe_pressure_share: float
    frames: dict[str, pd.DataFrame]
    first_day: NDArray[np.datetime64]
    headache: NDArray[np.bool_]
    recorded: NDArray[np.bool_]
    possible: NDArray[np.bool_]

    def frame(self, name: str) -> pd.DataFrame:
        """Return one of the frames of `FRAMES`; changing it leaves the truth as it is."""
        return self.frames[one_of("name", name, FRAMES)].copy()

    @property
    def patients(self) -> pd.DataFrame:
        """Latent values: response, p_baseline, reduction, p_follow_up, how long the effect lasts, habits."""
        return self.frame("patients")

    @property
    def periods(self) -> pd.DataFrame:
        """Per patient and 28-day period: mean true probability, expected days, expected change."""
        return self.frame("periods")

    @property
    def mean_change(self) -> pd.DataFrame:
        """Population mean change per arm and period, and what it is made of (days per 28)."""
        return self.frame("mean_change")

    @property
    def estimands(self) -> pd.DataFrame:
        """What each strategy for treatment again would find in these patients, every day recorded."""
        return self.frame("estimands")

    @property
    def event_rates(self) -> pd.DataFrame:
        """Probability of each group of events in a first and in a later session, by arm."""
        return self.frame("event_rates")

    def days(self) -> pd.DataFrame:
        """Return every day as it was, recorded or not: patient_id, date, day, headache, recorded."""
        patient, column = np.nonzero(self.possible)
        ids = self.frames["patients"]["patient_id"].array
        day = column - 28
        return pd.DataFrame(
            {
                "patient_id": ids.take(patient),
                "date": (self.first_day[patient] + day).astype("datetime64[us]"),
                "day": day,
                "headache": self.headache[patient, column],
                "recorded": self.recorded[patient, column],
            }
        )
