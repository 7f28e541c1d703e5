"""Latent truth of each patient: how likely a headache day is before treatment, and what changes it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.simulate.chain import renewed_uniforms
from outcomes.simulate.parameters import Headache, Parameters
from outcomes.simulate.waves import draw_waves, shifted

__all__ = ["CLASSES", "Propensity", "draw_propensity", "entering_in_waves"]

Array = NDArray[np.float64]
BASELINE = 28

#: How the drug works in a patient: lastingly, during the infusion alone, not at all.
CLASSES = ("sustained", "transient", "none")


@dataclass(frozen=True, slots=True, eq=False)
class Propensity:
    """Latent values of n patients.

    Parameters
    ----------
    arm : ndarray of str, shape (n,)
        Arm; "" in a study of one group.
    drug : ndarray of bool, shape (n,)
        Whether the drug is given.
    p : ndarray, shape (n,)
        Probability of a headache day without any treatment.
    response : ndarray of str, shape (n,)
        One of `CLASSES`.
    reduction : ndarray, shape (n,)
        Share by which a responder's probability falls; 0 in others.
    relapse_after : ndarray, shape (n, 2)
        Days after the first and after the second course on which the effect is there.
    baseline : ndarray of bool, shape (n, 28)
        Headache on each day before the first course.
    wave : ndarray, shape (n,)
        Slow wave on the last day of the baseline, log odds.
    first_u, first_wave : ndarray, shape (n,)
        Number that decided the first day of the baseline, and the slow wave on it.
    """

    arm: NDArray[np.str_]
    drug: NDArray[np.bool_]
    p: Array
    response: NDArray[np.str_]
    reduction: Array
    relapse_after: Array
    baseline: NDArray[np.bool_]
    wave: Array
    first_u: Array
    first_wave: Array


@dataclass(frozen=True, slots=True, eq=False)
class Entered:
    """What is drawn of those who enter: their p, baseline days, and its ends."""

    p: Array
    days: NDArray[np.bool_]
    wave: Array
    first_u: Array
    first_wave: Array


def draw_propensity(
    parameters: Parameters,
    patients: int,
    drug: dict[str, bool],
    rng: np.random.Generator,
    *,
    calendar: Array | None = None,
) -> Propensity:
    """Draw the latent truth of each patient.

    Parameters
    ----------
    parameters : Parameters
        The law.
    patients : int
        Patients who enter.
    drug : dict of str to bool
        Arm -> whether the drug is given.
    rng : numpy Generator
        Source of randomness.
    calendar : ndarray, shape (n, 28), optional
        Log odds that the calendar adds on the days before the first course.
    """
    headache = parameters.headache
    arm = rng.permutation(np.resize(np.array(list(drug)), patients))
    given = np.array([drug[name] for name in arm.tolist()], dtype=bool)
    if parameters.uneven:
        found = entering_in_waves(parameters, patients, rng, calendar=calendar)
    else:
        found = _entering(headache, patients, rng)
    u = rng.random(patients)
    response = np.select(
        [u < headache.responders, u < headache.responders + headache.transient], CLASSES[:2], CLASSES[2]
    )
    response = np.where(given, response, CLASSES[2])
    reduction = rng.beta(headache.reduction.a, headache.reduction.b, patients)
    return Propensity(
        arm=arm,
        drug=given,
        p=found.p,
        response=response,
        reduction=np.where(response == "sustained", reduction, 0.0),
        relapse_after=_relapse(headache.relapse, patients, rng),
        baseline=found.days,
        wave=found.wave,
        first_u=found.first_u,
        first_wave=found.first_wave,
    )


def _relapse(relapse: float, patients: int, rng: np.random.Generator) -> Array:
    """Return the whole days that an effect lasts after each of two courses."""
    if relapse <= 0:
        return np.full((patients, 2), np.inf)
    daily = 1 - (1 - relapse) ** (1 / BASELINE)
    return rng.geometric(daily, (patients, 2)).astype(np.float64) - 1


def _entering(headache: Headache, patients: int, rng: np.random.Generator) -> Entered:
    """Return p and the 28 baseline days of the first candidates who pass the threshold."""
    found: list[tuple[Array, Array, NDArray[np.bool_]]] = []
    missing = patients
    while missing > 0:
        p = rng.beta(headache.baseline.a, headache.baseline.b, 2 * missing + 50)
        u = renewed_uniforms(len(p), BASELINE, headache.carry_over, rng)
        days = u < p[:, None]
        enters = days.sum(axis=1) >= (headache.entry_days or 0)
        found.append((p[enters], u[enters, 0], days[enters]))
        missing -= int(enters.sum())
    p, first_u, days = (np.concatenate(parts)[:patients] for parts in zip(*found, strict=True))
    none = np.zeros(patients)
    return Entered(p, days, none, first_u, none)


def entering_in_waves(
    parameters: Parameters, patients: int, rng: np.random.Generator, *, calendar: Array | None = None
) -> Entered:
    """Return p, the baseline days and the waves of patients who pass the threshold in their wave.

    Every patient's place has its own dates: candidates are drawn for each place until one enters.
    """
    headache = parameters.headache
    p, wave, first_u, first_wave = np.empty((4, patients))
    days = np.zeros((patients, BASELINE), dtype=bool)
    open_places = np.arange(patients)
    while len(open_places):
        count = len(open_places)
        tried = rng.beta(headache.baseline.a, headache.baseline.b, count)
        waves = draw_waves(parameters.waves, count, BASELINE, rng)
        log_odds = waves if calendar is None else waves + calendar[open_places]
        u = renewed_uniforms(count, BASELINE, headache.carry_over, rng)
        drawn = u < shifted(tried, log_odds)
        enters = drawn.sum(axis=1) >= (headache.entry_days or 0)
        place = open_places[enters]
        p[place], wave[place], days[place] = tried[enters], waves[enters, -1], drawn[enters]
        first_u[place], first_wave[place] = u[enters, 0], waves[enters, 0]
        open_places = open_places[~enters]
    return Entered(p, days, wave, first_u, first_wave)
