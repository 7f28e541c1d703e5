"""Every day of every patient: headache, and whether it is in the diary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.simulate.clock import weekday
from outcomes.simulate.diary import RecordedDays
from outcomes.simulate.expectation import mean_change
from outcomes.simulate.parameters import Parameters
from outcomes.simulate.propensity import Propensity
from outcomes.simulate.recording import compliance_intercepts, draw_stop, recorded_days
from outcomes.simulate.streams import stream
from outcomes.simulate.untreated import Path, draw_path
from outcomes.simulate.visits import Visits

__all__ = ["Daily", "draw_daily"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
MONTH = 28
SHORT_BASELINE = (8, 24)  # [P] column of the first day of a diary that starts late: day -20 to -5


@dataclass(frozen=True, slots=True, eq=False)
class Daily:
    """Days of n patients; columns are days from -28 on, those of `p` and `effect` days from 0 on.

    Parameters
    ----------
    p, effect : ndarray, shape (n, d - 28)
        Probability of a headache day, and share of the drug's effect that is there.
    headache, recorded, possible : ndarray of bool, shape (n, d)
        Headache, in the diary, within the planned observation.
    last : ndarray of int, shape (n,)
        Column of the last planned day.
    stop : ndarray, shape (n,)
        Column of the first day after a dropout; infinity without one.
    fall : float
        Share by which drift lowers the probability.
    intercepts : tuple of (float, float)
        Of the law of recording.
    compliance_effect : ndarray, shape (n,)
        The patients' log odds of a record.
    begins : ndarray of int, shape (n,)
        Column on which the diary begins.
    """

    p: Array
    effect: Array
    headache: Mask
    recorded: Mask
    possible: Mask
    last: NDArray[np.int64]
    stop: Array
    fall: float
    intercepts: tuple[float, float]
    compliance_effect: Array
    begins: NDArray[np.int64]

    def recorded_days(self, latent: Propensity, visits: Visits) -> RecordedDays:
        """Return the recorded patient-days, by patient and date."""
        patient, column = np.nonzero(self.recorded)
        effect = np.concatenate([np.zeros((len(self.p), MONTH)), self.effect], axis=1)
        return RecordedDays(
            patient=patient,
            date=visits.first_day[patient] + (column - MONTH),
            headache=self.headache[patient, column],
            relief=latent.reduction[patient] * effect[patient, column],
        )


def draw_daily(
    parameters: Parameters,
    *,
    latent: Propensity,
    visits: Visits,
    months: int,
    seed: int,
    path: Path | None = None,
) -> Daily:
    """Draw headache and record of each day.

    Parameters
    ----------
    parameters : Parameters
        The law.
    latent, visits : Propensity, Visits
        What was drawn before.
    months : int
        Periods of 28 days of follow-up.
    seed : int
        Seed of the study; the stream "recording" is used, and those of `draw_path` without a path.
    path : Path, optional
        From `draw_path`, when the visits were decided from it.
    """
    if path is None:
        path = draw_path(parameters, latent=latent, visits=visits, months=months, seed=seed)
    days = int(visits.course_days.max()) + MONTH * months
    path = path.until(days)
    p, effect = path.p(latent, visits)
    headache = np.concatenate([latent.baseline, path.u < p], axis=1)
    last = MONTH + visits.course_days + MONTH * months - 1
    column = np.arange(MONTH + days)[None, :]
    possible = column <= last[:, None]
    rng = stream(seed, "recording")
    compliance_effect = parameters.compliance.patient_sd * rng.normal(size=len(p))
    intercepts = compliance_intercepts(parameters.compliance, _headache_shares(parameters, months))
    recorded = possible & recorded_days(
        parameters.compliance,
        headache=headache,
        weekend=weekday(visits.first_day[:, None] + column - MONTH) >= 5,
        log_odds=intercepts[0] + (intercepts[1] - intercepts[0]) * column / last[:, None],
        effect=compliance_effect,
        rng=rng,
        treated=column >= MONTH,
    )
    start = MONTH + visits.course_days
    law = parameters.dropout
    stop = draw_stop(law, headache=headache, recorded=recorded, start=start, months=months, rng=rng)
    late = rng.random(len(p)) < parameters.compliance.short_baseline
    begins = np.where(late, rng.integers(*SHORT_BASELINE, len(p)), 0)
    recorded &= (column < stop[:, None]) & (column >= begins[:, None])
    return Daily(
        p=p,
        effect=effect,
        headache=headache,
        recorded=recorded,
        possible=possible,
        last=last,
        stop=stop,
        fall=path.fall,
        intercepts=intercepts,
        compliance_effect=compliance_effect,
        begins=begins,
    )


def _headache_shares(parameters: Parameters, months: int) -> tuple[float, float]:
    """Return the expected share of headache days at baseline and in the last period."""
    last = mean_change(parameters, months, {"": True}).iloc[-1]
    return float(last["baseline"]) / MONTH, float(last["baseline"] + last["change"]) / MONTH
