"""Titration logs: the pump's rate over each session, and the dose that follows from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.simulate.frames import take, typed
from outcomes.simulate.parameters import Parameters
from outcomes.simulate.visits import Visits

__all__ = ["Pumps", "draw_pumps"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

ACTIONS = ["start", "bolus", "rate", "stop"]
CAP = 0.76  # [S] highest rate, mg/kg/h; hard cap 1.0
MOST_STEPS = 24


@dataclass(frozen=True, slots=True, eq=False)
class Pumps:
    """Logs of m sessions.

    Parameters
    ----------
    log : DataFrame
        The table titration.
    bolus_mg_per_kg, mg_per_kg : ndarray, shape (m,)
        Bolus and total dose with it; what an arm without the drug gets is the same volume.
    """

    log: pd.DataFrame
    bolus_mg_per_kg: Array
    mg_per_kg: Array


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """Start, step (mg/kg/h), step length (h) and target of each session."""

    start: Array
    step: Array
    every: Array
    target: Array
    bolus: Array


def draw_pumps(
    parameters: Parameters, visits: Visits, session_id: list[str], rng: np.random.Generator
) -> Pumps:
    """Draw the log of each session.

    Parameters
    ----------
    parameters : Parameters
        The law.
    visits : Visits
        Sessions.
    session_id : list of str
        Identifiers of the sessions.
    rng : numpy Generator
        Source of randomness.
    """
    plan = _plan(visits, rng)
    length = np.round(visits.hours * 60).astype(np.int64)
    minute, rate = _steps(plan, length)
    minute, rate = _step_down(parameters, visits, minute, rate, length, rng)
    session, column = np.nonzero(np.isfinite(rate))
    at, value = minute[session, column].astype(np.int64), rate[session, column]
    first = column == 0
    action = np.where(first, np.where(plan.bolus[session] > 0, 1, 0), np.where(value == 0, 3, 2))
    log = typed(
        "titration",
        {
            "session_id": take(session_id, session),
            "time": visits.start[session] + at.astype("timedelta64[m]"),
            "rate": value,
            "action": take(ACTIONS, action),
        },
    )
    until = np.where(np.diff(session, append=-1) == 0, np.append(at[1:], 0), at)
    per_kg = np.bincount(session, value * (until - at) / 60, minlength=len(length))
    return Pumps(log, plan.bolus, per_kg + plan.bolus)


def _plan(visits: Visits, rng: np.random.Generator) -> _Plan:
    """Draw the plan: inpatients are titrated from .1 up, short sessions run at one rate."""
    count, hours = len(visits.patient), visits.hours
    inpatient, emergency = visits.setting == "inpatient", visits.setting == "emergency"
    short = (visits.setting == "outpatient") & (hours < 1.05)
    kinds = [inpatient, emergency, short]
    target = np.select(
        kinds,
        [rng.uniform(0.3, CAP, count), rng.uniform(0.15, 0.30, count), 0.5 / np.maximum(hours, 0.6)],
        rng.uniform(0.25, 0.45, count),  # [S] about 30 mg/h
    )
    target = np.round(np.minimum(target, CAP), 2)
    large = rng.random(count) < 0.5
    return _Plan(
        start=np.select([inpatient, emergency | short], [0.1, target], 0.2),
        step=np.select([inpatient & ~large], [0.05], 0.1),
        every=np.where(inpatient, rng.uniform(3, 6, count), rng.uniform(0.25, 0.5, count)),
        target=target,
        bolus=np.where(emergency, np.round(rng.uniform(0.2, 0.3, count), 2), 0.0),
    )


def _steps(plan: _Plan, length: Ints) -> tuple[Array, Array]:
    """Return minute and rate of each step, NaN where a session has no more; the last entry is the stop."""
    k = np.arange(MOST_STEPS)[None, :]
    rate = np.minimum(plan.start[:, None] + plan.step[:, None] * k, plan.target[:, None])
    minute = np.round(plan.every[:, None] * 60 * k)
    needed = np.column_stack([np.ones(len(length), bool), np.diff(rate, axis=1) > 1e-9])
    rate = np.where(needed & (minute < length[:, None] - 1), np.round(rate, 2), np.nan)
    stop = np.zeros((len(length), 1))
    return np.hstack([minute, stop + length[:, None]]), np.hstack([rate, stop])


def _step_down(
    parameters: Parameters,
    visits: Visits,
    minute: Array,
    rate: Array,
    length: Ints,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Lower the rate of some inpatient sessions once, after the last step up."""
    top = np.nanmax(rate, axis=1)
    last = np.nanmax(np.where(rate[:, :-1] > 0, minute[:, :-1], np.nan), axis=1)
    at = np.round(length * rng.uniform(0.5, 0.9, len(length)))
    chosen = rng.random(len(length)) < parameters.infusions.rate_reduced
    does = (visits.setting == "inpatient") & chosen & (at > last + 60) & (top > 0.2)
    lower = np.where(does, np.round(top - 0.1, 2), np.nan)
    return (
        np.column_stack([minute[:, :-1], at, minute[:, -1]]),
        np.column_stack([rate[:, :-1], lower, rate[:, -1]]),
    )
