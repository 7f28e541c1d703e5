"""`outcomes init --from`: what is proposed for exports, what is asked, and that no cell is ever told."""

from __future__ import annotations

import gzip
import tomllib
from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

import outcomes as oc
from outcomes.cli import app
from outcomes.config.proposal.propose import propose
from shared import ROOT, shared

DAYS = [date(2026, 1, 1) + timedelta(days=number) for number in range(40)]
INDEX = "patient_id,index_date\nbuddy,2026-02-01\ntracker,2026-02-01\n"


def run(folder, *arguments):
    return CliRunner().invoke(app, ["init", *map(str, arguments)])


def write(folder, **files):
    paths = []
    for name, text in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        paths.append(path)
    return paths


BUDDY = "\n".join(
    [
        "Ongoing events",
        "None",
        "",
        '"#","Started","Lasted","Start UTC Offset (min)","End UTC Offset (min)","Pain Level","Symptoms",'
        '"Helpful Medication","Somewhat Helpful Medication","Unhelpful Medication","Notes"',
        '1,"01/03/26 08:10","02h 50m",60,60,7,"Nausea, light sensitivity","Sumatriptan","","Ibuprofen",""',
        '2,"01/06/26 22:40","02h 40m",60,60,8,"","","","no medication",""',
        '3,"01/10/26 21:00","1d 03h 30m",60,60,6,"Pulsating pain","","","","a',
        'note of two lines"',
        "",
    ]
)
TRACKER = """start_time,end_time,intensity,medication,triggers,notes,barometric_pressure
2026-01-10 19:00:00,2026-01-10 20:30:00,9,"oxygen, sumatriptan",alcohol,,1013.2
2026-01-09 23:30:00,2026-01-10 00:30:00,7,,,,
"""


def test_no_line_has_to_be_changed_for_an_export_of_migraine_buddy(tmp_path):
    paths = write(tmp_path, buddy__csv=BUDDY)
    found = run(tmp_path, "--from", *paths, "--yes")
    assert "when the treatment began" in str(found.exception)  # what remains
    study = _with_index(tmp_path)
    days = study.diary.set_index(study.diary["date"].dt.strftime("%m-%d"))
    assert days.index.tolist() == ["01-03", "01-06", "01-07", "01-10", "01-11", "01-12"]
    assert days["duration_h"].round(4).tolist() == [2.8333, 1.3333, 1.3333, 3.0, 24.0, 0.5]
    assert days["pain"].tolist() == [7, 8, 8, 6, 6, 6]
    assert days.loc["01-03", "acute_medication"] == "nsaid+triptan"
    assert days.loc["01-06", "acute_medication"] == "none"
    assert days.loc["01-03", ["nausea", "photophobia", "phonophobia"]].tolist() == [True, True, False]
    assert days.loc["01-06", ["nausea"]].isna().all()  # nothing listed: nothing known
    assert days.loc["01-11", "pulsating"]


def test_no_line_has_to_be_changed_for_an_export_of_a_cluster_headache_tracker(tmp_path):
    paths = write(tmp_path, tracker__csv=TRACKER)
    run(tmp_path, "--from", *paths, "--yes")
    days = _with_index(tmp_path).diary
    assert days["date"].dt.day.tolist() == [9, 10]
    assert days["duration_h"].tolist() == [0.5, 2.0]
    assert days["acute_medication"].fillna("").tolist() == ["", "other+triptan"]


def _with_index(folder):
    """Return the study with the table that says when the treatment began, and nothing else changed."""
    (folder / "patients.csv").write_text(INDEX)
    path = folder / "study.toml"
    path.write_text(path.read_text() + '\n[tables.patients]\nfile = "patients.csv"\n')
    return oc.read_study(folder)


def test_no_line_has_to_be_changed_for_an_export_of_our_own_dictionary(tmp_path):
    text = shared("cases", "redcap_own_dictionary", "export.csv").read_text()
    found = run(tmp_path, "--from", *write(tmp_path, export__csv=text), "--yes")
    assert found.exit_code == 0, found.stderr
    study = oc.read_study(tmp_path)
    assert study.diary["acute_medication"].tolist() == ["nsaid+triptan", "none"]
    assert study.findings.empty


def test_the_case_of_attacks_asks_whose_they_are(tmp_path):
    files = {
        f"{one}__csv": shared("cases", "attacks", f"{one}.csv").read_text() for one in ("attacks", "patients")
    }
    paths = write(tmp_path, **files)
    refused = run(tmp_path, "--from", *paths, "--yes")
    assert refused.exception.exit_code == 2
    assert not (tmp_path / "study.toml").exists()
    assert (
        run(tmp_path, "--from", *paths, "--yes", "--answer", "diary.constants.patient_id=A1").exit_code == 0
    )
    assert oc.read_study(tmp_path).diary["date"].dt.day.tolist() == [3, 6, 7, 10, 14]


def german_diary(patients=("K-101", "K-102")):
    lines = [
        "Kopfschmerztagebuch der Ambulanz;;;;;",
        "",
        "PatNr;Datum;Kopfschmerz;Stärke (0-10);Dauer (min);Akutmedikation",
    ]
    for patient in patients:
        for number, day in enumerate(DAYS):
            ache = ("ja", "6,5", "240", "Maxalt 10 mg") if number % 4 == 0 else ("nein", "", "", "keine")
            lines.append(";".join([patient, f"{day:%d.%m.%Y}", *ache]))
    return "\r\n".join([*lines, "Summe;;;;;", ""]).encode("cp1252")


SESSIONS = """Fallnr;Patient;Beginn;Ende;Gewicht;Gesamtdosis;Station
1;K-101;02.02.2026 08:00;02.02.2026 12:00;154;80,5;Tagesklinik
2;K-102;03.02.2026 08:00;03.02.2026 12:00;143;70;ambulant
"""


def test_a_german_diary_with_title_footer_and_minutes_needs_no_question(tmp_path):
    paths = write(tmp_path, tagebuch__csv=german_diary(), infusionen__csv=SESSIONS)
    found = run(tmp_path, "--from", *paths, "--yes", "--answer", "sessions.units.weight_kg=lb")
    assert found.exit_code == 0, found.stderr
    study = oc.read_study(tmp_path)
    assert len(study.diary) == 80
    assert study.diary["headache"].sum() == 20
    ache = study.diary[study.diary["headache"]]
    assert set(ache["pain"]) == {6.5}
    assert set(ache["duration_h"]) == {4.0}
    assert set(ache["acute_medication"]) == {"triptan"}
    assert study.sessions["weight_kg"].round(2).tolist() == [69.85, 64.86]
    assert study.sessions["dose_mg"].tolist() == [80.5, 70]
    assert not study.findings["severity"].eq("error").any()
    assert study.provenance.set_index("table")["turned"].to_dict() == {
        "sessions": "weight_kg in lb",
        "diary": "names of drugs; duration_h in min",
    }


def test_every_line_gives_its_reason(tmp_path):
    write(tmp_path, tagebuch__csv=german_diary(), infusionen__csv=SESSIONS)
    run(tmp_path, "--from", tmp_path / "tagebuch.csv", tmp_path / "infusionen.csv")
    lines = (tmp_path / "study.toml").read_text(encoding="utf-8").splitlines()
    keys = [line for line in lines if " = " in line and not line.startswith(("#", "file"))]
    assert len(keys) > 20
    assert all("  # " in line for line in keys)


AMBIGUOUS = "patient,date,headache\nA,03/04/2026,1\nA,05/04/2026,0\nB,07/06/2026,1\n"


def test_an_ambiguous_date_is_asked_and_never_chosen(tmp_path):
    paths = write(tmp_path, diary__csv=AMBIGUOUS)
    refused = run(tmp_path, "--from", *paths, "--yes")
    assert refused.exception.exit_code == 2
    assert "diary.date_format" in refused.exception.message()
    open_one = run(tmp_path, "--from", *paths)
    assert open_one.exit_code == 2
    text = (tmp_path / "study.toml").read_text()
    assert '#? date_format = "%d/%m/%Y"' in text
    assert '#? date_format = "%m/%d/%Y"' in text
    assert "date_format" not in tomllib.loads(text)["tables"]["diary"]


@pytest.mark.parametrize(("written", "month"), [("%d/%m/%Y", 4), ("%m/%d/%Y", 3), ("1", 4), ("2", 3)])
def test_an_answer_decides(tmp_path, written, month):
    paths = write(tmp_path, diary__csv=AMBIGUOUS, p__csv="patient,index_date\nA,2026-05-01\nB,2026-05-01\n")
    assert run(tmp_path, "--from", *paths, "--answer", f"diary.date_format={written}").exit_code == 0
    assert oc.read_study(tmp_path).diary["date"].dt.month[0] == month


def test_on_a_terminal_the_question_is_asked(tmp_path, monkeypatch):
    paths = write(tmp_path, diary__csv=AMBIGUOUS)
    monkeypatch.setattr("outcomes.cli.proposed.on_a_terminal", lambda: True)
    found = CliRunner().invoke(app, ["init", "--from", *map(str, paths)], input="nonsense\n2\n")
    assert "which is meant" in found.stderr
    assert (
        tomllib.loads((tmp_path / "study.toml").read_text())["tables"]["diary"]["date_format"] == "%m/%d/%Y"
    )


MEASURES = [
    ("weight", ["113", "159", "140"], "sessions", "units.weight_kg", None),
    ("weight (lb)", ["113", "159", "140"], "sessions", "units.weight_kg", "lb"),
    ("weight", ["11 st 4", "9 st 13 lb", "12st"], "sessions", "units.weight_kg", "st"),
    ("weight", ["70", "61", "82"], "sessions", "units.weight_kg", ""),
    ("dose", ["1,250", "2,100", "900"], "sessions", "decimal", None),
    ("dose", ["1.250,5", "2.100", "900"], "sessions", "decimal", ","),
    ("pain_before", ["70", "55", "80"], "sessions", "units.pain_before", "0-100"),
    ("duration", ["240", "60", "90"], "diary", "units.duration_h", "min"),
    ("duration", ["1:30", "10:00", "0:45"], "diary", "units.duration_h", "h:mm"),
    ("duration", ["5h 30m", "45 min", "2 h"], "diary", "units.duration_h", "words"),
    ("duration", ["4", "12", "24"], "diary", "units.duration_h", ""),
    ("pain", ["1", "2", "3"], "diary", "pain_scale", None),
]


@pytest.mark.parametrize(
    ("name", "cells", "table", "key", "value"), MEASURES, ids=[str(n) for n in range(len(MEASURES))]
)
def test_units_are_told_by_names_and_numbers_or_asked(tmp_path, name, cells, table, key, value):
    """None: asked; empty: nothing to say."""
    first = {
        "sessions": ("session_id,patient_id,start,end", "S{0},P{0},2026-02-0{1}T08:00,2026-02-0{1}T12:00"),
        "diary": ("patient_id,date,headache", "P{0},2026-01-0{1},yes"),
    }[table]
    rows = [f'{first[1].format(number, number + 1)},"{cell}"' for number, cell in enumerate(cells)]
    write(tmp_path, **{f"{table}__csv": "\n".join([f"{first[0]},{name}", *rows, ""])})
    found = propose(tmp_path, [f"{table}.csv"])
    lines = {line.key: line.value for line in found.tables[0].lines}
    asked = {question.key for question in found.tables[0].questions}
    assert (key in asked) == (value is None)
    assert lines.get(key, "") == (value or "")


def test_files_of_one_table_in_different_formats_become_one_table(tmp_path):
    one = "patient,date,headache\nA,2026-01-13,yes\nA,2026-01-14,no\n"
    two = "Patient;Datum;Kopfschmerz\nB;13.01.2026;ja\nB;14.01.2026;nein\n"
    paths = write(tmp_path, a__csv=one, b__csv=two, p__csv="patient,index_date\nA,2026-05-01\nB,2026-05-01\n")
    assert run(tmp_path, "--from", *paths, "--yes").exit_code == 0
    study = oc.read_study(tmp_path)
    assert study.diary["date"].dt.day.tolist() == [13, 14, 13, 14]
    assert study.diary["headache"].tolist() == [True, False, True, False]
    assert study.findings.empty


def test_a_calendar_scores_in_columns_and_packed_files(tmp_path):
    calendar = "Patient,2026-01-01,2026-01-02,2026-01-03\nA,1,0,\nB,,0,1\n"
    scores = "patient,visit_date,HIT6,MIDAS\nA,2026-01-13,60,20\nB,2026-01-14,,41\n"
    paths = write(
        tmp_path,
        diary__csv__gz=gzip.compress(calendar.encode()),
        scores__tsv=scores.replace(",", "\t"),
        p__csv="patient,index_date\nA,2026-05-01\nB,2026-05-01\n",
    )
    found = run(tmp_path, "--from", *paths, "--yes")
    assert found.exit_code == 0, found.stderr
    study = oc.read_study(tmp_path)
    assert study.diary[["patient_id", "headache"]].to_numpy().tolist() == [
        ["A", True],
        ["A", False],
        ["B", False],
        ["B", True],
    ]
    assert study.assessments["instrument"].tolist() == ["HIT-6", "MIDAS", "MIDAS"]
    assert study.assessments["score"].tolist() == [60, 20, 41]


def test_one_file_with_a_column_of_forms_feeds_several_tables(tmp_path):
    text = (
        "form,patient,date,headache,first_infusion\npatients,A,,,2026-05-01\npatients,B,,,2026-05-02\n"
        "diary,A,2026-01-01,yes,\ndiary,B,2026-01-01,no,\n"
    )
    assert run(tmp_path, "--from", *write(tmp_path, export__csv=text), "--yes").exit_code == 0
    study = oc.read_study(tmp_path)
    assert study.patients["patient_id"].tolist() == ["A", "B"]
    assert study.diary["headache"].tolist() == [True, False]


CANARY = "Xq7canary"


def test_no_text_of_a_cell_is_written_or_printed(tmp_path):
    header = "PatNr,Datum,Kopfschmerz,Schmerz,Akutmedikation,Bemerkung,Ort"
    rows = [
        f"{CANARY}{n},2026-01-0{n + 1},{CANARY},{CANARY}5,{CANARY} 50mg,{CANARY} fell,{CANARY}"
        for n in range(5)
    ]
    paths = write(tmp_path, diary__csv="\n".join([header, *rows, ""]), no_header__csv="\n".join(rows) + "\n")
    first = run(tmp_path, "--from", paths[0])
    second = run(tmp_path, "--from", paths[1], tmp_path / "other")
    told = (
        first.stdout
        + first.stderr
        + second.stdout
        + second.stderr
        + str(first.exception)
        + str(second.exception)
    )
    assert CANARY not in told
    assert "header" in str(second.exception)
    for path in tmp_path.rglob("study.toml"):
        assert CANARY not in path.read_text(encoding="utf-8")


def test_files_from_elsewhere_are_copied_and_nothing_is_written_over(tmp_path):
    (tmp_path / "in").mkdir()
    paths = write(tmp_path / "in", diary__csv=AMBIGUOUS)
    found = run(tmp_path, tmp_path / "out", "--from", *paths)
    assert "copied" in found.stderr
    assert (tmp_path / "out" / "diary.csv").read_text() == AMBIGUOUS
    again = run(tmp_path, tmp_path / "out", "--from", *paths)
    assert "already holds study.toml" in str(again.exception)


def test_the_example_is_recognised_but_for_its_list_of_faults(tmp_path):
    folder = ROOT / "data" / "example"
    names = sorted(path.name for path in folder.glob("*.csv"))
    found = propose(folder, names)
    assert [name for name, _ in found.unknown] == ["faults.csv"]
    assert len(found.tables) == 6
    assert set(found.questions) == {"timezone"}


def test_a_list_of_infusions_without_an_identifier_is_no_list_of_attacks(tmp_path):
    rows = [f"A-0{n};0{n}.01.2026 09:00;1{n}.01.2026 13:30;40,5;72" for n in range(1, 6)]
    write(tmp_path, export__csv="\n".join(["Pat;Beginn;Ende;Dosis mg;Gewicht", *rows]))
    assert [one.table for one in propose(tmp_path, ["export.csv"]).tables] == ["sessions"]


@pytest.mark.parametrize(("other", "proposed"), [("Summe", True), ("3", False)])
def test_words_for_yes_and_no_are_proposed_beside_a_total_and_not_beside_scores(tmp_path, other, proposed):
    answers = ["ja", "nein", "ja", other] if proposed else ["1", "0", "2", other]
    rows = [f"P1,2026-01-0{day},{answer}" for day, answer in enumerate(answers, start=1)]
    write(tmp_path, diary__csv="\n".join(["patient_id,date,headache", *rows]))
    lines = {line.key: line.value for line in propose(tmp_path, ["diary.csv"]).tables[0].lines}
    assert ("ja" in lines.get("yes", ())) == proposed
    assert ("yes" in lines) == proposed


def test_a_proposal_may_have_the_project_around_it(tmp_path):
    paths = write(tmp_path, diary__csv="patient_id,date,headache\nA,2026-01-13,yes\n",
                  patients__csv="patient_id,index_date\nA,2026-02-01\n")  # fmt: skip
    found = run(tmp_path, "--from", paths[0], "--from", paths[1], "--yes", "--project")
    assert found.exit_code == 0, found.stderr
    assert (tmp_path / "tests" / "test_study.py").is_file()
    assert oc.read_study(tmp_path).diary["patient_id"].tolist() == ["A"]
