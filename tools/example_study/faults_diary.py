"""Faults of the diary."""

from __future__ import annotations

import pandas as pd

from example_study.planter import Planter

__all__ = ["plant_diary"]

FILE = "diary_2026.csv"
OLD = "diary_2025.csv"

#: Changed cells of a headache day, column of ours, rule, what: the row is rejected.
HEADACHE_DAY_ERRORS: list[tuple[dict[str, str], str, str, str]] = [
    ({"day": "2026-02-31"}, "date", "bad_date", "a 31st of February"),
    ({"day": "03/04/2026"}, "date", "bad_date", "third of April or fourth of March: not the declared format"),
    ({"day": "12/13/2025"}, "date", "bad_date", "month before day"),
    ({"day": "0226-01-05"}, "date", "implausible_date", "the year 226"),
    ({"headache": "maybe"}, "headache", "not_yes_no", "headache 'maybe'"),
    ({"headache": ""}, "headache", "missing_value", "headache not answered"),
    ({"hours": "-3"}, "duration_h", "out_of_range", "negative hours"),
    ({"hours": "30"}, "duration_h", "out_of_range", "30 hours in a day"),
    ({"hours": "all day"}, "duration_h", "not_a_number", "text in a number"),
    ({"worst_pain": "85"}, "pain", "out_of_range", "pain on a scale of 0 to 100"),
    ({"worst_pain": "6,5"}, "pain", "other_decimal_mark", "a decimal comma in a file with decimal points"),
    ({"worst_pain": "strong"}, "pain", "not_a_number", "text in a number"),
    ({"nausea": "a bit"}, "nausea", "not_yes_no", "'a bit' for yes or no"),
    ({"aura": "Y", "aura_minutes": "2000"}, "aura_min", "out_of_range", "an aura of 2000 minutes"),
    ({"taken": "tryptan"}, "acute_medication", "unknown_code", "a drug class that is misspelt"),
    ({"taken": "none|nsaid"}, "acute_medication", "none_and_more", "none and a drug at once"),
    ({"entered": "last night"}, "entered_at", "bad_timestamp", "text for a time"),
    ({"source": "fax"}, "source", "unknown_code", "a source that no codelist has"),
    ({"patient": ""}, "patient_id", "missing_value", "no patient"),
]

#: Changed cells of a free day, column of ours, rule, what: the row is kept with a warning.
FREE_DAY_WARNINGS: list[tuple[dict[str, str], str, str, str]] = [
    ({"hours": "4"}, "duration_h", "hours_without_headache", "hours on a day without headache"),
    ({"worst_pain": "5"}, "pain", "pain_without_headache", "pain on a day without headache"),
    ({"nausea": "Y"}, "", "symptom_without_headache", "nausea on a day without headache"),
    (
        {"taken": "triptan"},
        "acute_medication",
        "drug_without_headache",
        "a triptan on a day without headache",
    ),
]


def plant_diary(planter: Planter) -> None:
    """Plant the faults of single cells, of keys, of order in time, and a broken line."""
    for cells, *fault in HEADACHE_DAY_ERRORS:
        planter.cell(FILE, _answer(planter, "yes"), cells, (fault[0], fault[1], fault[2]))
    for cells, *fault in FREE_DAY_WARNINGS:
        planter.cell(FILE, _answer(planter, "no"), cells, (fault[0], fault[1], fault[2]), severity="warning")
    aura = (planter.files[FILE]["aura"] == "Y").to_numpy()
    long = ("aura_min", "unusual_value", "an aura of 90 minutes")
    planter.cell(FILE, aura, {"aura_minutes": "90"}, long, severity="warning")
    _entries(planter)
    _keys(planter)
    _order(planter)


def _answer(planter: Planter, answer: str) -> pd.Series:
    return planter.files[FILE]["headache"] == answer


def _entries(planter: Planter) -> None:
    """Late, early, recalled entries; a time without a date, an hour that the clock shows twice."""
    for days in (6, 9, 20):
        row = planter.pick(FILE, planter.files[FILE]["day"].between("2026-01-15", "2026-03-01"))
        entered = pd.Timestamp(planter.files[FILE].loc[row, "day"]) + pd.Timedelta(days=days, hours=18)
        planter.change(FILE, row, {"entered": entered.strftime("%Y-%m-%dT%H:%MZ")})
        planter.note(FILE, row, "entered_at", "late_entry", f"entered {days} days later", severity="warning")
    row = planter.pick(FILE, _answer(planter, "no"))
    entered = pd.Timestamp(planter.files[FILE].loc[row, "day"]) - pd.Timedelta(hours=30)
    planter.change(FILE, row, {"entered": entered.strftime("%Y-%m-%dT%H:%MZ")})
    early = "entered before the day itself"
    planter.note(FILE, row, "entered_at", "entered_before_day", early, severity="warning")
    for _ in range(3):
        recall = ("source", "recall", "told at the visit from memory")
        planter.cell(
            OLD, planter.files[OLD]["headache"] == "yes", {"source": "recall"}, recall, severity="warning"
        )
    row = planter.pick(FILE, _answer(planter, "yes"))
    day = planter.files[FILE].loc[row, "day"]
    planter.change(FILE, row, {"entered": str(day)})
    planter.note(FILE, row, "entered_at", "time_missing", "a date where the time of entry belongs")
    autumn = planter.files[OLD]["day"] == "2025-10-25"
    twice = ("entered_at", "ambiguous_local_time", "an hour that the clock shows twice, without offset")
    row = planter.cell(OLD, autumn, {"entered": "2025-10-26T02:30"}, twice)
    planter.note(
        OLD, row, "entered_at", "timezone_mix", "follows: no offset where others have one", severity="warning"
    )
    row = planter.pick(FILE, _answer(planter, "yes"))
    entered = str(planter.files[FILE].loc[row, "day"]) + "T21:15"
    planter.change(FILE, row, {"entered": entered})
    mix = "a time without offset where others have one"
    planter.note(FILE, row, "entered_at", "timezone_mix", mix, severity="warning")


def _keys(planter: Planter) -> None:
    """Two rows for one patient-day, once the same and once not; patients whom nobody knows."""
    for cells, what in (({}, "the same row twice"), ({"headache": "no"}, "a day with headache and without")):
        row = planter.pick(FILE, _answer(planter, "yes"))
        empty = dict.fromkeys(planter.files[FILE].columns[3:14], "") if cells else {}
        second = planter.add(FILE, row, cells | empty)
        if not cells:
            planter.note(FILE, second, "", "same_row_again", what, severity="warning")
        else:
            for position in (row, second):
                planter.note(FILE, position, "date", "duplicate_day", what)
            planter.change(FILE, second, {"taken": "none", "migraine": ""})
    unknown = ("9999", "a patient who is not in patients.csv"), ("17", "the number without its leading zeros")
    for number, what in unknown:
        like = planter.pick(FILE, _answer(planter, "yes"))
        planter.used.discard((FILE, like))
        planter.note(
            FILE, planter.add(FILE, like, {"patient": number}), "patient_id", "unknown_patient", what
        )
    files = f"{OLD}, {FILE}"
    alike = "follows: a number that lost its zeros looks like the patient who has them"
    planter.faults.append(("diary", files, None, "patient_id", "look_alike_ids", "warning", alike))


def _order(planter: Planter) -> None:
    """Days before the first contact and after the cut-off; a line that breaks off."""
    like = planter.pick(OLD, planter.files[OLD]["headache"] == "yes")
    planter.used.discard((OLD, like))
    cells = {"day": "2025-03-01", "entered": "2025-03-01T19:00Z"}
    before = "a day before the clinic knew the patient"
    row = planter.add(OLD, like, cells)
    planter.note(OLD, row, "date", "before_first_contact", before, severity="warning")
    like = planter.pick(FILE, _answer(planter, "no"))
    planter.used.discard((FILE, like))
    for day in ("2026-06-03", "2026-06-04"):
        row = planter.add(FILE, like, {"day": day, "entered": f"{day}T18:00Z"})
        planter.note(FILE, row, "date", "after_cutoff", "a day after the cut-off")
    row = planter.add(FILE, like, dict.fromkeys(planter.files[FILE].columns, ""))
    planter.change(FILE, row, {"patient": "0011", "day": "2026-02-10"})
    planter.note(FILE, row, "(line)", "wrong_number_of_fields", "the line breaks off after two fields")
