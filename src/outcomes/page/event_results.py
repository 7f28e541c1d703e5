"""Estimates of adverse events that the report prints besides its first tables: in time, by dose, by arm."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from outcomes.derive.exposure import exposure
from outcomes.derive.follow_up import follow_up
from outcomes.models.harm.at_risk.units import find_rows
from outcomes.models.harm.comparisons import compare_arms
from outcomes.models.harm.cumulative import cumulative_incidence
from outcomes.models.harm.first_events import first_events
from outcomes.models.harm.incidence import incidence
from outcomes.models.harm.laboratory import lab_grades
from outcomes.models.harm.rates import rates
from outcomes.models.harm.repeated_looks import first_looks, liver_looks, vital_looks
from outcomes.models.harm.session_signs import session_signs
from outcomes.models.harm.vital_signs import vital_signs
from outcomes.models.stats.reference_arm import reference_arm
from outcomes.page.material import Material
from outcomes.results import Estimates
from outcomes.schema.local_time import local_dates
from outcomes.schema.look_up import known_keys

__all__ = [
    "Curves",
    "any_event_by_arm",
    "arms",
    "comparison",
    "curves",
    "event_rates",
    "first_session_looks",
    "given",
    "laboratory",
    "observed",
    "sign_looks",
    "signs",
    "vitals",
]

#: Numbers at risk are printed every 28 days, or every so many that they are at most this many and one.
MOST_DAYS = 6
#: Which events count in the curve and the repeated looks besides any event.
GRAVE = "serious or grade 3+"
PRESSURES = ("sbp_before", "sbp_max", "dbp_before", "dbp_max")


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Cumulative incidence at every event, and at the days on which numbers at risk are printed.

    `after_death` counts the events that are recorded as beginning after their patient's death: they cannot be
    placed in time.
    """

    steps: Estimates
    at_days: Estimates
    after_death: int


def given(material: Material) -> pd.DataFrame:
    """Return what each session gave, with the patient's age where it is known."""
    patients = material.study.patients
    frame = exposure(material.study)
    return frame.assign(age=frame["patient_id"].map(patients.set_index("patient_id")["age"]))


def observed(material: Material) -> pd.DataFrame:
    """Return each treated patient's follow-up: see `outcomes.derive.follow_up`."""
    found = follow_up(material.study)
    # a date alone is the first moment of its day: so the exposure begins with the day
    utc = {column: found[column].dt.tz_convert("UTC") for column in ("start", "end")}
    return found.assign(**utc)


def event_rates(material: Material) -> dict[str, Estimates]:
    """Return the rates of any event over each denominator: hours of infusion, sessions, patient-months."""
    sessions, events = material.study.sessions, material.emergent_events
    if not len(sessions):
        return {}
    people = observed(material)
    dated = events[events["onset"].notna()]
    return {
        "events in a session per 100 infusion-hours (EAER)": rates(
            events, sessions, unit="hours", unknown="note"
        ),
        "events in a session per 100 sessions (EAER)": rates(
            events, sessions, unit="sessions", unknown="note"
        ),
        "all events per 100 patient-months (EAER)": rates(events, people, unit="months", unknown="note"),
        "patients with a first event per 100 patient-months (EAIR)": rates(
            dated, people, unit="months", kind="eair", unknown="note"
        ),
    }


def curves(material: Material) -> Curves:
    """Return time to the first event, and to the first serious or grade 3+ one; death competes.

    Time is counted in whole local days, the day of the first infusion being day 0: its row holds its events.
    """
    people = _in_days(observed(material), ["start", "end"], material.study.timezone)
    # the last day ends with its end: whoever was seen on it was observed on it
    people["end"] -= pd.Timedelta(days=1)
    people["ended_by"] = people["ended_by"].where(people["ended_by"].eq("death"), "censored")
    dated = _in_days(material.emergent_events, ["onset"], material.study.timezone)
    events, after_death = _before_death(dated, people)
    parts = [
        first_events(rows, people, ended_by="ended_by").assign(kind=kind)
        for kind, rows in {"any event": events, GRAVE: events[_grave(events)]}.items()
    ]
    data = pd.concat(parts, ignore_index=True)
    months = float(data["time"].max()) / 28
    days = 28.0 * np.arange(0, int(months) + 1, max(1, int(np.ceil(months / MOST_DAYS))))
    steps, at_days = (
        cumulative_incidence(data, competing="death", arm="kind", at=at) for at in (None, days.tolist())
    )
    # the same patients stand in both curves: they count once
    meta = {**steps.meta, "N": len(people)}
    return Curves(replace(steps, meta=meta), replace(at_days, meta=meta), after_death)


def _in_days(frame: pd.DataFrame, columns: list[str], timezone: str) -> pd.DataFrame:
    """Return the frame with times as local midnights without a zone: every day has the same length."""
    return frame.assign(**{column: local_dates(frame[column], timezone) for column in columns})


def _grave(events: pd.DataFrame) -> pd.Series:
    """Return which events are recorded as serious, or of grade 3 or higher."""
    return (events["serious"].eq(True) | events["grade"].ge(3)).fillna(False).astype(bool)


def _before_death(events: pd.DataFrame, people: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the events of these people without those after their death, and how many these are."""
    ends = people[people["ended_by"] == "death"].set_index("patient_id")["end"]
    late = (events["onset"] > ends.reindex(events["patient_id"]).set_axis(events.index)).astype(bool)
    return events[known_keys(events["patient_id"], people["patient_id"]) & ~late], int(late.sum())


def _end(material: Material) -> pd.Timestamp:
    """Return the moment at which the last day of the data is over."""
    over = _last_day(material) + pd.Timedelta(days=1)
    return over.tz_localize(material.study.timezone).tz_convert("UTC")


def _last_day(material: Material) -> pd.Timestamp:
    """Return the cut-off, or the last day that the diary, a session or an event mentions."""
    if material.study.cutoff is not None:
        return material.study.cutoff
    times = (material.study.sessions["start"], material.events["onset"])
    local = [local_dates(column, material.study.timezone) for column in times]
    return pd.concat([material.days["date"], *local]).max()


def first_session_looks(material: Material) -> Estimates:
    """Return week by week the share of patients with a serious or grade 3+ event in their first session.

    One value per patient, known when the infusion-related window has passed: patients are independent,
    sessions are not. Those whose window lasts beyond the data are counted in ``meta["waiting"]``.
    """
    study = material.study
    sessions = study.sessions[["patient_id", "session_id", "start", "end"]]
    sessions = sessions.sort_values("start", kind="stable").drop_duplicates("patient_id")
    events = material.emergent_events
    grave = events[_grave(events) & events["in_session"]]
    hit = find_rows(grave.dropna(subset=["session_id"]), sessions) >= 0
    ends = sessions["end"].fillna(sessions["start"])
    known = ends + pd.Timedelta(hours=study.rules.related_window_h)
    values = pd.DataFrame({"known": known, "hit": hit}, index=sessions.index)
    return first_looks(values, until=_end(material), reference=_share(study.rules.signal_percent))


def sign_looks(material: Material) -> dict[str, Estimates]:
    """Return the same of high pressure and low saturation in the first session, and of liver values."""
    study, rules = material.study, material.study.rules
    expected = {
        "pressure of grade 3": rules.signal_percent_pressure,
        "saturation below 92 %": rules.signal_percent_saturation,
    }
    looks = {
        f"{sign}, first session": vital_looks(study.sessions, sign=sign, reference=_share(percent))
        for sign, percent in expected.items()
    }
    if len(graded := laboratory(material)):
        percent = rules.signal_percent_liver
        looks["ALT or AST from 3 times the limit, 84 days"] = liver_looks(
            graded, follow_up(study), reference=_share(percent)
        )
    return {name: found for name, found in looks.items() if len(found)}


def _share(percent: float | None) -> float | None:
    return None if percent is None else percent / 100


def laboratory(material: Material) -> pd.DataFrame:
    """Return the graded laboratory values of the treated patients; no row where none was handed in."""
    values = getattr(material.study, "laboratory", None)
    if values is None or not len(values):
        return pd.DataFrame()
    people = follow_up(material.study)
    return lab_grades(values, people[known_keys(people["patient_id"], material.treated["patient_id"])])


def vitals(material: Material) -> Estimates | None:
    """Return the change of blood pressure from each session's own baseline; None: not recorded."""
    sessions = material.study.sessions
    if not all(name in sessions and sessions[name].notna().any() for name in PRESSURES):
        return None
    return vital_signs(sessions)


def signs(material: Material) -> Estimates:
    """Return the sessions with high blood pressure or a low oxygen saturation."""
    return session_signs(material.study.sessions)


def arms(material: Material) -> pd.DataFrame | None:
    """Return the treated patients with their arm, or None for a study of one arm."""
    known = material.treated.merge(
        material.study.patients[["patient_id", "arm"]], on="patient_id", how="left", validate="1:1"
    ).dropna(subset=["arm"])
    return known if len(known["arm"].unique()) > 1 else None


def comparison(material: Material, patients: pd.DataFrame, by: str = "group") -> Estimates:
    """Return the difference in the share of patients with an event, every arm against the reference arm."""
    counted = incidence(material.emergent_events, patients, by=[by], arm="arm", unknown="note")
    return compare_arms(counted, reference=reference_arm(patients["arm"].unique()))


def any_event_by_arm(material: Material, patients: pd.DataFrame) -> pd.DataFrame:
    """Return the difference in the share of patients with any event."""
    counted = incidence(material.emergent_events, patients, arm="arm", unknown="note")
    return compare_arms(counted, reference=reference_arm(patients["arm"].unique())).to_frame()
