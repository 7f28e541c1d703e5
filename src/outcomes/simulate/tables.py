"""One study of known truth: the six tables and what is behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.schema.tables import TABLES
from outcomes.simulate import latent_frames
from outcomes.simulate.arguments import arms_of, check_counts, law_of
from outcomes.simulate.bedside import draw_sessions, kept_with_effect, share_above
from outcomes.simulate.daily import Daily, draw_daily
from outcomes.simulate.diary import draw_diary
from outcomes.simulate.earlier import with_earlier_days
from outcomes.simulate.estimand_truth import estimand_frame, simulated_mean_change
from outcomes.simulate.events import SessionEvents, draw_events, draw_session_events
from outcomes.simulate.expectation import mean_change
from outcomes.simulate.frames import labels
from outcomes.simulate.medication import Habit, draw_habit
from outcomes.simulate.parameters import Compliance, Dropout, Parameters, Scenario
from outcomes.simulate.people import draw_patients, draw_weight
from outcomes.simulate.propensity import Propensity
from outcomes.simulate.pumps import draw_pumps
from outcomes.simulate.questionnaires import draw_assessments
from outcomes.simulate.streams import stream
from outcomes.simulate.treated import draw_treated
from outcomes.simulate.truth import Truth
from outcomes.simulate.untreated import Path
from outcomes.simulate.visits import Visits

__all__ = ["simulate_tables"]

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
        When an argument cannot be used by the law.

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
    check_counts(patients, months)
    law = law_of(scenario, parameters=parameters, dropout=dropout, compliance=compliance, effect=effect)
    drug = arms_of(arms)
    drawn = _draw(law, patients, months=months, drug=drug, seed=seed)
    tables = _clinic(drawn) | _reported(drawn)
    truth = Truth(
        scenario=scenario if parameters is None else "own parameters",
        seed=int(seed),
        months=months,
        parameters=law,
        compliance_intercepts=drawn.daily.intercepts,
        pain_kept=(kept_with_effect(law.vitals, law.headache), law.vitals.kept_without_effect),
        severe_pressure_share=share_above(law.vitals),
        frames=_frames(drawn, drug),
        first_day=drawn.visits.first_day,
        headache=drawn.daily.headache,
        recorded=drawn.daily.recorded,
        possible=drawn.daily.possible,
    )
    return {name: tables[name] for name in TABLES if name in tables}, truth


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """Everything that several tables rest on."""

    law: Parameters
    months: int
    seed: int
    latent: Propensity
    visits: Visits
    path: Path
    daily: Daily
    habit: Habit
    has_aura: NDArray[np.bool_]
    sessions: pd.DataFrame
    log: pd.DataFrame
    events: SessionEvents
    patient_id: list[str]
    session_id: list[str]

    @property
    def observed_until(self) -> NDArray[np.datetime64]:
        """Last day on which the patient would report an event."""
        column = np.minimum(self.daily.stop - 1, self.daily.last).astype(np.int64)
        return np.asarray(self.visits.first_day - MONTH + column)


def _draw(law: Parameters, patients: int, *, months: int, drug: dict[str, bool], seed: int) -> _Drawn:
    latent, visits, path = draw_treated(law, patients, months=months, drug=drug, seed=seed)
    ids = labels("P", patients), labels("S", len(visits.patient))
    pumps = draw_pumps(law, visits, ids[1], stream(seed, "pumps"))
    sessions = draw_sessions(
        law,
        visits=visits,
        pumps=pumps,
        latent=latent,
        weight_kg=draw_weight(law.people, patients, stream(seed, "weight")),
        patient_id=ids[0],
        session_id=ids[1],
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
    daily = draw_daily(law, latent=latent, visits=visits, months=months, seed=seed, path=path)
    rng = stream(seed, "habits")
    habit = draw_habit(law.people.overuse, latent.p, rng)
    has_aura = rng.random(patients) < law.people.aura
    drawn = (latent, visits, path, daily, habit, has_aura, sessions, pumps.log, events)
    return _Drawn(law, months, seed, *drawn, *ids)


def _clinic(drawn: _Drawn) -> dict[str, pd.DataFrame]:
    """Return what the clinic charts."""
    patients = draw_patients(
        drawn.law,
        visits=drawn.visits,
        latent=drawn.latent,
        patient_id=drawn.patient_id,
        rng=stream(drawn.seed, "patients"),
    )
    events = draw_events(
        drawn.law,
        visits=drawn.visits,
        found=drawn.events,
        observed_until=drawn.observed_until,
        patient_id=drawn.patient_id,
        session_id=drawn.session_id,
        rng=stream(drawn.seed, "events"),
    )
    return {
        "patients": patients,
        "sessions": drawn.sessions,
        "titration": drawn.log,
        "adverse_events": events,
    }


def _reported(drawn: _Drawn) -> dict[str, pd.DataFrame]:
    """Return what the patients report: the diary and the questionnaires."""
    days = with_earlier_days(
        drawn.law,
        drawn.daily.recorded_days(drawn.latent, drawn.visits),
        latent=drawn.latent,
        visits=drawn.visits,
        daily=drawn.daily,
        seed=drawn.seed,
    )
    diary = draw_diary(
        drawn.law,
        days=days,
        habit=drawn.habit,
        patient_id=drawn.patient_id,
        has_aura=drawn.has_aura,
        rng=stream(drawn.seed, "diary"),
    )
    assessments = draw_assessments(
        visits=drawn.visits,
        latent=drawn.latent,
        observed_until=drawn.observed_until,
        months=drawn.months,
        patient_id=drawn.patient_id,
        rng=stream(drawn.seed, "assessments"),
    )
    return {"diary": diary, "assessments": assessments}


def _frames(drawn: _Drawn, drug: dict[str, bool]) -> dict[str, pd.DataFrame]:
    """Return the frames of the truth."""
    daily, visits, latent = drawn.daily, drawn.visits, drawn.latent
    patients = latent_frames.patient_frame(
        drawn.law,
        patient_id=drawn.patient_id,
        latent=latent,
        visits=visits,
        habit=drawn.habit,
        fall=daily.fall,
        compliance_effect=daily.compliance_effect,
        has_aura=drawn.has_aura,
        stop_day=daily.stop - MONTH,
    )
    periods = latent_frames.period_frame(
        drawn.patient_id, p=daily.p, visits=visits, months=drawn.months, baseline=latent.p
    )
    return {
        "patients": patients,
        "periods": periods,
        "mean_change": simulated_mean_change(drawn.law, months=drawn.months, drug=drug)
        if drawn.law.uneven
        else mean_change(drawn.law, drawn.months, drug),
        "estimands": estimand_frame(latent, visits, drawn.path, months=drawn.months),
        "event_rates": latent_frames.event_rate_frame(drawn.law, drug),
        "patient_event_rates": latent_frames.patient_event_frame(drawn.patient_id, drawn.events),
    }
