"""Each rule of the checks: the row and column that it names, and what becomes of the row."""

from __future__ import annotations

import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import DataError
from outcomes.schema.findings import FINDING_COLUMNS
from studies import (
    ALL,
    DIARY,
    EVENTS,
    PATIENTS,
    SESSIONS,
    TITRATION,
    assert_nothing_lost,
    rules_found,
    study_of,
    write_study,
)

D = "patient_id,date,headache"
S = "session_id,patient_id,start,end"
A = "patient_id,term,onset"
DAY = "2026-01-20T"

#: table, whole content, (row, column, rule, cost) that must be found; "error" costs the row, "cell" the cell.
CASES = [
    ("diary", f"{D}\n01,2026-02-31,yes\n", (1, "date", "bad_date", "error")),
    ("diary", f"{D}\n01,13/12/2025,yes\n", (1, "date", "bad_date", "error")),
    ("diary", f"{D}\n01,0205-01-05,yes\n", (1, "date", "implausible_date", "error")),
    ("diary", f"{D}\n01,2026-01-05,maybe\n", (1, "headache", "not_yes_no", "error")),
    ("diary", f"{D}\n01,2026-01-05,\n", (1, "headache", "missing_value", "error")),
    ("diary", f"{D}\n99,2026-01-05,yes\n", (1, "patient_id", "unknown_patient", "error")),
    ("diary", f"{D}\n1,2026-01-05,yes\n", (1, "patient_id", "unknown_patient", "error")),
    ("diary", f"{D}\n01,2025-11-30,yes\n", (1, "date", "before_first_contact", "warning")),
    ("diary", f"{D}\n01,2026-01-05,yes\n01,2026-01-05,no\n", (2, "date", "duplicate_day", "error")),
    ("diary", f"{D}\n01,2026-01-05\n", (1, "(line)", "wrong_number_of_fields", "error")),
    (
        "diary",
        f'{D},note\n01,2026-01-05,yes,"bad\n02,2026-01-05,no,"\n',
        (1, "note", "open_quote", "warning"),
    ),
    ("diary", f'{D}\n01,2026-01-05,"yes\n02,2026-01-05,no\n', (1, "headache", "open_quote", "error")),
    ("diary", f"{D}\n01,2026-01-05,yes\nTotal,,1\n", (2, "(line)", "not_a_row", "error")),
    ("diary", f"{D}\n01,2026-01-05,yes\n{D}\n", (2, "(line)", "header_again", "error")),
    ("diary", f'{D},note\n01,2026-01-05,yes,"a\nb"\n', (1, "note", "line_breaks", "warning")),
    ("diary", f"{D},duration_h\n01,2026-01-05,yes,-1\n", (1, "duration_h", "out_of_range", "cell")),
    (
        "diary",
        f"{D},duration_h\n01,2026-01-05,no,2\n",
        (1, "duration_h", "hours_without_headache", "warning"),
    ),
    ("diary", f"{D},pain\n01,2026-01-05,yes,11\n", (1, "pain", "out_of_range", "cell")),
    ("diary", f"{D},pain\n01,2026-01-05,yes,x\n", (1, "pain", "not_a_number", "cell")),
    ("diary", f"{D},pain\n01,2026-01-05,yes,=1+1\n", (1, "pain", "not_a_number", "cell")),
    ("diary", f'{D},pain\n01,2026-01-05,yes,"3,5"\n', (1, "pain", "other_decimal_mark", "cell")),
    ("diary", f'{D},pain\n01,2026-01-05,yes,"3,500"\n', (1, "pain", "ambiguous_mark", "cell")),
    ("diary", f"{D},pain\n01,2026-01-05,yes,3.500\n", (1, "pain", "ambiguous_mark", "cell")),
    ("diary", f"{D},pain\n01,2026-01-05,yes,3'500\n", (1, "pain", "thousands_mark", "cell")),
    ("diary", f"{D}\n01,2926-01-05,yes\n", (1, "date", "implausible_date", "error")),
    ("diary", f"{D},pain\n01,2026-01-05,no,3\n", (1, "pain", "pain_without_headache", "warning")),
    ("diary", f"{D},nausea\n01,2026-01-05,no,yes\n", (1, "", "symptom_without_headache", "warning")),
    (
        "diary",
        f"{D},acute_medication\n01,2026-01-05,yes,foo\n",
        (1, "acute_medication", "unknown_code", "cell"),
    ),
    (
        "diary",
        f"{D},acute_medication\n01,2026-01-05,yes,none+nsaid\n",
        (1, "acute_medication", "none_and_more", "cell"),
    ),
    (
        "diary",
        f"{D},acute_medication\n01,2026-01-05,no,nsaid\n",
        (1, "acute_medication", "drug_without_headache", "warning"),
    ),
    (
        "diary",
        f"{D},entered_at\n01,2026-01-05,no,2026-01-11T08:00\n",
        (1, "entered_at", "late_entry", "warning"),
    ),
    (
        "diary",
        f"{D},entered_at\n01,2026-01-05,no,2026-01-04T08:00\n",
        (1, "entered_at", "entered_before_day", "warning"),
    ),
    (
        "diary",
        f"{D},entered_at\n01,2026-01-05,no,2025-10-26T02:30\n",
        (1, "entered_at", "ambiguous_local_time", "cell"),
    ),
    ("diary", f"{D},entered_at\n01,2026-01-05,no,2026-01-05\n", (1, "entered_at", "time_missing", "cell")),
    ("diary", f"{D},entered_at\n01,2026-01-05,no,yesterday\n", (1, "entered_at", "bad_timestamp", "cell")),
    (
        "diary",
        f"{D},entered_at\n01,2026-01-05,no,2026-01-05T10:00\n02,2026-01-05,no,2026-01-05T10:00Z\n",
        (1, "entered_at", "timezone_mix", "warning"),
    ),
    ("diary", f"{D},source\n01,2026-01-05,no,recall\n", (1, "source", "recall", "warning")),
    ("diary", f"{D},mood\n01,2026-01-05,no,good\n", (None, "", "column_not_used", "warning")),
    ("adverse_events", f"{A}\n", (None, "", "no_rows", "warning")),
    (
        "patients",
        PATIENTS + "02,2026-01-20,2025-12-01,51,male\n",
        (2, "patient_id", "duplicate_patient", "error"),
    ),
    ("patients", PATIENTS.replace(",44,", ",144,"), (1, "age", "out_of_range", "cell")),
    ("patients", PATIENTS.replace(",44,", ",91,"), (1, "age", "unusual_value", "warning")),
    ("patients", PATIENTS.replace("female", "f"), (1, "sex", "unknown_code", "cell")),
    ("sessions", SESSIONS.replace("12:00+01:00", "08:00+01:00"), (1, "end", "end_before_start", "cell")),
    (
        "sessions",
        SESSIONS.replace("20T12:00+01:00", "31T12:00+01:00").replace("2026-01-31", "2026-03-31"),
        (1, "end", "session_too_long", "cell"),
    ),
    ("sessions", SESSIONS.replace("T12:00+01:00", "T22:00+01:00"), (1, "end", "unusual_duration", "warning")),
    ("sessions", SESSIONS.replace("2026-01-21T11:00+01:00", ""), (2, "end", "missing_end", "warning")),
    ("sessions", SESSIONS.replace(",80,", ",20,"), (1, "weight_kg", "out_of_range", "cell")),
    ("sessions", SESSIONS.replace(",80,", ",35,"), (1, "weight_kg", "unusual_value", "warning")),
    ("sessions", SESSIONS.replace(",72,", ",90,"), (1, "dose_mg", "dose_differs_from_log", "warning")),
    ("sessions", SESSIONS.replace("s2,02", "s1,02"), (2, "session_id", "duplicate_session", "error")),
    (
        "sessions",
        SESSIONS.replace("s2,02,2026-01-21T09:00", "s2,01,2026-01-20T10:00"),
        (2, "start", "session_overlap", "error"),
    ),
    (
        "sessions",
        f"{S},sbp_max,dbp_max\ns1,01,{DAY}09:00Z,{DAY}11:00Z,80,90\n",
        (1, "sbp_max", "sbp_not_above_dbp", "cell"),
    ),
    (
        "sessions",
        f"{S},spo2_min\ns1,01,{DAY}09:00Z,{DAY}11:00Z,88\n",
        (1, "spo2_min", "unusual_value", "warning"),
    ),
    (
        "titration",
        TITRATION.replace("s1,2026-01-20T12", "s9,2026-01-20T12"),
        (2, "session_id", "unknown_session", "error"),
    ),
    ("titration", TITRATION.replace("T12:00", "T13:00"), (2, "time", "outside_session", "error")),
    (
        "titration",
        TITRATION.replace("T09:00", "T12:00").replace("12:00+01:00,0,", "10:00+01:00,0,"),
        (2, "time", "time_not_increasing", "error"),
    ),
    ("titration", TITRATION.replace("T12:00", "T09:00"), (2, "time", "duplicate_time", "error")),
    ("titration", TITRATION.replace("0.3,start", "9,start"), (1, "rate", "out_of_range", "cell")),
    ("titration", TITRATION.replace("0.3,start", "0.01,start"), (1, "rate", "unusual_rate", "warning")),
    ("titration", TITRATION.replace("0.3,start", "5,start"), (1, "rate", "probable_unit", "warning")),
    ("titration", TITRATION.replace("0.3,start", "0.3,rate"), (1, "action", "log_without_start", "warning")),
    ("titration", TITRATION.replace("0,stop", "0.1,rate"), (2, "action", "log_without_stop", "warning")),
    ("titration", TITRATION.replace("0,stop", "0.7,rate"), (2, "rate", "large_step", "warning")),
    ("titration", TITRATION.replace("T12:00", "T11:00"), (2, "time", "log_gap", "warning")),
    (
        "titration",
        "session_id,time,rate,rate_unit\ns1,2026-01-20T09:00+01:00,3,mL/h\n",
        (1, "rate", "rate_not_convertible", "cell"),
    ),
    ("adverse_events", EVENTS.replace(",1\n", ",severe\n"), (1, "grade", "not_a_number", "cell")),
    ("adverse_events", EVENTS.replace(",1\n", ",1.7\n"), (1, "grade", "not_whole", "cell")),
    ("adverse_events", EVENTS.replace(",1\n", ",6\n"), (1, "grade", "out_of_range", "cell")),
    ("adverse_events", EVENTS.replace("T11:00", "T08:00"), (1, "resolved", "resolved_before_onset", "cell")),
    (
        "adverse_events",
        EVENTS.replace("01,nausea", "77,nausea"),
        (1, "patient_id", "unknown_patient", "error"),
    ),
    ("adverse_events", EVENTS.replace("nausea", "hiccups"), (1, "term", "unknown_term", "warning")),
    ("adverse_events", EVENTS.replace("nausea", "=1+1 nausea"), (1, "term", "formula_in_text", "warning")),
    ("adverse_events", EVENTS.replace("nausea", "<script>nausea"), (1, "term", "markup_in_text", "warning")),
    ("adverse_events", EVENTS.replace("nausea", "nau\x07sea"), (1, "term", "control_character", "warning")),
    (
        "adverse_events",
        EVENTS.replace("2026-01-20T10:00", "2026-01-19T10:00"),
        (1, "onset", "before_any_session", "warning"),
    ),
    (
        "adverse_events",
        EVENTS + EVENTS.splitlines()[1].replace("nausea", "Nausea") + "\n",
        (2, "term", "duplicate_event", "error"),
    ),
    (
        "adverse_events",
        f"{A},session_id\n01,nausea,{DAY}10:00Z,s9\n",
        (1, "session_id", "unknown_session", "warning"),
    ),
    (
        "adverse_events",
        f"{A},session_id\n01,nausea,{DAY}10:00Z,s2\n",
        (1, "session_id", "unknown_session", "warning"),
    ),
    (
        "assessments",
        "patient_id,date,instrument,score,session_id\n01,2026-01-20,HIT-6,66,s2\n",
        (1, "session_id", "unknown_session", "warning"),
    ),
    (
        "adverse_events",
        f"{A},grade,outcome\n01,nausea,{DAY}10:00Z,5,recovered\n",
        (1, "outcome", "grade_5_not_fatal", "warning"),
    ),
    (
        "adverse_events",
        f"{A},grade,outcome\n01,nausea,{DAY}10:00Z,4,fatal\n",
        (1, "grade", "fatal_not_grade_5", "warning"),
    ),
    (
        "adverse_events",
        f"{A},grade,outcome\n01,nausea,{DAY}10:00Z,5,fatal\n01,dizzy,2026-01-22T10:00Z,1,\n",
        (2, "onset", "after_death", "warning"),
    ),
    (
        "adverse_events",
        f"event_id,{A}\ne,01,nausea,{DAY}10:00Z\ne,01,dizzy,{DAY}10:00Z\n",
        (2, "event_id", "duplicate_event_id", "cell"),
    ),
    (
        "assessments",
        "patient_id,date,instrument,score\n01,2026-01-20,HIT-6,20\n",
        (1, "score", "score_out_of_range", "cell"),
    ),
    (
        "assessments",
        "patient_id,date,instrument,score\n01,2026-01-20,XYZ,20\n",
        (1, "instrument", "unknown_code", "error"),
    ),
    (
        "assessments",
        "patient_id,date,instrument,score\n01,2026-01-20,HIT-6,50\n01,2026-01-20,HIT-6,51\n",
        (1, "instrument", "duplicate_assessment", "error"),
    ),
]


def test_sound_tables_have_no_finding(tmp_path):
    study = study_of(tmp_path)
    assert len(study.findings) == 0
    assert list(study.findings.columns) == list(FINDING_COLUMNS)
    assert_nothing_lost(study)


def _sound_days(header: str) -> str:
    """Return diary rows of both patients without any fault."""
    rest = "," * (header.count(",") - 2) + "\n"
    return f"01,2026-01-18,no{rest}02,2026-01-19,no{rest}"


def _readable(folder, table: str, content: str) -> oc.Study:
    """Read the study; where the fault leaves no diary day, that is refused, and sound days are added."""
    try:
        return study_of(folder, **{table: content})
    except DataError as error:
        if table != "diary" or not str(error).startswith(("no diary day can", "no patient_id of the table")):
            raise
        return study_of(folder, diary=content + _sound_days(content.splitlines()[0]))


@pytest.mark.parametrize(
    ("table", "content", "wanted"), CASES, ids=[f"{c[0]}-{c[2][2]}-{i}" for i, c in enumerate(CASES)]
)
def test_a_fault_is_found_and_the_row_kept_or_rejected(tmp_path, table, content, wanted):
    study = _readable(tmp_path, table, content)
    row, column, rule, cost = wanted
    severity = "warning" if cost == "warning" else "error"
    assert (table, row, column, rule, severity) in rules_found(study)
    assert_nothing_lost(study)
    rejected = study.rejected[table]["row"].tolist()
    if cost == "error":
        assert row in rejected
    elif row is not None and "row rejected" not in study.findings["cost"].tolist():
        assert row not in rejected
    if cost == "cell":
        found = study.findings.query("row == @row and column == @column and rule == @rule")
        assert found["cost"].tolist() == ["cell not used"]
        assert "cell not used" in found["message"].item()
        left = study.table(table)[column].iloc[row - 1]
        # an event is told apart by its file and row when its number is not used
        assert left == f"{table}.csv:{row}" if column == "event_id" else pd.isna(left)
    finding = study.findings.query("rule == @wanted[2]").iloc[0]
    assert finding["message"]
    assert finding["file"] == f"{table}.csv"


def test_messages_hold_no_value_of_the_data(tmp_path):
    marker = "Zebra77"
    for table, content in ALL.items():
        header, *rows = content.strip().splitlines()
        spoiled = [header] + [",".join(marker for _ in row.split(",")) for row in rows]
        sound = "\n".join([*spoiled, *rows]) + "\n"
        study = study_of(tmp_path, **{table: sound})
        shown = study.findings.drop(columns="raw").to_csv()
        assert marker.casefold() not in shown.casefold()
        assert marker in "".join(study.findings["raw"].dropna())


def test_all_faults_of_one_row_are_found_at_once(tmp_path):
    header = "patient_id,date,headache,pain,duration_h\n"
    study = study_of(tmp_path, diary=f"{header}99,2026-02-31,maybe,99,x\n{_sound_days(header)}")
    assert {found[3] for found in rules_found(study)} == {
        "unknown_patient",
        "bad_date",
        "not_yes_no",
        "out_of_range",
        "not_a_number",
    }


def test_one_bad_cell_does_not_hide_the_others(tmp_path):
    rows = "".join(f"01,2026-01-{day:02d},yes,{value}\n" for day, value in ((1, "3"), (2, "99"), (3, "x")))
    study = study_of(tmp_path, diary="patient_id,date,headache,pain\n" + rows)
    found = {(row, rule) for _, row, _, rule, _ in rules_found(study)}
    assert found == {(2, "out_of_range"), (3, "not_a_number")}


@pytest.mark.parametrize(("resolve", "kept"), [("latest_entry", [6.0]), ("worst", [8.0]), ("reject", [])])
def test_two_rows_for_a_day_follow_the_rule(tmp_path, resolve, kept):
    diary = (
        "patient_id,date,headache,pain,entered_at\n"
        "01,2026-01-05,yes,8,2026-01-05T20:00\n"
        "01,2026-01-05,yes,6,2026-01-06T20:00\n"
        "01,2026-01-05,no,,2026-01-04T20:00\n"
        "02,2026-01-05,no,,\n"
    )
    study = study_of(tmp_path, diary=diary).with_rules(resolve=resolve)
    assert study.diary["pain"].dropna().tolist() == kept
    assert_nothing_lost(study)
    assert len(study.rejected["diary"]) == 3 - len(kept)


def test_the_row_that_is_kept_has_no_error_of_its_own(tmp_path):
    diary = "patient_id,date,headache,pain\n01,2026-01-05,yes,99\n01,2026-01-05,yes,6\n02,2026-01-05,no,\n"
    study = study_of(tmp_path, diary=diary).with_rules(resolve="worst")
    assert study.diary["pain"].dropna().tolist() == [6.0]


def test_after_the_cutoff_is_received_and_not_used(tmp_path):
    late = study_of(tmp_path, diary=DIARY + "01,2026-02-01,yes\n")
    early = late.as_of("2026-01-20")
    assert len(late.diary) == 3
    assert len(early.diary) == 2
    assert ("diary", 3, "date", "after_cutoff", "error") in rules_found(early)
    assert early.sessions["session_id"].tolist() == ["s1"]
    assert_nothing_lost(early)
    assert len(late.diary) == 3


def test_an_unknown_identifier_with_a_lost_zero_is_not_matched(tmp_path):
    study = study_of(tmp_path, diary="patient_id,date,headache\n1,2026-01-05,yes\n01,2026-01-06,yes\n")
    assert study.diary["patient_id"].tolist() == ["01"]


def test_a_wrong_age_costs_neither_the_patient_nor_the_days(tmp_path):
    study = study_of(tmp_path, patients=PATIENTS.replace(",44,", ",144,"))
    assert study.patients["patient_id"].tolist() == ["01", "02"]
    assert study.patients["age"].isna().tolist() == [True, False]
    assert len(study.diary) == 2


def test_frames_that_are_handed_out_do_not_change_the_study(tmp_path):
    study = study_of(tmp_path)
    diary = study.diary
    diary["headache"] = False
    study.rejected["diary"] = None
    assert study.diary["headache"].tolist() == [True, False]
    assert len(study.rejected["diary"]) == 0


def test_validate_takes_text_and_typed_frames():
    import pandas as pd

    text = pd.DataFrame(
        {"patient_id": ["1", "1", "1"], "date": ["2026-01-05", "x", "2026-01-07"], "headache": "no"}
    )
    checked = oc.validate({"diary": text})
    assert len(checked.accepted["diary"]) == 2
    assert checked.rejected["diary"]["reason"].tolist() == ["bad_date"]
    again = oc.validate({"diary": checked.accepted["diary"]})
    assert len(again.findings) == 0
    pd.testing.assert_frame_equal(again.accepted["diary"], checked.accepted["diary"])


def test_one_wrong_year_does_not_cost_the_sessions_after_it(tmp_path):
    sessions = (
        f"{S}\na,01,{DAY}09:00Z,2027-01-20T10:00Z\n"
        "b,01,2026-01-22T09:00Z,2026-01-22T10:00Z\nc,01,2026-01-24T09:00Z,2026-01-24T08:00Z\n"
        "d,01,2026-01-24T09:30Z,2026-01-24T10:00Z\n"
    )
    study = study_of(tmp_path, {"patients": PATIENTS, "diary": DIARY, "sessions": sessions})
    assert {found[3] for found in rules_found(study)} == {"session_too_long", "end_before_start"}
    assert study.sessions["session_id"].tolist() == ["a", "b", "c", "d"]
    assert study.sessions["end"].isna().tolist() == [True, False, True, False]


def test_one_wrong_time_does_not_cost_the_row_after_it(tmp_path):
    times = ("09:00Z,0.1,start", "09:30Z,0.2,rate", "10:00Z,0.3,rate", "11:00Z,0,stop")
    log = "".join(f"s1,{DAY}{time}\n" for time in times).replace(f"{DAY}09:30Z", "2027-01-20T09:30Z")
    study = study_of(tmp_path, titration="session_id,time,rate,action\n" + log)
    errors = {found for found in rules_found(study) if found[4] == "error"}
    assert errors == {("titration", 2, "time", "outside_session", "error")}
    assert study.titration["rate"].tolist() == [0.1, 0.3, 0.0]


def test_the_row_that_mends_an_event_stays_when_the_wrong_one_goes(tmp_path):
    wrong = EVENTS.replace("2026-01-20T11:00", "2026-01-20T09:00")
    study = study_of(tmp_path, adverse_events=wrong + EVENTS.splitlines()[1] + "\n")
    assert {found[:4] for found in rules_found(study)} == {
        ("adverse_events", 1, "resolved", "resolved_before_onset"),
        ("adverse_events", 1, "term", "duplicate_event"),
    }
    assert len(study.adverse_events) == 1
    assert study.adverse_events["resolved"].notna().all()


def test_frames_keep_what_their_types_say():
    diary = pd.DataFrame(
        {"patient_id": [1.0, 2.0, 2.0], "date": pd.date_range("2026-01-05", periods=3), 0: "unread"}
    ).assign(headache=[1.0, 0.0, None])
    checked = oc.validate({"diary": diary})
    assert checked.accepted["diary"]["patient_id"].tolist() == ["1", "2"]
    assert checked.accepted["diary"]["headache"].tolist() == [True, False]
    assert checked.rejected["diary"]["reason"].tolist() == ["missing_value"]


def test_events_of_a_frame_with_dates_alone_belong_to_the_session_of_the_day():
    sessions = pd.DataFrame(
        {"session_id": ["s1"], "patient_id": "1", "start": ["2026-01-20T09:00"], "end": ["2026-01-20T10:00"]}
    )
    events = pd.DataFrame({"patient_id": ["1", "1"], "term": ["nausea", "dizzy"]})
    day = pd.to_datetime(["2026-01-20", "2026-01-21"])
    events = events.assign(onset=day, resolved=day)
    diary = pd.DataFrame({"patient_id": ["1"], "date": ["2026-01-05"], "headache": ["yes"]})
    study = oc.Study(diary=diary, sessions=sessions, adverse_events=events, timezone="Europe/Zurich")
    assert len(study.findings) == 0
    found = oc.emergent(study)
    assert found["onset_precision"].tolist() == ["day", "day"]
    assert found["emergent"].tolist() == [True, True]
    assert found["session_id"].tolist() == ["s1", "s1"]


def test_a_finding_names_the_line_as_a_spreadsheet_numbers_it(tmp_path):
    diary = "\n".join(["patient_id,date,headache", "01,2026-01-05,yes", "", "01,2026-01-06,perhaps", ""])
    path = write_study(tmp_path, {"patients": PATIENTS, "diary": diary})
    found = oc.read_study(path).findings.query("rule == 'not_yes_no'")
    assert found[["row", "line"]].to_numpy().tolist() == [[2, 4]]  # the header and an empty line come before
    whole = oc.read_study(path).findings.query("row.isna()")
    assert whole["line"].isna().all()


def test_a_frame_has_rows_and_no_lines():
    diary = pd.DataFrame(
        {"patient_id": ["a"] * 2, "date": ["2026-01-05", "2026-01-06"], "headache": ["no", "?"]}
    )
    patients = pd.DataFrame({"patient_id": ["a"], "index_date": ["2026-01-06"]})
    found = oc.Study(diary=diary, patients=patients).findings.query("rule == 'not_yes_no'")
    assert found["row"].tolist() == [2]
    assert found["line"].isna().all()
