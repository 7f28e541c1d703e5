"""Fourteen small studies in the shapes that clinics export: each comes in without code, values by hand.

Every study.toml has at most ten lines; the files stand here in full and describe nobody.
"""

from __future__ import annotations

import gzip

import pandas as pd
import pytest

import outcomes as oc
from outcomes.cli import main

INDEX = "patient_id,index_date\nA,2026-02-01\nB,2026-02-01\n"
PATIENTS = '[tables.patients]\nfile = "patients.csv"\n[tables.diary]\n'
SESSIONS = (
    "nr,patient_id,start,end,gewicht,dose\n1,A,2026-02-01T08:00,2026-02-01T12:00,{},{}\n"
    "2,B,2026-02-01T08:00,2026-02-01T12:00,{},{}\n"
)
DIARY = "patient_id,date,headache\nA,2026-01-05,yes\nA,2026-01-06,no\nB,2026-01-05,no\n"
PLAIN = [("A", 5, True), ("A", 6, False), ("B", 5, False)]
BY_SESSION = (
    '[tables.diary]\nfile = "diary.csv"\n[tables.sessions]\nfile = "sessions.csv"\n'
    'columns = {{ session_id = "nr", weight_kg = "gewicht", dose_mg = "dose" }}\nunits = {{ {} }}\n'
)


def study_of(folder, toml, files):
    lines = 'title = "t"\ntimezone = "Europe/Zurich"\n' + toml
    assert len(lines.splitlines()) <= 10
    for name, text in ({"patients.csv": INDEX} | files).items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    (folder / "study.toml").write_text(lines, encoding="utf-8")
    return oc.read_study(folder)


SHAPES = {
    "rows of one form": (
        PATIENTS + 'file = "export.csv"\nwhere = { form = "diary" }\n',
        {
            "export.csv": DIARY.replace("patient_id,", "form,patient_id,").replace("\n", "\ndiary,")[:-6]
            + "visit,A,,\n"
        },
    ),
    "a column a day": (
        PATIENTS
        + 'file = "calendar.csv"\nwide = { matching = "d(.+)", name = "date", value = "headache" }\n',
        {"calendar.csv": "patient_id,d2026-01-05,d2026-01-06\nA,yes,no\nB,no,\n"},
    ),
    "one file a patient": (
        PATIENTS + 'file = ["A.csv", "B.csv"]\nfrom_name = { patient_id = "(.)[.]csv" }\n',
        {
            "A.csv": "date,headache\n2026-01-05,yes\n2026-01-06,no\n",
            "B.csv": "date,headache\n2026-01-05,no\n",
        },
    ),
    "title, sep= and total": (
        PATIENTS + 'file = "diary.csv"\nskip_lines = 2\nfooter = 1\ndelimiter = ";"\n',
        {"diary.csv": "sep=;\nDiary of the clinic\n" + DIARY.replace(",", ";") + "Total;3;\n"},
    ),
    "merged identifiers": (
        PATIENTS + 'file = "diary.csv"\nfill_down = ["patient_id"]\n',
        {"diary.csv": DIARY.replace("\nA,2026-01-06", "\n,2026-01-06")},
    ),
    "no header, gzip": (
        PATIENTS + 'file = "diary.csv.gz"\nheader = ["patient_id", "date", "headache"]\n',
        {"diary.csv.gz": gzip.compress(DIARY.split("\n", 1)[1].encode())},
    ),
    "two formats of dates": (
        PATIENTS + 'file = ["A.csv", "B.csv"]\n'
        'per_file = { "B.csv" = { date_format = "%d.%m.%y", no = ["nein"] } }\n',
        {
            "A.csv": "patient_id,date,headache\nA,2026-01-05,yes\nA,2026-01-06,no\n",
            "B.csv": "patient_id,date,headache\nB,05.01.26,nein\n",
        },
    ),
    "a row a symptom": (
        PATIENTS
        + 'file = "d.csv"\nlong = { name = "what", value = "answer", keys = ["patient_id", "date"] }\n',
        {
            "d.csv": "patient_id,date,what,answer\nA,2026-01-05,headache,yes\nA,2026-01-05,nausea,yes\n"
            "A,2026-01-06,headache,no\nB,2026-01-05,headache,no\n"
        },
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_diary_of_another_shape_is_the_same_diary(tmp_path, shape):
    study = study_of(tmp_path, *SHAPES[shape])
    days = zip(study.diary["patient_id"], study.diary["date"].dt.day, study.diary["headache"], strict=True)
    assert list(days) == PLAIN
    assert not study.findings["severity"].eq("error").any()


@pytest.mark.long
@pytest.mark.parametrize("shape", SHAPES)
def test_ten_lines_are_enough_for_a_report(tmp_path, shape):
    """`study_of` counts the lines of each study.toml of this file."""
    study_of(tmp_path, *SHAPES[shape])
    with pytest.raises(SystemExit) as done:
        main(["report", str(tmp_path), "--out", str(tmp_path / "out")])
    assert done.value.code == 0


def test_attacks_with_date_and_time_apart_over_midnight(tmp_path):
    toml = PATIENTS + (
        'file = "a.csv"\njoined = { from = ["day", "on"], to = ["day", "off"] }\n'
        'attacks = { start = "from", end = "to", next_day = true }\ntimestamp_format = "%d.%m.%Y %H:%M"\n'
    )
    text = "patient_id,day,on,off,pain\nA,5.1.2026,22:30,01:15,7\nA,7.1.2026,08:00,09:00,4\n"
    diary = study_of(tmp_path, toml, {"a.csv": text}).diary
    assert diary["date"].dt.day.tolist() == [5, 6, 7]
    assert diary["duration_h"].tolist() == [1.5, 1.25, 1.0]
    assert diary["pain"].tolist() == [7, 7, 4]


@pytest.mark.parametrize(
    ("unit", "cells", "hours"),
    [
        ("words", ("2h 30m", "1 day 1 h"), [2.5, 24 - 8, 9.0]),
        ("min", ("150", "1500"), [2.5, 16, 9.0]),
        ("h:mm", ("2:30", "25:00"), [2.5, 16, 9.0]),
    ],
    ids=["words", "min", "clock"],
)
def test_attacks_with_how_long_they_lasted(tmp_path, unit, cells, hours):
    toml = (
        PATIENTS + f'file = "a.csv"\nattacks = {{ start = "on", lasted = "for", lasted_unit = "{unit}" }}\n'
    )
    text = f"patient_id,on,for\nA,2026-01-05T08:00,{cells[0]}\nA,2026-01-10T08:00,{cells[1]}\n"
    diary = study_of(tmp_path, toml, {"a.csv": text}).diary
    assert diary["date"].dt.day.tolist() == [5, 10, 11]
    assert diary["duration_h"].tolist() == hours


def test_drugs_in_two_columns_and_symptoms_in_words(tmp_path):
    toml = PATIENTS + (
        'file = "d.csv"\nlists = { acute_medication = ["first", "second"] }\ndrug_names = true\n'
        'symptoms = "with"\nunits = { duration_h = "words" }\n'
    )
    text = (
        "patient_id,date,headache,duration_h,first,second,with\n"
        'A,2026-01-05,yes,5h 30m,Imigran 50mg,"Dafalgan, Imigran","Übelkeit, Lichtscheu"\n'
        "A,2026-01-06,yes,45 min,,Maxalt,\nB,2026-01-05,no,,,,\n"
    )
    diary = study_of(tmp_path, toml, {"d.csv": text}).diary
    assert diary["acute_medication"].fillna("").tolist() == ["simple_analgesic+triptan", "triptan", ""]
    assert diary["duration_h"].fillna(-1).tolist() == [5.5, 0.75, -1]
    assert diary.loc[0, ["nausea", "photophobia", "phonophobia", "aura"]].tolist() == [
        True,
        True,
        False,
        False,
    ]
    assert diary.loc[1, ["nausea", "aura"]].isna().all()


KG_OF_11_ST_4 = (11 * 14 + 4) * 0.45359237
WEIGHTS = {
    "pounds, mg/kg": (
        'weight_kg = "lb", dose_mg = "mg/kg"',
        ("154", "0.5", "200", "1"),
        [69.8532, 90.7185],
        [34.9266, 90.7185],
    ),
    "stone, grams": (
        'weight_kg = "st", dose_mg = "g"',
        ("11 st 4", "0.05", "9st", "0.1"),
        [KG_OF_11_ST_4, 57.1526],
        [50, 100],
    ),
}


@pytest.mark.parametrize("shape", WEIGHTS)
def test_weights_and_doses_in_other_units(tmp_path, shape):
    units, cells, weights, doses = WEIGHTS[shape]
    study = study_of(
        tmp_path, BY_SESSION.format(units), {"diary.csv": DIARY, "sessions.csv": SESSIONS.format(*cells)}
    )
    assert study.sessions["weight_kg"].tolist() == pytest.approx(weights, abs=1e-3)
    assert study.sessions["dose_mg"].tolist() == pytest.approx(doses, abs=1e-3)
    turned = study.provenance.set_index("table").loc["sessions", "turned"]
    assert "weight_kg in" in turned
    assert "dose_mg in" in turned


def test_a_measure_without_its_unit_is_a_finding_and_not_a_number(tmp_path):
    toml = PATIENTS + 'file = "d.csv"\nunits = { duration_h = "words" }\n'
    text = "patient_id,date,headache,duration_h\nA,2026-01-05,yes,90\nA,2026-01-06,yes,2 h\n"
    study = study_of(tmp_path, toml, {"d.csv": text})
    assert study.diary["duration_h"].isna().tolist() == [True, False]
    assert "not_a_measure" in study.findings["rule"].tolist()


@pytest.mark.parametrize(
    ("line", "say"),
    [
        ('units = { duration_h = "days" }', "allowed: h, min, h:mm, words"),
        ('units = { pain = "0-3" }', "pain_scale"),
        ('units = { pain = "0-100" }\n[rules]\npain_scale = "0-100"', "declared twice"),
        ('units = { pain = "0-10" }\n[rules]\npain_scale = "0-3"', "declared twice"),
        ('per_file = { "x.csv" = { decimal = "," } }', "not one of this table's files"),
        ('per_file = { "d.csv" = { file = "y.csv" } }', "cannot differ"),
        ('attacks = { start = "a", end = "b", lasted = "c" }', "either the end of an attack or how long"),
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path, line, say):
    with pytest.raises(oc.errors.ConfigError, match=say):
        study_of(tmp_path, PATIENTS + f'file = "d.csv"\n{line}\n', {"d.csv": DIARY})


def test_a_score_above_nought_answers_and_tenths_are_read(tmp_path):
    toml = PATIENTS + 'file = "d.csv"\nheadache = "pain above 0"\nunits = { pain = "0-100" }\n'
    text = "patient_id,date,pain\nA,2026-01-05,70\nA,2026-01-06,0\nB,2026-01-05,\n"
    study = study_of(tmp_path, toml, {"d.csv": text})
    assert study.diary["headache"].tolist() == [True, False]
    assert study.diary["pain"].tolist() == [7, 0]
    assert pd.Series(study.rejected["diary"]["reason"]).tolist() == ["missing_value"]
