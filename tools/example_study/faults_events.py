"""Faults of the tables adverse_events and assessments."""

from __future__ import annotations

import pandas as pd

from example_study.planter import Planter

__all__ = ["plant_assessments", "plant_events"]

FILE = "ereignisse.csv"
SCORES = "questionnaires.csv"
FORM = "%Y-%m-%dT%H:%M"

#: Changed cells, column of ours, rule, what: the row is rejected.
EVENT_ERRORS: list[tuple[dict[str, str], str, str, str]] = [
    ({"Grad": "severe"}, "grade", "not_a_number", "grade 'severe'"),
    ({"Grad": "1.5"}, "grade", "not_whole", "between two grades"),
    ({"Grad": "6"}, "grade", "out_of_range", "grade 6"),
    ({"Ereignis": ""}, "term", "missing_value", "no term"),
    ({"schwerwiegend": "?"}, "serious", "not_yes_no", "a question mark for yes or no"),
    ({"Massnahme": "Sauerstoff"}, "action", "unknown_code", "an action that is not mapped"),
    ({"Beginn": "31.02.2026 10:00"}, "onset", "bad_timestamp", "day first, and a 31st of February"),
]
EVENT_WARNINGS: list[tuple[dict[str, str], str, str, str]] = [
    ({"Ereignis": "Hiccups"}, "term", "unknown_term", "a term of no group"),
    ({"Ereignis": "<script>alert(1)</script> dizzy"}, "term", "markup_in_text", "a script in free text"),
    ({"Ereignis": "=1+1 nausea"}, "term", "formula_in_text", "a formula in free text"),
    (
        {"Ereignis": "Nau\x07sea and dizziness"},
        "term",
        "control_character",
        "a control character in free text",
    ),
    ({"Grad": "5"}, "outcome", "grade_5_not_fatal", "grade 5 and recovered"),
    ({"Fallnr": "F6666"}, "session_id", "unknown_session", "a case that is not in infusionen.csv"),
]
SCORE_ERRORS: list[tuple[dict[str, str], str, str, str]] = [
    (
        {"instrument": "HIT6", "score": "30"},
        "score",
        "score_out_of_range",
        "HIT-6 of 30: its range is 36 to 78",
    ),
    ({"instrument": "HIT7"}, "instrument", "unknown_code", "a questionnaire that no list has"),
    ({"score": "high"}, "score", "not_a_number", "text in a number"),
    ({"score": ""}, "score", "missing_value", "no score"),
    ({"date": "2026-04-31"}, "date", "bad_date", "a 31st of April"),
    ({"patient": "6666"}, "patient_id", "unknown_patient", "a patient who is not in patients.csv"),
]


def plant_events(planter: Planter, events: pd.DataFrame) -> None:
    """Plant the faults of ereignisse.csv.

    Parameters
    ----------
    planter : Planter
        The files.
    events : DataFrame
        The typed table: rows as in the file.
    """
    plain = (events["grade"] <= 2) & events["session_id"].notna() & events["resolved"].notna()
    plain &= events["onset_precision"] == "time"
    for severity, faults in (("error", EVENT_ERRORS), ("warning", EVENT_WARNINGS)):
        for cells, *fault in faults:
            planter.cell(FILE, plain, cells, (fault[0], fault[1], fault[2]), severity=severity)
    row = planter.cell(
        FILE,
        plain,
        {"PatNr": "7777"},
        ("patient_id", "unknown_patient", "a patient who is not in patients.csv"),
    )
    follows = "follows: nobody knows a session of this patient"
    planter.note(FILE, row, "onset", "before_any_session", follows, severity="warning")
    planter.note(FILE, row, "session_id", "unknown_session", follows, severity="warning")
    _times(planter, events, plain)
    _twice(planter, plain)
    _death(planter, events, plain)


def _time(planter: Planter, row: int, hours: float) -> str:
    """Return the row's start, moved."""
    start = pd.to_datetime(planter.files[FILE].loc[row, "Beginn"], format=FORM)
    return str((start + pd.Timedelta(hours=hours)).strftime(FORM))


def _times(planter: Planter, events: pd.DataFrame, plain: pd.Series) -> None:
    row = planter.pick(FILE, plain)
    planter.change(FILE, row, {"Ende": _time(planter, row, -3)})
    planter.note(FILE, row, "resolved", "resolved_before_onset", "over three hours before it began")
    row = planter.pick(FILE, plain & ~events["patient_id"].duplicated())
    planter.change(FILE, row, {"Beginn": _time(planter, row, -24 * 20)})
    before = "three weeks before the first infusion"
    planter.note(FILE, row, "onset", "before_any_session", before, severity="warning")
    like = planter.pick(FILE, plain)
    planter.used.discard((FILE, like))
    late = {"Nr": "E9001", "Fallnr": "", "Beginn": "2026-06-09T10:00", "Ende": "2026-06-09T11:00"}
    planter.note(FILE, planter.add(FILE, like, late), "onset", "after_cutoff", "an event after the cut-off")


def _twice(planter: Planter, plain: pd.Series) -> None:
    """Append one event once more under another number, and another under the same number."""
    like = planter.pick(FILE, _rows(planter, plain))
    again = planter.add(
        FILE, like, {"Nr": "E9002", "Ereignis": planter.files[FILE].loc[like, "Ereignis"].upper()}
    )
    planter.note(FILE, again, "term", "duplicate_event", "the same event entered again, in capitals")
    like = planter.pick(FILE, _rows(planter, plain))
    second = planter.add(FILE, like, {"Ereignis": "Restless"})
    for row in (like, second):
        planter.note(FILE, row, "event_id", "duplicate_event_id", "one number for two events")


def _death(planter: Planter, events: pd.DataFrame, plain: pd.Series) -> None:
    """Write an outcome of death that cannot be: grade below 5, and an event after it."""
    at = events.groupby("patient_id").cumcount(ascending=False)
    later = events.groupby("patient_id")["onset"].shift(-1) > events["resolved"]
    row = planter.pick(FILE, _rows(planter, plain & (at == 1) & later))
    planter.change(FILE, row, {"Ausgang": "verstorben"})
    planter.note(
        FILE, row, "grade", "fatal_not_grade_5", "outcome death with a low grade", severity="warning"
    )
    after = "follows: an event after the death that was none"
    planter.note(FILE, row + 1, "onset", "after_death", after, severity="warning")


def _rows(planter: Planter, fits: pd.Series) -> pd.Series:
    """Return the mask with a False for each row that was appended."""
    return fits.reindex(range(len(planter.files[FILE])), fill_value=False)


def plant_assessments(planter: Planter) -> None:
    """Plant the faults of questionnaires.csv."""
    rows = len(planter.files[SCORES])
    for cells, *fault in SCORE_ERRORS:
        hit6 = planter.files[SCORES]["instrument"] == "HIT6"
        severity = "warning" if fault[1] == "missing_value" else "error"  # an empty cell costs nothing
        planter.cell(SCORES, hit6, cells, (fault[0], fault[1], fault[2]), severity=severity)
    like = planter.pick(SCORES, pd.Series(True, index=range(rows)))
    second = planter.add(SCORES, like, {"score": "1"})
    for row in (like, second):
        planter.note(SCORES, row, "instrument", "duplicate_assessment", "one questionnaire twice on a day")
    late = planter.add(SCORES, like, {"date": "2026-06-20"})
    planter.note(SCORES, late, "date", "after_cutoff", "a questionnaire after the cut-off")
