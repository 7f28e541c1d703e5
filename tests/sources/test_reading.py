"""Files as clinics write them: every one is read as declared, or refused with what to do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import outcomes as oc
from outcomes.errors import ConfigError, DataError, OutcomesError, SourceError
from shared import examples
from studies import ALL, DIARY, PATIENTS, assert_nothing_lost, rules_found, study_of, write_study

SMALL = {"patients": PATIENTS, "diary": DIARY}
D = "patient_id,date,headache"


def read(folder, diary, options=""):
    return oc.read_study(write_study(folder, SMALL | {"diary": diary}, options=options))


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (DIARY, ""),
        ("\ufeff" + DIARY, ""),
        (DIARY.replace("\n", "\r\n"), ""),
        (DIARY.replace("\n", "\n\n"), ""),
        (DIARY.rstrip("\n"), ""),
        (DIARY.replace(",", ";"), 'delimiter = ";"'),
        (DIARY.encode("utf-16"), 'encoding = "utf-16"'),
        (DIARY.replace("yes", "oui").replace("no\n", "non\n"), 'yes = ["OUI"]\nno = ["non"]'),
        (DIARY.replace("2026-01-05", "05.01.2026"), 'date_format = "%d.%m.%Y"'),
        (DIARY.replace("headache", "Kopfweh"), 'columns = {headache = "Kopfweh"}'),
        (DIARY.replace("yes", "strong"), 'values = {headache = {strong = "yes"}}'),
        (DIARY.replace("01,", " 01 ,"), ""),
        (DIARY.replace("2026-01-05", "2026-01-05 00:00:00"), ""),
    ],
    ids=[
        "plain",
        "bom",
        "crlf",
        "blank-lines",
        "no-last-newline",
        "semicolon",
        "utf-16",
        "words",
        "day-first",
        "column",
        "value",
        "spaces",
        "midnight",
    ],
)
def test_the_same_diary_however_it_is_written(tmp_path, content, options):
    study = read(tmp_path, content, options)
    assert study.diary["patient_id"].tolist() == ["01", "02"]
    assert study.diary["headache"].tolist() == [True, False]
    assert study.diary["date"].tolist() == [pd.Timestamp("2026-01-05")] * 2
    assert len(study.findings) == 0


def test_a_file_without_a_header_is_told_without_a_word_of_its_first_row(tmp_path):
    with pytest.raises(SourceError, match="twice") as caught:
        read(tmp_path, "Zebra77,2026-01-05,Zebra77\n")
    assert "columns 1, 3" in str(caught.value)
    assert "Zebra77" not in str(caught.value)


@pytest.mark.parametrize(
    "rows",
    [
        '01,2026-01-05,yes,"bad\n01,2026-01-06,no,"fine\n02,2026-01-05,no,\n',
        '01,2026-01-05,yes,"bad\n01,2026-01-06,no,x\n01,2026-01-07,no,"\n02,2026-01-05,no,\n',
        '01,2026-01-05,yes,"bad\r\n01,2026-01-06,no,"\r\n02,2026-01-05,no,',
    ],
)
def test_an_open_quote_costs_its_cell_and_no_row(tmp_path, rows):
    study = read(tmp_path, f"{D},note\n{rows}")
    assert ("diary", 1, "note", "open_quote", "warning") in rules_found(study)
    assert study.diary["patient_id"].tolist() == ["01"] * (len(study.diary) - 1) + ["02"]
    assert len(study.diary) == len(rows.strip().splitlines())
    assert_nothing_lost(study)


@pytest.mark.parametrize(("options", "more"), [("", {"line_breaks"}), ('multiline = ["note"]', set())])
def test_a_text_of_several_lines_is_one_cell_and_is_found_where_it_is_not_declared(tmp_path, options, more):
    diary = f'{D},note\n01,2026-01-05,yes,"slept badly,\nate late"\n02,2026-01-05,no,\n'
    study = read(tmp_path, diary, options)
    assert len(study.diary) == 2
    assert {found[3] for found in rules_found(study)} == {"column_not_used"} | more


def test_a_file_that_the_system_cannot_follow_is_told(tmp_path):
    study = write_study(tmp_path, SMALL)
    (tmp_path / "diary.csv").unlink()
    (tmp_path / "diary.csv").symlink_to("diary.csv")
    with pytest.raises(SourceError, match=r"diary\.csv: the file cannot be read"):
        oc.read_study(study)
    study.write_text(study.read_text().replace('"diary.csv"', f'"{"a" * 300}.csv"'))
    with pytest.raises(SourceError, match="the file cannot be read"):
        oc.read_study(study)


def typed_diary(folder, frame, options):
    """Read a diary that is a Parquet file with typed columns."""
    study = write_study(folder, SMALL, options=options)
    study.write_text(study.read_text().replace('"diary.csv"', '"diary.parquet"'))
    frame.to_parquet(folder / "diary.parquet")
    return oc.read_study(study).diary


def test_words_and_missing_values_hold_for_typed_columns_too(tmp_path):
    day = pd.to_datetime(["2026-01-05", "2026-01-06"])
    frame = pd.DataFrame({"patient_id": "01", "date": day, "headache": [1, 2], "pain": [-99, 5.5]})
    options = 'missing = ["-99"]\nyes = ["2"]\nno = ["1"]\ndecimal = ","\ndate_format = "%d.%m.%Y"'
    read_back = typed_diary(tmp_path, frame, options)
    assert read_back["headache"].tolist() == [False, True]
    assert read_back["pain"].isna().tolist() == [True, False]
    told = typed_diary(tmp_path, frame.assign(headache=[True, False]), options.replace('["2"]', '["ja"]'))
    assert told["headache"].tolist() == [True, False]


def test_na_as_initials_is_not_missing_unless_declared(tmp_path):
    tables = {name: content.replace("\n02,", "\nNA,") for name, content in SMALL.items()}
    study = oc.read_study(write_study(tmp_path, tables))
    assert study.diary["patient_id"].tolist() == ["01", "NA"]
    declared = oc.read_study(write_study(tmp_path, tables, options='missing = ["NA"]'))
    assert ("diary", 2, "patient_id", "missing_value", "error") in rules_found(declared)


def test_decimal_comma_is_read_only_when_declared(tmp_path):
    diary = 'patient_id,date,headache,pain\n01,2026-01-05,yes,"3,5"\n'
    assert read(tmp_path, diary, 'decimal = ","').diary["pain"].tolist() == [3.5]
    assert rules_found(read(tmp_path, diary)) == {("diary", 1, "pain", "other_decimal_mark", "error")}


def test_daylight_saving_days_keep_their_true_hours(tmp_path):
    sessions = (
        "session_id,patient_id,start,end\n"
        "a,01,2026-03-29T01:00,2026-03-29T04:00\n"
        "b,02,2025-10-26T01:00,2025-10-26T04:00\n"
    )
    study = study_of(tmp_path, SMALL, sessions=sessions)
    hours = (study.sessions["end"] - study.sessions["start"]) / pd.Timedelta(hours=1)
    assert hours.tolist() == [2.0, 4.0]


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"", SourceError, ("diary.csv", "the file is empty")),
        (b"\n\n", SourceError, ("the file is empty",)),
        (D.encode() + b"\n01,2026-01-05,\xff\n", SourceError, ("line 2, field 3", "0xFF", "cp1252")),
        (b"patient_id,date,\xe9\n", SourceError, ("the header, field 3", "cp1252")),
        (b"\x00\x01\x02" * 100, SourceError, ("utf-16",)),
        (f"{D},date\n01,2026-01-05,yes,x\n".encode(), SourceError, ("appears twice", "date")),
        (f"{D},\n01,2026-01-05,yes,x\n".encode(), SourceError, ("column 4", "no name")),
        (b"patient_id,datum,headache\n", SourceError, ("no column date", "did you mean 'datum'")),
        (DIARY.replace(",", ";").encode(), SourceError, ("no column patient_id", "delimiter = ';'")),
    ],
)
def test_an_unusable_file_is_refused_with_what_to_do(tmp_path, content, kind, words):
    with pytest.raises(kind) as caught:
        read(tmp_path, content)
    for word in words:
        assert word in str(caught.value)
    assert caught.value.exit_code == 4


def test_a_file_without_a_header_does_not_print_its_first_patient(tmp_path):
    with pytest.raises(SourceError) as caught:
        read(tmp_path, "Zebra77,2026-01-05,yes\n")
    assert "Zebra77" not in str(caught.value)
    assert "is it a header?" in str(caught.value)


def test_a_cell_of_ten_megabytes_costs_itself_only(tmp_path):
    study = read(tmp_path, f"{D},source\n01,2026-01-05,yes,{'x' * 10_000_000}\n02,2026-01-05,no,diary\n")
    assert rules_found(study) == {("diary", 1, "source", "cell_too_long", "error")}
    assert study.diary["patient_id"].tolist() == ["01", "02"]
    assert study.diary["source"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('title = "x"', "tables is missing"),
        ('title = "x"\n[tables]', "tables.diary is missing"),
        ('titel = "x"\n[tables.diary]\nfile = "diary.csv"', "did you mean 'title'"),
        ('title = "x"\n[tables.diary]\nfile = "diary.csv"\ndelimeter = ";"', "did you mean 'delimiter'"),
        ('title = "x"\n[tables.diry]\nfile = "diary.csv"', "did you mean 'diary'"),
        ('title = "x"\n[rules]\nmin_day = 3\n[tables.diary]\nfile = "diary.csv"', "did you mean 'min_days'"),
        ('title = "x"\n[rules]\nmonth_days = 29\n[tables.diary]\nfile = "diary.csv"', "rules.month_days"),
        (
            'title = "x"\ntimezone = "Europe/Zurch"\n[tables.diary]\nfile = "diary.csv"',
            "did you mean 'Europe/Zurich'",
        ),
        (
            'title = "x"\n[tables.diary]\nfile = "diary.csv"\ncolumns = {headach = "a"}',
            "did you mean 'headache'",
        ),
        ("title = ", "this is not TOML"),
    ],
)
def test_a_wrong_configuration_is_refused_with_the_nearest_key(tmp_path, text, words):
    path = tmp_path / "study.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        oc.read_study(path)
    assert words in str(caught.value)
    assert caught.value.exit_code == 2


def test_missing_and_outside_files_are_refused(tmp_path):
    path = write_study(tmp_path, SMALL)
    (tmp_path / "diary.csv").rename(tmp_path / "diari.csv")
    with pytest.raises(
        SourceError, match=r"diary\.csv: the file of table diary was not found\. did you mean 'diari\.csv'"
    ):
        oc.read_study(path)
    path.write_text('title = "x"\n[tables.diary]\nfile = "../../etc/passwd.csv"\n')
    with pytest.raises(SourceError, match="outside the study's folder"):
        oc.read_study(path)
    with pytest.raises(ConfigError, match="the file was not found"):
        oc.read_study(tmp_path / "nothing.toml")


def test_a_study_needs_a_beginning_of_treatment(tmp_path):
    with pytest.raises(DataError, match="nothing says when the treatment began"):
        oc.read_study(write_study(tmp_path, {"diary": DIARY}))


def test_parquet_and_csv_give_the_same_study(tmp_path):
    csv = study_of(tmp_path)
    for name, content in ALL.items():
        header, *rows = [line.split(",") for line in content.strip().splitlines()]
        frame = pd.DataFrame(rows, columns=header)
        if name == "diary":
            frame["date"] = pd.to_datetime(frame["date"]).dt.date
            frame["headache"] = frame["headache"] == "yes"
        if name == "titration":
            frame["rate"] = frame["rate"].astype(float)
        if name == "sessions":
            frame["start"] = pd.to_datetime(frame["start"], utc=True)
        frame.to_parquet(tmp_path / f"{name}.parquet")
    text = (tmp_path / "study.toml").read_text().replace(".csv", ".parquet")
    (tmp_path / "study.toml").write_text(text)
    parquet = oc.read_study(tmp_path)
    assert len(parquet.findings) == 0
    for name in ALL:
        frames = [study.table(name).drop(columns="event_id", errors="ignore") for study in (csv, parquet)]
        pd.testing.assert_frame_equal(*frames)


def test_several_files_of_one_table_keep_their_names_in_findings(tmp_path):
    write_study(tmp_path, SMALL)
    (tmp_path / "more.csv").write_text(f"{D}\n01,2026-01-07,maybe\n")
    text = (tmp_path / "study.toml").read_text().replace('"diary.csv"', '["diary.csv", "more.csv"]')
    (tmp_path / "study.toml").write_text(text)
    study = oc.read_study(tmp_path)
    assert study.findings[["file", "row"]].to_numpy().tolist() == [["more.csv", 1]]
    assert study.provenance["rows"].tolist() == [2, 2, 1]


def test_typed_frames_are_taken_as_they_are():
    diary = pd.DataFrame(
        {
            "patient_id": [1, 2],
            "date": pd.to_datetime(["2026-01-05", "2026-01-06"]),
            "headache": [True, False],
            "pain": [3, np.nan],
        }
    )
    patients = pd.DataFrame({"patient_id": ["1", "2"], "index_date": pd.Timestamp("2026-02-01")})
    before = diary.copy()
    study = oc.Study(diary=diary, patients=patients)
    pd.testing.assert_frame_equal(diary, before)
    assert study.diary["patient_id"].tolist() == ["1", "2"]
    assert len(study.findings) == 0
    wrong = oc.Study(diary=diary.assign(pain=[np.inf, 0]), patients=patients)
    assert rules_found(wrong) == {("diary", 1, "pain", "not_a_number", "error")}


CELL = st.sampled_from(
    ["01", "02", "", "yes", "no", "2026-01-05", "05/01/2026", "x", '"', "=1", "3,5", "\n", "NA", "é", "1e400"]
)


@settings(
    max_examples=examples(25, 200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(CELL, min_size=0, max_size=6).map(",".join), max_size=8).map("\n".join))
def test_any_text_is_read_or_refused_and_no_line_is_lost(tmp_path, body):
    try:
        study = read(tmp_path, f"{D},pain,source\n{body}")
    except OutcomesError:
        return
    assert_nothing_lost(study)


@settings(
    max_examples=examples(25, 200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path, content):
    try:
        study = read(tmp_path, content)
    except OutcomesError:
        return
    assert_nothing_lost(study)
