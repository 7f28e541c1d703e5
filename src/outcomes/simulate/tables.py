"""One study of known truth: the six tables and what is behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError
from outcomes.simulate import latent_frames
from outcomes.simulate.bedside import draw_sessions, kept_with_effect, share_above
from outcomes.simulate.chain import daily_effect, daily_p, renewed_uniforms
from outcomes.simulate.clock import weekday
from outcomes.simulate.diary import RecordedDays, draw_diary
from outcomes.simulate.events import SessionEvents, draw_events, draw_session_events
from outcomes.simulate.expectation import mean_change, population, with_effect
from outcomes.simulate.frames import labels
from outcomes.simulate.medication import Habit, draw_habit
from outcomes.simulate.parameters import Compliance, Dropout, Parameters, Scenario, scenario_parameters
from outcomes.simulate.people import draw_patients, draw_weight
from outcomes.simulate.propensity import Propensity, draw_propensity
from outcomes.simulate.pumps import draw_pumps
from outcomes.simulate.questionnaires import draw_assessments
from outcomes.simulate.recording import compliance_intercepts, draw_stop, recorded_days
from outcomes.simulate.streams import stream
from outcomes.simulate.truth import Truth
from outcomes.simulate.visits import Visits, draw_visits

__all__ = ["simulate_tables"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
MONTH = 28


def simulate_tables(
    patients: int = 200,
    *,
    seed: int = 1,
    months: int = 6,
    scenario: Scenario = "treated",
    dropout: float | Dropout = 0.1,
    arms: Sequence[str] | None = None,
    effect: float | None = None,
    compliance: Compliance | None = None,
    parameters: Parameters | None = None,
) -> tuple[dict[str, pd.DataFrame], Truth]:
    """Simulate a study whose truth is known.

    Parameters
    ----------
    patients : int
        Patients who enter, 1 or more.
    seed : int
        Seed; the same seed gives the same study.
    months : int
        Periods of 28 days of follow-up, 1 to 24.
    scenario : {"treated", "null", "placebo", "untreated"}
        ``treated``: refractory patients, 40 % of whom respond lastingly. ``null``: no drug effect,
        patients enter with 22 or more headache days and fall by 1.9 days per 28. ``placebo``: the same,
        by 5.6 days. ``untreated``: anybody with a diary, nothing changes.
    dropout : float or Dropout
        Share of patients who stop the diary before the end (completely at random), or the whole law.
    arms : sequence of two str, optional
        Names of a control arm and of an active arm, drawn 1:1; without drug effect in the scenario both are
        equal.
    effect : float, days per 28, optional
        Mean change that the drug adds right after the course (negative), instead of the scenario's own.
    compliance : Compliance, optional
        Which days are recorded. ``Compliance(free_odds_ratio=1)`` is missing at random.
    parameters : Parameters, optional
        The whole law instead of the scenario's; its dropout holds unless `dropout` is a `Dropout`.

    Returns
    -------
    tables : dict of str to DataFrame
        patients, sessions, titration, diary, adverse_events, assessments with the dtypes of the contract.
    truth : Truth
        Every parameter and latent value.

    Raises
    ------
    ArgumentError
        When an argument is not one that the law can take.

    Notes
    -----
    The law and where its numbers are from: docs/methods/simulator.md.

    Examples
    --------
    >>> tables, truth = simulate_tables(20, seed=1)
    >>> sorted(tables)
    ['adverse_events', 'assessments', 'diary', 'patients', 'sessions', 'titration']
    >>> float(truth.mean_change["change"].iloc[0].round(2))
    -3.81
    """
    _check_counts(patients, months)
    law = _law(scenario, parameters, dropout, compliance, effect)
    drug = _arms(arms)
    latent = draw_propensity(law, patients, drug, stream(seed, "propensity"))
    visits = draw_visits(law, patients, months, stream(seed, "visits"))
    course = _course(law, latent, visits, months, seed)
    ids = _Ids(labels("P", patients), labels("S", len(visits.patient)))
    tables, details = _tables(law, latent, visits, course, ids, months, seed)
    means = mean_change(law, months, drug)
    truth = Truth(
        scenario=scenario if parameters is None else "own parameters",
        seed=int(seed),
        months=months,
        parameters=law,
        compliance_intercepts=course.intercepts,
        pain_kept=(kept_with_effect(law.vitals, law.headache), law.vitals.kept_without_effect),
        severe_pressure_share=share_above(law.vitals),
        frames={
            "patients": latent_frames.patient_frame(
                law,
                patient_id=ids.patient,
                latent=latent,
                visits=visits,
                habit=details.habit,
                fall=course.fall,
                compliance_effect=course.compliance_effect,
                has_aura=details.has_aura,
                stop_day=course.stop - MONTH,
            ),
            "periods": latent_frames.period_frame(
                ids.patient, p=course.p, visits=visits, months=months, baseline=latent.p
            ),
            "mean_change": means,
            "event_rates": latent_frames.event_rate_frame(law, drug),
            "patient_event_rates": latent_frames.patient_event_frame(ids.patient, details.events),
        },
        first_day=visits.first_day,
        headache=course.headache,
        recorded=course.recorded,
        possible=course.possible,
    )
    return tables, truth


@dataclass(frozen=True, slots=True)
class _Ids:
    patient: list[str]
    session: list[str]


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """Days of n patients; columns are days from -28 on, those of `p` and `effect` from 0 on."""

    p: Array
    effect: Array
    headache: Mask
    recorded: Mask
    possible: Mask
    stop: Array
    fall: float
    intercepts: tuple[float, float]
    compliance_effect: Array


@dataclass(frozen=True, slots=True, eq=False)
class _Details:
    habit: Habit
    has_aura: Mask
    events: SessionEvents


def _check_counts(patients: int, months: int) -> None:
    for name, got, most in (("patients", patients, 1_000_000), ("months", months, 24)):
        if isinstance(got, bool) or not isinstance(got, (int, np.integer)) or not 1 <= got <= most:
            raise ArgumentError(
                f"{name} is not a whole number in its range", got=repr(got), allowed=f"1 to {most}"
            )


def _law(
    scenario: str,
    parameters: Parameters | None,
    dropout: float | Dropout,
    compliance: Compliance | None,
    effect: float | None,
) -> Parameters:
    """Return the parameters with what the arguments replace."""
    law = scenario_parameters(scenario) if parameters is None else parameters
    if isinstance(dropout, Dropout):
        law = replace(law, dropout=dropout)
    elif parameters is None:
        if not 0 <= dropout < 1:
            raise ArgumentError("dropout is not a share", got=repr(dropout), allowed="0 to less than 1")
        law = replace(law, dropout=Dropout(float(dropout)))
    if compliance is not None:
        law = replace(law, compliance=compliance)
    return law if effect is None else with_effect(law, effect)


def _arms(arms: Sequence[str] | None) -> dict[str, bool]:
    if arms is None:
        return {"": True}
    names = list(arms)
    if isinstance(arms, str) or len(names) != 2 or len(set(names)) != 2 or not all(names):
        raise ArgumentError(
            "arms is not a control arm and an active arm",
            got=repr(arms),
            allowed='two names, e.g. ("placebo", "active")',
        )
    return {names[0]: False, names[1]: True}


def _course(law: Parameters, latent: Propensity, visits: Visits, months: int, seed: int) -> _Course:
    """Draw headache and record of each day."""
    count, means = len(latent.p), population(law)
    days = int(visits.course_days.max()) + MONTH * months
    drift, effect = daily_effect(
        first_days=visits.course_days.astype(np.float64),
        second_start=visits.second_start,
        second_days=visits.second_days,
        lasts=latent.relapse_after,
        days=days,
    )
    p = daily_p(latent.p, means.fall, latent.reduction, drift, effect)
    after = renewed_uniforms(count, days, law.headache.carry_over, stream(seed, "chain")) < p
    headache = np.concatenate([latent.baseline, after], axis=1)
    day = np.arange(-MONTH, days)[None, :]
    possible = day < (visits.course_days + MONTH * months)[:, None]
    rng = stream(seed, "recording")
    compliance_effect = law.compliance.patient_sd * rng.normal(size=count)
    shares = (means.baseline_days / MONTH, float(mean_change(law, months, {"": True})["change"].iloc[-1]))
    intercepts = compliance_intercepts(law.compliance, (shares[0], shares[0] + shares[1] / MONTH))
    recorded = possible & recorded_days(
        law.compliance,
        headache=headache,
        weekend=weekday(visits.first_day[:, None] + day) >= 5,
        intercepts=intercepts,
        effect=compliance_effect,
        rng=rng,
    )
    stop = draw_stop(
        law.dropout,
        headache=headache,
        recorded=recorded,
        start=MONTH + visits.course_days,
        months=months,
        rng=rng,
    )
    late = rng.random(count) < law.compliance.short_baseline
    begins = np.where(late, rng.integers(8, 24, count), 0)
    column = np.arange(days + MONTH)[None, :]
    recorded &= (column < stop[:, None]) & (column >= begins[:, None])
    return _Course(p, effect, headache, recorded, possible, stop, means.fall, intercepts, compliance_effect)


def _tables(
    law: Parameters, latent: Propensity, visits: Visits, course: _Course, ids: _Ids, months: int, seed: int
) -> tuple[dict[str, pd.DataFrame], _Details]:
    """Draw the six tables."""
    pumps = draw_pumps(law, visits, ids.session, stream(seed, "pumps"))
    sessions = draw_sessions(
        law,
        visits=visits,
        pumps=pumps,
        latent=latent,
        weight_kg=draw_weight(law.people, len(latent.p), stream(seed, "weight")),
        patient_id=ids.patient,
        session_id=ids.session,
        rng=stream(seed, "sessions"),
    )
    events = draw_session_events(
        law.events,
        visits=visits,
        drug=latent.drug,
        severe=(sessions["sbp_max"] > law.vitals.severe_pressure).to_numpy(),
        severe_share=share_above(law.vitals),
        rng=stream(seed, "session events"),
    )
    rng = stream(seed, "habits")
    details = _Details(
        draw_habit(law.people.overuse, latent.p, rng), rng.random(len(latent.p)) < law.people.aura, events
    )
    planned = MONTH + visits.course_days + MONTH * months
    until = visits.first_day - MONTH + np.minimum(course.stop, planned).astype(np.int64) - 1
    tables = {
        "patients": draw_patients(
            law, visits=visits, latent=latent, patient_id=ids.patient, rng=stream(seed, "patients")
        ),
        "sessions": sessions,
        "titration": pumps.log,
        "diary": draw_diary(
            law,
            days=_recorded(latent, visits, course),
            habit=details.habit,
            patient_id=ids.patient,
            has_aura=details.has_aura,
            rng=stream(seed, "diary"),
        ),
        "adverse_events": draw_events(
            law,
            visits=visits,
            found=events,
            observed_until=until,
            patient_id=ids.patient,
            session_id=ids.session,
            rng=stream(seed, "events"),
        ),
        "assessments": draw_assessments(
            visits=visits,
            latent=latent,
            observed_until=until,
            months=months,
            patient_id=ids.patient,
            rng=stream(seed, "assessments"),
        ),
    }
    return tables, details


def _recorded(latent: Propensity, visits: Visits, course: _Course) -> RecordedDays:
    patient, column = np.nonzero(course.recorded)
    effect = np.concatenate([np.zeros_like(course.effect[:, :MONTH]), course.effect], axis=1)
    return RecordedDays(
        patient=patient,
        date=visits.first_day[patient] + (column - MONTH),
        headache=course.headache[patient, column],
        relief=latent.reduction[patient] * effect[patient, column],
    )
