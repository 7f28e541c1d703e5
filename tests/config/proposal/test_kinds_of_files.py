"""`outcomes init --from`: workbooks, statistics programs, folders; known exports go to a report."""

from __future__ import annotations

import re

import pandas as pd
import pyreadstat
import pytest
import xlsxwriter
from test_init_from import BUDDY, TRACKER, run, write

import outcomes as oc
from outcomes.cli import main
from outcomes.config.proposal.propose import propose
from outcomes.errors import SourceError
from outcomes.publish.cdisc_files import write_adam, write_sdtm
from shared import shared
from studies import ALL, study_of

INDEX = "patient_id,index_date\n{},2026-02-01\n"


def workbook(path, **sheets):
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, cells in enumerate(rows):
                sheet.write_row(number, 0, cells)
    return path


def test_every_sheet_of_a_workbook_is_looked_at(tmp_path):
    path = workbook(
        tmp_path / "clinic.xlsx",
        Tagebuch=[["Ambulanz für Kopfschmerz"], [], ["Patient", "Datum", "Kopfschmerz"],
                  ["A", "05.01.2026", "ja"], ["A", "16.01.2026", "nein"]],
        Patienten=[["Patient", "Erste Infusion"], ["A", "20.01.2026"]],
        Notizen=[["bitte nicht löschen"]],
        Tagebuch2=[["Patient", "Datum", "Kopfschmerz"], ["A", "25.01.2026", "ja"]],
    )  # fmt: skip
    found = run(tmp_path, "--from", path, "--yes")
    assert found.exit_code == 0, found.stderr
    assert "sheet Notizen: not read" in found.stderr
    assert "sheet Tagebuch2: not read; another sheet of the same file" in found.stderr  # without the title
    study = oc.read_study(tmp_path)
    assert study.diary["headache"].tolist() == [True, False]
    assert study.patients["index_date"].dt.day.tolist() == [20]
    assert study.findings.empty


def test_sheets_that_are_written_alike_are_one_table(tmp_path):
    head = ["Patient", "Datum", "Kopfschmerz"]
    path = workbook(
        tmp_path / "clinic.xlsx",
        Patienten=[["Patient", "Erste Infusion"], ["A", "20.01.2026"]],
        Januar=[head, ["A", "13.01.2026", "ja"], ["A", "14.01.2026", "nein"], ["A", "", "ja"]],
        Februar=[head, ["A", "25.02.2026", "ja"]],
    )
    assert run(tmp_path, "--from", path, "--yes").exit_code == 4  # a row without its date
    study = oc.read_study(tmp_path)
    assert study.diary["date"].dt.strftime("%d.%m").tolist() == ["13.01", "14.01", "25.02"]
    fault = study.findings.iloc[0]
    assert (fault["file"], fault["row"], fault["column"]) == ("clinic.xlsx, sheet Januar", 3, "date")
    assert len(study.provenance) == 2
    text = (tmp_path / "study.toml").read_text(encoding="utf-8")
    (tmp_path / "study.toml").write_text(text.replace('["Januar", "Februar"]', '["Januar", "Maerz"]'))
    with pytest.raises(SourceError, match=r"no sheet 'Maerz'.*'Januar', 'Februar'"):
        oc.read_study(tmp_path)


def two_lines(path, question, answer, groups=True):
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Agenda")
        sheet.write(0, 0, "Agenda des céphalées")
        for column, name in enumerate(["Patient", "Date"]):
            sheet.merge_range(1, column, 2, column, name) if groups else sheet.write(1, column, name)
        sheet.merge_range(1, 2, 1, 4, question) if groups else sheet.write(1, 2, question)
        sheet.write_row(2, 2, [answer, "Intensité", "Durée (h)", "Nausées", "Photophobie"])
        sheet.merge_range(1, 5, 1, 6, "Signes") if groups else sheet.write(1, 5, "Signes")
        for line, row in enumerate(
            [
                ["A", "13/01/2026", "Oui", 7, 4.5, "Oui", "Non"],
                ["A", "14/01/2026", "Non"],
                ["B", "13/01/2026", "Oui", 3, 2, "Non", "Oui"],
            ]
        ):
            sheet.write_row(3 + line, 0, row)  # fmt: skip
    return path


@pytest.mark.parametrize("groups", [True, pytest.param(False, marks=pytest.mark.long)])
def test_a_header_of_two_lines_is_read_with_its_groups_and_no_free_day_is_lost(tmp_path, groups):
    path = two_lines(tmp_path / "agenda.xlsx", "Céphalée", "Oui/Non", groups)
    paths = write(tmp_path, patients__csv="patient_id,index_date\nA,2026-05-01\nB,2026-05-01\n")
    found = run(tmp_path, "--from", path, *paths, "--yes")
    assert found.exit_code == 0, found.stderr + str(found.exception)
    study = oc.read_study(tmp_path)
    assert study.diary["headache"].tolist() == [True, False, True]
    assert study.diary["pain"].tolist()[::2] == [7, 3]
    assert study.diary["photophobia"].tolist()[::2] == [False, True]
    assert not len(study.findings)


def test_a_column_of_yes_and_no_that_nobody_knows_is_asked_before_a_score_is_taken(tmp_path):
    text = "Patient,Date,Anything today?,Pain\nA,13/01/2026,Yes,7\nA,14/01/2026,No,\nB,13/01/2026,Yes,3\n"
    paths = write(tmp_path, d__csv=text, patients__csv="patient_id,index_date\nA,2026-05-01\nB,2026-05-01\n")
    refused = run(tmp_path, "--from", *paths, "--yes")
    assert "which column says whether there was a headache" in str(refused.exception)
    answer = "diary.columns.headache=Anything today?"
    assert run(tmp_path, "--from", *paths, "--yes", "--answer", answer).exit_code == 0
    assert oc.read_study(tmp_path).diary["headache"].tolist() == [True, False, True]


def test_a_sheet_per_patient_is_named_by_the_sheet(tmp_path):
    head = ["Date", "Headache"]
    path = workbook(
        tmp_path / "diaries.xlsx",
        P01=[head, ["2026-01-13", "yes"]],
        P02=[head, ["2026-01-13", "no"], ["2026-01-14", "yes"]],
    )
    paths = write(tmp_path, patients__csv="patient_id,index_date\nP01,2026-02-01\nP02,2026-02-01\n")
    found = run(tmp_path, "--from", path, *paths, "--yes")
    assert found.exit_code == 0, found.stderr + str(found.exception)
    study = oc.read_study(tmp_path)
    assert study.diary["patient_id"].tolist() == ["P01", "P02", "P02"]
    every = re.sub(r"sheet = \[.*?\]", 'sheet = "*"', (tmp_path / "study.toml").read_text(encoding="utf-8"))
    (tmp_path / "study.toml").write_text(every, encoding="utf-8")
    pd.testing.assert_frame_equal(oc.read_study(tmp_path).diary, study.diary)


def test_a_file_of_spss_is_recognised_by_the_labels_of_its_columns_and_read_by_those_of_its_codes(tmp_path):
    frame = pd.DataFrame({"V1": ["A", "A"], "V2": ["2026-01-05", "2026-01-06"], "V3": [1.0, 2.0]})
    pyreadstat.write_sav(
        frame,
        tmp_path / "d.sav",
        column_labels=["Patient ID", "Date", "Headache"],
        variable_value_labels={"V3": {1: "Yes", 2: "No"}},
    )
    paths = write(tmp_path, patients__csv=INDEX.format("A"))
    assert run(tmp_path, "--from", tmp_path / "d.sav", *paths, "--yes").exit_code == 0
    study = oc.read_study(tmp_path)
    assert study.diary["headache"].tolist() == [True, False]
    assert not study.findings["severity"].eq("error").any()


def test_a_folder_of_files_with_dates_in_their_names_is_one_diary(tmp_path):
    (tmp_path / "in").mkdir()
    for name, day in (("diary_P01_2026-01", 5), ("diary_P02_2026-01", 6), ("diary_P01_2026-02", 7)):
        (tmp_path / "in" / f"{name}.csv").write_text(
            f"Date,Headache\n2026-01-0{day},yes\n2026-01-1{day},no\n"
        )
    (tmp_path / "in" / "patients.csv").write_text("patient_id,index_date\nP01,2026-03-01\nP02,2026-03-01\n")
    assert run(tmp_path, "--from", tmp_path / "in", "--yes", tmp_path / "study").exit_code == 0
    diary = oc.read_study(tmp_path / "study").diary
    assert diary.groupby("patient_id").size().to_dict() == {"P01": 4, "P02": 2}


def exported(kind, folder):
    """Write an export of a known form, and return what init is given."""
    if kind == "own dictionary":
        text = shared("cases", "redcap_own_dictionary", "export.csv").read_text()
        return write(folder, export__csv=text)
    if kind in ("sdtm", "adam"):
        write_it = {"sdtm": write_sdtm, "adam": write_adam}[kind]
        (folder / "first").mkdir()
        write_it(study_of(folder / "first", ALL), folder / "domains", transport=kind == "sdtm")
        (folder / "domains" / "study.toml").unlink()
        return [folder / "domains"]
    text = {"buddy": BUDDY, "tracker": TRACKER}[kind]
    return write(folder, **{f"{kind}__csv": text, "patients__csv": INDEX.format(kind)})


KINDS = ["own dictionary", "buddy", "tracker", "sdtm", "adam"]


#: test_init_from.py has the applications in the quick tier, test_adam_folder.py the data sets.
TWICE = ("buddy", "tracker", "adam")


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[pytest.mark.long] * (kind in TWICE)) for kind in KINDS]
)
def test_no_line_has_to_be_changed_for_a_known_export(tmp_path, kind):
    found = run(tmp_path, tmp_path / "study", "--from", *exported(kind, tmp_path), "--yes")
    assert found.exit_code == 0, found.stderr
    study = oc.read_study(tmp_path / "study")
    assert len(study.diary) >= 2
    assert not study.findings["severity"].eq("error").any()


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_a_known_export_goes_to_a_report(tmp_path, kind, capsys):
    run(tmp_path, tmp_path / "study", "--from", *exported(kind, tmp_path), "--yes")
    with pytest.raises(SystemExit) as done:
        main(["report", str(tmp_path / "study"), "--out", str(tmp_path / "out")])
    assert done.value.code == 0, capsys.readouterr().err


def test_a_file_whose_name_is_no_patient_is_still_asked(tmp_path):
    write(tmp_path, buddy__csv=BUDDY, patients__csv=INDEX.format("somebody"))
    assert "diary.constants.patient_id" in propose(tmp_path, ["buddy.csv", "patients.csv"]).questions


def clinic_workbook(path, patient):
    """Infusions below merged groups, and adverse events, as a clinic keeps them."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Infusionen")
        sheet.write(0, 0, "Ketamin 2026")
        sheet.merge_range(2, 0, 2, 1, "Patient")
        sheet.merge_range(2, 2, 2, 4, "Infusion")
        sheet.write(2, 5, "Pumpe")
        sheet.write_row(3, 0, ["Nr", "Gewicht kg", "Fall", "Beginn", "Ende", "Gesamtdosis mg"])
        sheet.write_row(4, 0, ["A", 61, "F1", "10.02.2026 09:00", "10.02.2026 13:00", 41])
        harm = book.add_worksheet("Nebenwirkungen")
        harm.write_row(0, 0, [patient, "Ereignis", "Beginn", "Ende", "Schwere"])
        harm.write_row(1, 0, ["A", "Übelkeit", "10.02.2026 10:30", "10.02.2026 14:00", "1"])
    return path


def test_groups_above_names_that_are_none_alone_are_read_with_them(tmp_path):
    clinic_workbook(tmp_path / "clinic.xlsx", "Patient")
    made = {one.table: one for one in propose(tmp_path, ["clinic.xlsx"]).tables}
    lines = {line.key: line.value for line in made["sessions"].lines}
    assert (lines["skip_lines"], lines["header_lines"]) == (2, 2)
    assert lines["columns.patient_id"] == "Patient Nr"
    assert lines["columns.session_id"] == "Infusion Fall"
    assert lines["columns.dose_mg"] == "Pumpe Gesamtdosis mg"
    assert "header_lines" not in {line.key for line in made["adverse_events"].lines}


def test_a_sheet_of_adverse_events_is_no_list_of_attacks_and_what_it_lacks_is_said(tmp_path):
    clinic_workbook(tmp_path / "clinic.xlsx", "lfd")
    made = propose(tmp_path, ["clinic.xlsx"])
    assert [one.table for one in made.tables] == ["sessions"]
    why = (
        "its name says adverse_events, and none of its columns is known as patient_id: name it under columns"
    )
    assert made.unknown == (("clinic.xlsx, sheet Nebenwirkungen", why),)
