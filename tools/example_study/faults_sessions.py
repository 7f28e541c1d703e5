"""Faults of the tables patients and sessions."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from example_study.planter import Planter

__all__ = ["plant_patients", "plant_sessions"]

PEOPLE = "patients.csv"
FILE = "infusionen.csv"
FORM = "%d.%m.%Y %H:%M"

#: Changed cells, column of ours, rule, what: the row is rejected.
PATIENT_ERRORS: list[tuple[dict[str, str], str, str, str]] = [
    ({"Age": "440"}, "age", "out_of_range", "440 years"),
    ({"Sex": "f/m"}, "sex", "unknown_code", "a sex that is neither mapped nor a code"),
    ({"FirstVisit": "29.02.2026"}, "first_contact", "bad_date", "day first in a file with ISO dates"),
    ({"PriorPreventives": "several"}, "prior_preventives", "not_a_number", "text in a number"),
    ({"PriorPreventives": "6.5"}, "prior_preventives", "not_whole", "half a treatment"),
    ({"Diagnosis": "G43.9"}, "diagnosis", "unknown_code", "a code of another list"),
]
PATIENT_WARNINGS: list[tuple[dict[str, str], str, str, str]] = [
    ({"Age": "93"}, "age", "unusual_value", "93 years"),
    ({"PriorPreventives": "34"}, "prior_preventives", "unusual_value", "34 preventive treatments"),
    (
        {"Clinic": '=HYPERLINK("http://example.invalid","01")'},
        "site",
        "formula_in_text",
        "a spreadsheet formula",
    ),
]
SESSION_ERRORS: list[tuple[dict[str, str], str, str, str]] = [
    ({"Gewicht": "7,8"}, "weight_kg", "out_of_range", "a decimal comma in the wrong place"),
    ({"Gewicht": "81.5"}, "weight_kg", "other_decimal_mark", "a decimal point in a file with decimal commas"),
    ({"Bereich": "Reha"}, "setting", "unknown_code", "a ward that is not mapped"),
    ({"RRsys_max": "82", "RRdia_max": "108"}, "sbp_max", "sbp_not_above_dbp", "pressures exchanged"),
    ({"NRS_vor": "70"}, "pain_before", "out_of_range", "pain on a scale of 0 to 100"),
    ({"SpO2_min": "9"}, "spo2_min", "out_of_range", "a digit is missing"),
    ({"Endegrund": "Stromausfall"}, "stop_reason", "unknown_code", "a reason that is not mapped"),
    ({"Beginn": "04/13/2026 09:00"}, "start", "bad_timestamp", "month before day"),
    ({"Dosis_mg": "circa 60"}, "dose_mg", "not_a_number", "text in a number"),
]
SESSION_WARNINGS: list[tuple[dict[str, str], str, str, str]] = [
    ({"Gewicht": "171"}, "weight_kg", "unusual_value", "171 kg"),
    ({"SpO2_min": "88"}, "spo2_min", "unusual_value", "oxygen saturation of 88 %"),
    ({"Puls_max": "162"}, "hr_max", "unusual_value", "heart rate of 162"),
    ({"AF_min": "8"}, "rr_min", "unusual_value", "respiratory rate of 8"),
    ({"RRdia_max": "118", "RRsys_max": "170"}, "dbp_max", "unusual_value", "diastolic pressure of 118"),
    ({"Bolus_mg_kg": "0,5"}, "bolus_mg_per_kg", "unusual_value", "a bolus of 0.5 mg/kg"),
    ({"Dosis_mg": "10500"}, "dose_mg", "unusual_value", "a dose of 10.5 g"),
]


def plant_patients(planter: Planter) -> None:
    """Plant the faults of patients.csv."""
    # A patient with initials for a number stays as he is: NA is not a missing value.
    free = planter.files[PEOPLE]["PatNr"] != "NA"
    for severity, faults in (("error", PATIENT_ERRORS), ("warning", PATIENT_WARNINGS)):
        for cells, *fault in faults:
            planter.cell(PEOPLE, free, cells, (fault[0], fault[1], fault[2]), severity=severity)
    row = planter.pick(PEOPLE, free)
    second = planter.add(PEOPLE, row, {"Age": "51"})
    for position in (row, second):
        planter.note(PEOPLE, position, "patient_id", "duplicate_patient", "one patient twice, with two ages")
    unused = "the column Initials is in the export and nothing reads it"
    planter.note(PEOPLE, None, "", "column_not_used", unused, severity="warning")


def plant_sessions(planter: Planter, sessions: pd.DataFrame, with_log: NDArray[np.bool_]) -> None:
    """Plant the faults of infusionen.csv.

    Parameters
    ----------
    planter : Planter
        The files.
    sessions : DataFrame
        The typed table: rows as in the file.
    with_log : ndarray of bool
        Sessions that have a pump log; faults of times and weights are planted in the others, where
        nothing else follows from them.
    """
    later = sessions["patient_id"].duplicated().to_numpy()
    bare = later & ~with_log
    _unusual_already(planter, sessions)
    _times(planter, sessions, bare)
    for severity, faults in (("error", SESSION_ERRORS), ("warning", SESSION_WARNINGS)):
        for cells, *fault in faults:
            fits = bare if {"Gewicht", "Beginn", "Dosis_mg", "Bolus_mg_kg"} & set(cells) else later
            row = planter.cell(
                FILE, _left(planter, fits), cells, (fault[0], fault[1], fault[2]), severity=severity
            )
            if fault[1] == "sbp_not_above_dbp":
                planter.note(FILE, row, "dbp_max", fault[1], "follows: nothing tells which is wrong")
    _dose(planter, later & with_log)
    _added(planter)


def _unusual_already(planter: Planter, sessions: pd.DataFrame) -> None:
    """List what is unusual without being planted: it belongs to the simulated story."""
    for name, limit, what in (
        ("sbp_max", 180, "not planted: the pressure was this high"),
        ("dose_mg", 10_000, "not planted: a heavy patient and a long infusion"),
    ):
        for row in np.flatnonzero(sessions[name] > limit).tolist():
            planter.used.add((FILE, row))
            planter.note(FILE, row, name, "unusual_value", what, severity="warning")


def _left(planter: Planter, fits: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Leave out appended rows and those whose log or dose another fault needs."""
    return np.append(fits, np.zeros(len(planter.files[FILE]) - len(fits), dtype=bool))


def _local(planter: Planter, row: int, name: str) -> pd.Timestamp:
    return pd.to_datetime(planter.files[FILE].loc[row, name], format=FORM)


def _times(planter: Planter, sessions: pd.DataFrame, bare: NDArray[np.bool_]) -> None:
    last = ~sessions["patient_id"].duplicated(keep="last").to_numpy()
    row = planter.pick(FILE, _left(planter, bare & last))
    end = _local(planter, row, "Beginn") + pd.Timedelta(days=15)
    planter.change(FILE, row, {"Ende": end.strftime(FORM)})
    planter.note(FILE, row, "end", "session_too_long", "the end is a fortnight late")
    hours = {
        -2.0: ("end", "end_before_start", "the end is before the start", "error"),
        9.5: ("end", "unusual_duration", "nine and a half hours in the day clinic", "warning"),
    }
    for after, (column, rule, what, severity) in hours.items():
        row = planter.pick(FILE, _left(planter, bare))
        end = _local(planter, row, "Beginn") + pd.Timedelta(hours=after)
        planter.change(FILE, row, {"Ende": end.strftime(FORM)})
        planter.note(FILE, row, column, rule, what, severity=severity)
    row = planter.pick(FILE, _left(planter, bare))
    planter.change(FILE, row, {"Ende": "k.A."})
    planter.note(FILE, row, "end", "missing_end", "line out was not charted", severity="warning")


def _dose(planter: Planter, fits: NDArray[np.bool_]) -> None:
    row = planter.pick(FILE, _left(planter, fits))
    dose = float(planter.files[FILE].loc[row, "Dosis_mg"].replace(",", ".")) * 1.4
    planter.change(FILE, row, {"Dosis_mg": f"{dose:.1f}".replace(".", ",")})
    what = "the dose charted is 40 % more than the log adds up to"
    planter.note(FILE, row, "dose_mg", "dose_differs_from_log", what, severity="warning")


def _added(planter: Planter) -> None:
    """Append an overlap, one case number twice, an unknown patient, a session after the cut-off."""
    day_clinic = planter.files[FILE]["Bereich"] == "Tagesklinik"
    like = planter.pick(FILE, day_clinic)
    begin, end = _local(planter, like, "Beginn"), _local(planter, like, "Ende")
    inside = {
        "Fallnr": "F9001",
        "Beginn": (begin + (end - begin) / 2).round("min").strftime(FORM),
        "Ende": (end + pd.Timedelta(hours=1)).strftime(FORM),
        "Dosis_mg": "",
    }
    planter.note(
        FILE, planter.add(FILE, like, inside), "start", "session_overlap", "begins inside another session"
    )
    like = planter.pick(FILE, day_clinic)
    moved = {
        name: (_local(planter, like, name) + pd.Timedelta(hours=5)).strftime(FORM)
        for name in ("Beginn", "Ende")
    }
    second = planter.add(FILE, like, moved | {"Dosis_mg": ""})
    for row in (like, second):
        planter.note(FILE, row, "session_id", "duplicate_session", "one case number twice")
    like = planter.pick(FILE, day_clinic)
    planter.used.discard((FILE, like))
    stranger = {"Fallnr": "F9003", "PatNr": "8888", "Dosis_mg": ""}
    unknown = "a patient who is not in patients.csv"
    planter.note(FILE, planter.add(FILE, like, stranger), "patient_id", "unknown_patient", unknown)
    late = {"Fallnr": "F9004", "Beginn": "10.06.2026 09:00", "Ende": "10.06.2026 11:00", "Dosis_mg": ""}
    planter.note(FILE, planter.add(FILE, like, late), "start", "after_cutoff", "a session after the cut-off")
