"""The table sessions: pain, circulation, dose."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.simulate.frames import take, typed
from outcomes.simulate.parameters import Beta, Headache, Parameters, Vitals
from outcomes.simulate.propensity import Propensity
from outcomes.simulate.pumps import Pumps
from outcomes.simulate.visits import Visits

__all__ = ["draw_sessions", "kept_with_effect", "share_above"]

Array = NDArray[np.float64]

PAIN_SD = 1.2  # [P] over patients, of the mean pain on 0-10
SHARED_SHAPE = 0.9  # [P] shape of the gamma part that systolic and diastolic rise share


def kept_with_effect(vitals: Vitals, headache: Headache) -> float:
    """Return the share of the pain that is left in acute responders, so that the mean after is as stated."""
    acute = headache.responders + headache.transient
    if acute == 0:
        return vitals.kept_without_effect
    left = vitals.pain_after / vitals.pain_before - (1 - acute) * vitals.kept_without_effect
    return min(max(left / acute, 0.0), 1.0)


def draw_sessions(
    parameters: Parameters,
    *,
    visits: Visits,
    pumps: Pumps,
    latent: Propensity,
    weight_kg: Array,
    patient_id: list[str],
    session_id: list[str],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the table sessions.

    Parameters
    ----------
    parameters : Parameters
        The law.
    visits, pumps, latent : Visits, Pumps, Propensity
        What was drawn before.
    weight_kg : ndarray, kg, shape (n,)
        Body weight.
    patient_id, session_id : list of str
        Identifiers.
    rng : numpy Generator
        Source of randomness.
    """
    count, weight = len(visits.patient), weight_kg[visits.patient]
    pain_before, pain_after = _pain(parameters, visits, latent, rng)
    return typed(
        "sessions",
        {
            "session_id": np.array(session_id),
            "patient_id": take(patient_id, visits.patient),
            "start": visits.start,
            "end": visits.end,
            "setting": visits.setting,
            "weight_kg": weight,
            "bolus_mg_per_kg": pumps.bolus_mg_per_kg,
            "dose_mg": np.round(pumps.mg_per_kg * weight, 1),
            "pain_before": pain_before,
            "pain_after": pain_after,
            **_pressures(parameters.vitals, count, rng),
            "spo2_min": np.round(rng.normal(96, 1.2, count).clip(92, 100)),
            "hr_max": np.round(rng.normal(92, 12, count).clip(55, 149)),
            "rr_min": np.round(rng.normal(14, 1.5, count).clip(10, 25)),
            "stop_reason": visits.stop_reason,
        },
    )


def _pain(
    parameters: Parameters, visits: Visits, latent: Propensity, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Draw pain before and after: binomial of 10 given the patient, so that the means are exact."""
    vitals = parameters.vitals
    law = Beta.of(vitals.pain_before / 10, (PAIN_SD / 10) ** 2)
    level = rng.beta(law.a, law.b, len(latent.p))[visits.patient]
    acute = latent.response[visits.patient] != "none"
    kept = np.where(acute, kept_with_effect(vitals, parameters.headache), vitals.kept_without_effect)
    before = rng.binomial(10, level).astype(np.float64)
    return before, rng.binomial(10, level * kept).astype(np.float64)


def _pressures(vitals: Vitals, count: int, rng: np.random.Generator) -> dict[str, Array]:
    """Draw pressures before, and gamma rises with the stated mean and SD that share a part."""
    z, e = rng.normal(size=(2, count))
    sbp = np.round(vitals.sbp[0] + vitals.sbp[1] * z)
    dbp = np.round(vitals.dbp[0] + 0.4 * (sbp - vitals.sbp[0]) + 7 * e)
    dbp = np.clip(dbp, 40, np.minimum(sbp - 15, 110))
    shared = rng.gamma(SHARED_SHAPE, size=count)
    rises = []
    for mean, sd in (vitals.sbp_rise, vitals.dbp_rise):
        shape, scale = (mean / sd) ** 2, sd**2 / mean
        rises.append(np.round(scale * (shared + rng.gamma(shape - SHARED_SHAPE, size=count))))
    sbp_max = sbp + rises[0]
    dbp_max = np.minimum(dbp + rises[1], sbp_max - 5)
    return {"sbp_before": sbp, "dbp_before": dbp, "sbp_max": sbp_max, "dbp_max": dbp_max}


def share_above(vitals: Vitals) -> float:
    """Return the share of sessions whose highest systolic pressure is above `severe_pressure`.

    Notes
    -----
    Integral of the gamma density of the rise times the normal tail of the pressure before; the rounding
    of both to whole mmHg widens the normal part by 1/6 mmHg squared and moves the limit by half a mmHg.
    """
    mean, sd = vitals.sbp_rise
    shape, scale = (mean / sd) ** 2, sd**2 / mean
    rise = (np.arange(20_000) + 0.5) * (mean + 15 * sd) / 20_000
    log_density = (shape - 1) * np.log(rise) - rise / scale - math.lgamma(shape) - shape * math.log(scale)
    weight = np.exp(log_density)
    spread = math.sqrt(vitals.sbp[1] ** 2 + 1 / 6) * math.sqrt(2)
    tail = [
        0.5 * math.erfc((vitals.severe_pressure + 0.5 - vitals.sbp[0] - r) / spread) for r in rise.tolist()
    ]
    return float((weight * np.array(tail)).sum() / weight.sum())
