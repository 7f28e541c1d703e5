"""Files as a clinic has them: each refusal says what the file is and what to do."""

from __future__ import annotations

import io
import zipfile

import pytest

import outcomes as oc
from outcomes.errors import SourceError
from studies import ALL, DIARY, PATIENTS, SESSIONS, rules_found, study_of, write_study

TABLES = {"patients": PATIENTS, "diary": DIARY}


def workbook() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (workbook(), "a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "an old Excel workbook"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "a picture"),
        (b"%PDF-1.7\n", "a PDF"),
    ],
)
def test_another_kind_of_file_is_named_for_what_it_is(tmp_path, content, what):
    with pytest.raises(SourceError, match=what) as refused:
        oc.read_study(write_study(tmp_path, TABLES | {"diary": content}))
    assert "save the table as CSV" in str(refused.value)


def test_a_text_that_is_called_a_workbook_is_told(tmp_path):
    study = write_study(tmp_path, TABLES)
    (tmp_path / "diary.csv").rename(tmp_path / "diary.xlsx")
    study.write_text(study.read_text().replace("diary.csv", "diary.xlsx"))
    with pytest.raises(SourceError, match=r"its content is text.*name it \.csv"):
        oc.read_study(study)


def test_all_columns_that_lack_are_named_at_once(tmp_path):
    diary = DIARY.replace("patient_id,date,headache", "patient_id,Tag,Kopfschmerz")
    with pytest.raises(SourceError, match="no column date, headache"):
        oc.read_study(write_study(tmp_path, TABLES | {"diary": diary}))


def test_one_text_for_every_row_never_replaces_a_column_of_the_file(tmp_path):
    study = write_study(tmp_path, TABLES, options='constants = { headache = "no" }')
    with pytest.raises(SourceError, match="remove headache from constants"):
        oc.read_study(study)


def test_an_end_that_cannot_be_read_is_not_also_called_empty(tmp_path):
    sessions = SESSIONS.replace("2026-01-21T11:00+01:00", "21.01.2026 11:00")
    found = rules_found(study_of(tmp_path, ALL | {"sessions": sessions}))
    assert ("sessions", 2, "end", "bad_timestamp", "error") in found
    assert not [rule for *_, rule, _ in found if rule == "missing_end"]


def test_a_list_of_patients_without_rows_refuses_nobody(tmp_path):
    study = study_of(tmp_path, ALL | {"patients": PATIENTS.splitlines()[0] + "\n"})
    assert set(study.findings["rule"]) == {"no_rows"}
    assert "remove [tables.patients]" in study.findings.loc[0, "hint"]
    assert len(study.diary) == 2


def test_a_column_that_another_one_stands_for_is_named_so(tmp_path):
    diary = (
        DIARY.replace("headache\n", "headache,Kopf\n")
        .replace("yes\n", "yes,yes\n")
        .replace("no\n", "no,no\n")
    )
    study = write_study(tmp_path, TABLES | {"diary": diary}, options='columns = { headache = "Kopf" }')
    found = oc.read_study(study).findings
    assert found["hint"].tolist() == ["study.toml reads headache from another column, Kopf"]
