"""Typed tables to the text that each source of the example would export."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from example_study.clean import ZONE
from outcomes.schema.tables.diary import SYMPTOMS
from outcomes.simulate.streams import stream
from outcomes.units import MCG_PER_MIN_IN_MG_PER_H

__all__ = ["FILES", "NA_PATIENT", "raw_files"]

#: File -> table; the diary has two files.
FILES = {
    "patients.csv": "patients",
    "infusionen.csv": "sessions",
    "pump_log.csv": "titration",
    "diary_2025.csv": "diary",
    "diary_2026.csv": "diary",
    "ereignisse.csv": "adverse_events",
    "questionnaires.csv": "assessments",
}
NA_PATIENT = "P0042"  # whose initials, NA, were typed where the number belongs
MG_PER_ML = 2.0
NOT_CHARTED = 0.1  # share of sessions without a respiratory rate
SETTINGS = {"inpatient": "Station", "outpatient": "Tagesklinik", "emergency": "Notaufnahme"}
REASONS = {
    "completed": "planmäßig",
    "target_reached": "Ziel",
    "adverse_event": "unerwünschtes Ereignis",
    "patient": "Patientenwunsch",
}
DIAGNOSES = {"chronic_migraine": "CM", "new_daily_persistent_headache": "NDPH", "cluster_headache": "CH"}
ACTIONS = {"none": "keine", "rate_reduced": "reduziert", "paused": "pausiert", "stopped": "beendet"}
OUTCOMES = {"recovered": "erholt", "not_recovered": "nicht erholt"}
DRUGS = {"simple_analgesic": "painkiller", "combination": "mixed", "antiemetic": "anti-nausea"}
LETTERS = list("ABCDEFGHJKLMNPRSTW")


def raw_files(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return file name -> text columns under the source's names; rows as in the typed tables.

    The two diary files part the rows by year, in the order of the typed table.
    """
    diary = _diary(tables["diary"])
    first = (tables["diary"]["date"] < pd.Timestamp("2026-01-01")).to_numpy()
    return {
        "patients.csv": _patients(tables["patients"]),
        "infusionen.csv": _sessions(tables["sessions"]),
        "pump_log.csv": _titration(tables["titration"], tables["sessions"]),
        "diary_2025.csv": diary[first].reset_index(drop=True),
        "diary_2026.csv": diary[~first].reset_index(drop=True),
        "ereignisse.csv": _events(tables["adverse_events"]),
        "questionnaires.csv": _assessments(tables["assessments"]),
    }


def _patient(ids: pd.Series) -> pd.Series:
    """Return the number with its leading zeros, and once the initials."""
    return ids.str.removeprefix("P").where(ids != NA_PATIENT, "NA")


def _case(ids: pd.Series) -> pd.Series:
    return ids.str.removeprefix("S").radd("F").fillna("")


def _number(values: pd.Series, *, decimal: str = ".") -> pd.Series:
    """Return the shortest text of each number; empty where missing."""
    return (
        values.map(lambda value: format(value, ".10g"), na_action="ignore")
        .fillna("")
        .astype("str")
        .str.replace(".", decimal, regex=False)
    )


def _local(times: pd.Series, form: str) -> pd.Series:
    return times.dt.tz_convert(ZONE).dt.strftime(form).fillna("").astype("str")


def _words(values: pd.Series, words: Mapping[str, str]) -> pd.Series:
    return values.map(lambda value: words.get(value, value), na_action="ignore").fillna("").astype("str")


def _flags(values: pd.Series, yes: str, no: str) -> pd.Series:
    return values.map({True: yes, False: no}).astype("str").fillna("")


def _patients(frame: pd.DataFrame) -> pd.DataFrame:
    rng = stream(1, "initials")
    initials = pd.Series(["".join(pair) for pair in rng.choice(LETTERS, (len(frame), 2))], dtype="str")
    return pd.DataFrame(
        {
            "PatNr": _patient(frame["patient_id"]),
            "Initials": initials.where(frame["patient_id"] != NA_PATIENT, "NA"),
            "FirstVisit": frame["first_contact"].dt.strftime("%Y-%m-%d"),
            "Age": _number(frame["age"]),
            "Sex": _words(frame["sex"], {"female": "w", "male": "m"}),
            "Programme": frame["cohort"],
            "Diagnosis": _words(frame["diagnosis"], DIAGNOSES),
            "PriorPreventives": _number(frame["prior_preventives"]),
            "Clinic": frame["site"],
        }
    ).astype("str")


def _sessions(frame: pd.DataFrame) -> pd.DataFrame:
    form = "%d.%m.%Y %H:%M"
    numbers = {
        "Gewicht": "weight_kg",
        "Bolus_mg_kg": "bolus_mg_per_kg",
        "Dosis_mg": "dose_mg",
        "NRS_vor": "pain_before",
        "NRS_nach": "pain_after",
        "RRsys_vor": "sbp_before",
        "RRdia_vor": "dbp_before",
        "RRsys_max": "sbp_max",
        "RRdia_max": "dbp_max",
        "SpO2_min": "spo2_min",
        "Puls_max": "hr_max",
        "AF_min": "rr_min",
    }
    unknown = stream(1, "breathing not charted").random(len(frame)) < NOT_CHARTED
    text = pd.DataFrame(
        {
            "Fallnr": _case(frame["session_id"]),
            "PatNr": _patient(frame["patient_id"]),
            "Beginn": _local(frame["start"], form),
            "Ende": _local(frame["end"], form),
            "Bereich": _words(frame["setting"], SETTINGS),
            **{theirs: _number(frame[ours], decimal=",") for theirs, ours in numbers.items()},
            "Endegrund": _words(frame["stop_reason"], REASONS),
        }
    ).astype("str")
    return text.assign(AF_min=text["AF_min"].mask(unknown, "k.A."))


def _titration(frame: pd.DataFrame, sessions: pd.DataFrame) -> pd.DataFrame:
    """Write rates in mg/kg/h on the ward, mcg/kg/min in the day clinic, mL/h in the emergency room."""
    of = sessions.set_index("session_id")
    setting = frame["session_id"].map(of["setting"])
    weight = frame["session_id"].map(of["weight_kg"])
    per_min = (frame["rate"] / MCG_PER_MIN_IN_MG_PER_H).round(2)
    ml = (frame["rate"] * weight / MG_PER_ML).round(2)
    rate = frame["rate"].mask(setting == "outpatient", per_min).mask(setting == "emergency", ml)
    units = {"inpatient": "mg/kg/h", "outpatient": "mcg/kg/min", "emergency": "mL/h"}
    offset = _local(frame["time"], "%z")
    return pd.DataFrame(
        {
            "case": _case(frame["session_id"]),
            "time": _local(frame["time"], "%Y-%m-%dT%H:%M") + offset.str[:3] + ":" + offset.str[3:],
            "rate": _number(rate),
            "unit": setting.map(units),
            "mg_per_ml": np.where(setting == "emergency", format(MG_PER_ML, "g"), ""),
            "action": frame["action"],
        }
    ).astype("str")


def _diary(frame: pd.DataFrame) -> pd.DataFrame:
    """Write what the app writes: on a free day nothing but the answer and the drug."""
    headache = frame["headache"].astype(bool)
    names = {"unilateral": "one_sided", "pulsating": "throbbing", "aggravated": "worse_moving"}
    names |= {"photophobia": "light", "phonophobia": "sound"}
    numbers = {
        theirs: _number(frame[ours]).replace("", "n/a").where(headache, "")
        for theirs, ours in (("hours", "duration_h"), ("worst_pain", "pain"))
    }
    drugs = frame["acute_medication"]
    for ours, theirs in DRUGS.items():
        drugs = drugs.str.replace(ours, theirs, regex=False)
    return pd.DataFrame(
        {
            "patient": _patient(frame["patient_id"]),
            "day": frame["date"].dt.strftime("%Y-%m-%d"),
            "headache": _flags(frame["headache"], "yes", "no"),
            **numbers,
            **{names.get(name, name): _flags(frame[name], "Y", "N").where(headache, "") for name in SYMPTOMS},
            "aura_minutes": _number(frame["aura_min"]),
            "migraine": _flags(frame["migraine"], "Y", "N").where(headache, ""),
            "taken": drugs.str.replace("+", "|", regex=False),
            "entered": frame["entered_at"].dt.strftime("%Y-%m-%dT%H:%MZ"),
            "source": "app",
        }
    ).astype("str")


def _events(frame: pd.DataFrame) -> pd.DataFrame:
    """Write local times without offset; where only the day is known, the date alone."""
    time, day = (_local(frame["onset"], form) for form in ("%Y-%m-%dT%H:%M", "%Y-%m-%d"))
    return pd.DataFrame(
        {
            "Nr": frame["event_id"],
            "PatNr": _patient(frame["patient_id"]),
            "Fallnr": _case(frame["session_id"]),
            "Ereignis": frame["term"],
            "Beginn": day.where(frame["onset_precision"] == "day", time),
            "Ende": _local(frame["resolved"], "%Y-%m-%dT%H:%M"),
            "Grad": _number(frame["grade"]),
            "schwerwiegend": _flags(frame["serious"], "ja", "nein"),
            "Zusammenhang": _flags(frame["related"], "ja", "nein"),
            "behandelt": _flags(frame["medical_attention"], "ja", "nein"),
            "Massnahme": _words(frame["action"], ACTIONS),
            "Ausgang": _words(frame["outcome"], OUTCOMES),
        }
    ).astype("str")


def _assessments(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "patient": _patient(frame["patient_id"]),
            "date": frame["date"].dt.strftime("%Y-%m-%d"),
            "instrument": frame["instrument"].replace({"HIT-6": "HIT6", "PHQ-9": "PHQ9"}),
            "score": _number(frame["score"]),
        }
    ).astype("str")
