"""The table adverse_events: events of sessions, and those that no session brought about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.simulate.clock import as_utc, local_dates
from outcomes.simulate.frames import labels, take, typed, yes_no
from outcomes.simulate.parameters import EventRates, Parameters
from outcomes.simulate.visits import Visits

__all__ = ["SessionEvents", "draw_events", "draw_session_events"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: Group -> the words of the term.
TERMS = {
    "dissociation": "Dissociation",
    "sedation": "Drowsiness",
    "dizziness": "Dizziness",
    "nausea": "Nausea",
    "vomiting": "Vomiting",
    "blurred_vision": "Blurred vision",
    "vivid_dreams": "Vivid dreams",
    "hallucination": "Hallucination",
    "agitation": "Agitation",
    "diarrhoea": "Diarrhoea",
    "hypertension": "Severe hypertension",
    "anxiety": "Anxiety",
    "headache_worsening": "Headache worse",
}
BACKGROUND = ("headache_worsening", "dizziness", "nausea", "anxiety")
ACTIONS = ["none", "rate_reduced", "paused", "stopped"]
OUTCOMES = ["recovered", "not_recovered"]
MONTH_MINUTES = 28 * 24 * 60


@dataclass(frozen=True, slots=True, eq=False)
class SessionEvents:
    """Which session had which event, and each patient's probabilities.

    Parameters
    ----------
    groups : tuple of str, length g
        Groups of events with a stated rate, then severe hypertension.
    happened : ndarray of bool, shape (m, g)
        Session has the event.
    first, later : ndarray, shape (n, g - 1)
        The patients' probabilities in the first and in a later session.
    """

    groups: tuple[str, ...]
    happened: Mask
    first: Array
    later: Array


def draw_session_events(
    rates: EventRates,
    *,
    visits: Visits,
    drug: Mask,
    severe: Mask,
    severe_share: float,
    rng: np.random.Generator,
) -> SessionEvents:
    """Draw the events of each session.

    Parameters
    ----------
    rates : EventRates
        The law.
    visits : Visits
        Sessions.
    drug : ndarray of bool, shape (n,)
        Whether the patient gets the drug.
    severe : ndarray of bool, shape (m,)
        Session's highest systolic pressure is above the limit.
    severe_share : float
        Share of sessions of which that holds.
    rng : numpy Generator
        Source of randomness.
    """
    groups = tuple(rates.rates)
    pairs = np.array([rates.rates[name] for name in groups])
    top, size = pairs.max(axis=1), 1 / rates.icc - 1
    level = rng.beta(top * size, (1 - top) * size, (len(drug), len(groups)))
    level = level * np.where(drug, 1.0, rates.placebo_ratio)[:, None]
    first, later = level * (pairs[:, 0] / top), level * (pairs[:, 1] / top)
    chance = np.where((visits.number == 1)[:, None], first[visits.patient], later[visits.patient])
    happened = rng.random(chance.shape) < chance
    pressed = severe & (rng.random(len(severe)) < min(rates.severe_hypertension / severe_share, 1.0))
    return SessionEvents((*groups, "hypertension"), np.column_stack([happened, pressed]), first, later)


def draw_events(
    parameters: Parameters,
    *,
    visits: Visits,
    found: SessionEvents,
    observed_until: NDArray[np.datetime64],
    patient_id: list[str],
    session_id: list[str],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the table adverse_events, by patient and start.

    Parameters
    ----------
    parameters : Parameters
        The law.
    visits : Visits
        Sessions.
    found : SessionEvents
        What happened in them.
    observed_until : ndarray of datetime64[D], shape (n,)
        Last day on which an event would be heard of.
    patient_id, session_id : list of str
        Identifiers.
    rng : numpy Generator
        Source of randomness.
    """
    in_session = _in_sessions(visits, found, rng)
    between = _between(parameters, visits, observed_until, rng)
    events = pd.concat([in_session, between], ignore_index=True)
    events = events.sort_values(["patient", "onset", "group"], kind="stable", ignore_index=True)
    return _described(parameters, events, patient_id, session_id, rng)


def _in_sessions(visits: Visits, found: SessionEvents, rng: np.random.Generator) -> pd.DataFrame:
    """Return one row per event of a session; a session stopped for an event without one gets anxiety."""
    session, column = np.nonzero(found.happened)
    group = np.array(found.groups)[column]
    stopped = visits.stop_reason == "adverse_event"
    bare = np.flatnonzero(stopped & ~found.happened.any(axis=1))
    session, group = np.append(session, bare), np.append(group, np.full(len(bare), "anxiety"))
    length = visits.hours[session] * 60
    soon = np.minimum(rng.gamma(2.0, 24.0, len(session)), 0.95 * length)  # [S] peak at 40 min
    night = rng.uniform(8, 20, len(session)) * 60
    minute = np.where(group == "vivid_dreams", night, soon).astype(np.int64) + 1
    one_a_session = ~pd.Series(session).duplicated().to_numpy()
    return pd.DataFrame(
        {
            "patient": visits.patient[session],
            "session": session,
            "group": group,
            "onset": visits.start[session] + minute.astype("timedelta64[m]"),
            "stops": stopped[session] & one_a_session,
        }
    )


def _between(
    parameters: Parameters, visits: Visits, until: NDArray[np.datetime64], rng: np.random.Generator
) -> pd.DataFrame:
    """Return the events that no session brought about, after the first course."""
    begin = (visits.first_day + visits.course_days).astype("datetime64[m]")
    span = ((until + 1).astype("datetime64[m]") - begin).astype(np.int64).clip(0)
    number = rng.poisson(parameters.events.background_per_month * span / MONTH_MINUTES)
    patient = np.repeat(np.arange(len(span)), number)
    minute = (rng.random(len(patient)) * span[patient]).astype(np.int64)
    return pd.DataFrame(
        {
            "patient": patient,
            "session": np.full(len(patient), -1),
            "group": rng.choice(BACKGROUND, len(patient)),
            "onset": (begin[patient] + minute.astype("timedelta64[m]")).astype("datetime64[us]"),
            "stops": np.zeros(len(patient), bool),
        }
    )


def _described(
    parameters: Parameters,
    events: pd.DataFrame,
    patient_id: list[str],
    session_id: list[str],
    rng: np.random.Generator,
) -> pd.DataFrame:
    rates, count = parameters.events, len(events)
    stops, session = events["stops"].to_numpy(), events["session"].to_numpy()
    grade = 1 + rng.choice(4, count, p=rates.grades)
    grade = np.where(stops | (events["group"] == "hypertension"), np.maximum(grade, 3), grade)
    serious = (grade >= 3) & (rng.random(count) < rates.serious_if_grade_3)
    ongoing = rng.random(count) < rates.ongoing
    onset, precise = _onset(parameters, events["onset"].to_numpy(), rng)
    lasts = 1 + rng.gamma(2.0, 45.0, count)
    resolved = events["onset"].to_numpy() + lasts.astype("timedelta64[m]")
    action = np.where(session >= 0, rng.choice(3, count, p=[0.85, 0.10, 0.05]), 0)
    names = list(TERMS)
    group = events["group"].map({name: i for i, name in enumerate(names)}).to_numpy(dtype=np.int64)
    return typed(
        "adverse_events",
        {
            "event_id": np.array(labels("E", count), dtype=object),
            "patient_id": take(patient_id, events["patient"].to_numpy()),
            "session_id": take(session_id, session),
            "term": take(list(TERMS.values()), group),
            "group": take(names, group),
            "onset": onset,
            "onset_precision": take(["day", "time"], precise.astype(np.int64)),
            "resolved": np.where(ongoing, np.datetime64("NaT", "us"), resolved),
            "grade": grade,
            "serious": yes_no(serious),
            "related": yes_no(np.where(session >= 0, rng.random(count) < 0.92, False)),
            "medical_attention": yes_no(serious | (grade >= 3) | (rng.random(count) < 0.05)),
            "action": take(ACTIONS, np.where(stops, 3, action)),
            "outcome": take(OUTCOMES, ongoing.astype(np.int64)),
        },
    )


def _onset(
    parameters: Parameters, onset: NDArray[np.datetime64], rng: np.random.Generator
) -> tuple[NDArray[np.datetime64], Mask]:
    """Return starts and whether the time is known; a date alone is its first moment in the study's zone."""
    precise = rng.random(len(onset)) >= parameters.events.day_precision
    midnight = as_utc(local_dates(onset, parameters.timezone).astype("datetime64[us]"), parameters.timezone)
    return np.where(precise, onset, midnight), precise
