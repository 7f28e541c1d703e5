"""Exports of other shapes and languages: proposed by `init --from`, taken as they are; values by hand."""

from __future__ import annotations

import datetime as dt

import pytest
import xlsxwriter
from test_init_from import run, write

import outcomes as oc

PATIENTS = "patient_id,index_date\nA,2026-05-01\nB,2026-05-01\n"
DAYS = [("A", "01-13", True), ("A", "01-14", False), ("B", "01-13", False)]
DIARIES = {
    "Spanish": {"diario.csv": "Paciente;Fecha;Dolor de cabeza;Intensidad;Duración (h);Medicación aguda\n"
                "A;13/01/2026;sí;7;4,5;Sumatriptán 50 mg\nA;14/01/2026;no;;;ninguna\nB;13/01/2026;no;;;\n"},
    "French": {"agenda.csv": "N° patient;Date;Céphalée;Intensité;Médicaments\nA;13/01/2026;Oui;6,5;Imigrane\n"
               "A;14/01/2026;Non;;\nB;13/01/2026;Non;;\n"},
    "German, months in words": {"tagebuch.csv": "Patient;Datum;Kopfschmerz\nA;13. Januar 2026;ja\n"
                                "A;14. Januar 2026;nein\nB;13. Januar 2026;nein\n"},
    "another form of REDCap": {
        "export.csv": "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,hd_date,"
        "hd_headache,hd_pain\nA,base_arm_1,daily_diary,1,2026-01-13,1,7\n"
        "A,base_arm_1,daily_diary,2,2026-01-14,0,\n"
        "B,base_arm_1,daily_diary,1,2026-01-13,0,\nA,screening_arm_1,,,,,\n"},
    "dates in names": {"diary_A_2026-01.csv": "Date,Headache\n2026-01-13,yes\n2026-01-14,no\n",
                       "diary_B_2026-01.csv": "Date,Headache\n2026-01-13,no\n"},
    "a column a day, months in words": {
        "c.csv": "Patient,13 Jan 2026,14 Jan 2026,15 Jan 2026\nA,1,0,\nB,0,,\n"},
    "a day with the time of its entry": {"diary.csv": "patient,date,headache\nA,13/01/2026 21:05,yes\n"
                                         "A,14/01/2026 21:10,no\nB,13/01/2026 22:00,no\n"},
    "severity in words": {"diary.csv": "patient,date,headache,severity\nA,2026-01-13,yes,moderate\n"
                          "A,2026-01-14,no,none\nB,2026-01-13,no,none\n"},
    "a row an answer": {"long.tsv": "ID\tVisitDate\tItem\tResponse\nA\t2026-01-13\tHeadache\tYes\n"
                        "A\t2026-01-13\tPain\t7\nA\t2026-01-14\tHeadache\tNo\nB\t2026-01-13\tHeadache\tNo\n"},
    "UTF-16 with tabs": {"d.txt": "Patient\tDate\tHeadache\nA\t2026-01-13\tyes\nA\t2026-01-14\tno\n"
                         "B\t2026-01-13\tno\n".encode("utf-16")},
}  # fmt: skip


def study_of(folder, files, patients=PATIENTS):
    paths = write(folder, **{name.replace(".", "__"): text for name, text in files.items()})
    paths += write(folder, patients__csv=patients)
    found = run(folder, "--from", *paths, "--yes")
    assert found.exit_code == 0, found.stderr + str(found.exception)
    study = oc.read_study(folder)
    assert not study.findings["severity"].eq("error").any()
    return study


def days_of(study):
    diary = study.diary
    return list(zip(diary["patient_id"], diary["date"].dt.strftime("%m-%d"), diary["headache"], strict=True))


@pytest.mark.parametrize("shape", DIARIES)
def test_a_diary_of_another_shape_or_language_is_the_same_diary(tmp_path, shape):
    study = study_of(tmp_path, DIARIES[shape])
    assert days_of(study) == DAYS
    drugs, pains = {"Spanish": 7, "French": 6.5}, study.diary["pain"].tolist()
    if shape in drugs:
        assert study.diary["acute_medication"].tolist()[0] == "triptan"
        assert pains[0] == drugs[shape]
    if shape == "severity in words":
        assert pains == [2, 0, 0]
        assert study.rules.pain_scale == "0-3"


def test_the_days_of_a_month_are_columns(tmp_path):
    text = "Patient,Month,1,2,3\nA,01/2026,1,0,\nB,01/2026,0,,\nA,02/2026,,1,0\n"
    assert sorted(days_of(study_of(tmp_path, {"calendar.csv": text}))) == [
        ("A", "01-01", True), ("A", "01-02", False), ("A", "02-02", True), ("A", "02-03", False),
        ("B", "01-01", False),
    ]  # fmt: skip


def test_a_workbook_with_dates_as_text_in_half_of_the_rows_and_merged_identifiers(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "diary.xlsx") as book:
        sheet, day = book.add_worksheet("Blatt1"), book.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write_row(0, 0, ["Patient", "Datum", "Kopfschmerz"])
        sheet.merge_range(1, 0, 2, 0, "A")
        sheet.write_datetime(1, 1, dt.datetime(2026, 1, 13), day)
        sheet.write_row(2, 1, ["14.01.2026", "nein"])
        sheet.write(1, 2, "ja")
        sheet.write_row(3, 0, ["B", "13.01.2026", "nein"])
    assert days_of(study_of(tmp_path, {"diary.xlsx": (tmp_path / "diary.xlsx").read_bytes()})) == DAYS


def test_symptoms_in_words_beside_a_diary(tmp_path):
    text = (
        "patient,date,headache,symptoms\n"
        'A,2026-01-13,yes,"Nausea; Vomiting; Photophobia; Sensitivity to sound; Aura; One-sided; throbbing"\n'
        "A,2026-01-14,no,\nB,2026-01-13,no,none\n"
    )
    diary = study_of(tmp_path, {"diary.csv": text}).diary
    named = ["nausea", "vomiting", "photophobia", "phonophobia", "aura", "unilateral", "pulsating"]
    assert diary.loc[0, named].all()
    assert not diary.loc[0, "aggravated"]
    assert diary.loc[1, named].isna().all()
    assert not diary.loc[2, named].any()


def test_infusions_with_a_day_and_two_times_over_midnight_and_events_with_a_month_alone(tmp_path):
    files = {
        "diary.csv": "patient,date,headache\nA,2026-01-13,yes\nA,2026-01-14,no\nB,2026-01-13,no\n",
        "infusions.csv": "Patient,Infusion date,Start time,End time,Dose (mg)\n"
        "A,2026-02-01,08:00,12:00,50\nB,2026-02-01,22:00,02:00,40\n",
        "adverse events.csv": "Patient,Event,Onset Date,Severity,Serious\n"
        "A,Nausea,01/31/2026,mild,No\nB,Dizziness,02/2026,moderate,No\n",
    }
    study = study_of(tmp_path, files, patients="patient_id,age\nA,40\nB,50\n")
    assert (study.sessions["end"] - study.sessions["start"]).dt.total_seconds().tolist() == [14_400, 14_400]
    assert study.adverse_events["grade"].tolist() == [1, 2]
    assert study.adverse_events["onset_precision"].tolist() == ["day", "month"]


def test_attacks_over_the_nights_in_which_the_clock_changes(tmp_path):
    """Hours are those of the patient's clock."""
    text = (
        "patient,attack start,attack end\nA,2026-03-29 01:00,2026-03-29 04:00\n"
        "A,2026-10-25 01:30,2026-10-25 02:30\nB,2026-03-28 23:00,2026-03-29 02:30\n"
    )
    diary = study_of(tmp_path, {"attacks.csv": text}, patients=PATIENTS.replace("05-01", "12-01")).diary
    assert diary["date"].dt.strftime("%m-%d").tolist() == ["03-29", "10-25", "03-28", "03-29"]
    assert diary["duration_h"].tolist() == [3, 1, 1, 2.5]


def test_a_calendar_and_infusions_of_a_day_clinic(tmp_path):
    files = {
        "Kopfwehkalender.csv": "Export vom 01.06.2026;;;;\nKlinik X;;;;\n\n"
        "Pat.-Nr.;Tag;Kopfweh (0=nein, 1=ja);NRS max;Dauer [h]\n1001;01.01.2026;1;8;6,5\n;02.01.2026;0;;\n"
        ";03.01.2026;1;5;3\n1002;01.01.2026;0;;\n;13.01.2026;1;4;2\n",
        "Ketamin.csv": "Pat.-Nr.;Infusion am;von;bis;Gewicht kg;Ketamin total mg\n"
        "1001;15.01.2026;08:30;12:30;70;80\n1002;16.01.2026;09:00;13:00;65;75\n",
    }
    study = study_of(tmp_path, files, patients="patient_id,age\n1001,40\n1002,50\n")
    assert study.diary["patient_id"].tolist() == ["1001"] * 3 + ["1002"] * 2
    assert study.diary["pain"].fillna(-1).tolist() == [8, -1, 5, -1, 4]
    assert study.sessions["dose_mg"].tolist() == [80, 75]


def test_a_log_of_an_application(tmp_path):
    files = {
        "headache_log.csv": "User ID,Logged At,Headache Start,Headache End,Peak Pain (1-10),Meds Taken\n"
        "A,2026-01-13 23:50,01/13/2026 9:15 PM,01/14/2026 1:30 AM,8,Imitrex 100mg; Zofran\n"
        "B,2026-01-15 08:00,01/15/2026 7:00 AM,,5,Advil\n",
        "pts.csv": "User ID,First Ketamine\nA,02/14/2026\nB,02/20/2026\n",
    }
    paths = write(tmp_path, **{name.replace(".", "__"): text for name, text in files.items()})
    assert run(tmp_path, "--from", *paths, "--yes").exit_code == 0
    diary = oc.read_study(tmp_path).diary
    assert diary["duration_h"].fillna(-1).tolist() == [2.75, 1.5, -1]
    assert diary["acute_medication"].tolist() == ["antiemetic+triptan"] * 2 + ["nsaid"]


def test_an_end_of_the_next_day_is_for_sessions_alone(tmp_path):
    (tmp_path / "study.toml").write_text('title = "t"\n[tables.diary]\nfile = "d.csv"\nnext_day = true\n')
    with pytest.raises(oc.errors.ConfigError, match=r"attacks\.next_day"):
        oc.read_study(tmp_path)


SESSIONS = "Fallnummer,Patient,Beginn,Ende,Gewicht (kg),Dosis (mg),Wirkstoff\n"
ROW = "{0},{1},2026-04-0{0} 09:00,2026-04-0{0} 10:00,80,40,{2}\n"
TAGS = "Patient,Datum,Kopfschmerz\nA,2026-03-13,ja\nB,2026-03-13,nein\n"


def test_usual_names_of_substances_are_ours(tmp_path):
    words = ("Ketamin", "Ketanest S", "racemate", "S(+)-Ketamin")
    rows = [
        ROW.format(number, name, word)
        for number, (name, word) in enumerate(zip("ABAB", words, strict=True), 1)
    ]
    study = study_of(tmp_path, {"sitzungen.csv": SESSIONS + "".join(rows), "tagebuch.csv": TAGS})
    codes = study.sessions.set_index("session_id")["substance"].loc[["1", "2", "3", "4"]]
    assert codes.tolist() == ["racemic_ketamine", "esketamine", "racemic_ketamine", "esketamine"]


@pytest.mark.parametrize("word", ["Spravato", pytest.param("Ketanest", marks=pytest.mark.long)])
def test_a_brand_that_says_too_little_is_asked(tmp_path, word):
    rows = ROW.format(1, "A", "Ketamin") + ROW.format(2, "B", word)
    paths = write(tmp_path, sitzungen__csv=SESSIONS + rows, tagebuch__csv=TAGS)
    refused = run(tmp_path, "--from", *paths, "--yes")
    assert refused.exit_code != 0
    assert "Wirkstoff holds a brand" in str(refused.exception)


INFUSIONS = (
    "Nº historia;Fecha;Hora inicio;Hora fin;Peso (kg);Dosis (mg)\n"
    "A;01/05/2026;09:00;12:00;70,5;35\nB;22/05/2026;22:00;02:00;80;40\n"
)


def test_infusions_are_no_attacks_of_headache(tmp_path):
    files = {"infusiones.csv": INFUSIONS, "diario.csv": "Nº historia;Fecha;Cefalea\nA;13/01/2026;sí\n"}
    study = study_of(tmp_path, files)
    assert study.sessions["dose_mg"].tolist() == [35, 40]
    assert study.sessions["end"].dt.day.tolist() == [1, 23]
    assert study.diary["date"].dt.strftime("%d.%m").tolist() == ["13.01"]


def test_infusions_whose_patients_are_not_found_are_left_and_not_taken_for_a_diary(tmp_path):
    paths = write(tmp_path, datos__csv=INFUSIONS.replace("Nº historia", "Xyz"), p__csv=PATIENTS)
    found = run(tmp_path, "--from", *paths, "--yes")
    assert found.exit_code != 0
    assert "attacks" not in (tmp_path / "study.toml").read_text(encoding="utf-8")
    assert "datos.csv: not read" in found.stderr


def test_a_headache_that_is_told_as_a_severity_is_its_pain(tmp_path):
    text = "Patient;Tag;Kopfschmerzen\nA;13.01.2026;stark\nA;14.01.2026;keine\nB;13.01.2026;nein\n"
    study = study_of(tmp_path, {"d.csv": text.replace("nein", "keine")})
    assert days_of(study) == DAYS
    assert study.diary["pain"].tolist() == [3, 0, 0]
    assert study.rules.pain_scale == "0-3"
