"""Small slips of files as clinics hand them in: no line vanishes, no value is told, nothing breaks."""

from __future__ import annotations

import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import OutcomesError, SourceError
from outcomes.tables import findings_table

HEAD = "patient_id,date,headache,pain,nausea"
CANARY = "Zebra77"
STUDY = (
    'title = "Slips"\n[tables.diary]\nfile = "diary.csv"\n{}\n[tables.patients]\nfile = "patients.csv"\n'
    '[tables.{}]\nfile = "more.csv"\n'
)


def rows(number: int = 30, answers: str = "yes no") -> list[str]:
    words = answers.split()
    return [f"P01,2026-01-{day + 1:02d},{words[day % 2]},{day % 2},no" for day in range(number)]


def study_of(
    folder, lines: list[str], how: str = "", more: tuple[str, str] = ("assessments", "")
) -> oc.Study:
    """Read a study of a diary, and of a further table when there is one."""
    text = STUDY.format(how, more[0])
    (folder / "study.toml").write_text(text if more[1] else text[: text.index(f"[tables.{more[0]}]")])
    (folder / "diary.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "patients.csv").write_text("patient_id,index_date\nP01,2026-01-20\n")
    (folder / "more.csv").write_text(more[1])
    return oc.read_study(folder)


def hold_nothing_lost(study: oc.Study) -> None:
    """Hold that received = accepted + rejected, given = used + blanked, and that no message says a value."""
    flow = study.flow.groupby(["table", "status"])["rows"].sum().unstack(fill_value=0)
    assert (flow["received"] == flow["accepted"] + flow.get("rejected", 0)).all()
    assert (study.cells["given"] == study.cells["used"] + study.cells["blanked"]).all()
    assert CANARY not in study.findings.drop(columns="raw").to_csv()


@pytest.mark.parametrize(
    "empty", [",,,,", " , ,,, ", ",", '"","","","",""', "\u00a0", "\x0b", "\u0085", "\t,,,,"]
)
@pytest.mark.parametrize("place", [pytest.param(1, marks=pytest.mark.long), 15, 31])
def test_a_line_of_empty_cells_is_blank(tmp_path, empty, place):
    lines = [HEAD, *rows()]
    lines.insert(place, empty)
    study = study_of(tmp_path, lines)
    assert len(study.diary) == 30
    assert study.flow["status"].tolist().count("rejected") == 0
    assert study.provenance.set_index("table").loc["diary", "lines"] == 32
    study = study_of(tmp_path, [*lines, "P01,2026-03-33,yes,1,no"])
    assert study.findings.query("rule == 'bad_date'")[["row", "line"]].to_numpy().tolist() == [[31, 33]]


@pytest.mark.parametrize("total", ["Total,,15,40,0", "Sum,,15,40,0", "Gesamt,,15,40,0"])
def test_a_total_says_nothing_of_the_column_above_it(tmp_path, total):
    study = study_of(tmp_path, [HEAD, *rows(answers="1 0"), total])
    assert len(study.diary) == 30
    assert study.diary["headache"].sum() == 15
    found = study.findings.query("severity == 'error'")
    assert found[["row", "line", "rule"]].to_numpy().tolist() == [[31, 32, "not_a_row"]]
    assert study.rejected["diary"]["(line)"].item() == total
    hold_nothing_lost(study)


@pytest.mark.parametrize(
    ("cell", "column", "rule"),
    [
        ("\uff12\uff10\uff12\uff16-01-03", "date", "bad_date"),
        ("\u0662\u0660\u0662\u0666-\u0660\u0661-\u0660\u0663", "date", "bad_date"),
        ("2026-01-03\u200b", "date", "bad_date"),
        ("29.02.2025", "date", "bad_date"),
        ("\u0665", "pain", "not_a_number"),
        ("\u00bd", "pain", "not_a_number"),
        ("1e400", "pain", "not_a_number"),
        (f"{CANARY}", "nausea", "not_yes_no"),
        ("\u200bP01", "patient_id", "unknown_patient"),
        ("\u042001", "patient_id", "unknown_patient"),
    ],
)
@pytest.mark.parametrize("date_format", ["%Y-%m-%d", "ISO8601"])
def test_signs_of_other_scripts_are_found_where_they_stand(tmp_path, cell, column, rule, date_format):
    lines = [HEAD, *rows()]
    fields = lines[3].split(",")
    fields[HEAD.split(",").index(column)] = cell
    lines[3] = ",".join(fields)
    study = study_of(tmp_path, lines, f'date_format = "{date_format}"')
    found = study.findings.query("severity == 'error'")
    assert found[["row", "line", "column", "rule"]].to_numpy().tolist() == [[3, 4, column, rule]]
    hold_nothing_lost(study)


def test_digits_of_other_scripts_fit_no_declared_format(tmp_path):
    wide = "\uff10\uff13.01.2026"
    lines = [HEAD, *(f"P01,{day:02d}.01.2026,yes,1,no" for day in range(4, 30)), f"P01,{wide},yes,1,no"]
    study = study_of(tmp_path, lines, 'date_format = "%d.%m.%Y"')
    assert study.flow.query("status == 'rejected'")["reason"].tolist() == ["bad_date"]


def test_a_value_below_the_limit_of_detection_is_read_from_a_file(tmp_path):
    table = (
        "patient_id,date,test,value\nP01,2026-02-01,alt,<5\nP01,2026-02-02,alt,> 900\nP01,2026-02-03,alt,7\n"
    )
    study = study_of(tmp_path, [HEAD, *rows()], more=("laboratory", table))
    found = study.table("laboratory")
    assert found["value"].tolist() == [5.0, 900.0, 7.0]
    assert found["qualifier"].fillna("").tolist() == ["below", "above", ""]


def test_a_file_without_header_is_told_the_line_that_names_its_columns(tmp_path):
    with pytest.raises(SourceError) as refused:
        study_of(tmp_path, [row.replace("P01", CANARY).replace(",0,", ",no,") for row in rows()])
    assert 'header = ["patient_id", ...]' in str(refused.value)
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize(("bolus", "told"), [("0.3", False), ("", True), ("much", False), ("9", False)])
def test_a_bolus_that_cannot_be_read_is_not_zero(bolus, told):
    times = {"start": ["2026-01-05T09:00Z"], "end": ["2026-01-05T10:00Z"]}
    sessions = {"session_id": ["S"], "patient_id": ["P"], **times, "weight_kg": ["100"], "dose_mg": ["60"]}
    log = {"session_id": ["S", "S"], "time": [*times["start"], *times["end"]], "rate": ["0.3", "0"]}
    tables = {
        "sessions": pd.DataFrame(sessions).assign(bolus_mg_per_kg=bolus),
        "titration": pd.DataFrame(log).assign(action=["start", "stop"]),
    }
    assert ("dose_differs_from_log" in set(oc.validate(tables).findings["rule"])) == told
    tables["titration"]["action"] = ["bolus", "stop"]
    if bolus == "":  # the log says that there was one, and not how much
        assert "dose_differs_from_log" not in set(oc.validate(tables).findings["rule"])


def test_validate_takes_the_doors_of_a_study():
    diary = pd.DataFrame({"PatNr": ["1"], "Tag": ["31.01.2026"], "KS": ["ja"]})
    names = {"diary": {"patient_id": "PatNr", "date": "Tag", "headache": "KS"}}
    how = {"diary": {"date_format": "%d.%m.%Y", "yes": ["ja"]}}
    done = oc.validate({"diary": diary}, columns=names, reading=how)
    assert done.accepted["diary"]["date"].tolist() == [pd.Timestamp("2026-01-31")]
    assert done.accepted["diary"]["headache"].tolist() == [True]


def test_the_table_of_findings_names_the_row_as_a_spreadsheet_does(tmp_path):
    lines = [HEAD, "", *rows()]
    lines[5] = lines[5].replace(",0,", f",{CANARY},").replace(",1,", f",{CANARY},")
    table = findings_table(study_of(tmp_path, lines).findings)
    assert "diary.csv row 4 (line 6)" in table.frame["first"].tolist()


@pytest.mark.parametrize("typed", [True, False])
def test_times_that_the_clocks_skipped_are_named_as_such(typed) -> None:
    start = pd.Series(["2026-03-29 02:30", "2026-03-29 02:45"])
    sessions = pd.DataFrame({"session_id": ["a", "b"], "patient_id": "P01"})
    sessions["start"] = sessions["end"] = pd.to_datetime(start) if typed else start
    diary = pd.DataFrame({"patient_id": "P01", "date": ["2026-01-05"], "headache": ["yes"]})
    with pytest.raises(SourceError) as refused:
        oc.Study(diary=diary, sessions=sessions, timezone="Europe/Berlin")
    assert "daylight saving repeats or skips" in str(refused.value)
    assert "offset" in str(refused.value)
    assert "date_format" not in str(refused.value)


@pytest.mark.parametrize("typed", [True, False])
def test_one_other_number_makes_a_scale_until_its_owner_names_it_as_a_slip(typed) -> None:
    answers = pd.Series([0, 1] * 10 + [2])
    dates = pd.date_range("2026-01-01", periods=21).strftime("%Y-%m-%d")
    diary = pd.DataFrame(
        {"patient_id": "P01", "date": dates, "headache": answers if typed else answers.astype(str)}
    )
    patients = pd.DataFrame({"patient_id": ["P01"], "index_date": ["2026-01-20"]})
    how = {"yes": ["1"], "no": ["0"]}
    with pytest.raises(OutcomesError) as refused:
        oc.Study(diary=diary, patients=patients, reading={"diary": how})
    assert 'missing = ["the number"]' in str(refused.value)
    study = oc.Study(diary=diary, patients=patients, reading={"diary": how | {"missing": ["2"]}})
    assert len(study.diary) == 20
    assert study.findings.query("rule == 'missing_value'")["row"].tolist() == [21]


#: How a whole column of dates is written -> what the refusal says to do.
WHOLE_COLUMNS = {
    "%m/%d/%Y": 'date_format = "%m/%d/%Y"',
    "%d.%m.%Y 10:30": 'date_format = "%d.%m.%Y %H:%M"',
    "%Y-%m-%dT22:30:00+0100": 'date_format = "%Y-%m-%dT%H:%M:%S%z"',
    "%G-W%V-%u": "write year, month and day",
    "%Y\u2013%m\u2013%d": "write -",
    "%Y-%m-%d 24:00": "write 00:00 of the day after",
    "'%Y-%m-%d": "remove it",
    "%Y-%m": "without a day",
}


@pytest.mark.parametrize("written", WHOLE_COLUMNS)
def test_a_refused_column_of_dates_says_what_reads_it(tmp_path, written):
    lines = [f"P01,{day.strftime(written)},yes,1,no" for day in pd.date_range("2026-01-14", periods=15)]
    with pytest.raises(OutcomesError) as refused:
        study_of(tmp_path, [HEAD, *lines])
    assert WHOLE_COLUMNS[written] in str(refused.value)


def test_serial_numbers_months_in_words_and_other_digits_are_named(tmp_path):
    german = [f"P01,{day}. Januar 2026,yes,1,no" for day in range(14, 29)]
    wide = [row.translate({ord("0") + n: 0xFF10 + n for n in range(10)}) for row in rows(15)]
    serial = [f"P01,{day},yes,1,no" for day in range(46030, 46045)]
    for lines, words in ((german, 'language = "de"'), (wide, "0 to 9"), (serial, 'date_format = "excel"')):
        with pytest.raises(OutcomesError) as refused:
            study_of(tmp_path, [HEAD, *[line.replace(line.split(",")[0], "P01", 1) for line in lines]])
        assert words in str(refused.value)


def test_every_row_lost_is_a_refusal_that_says_why(tmp_path):
    with pytest.raises(OutcomesError, match=r"15 x wrong_number_of_fields.*ends with an empty field"):
        study_of(tmp_path, [HEAD, *(f"{row}," for row in rows(15))])
    with pytest.raises(OutcomesError, match=r"delimiter = '\\t'"):
        study_of(tmp_path, [line.replace(",", "\t") for line in [HEAD, *rows(15)]])


def test_files_that_were_put_together_keep_their_rows(tmp_path):
    mark, first, second = "\ufeff", rows(15), rows(30)[15:]
    study = study_of(
        tmp_path, [mark + mark + HEAD, *first, mark + HEAD.upper(), mark + second[0], *second[1:]]
    )
    assert len(study.diary) == 30
    assert study.findings.query("severity == 'error'")["rule"].tolist() == ["header_again"]


@pytest.mark.parametrize(
    ("content", "encoding", "words"),
    [
        ("\u00fcber", "cp1252", "remove encoding"),
        ("\u00fcber", "latin-1", "remove encoding"),
        ("utf-16-be", "utf-16-le", 'encoding = "utf-16"'),
    ],
)
def test_a_file_in_another_encoding_than_declared_is_told(tmp_path, content, encoding, words):
    text = "\n".join([HEAD + ",note", *(f"{row},{content}" for row in rows())])
    study_of(tmp_path, [HEAD, *rows()])
    if not encoding.startswith("utf"):  # plain ASCII is all of them
        study_of(tmp_path, [HEAD, *rows()], f'encoding = "{encoding}"')
    (tmp_path / "study.toml").write_text(STUDY.split("[tables.{}]")[0].format(f'encoding = "{encoding}"'))
    bytes_of = ("\ufeff" + text).encode(content) if content.startswith("utf") else text.encode()
    (tmp_path / "diary.csv").write_bytes(bytes_of)
    with pytest.raises(SourceError) as refused:
        oc.read_study(tmp_path)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-02-30", "are no days of the calendar"),
        ("2026-13-05", "are no days of the calendar"),
        ("1767225600", "seconds since 1970"),
        ("1767225600000", "seconds since 1970"),
    ],
)
def test_what_is_no_date_is_named_for_what_it_is(tmp_path, text, words):
    study = study_of(tmp_path, [HEAD, *rows(), f"P01,{text},yes,1,no"])
    assert words in study.findings.query("rule == 'bad_date'")["hint"].item()


def test_months_and_days_of_one_digit_are_read(tmp_path):
    lines = [line.replace("-0", "-") for line in rows()]
    assert study_of(tmp_path, [HEAD, *lines]).diary["date"].tolist() == [
        *pd.date_range("2026-01-01", periods=30)
    ]


@pytest.mark.parametrize(
    ("written", "unit", "hours"), [("1:30", "h:mm", 1.5), ("3h", "words", 3.0), ("90 min", "words", 1.5)]
)
def test_a_column_of_durations_says_how_they_are_read(tmp_path, written, unit, hours):
    lines = [f"{line},{written}" for line in rows()]
    alarm = study_of(tmp_path, [f"{HEAD},duration_h", *lines]).alarms
    assert alarm["hint"].item().endswith(f'units.duration_h = "{unit}"')
    read = study_of(tmp_path, [f"{HEAD},duration_h", *lines], f'units.duration_h = "{unit}"')
    assert read.diary["duration_h"].unique().tolist() == [hours]


def test_a_typed_duration_is_counted_in_the_columns_unit():
    days = pd.DataFrame(
        {"patient_id": "P01", "date": pd.date_range("2026-01-01", periods=3), "headache": True}
    )
    lasted = pd.to_timedelta(["1h", "90min", None])
    patients = pd.DataFrame({"patient_id": ["P01"], "index_date": pd.Timestamp("2026-01-02")})
    study = oc.Study(diary=days.assign(duration_h=lasted, aura_min=lasted), patients=patients)
    assert study.diary["duration_h"].tolist()[:2] == [1.0, 1.5]
    assert study.diary["aura_min"].tolist()[:2] == [60.0, 90.0]
    assert study.diary["duration_h"].isna().tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ([f"{day}.I.2026" for day in range(1, 31)], "months in Roman numerals"),
        ([f"2026-{day:03d}" for day in range(1, 31)], 'date_format = "%Y-%j"'),
    ],
)
def test_dates_of_a_kind_that_nothing_reads_are_told_by_it(tmp_path, dates, words):
    lines = [row.replace(row[4:14], date) for row, date in zip(rows(), dates, strict=True)]
    with pytest.raises(OutcomesError, match=words):
        study_of(tmp_path, [HEAD, *lines])


def test_a_header_in_capitals_is_a_header_and_the_lines_that_read_it_are_told(tmp_path):
    with pytest.raises(SourceError) as refused:
        study_of(tmp_path, [HEAD.upper(), *rows()])
    assert 'patient_id = "PATIENT_ID"; date = "DATE"; headache = "HEADACHE"' in str(refused.value)
    assert "is it a header" not in str(refused.value)


def test_another_decimal_mark_is_no_other_unit(tmp_path):
    lines = [row + (",2.5" if place % 2 else ',"2,5"') for place, row in enumerate(rows())]
    told = study_of(tmp_path, [f"{HEAD},duration_h", *lines]).alarms["hint"].item()
    assert told == 'in study.toml, [tables.diary]: decimal = ","'


def test_identifiers_that_lost_their_zeros_are_refused_with_the_line_that_gives_them_back(tmp_path):
    lines = [HEAD, *(row.replace("P01", "0007") for row in rows())]
    begun = (
        "sessions",
        "patient_id,session_id,start,end\n7,S1,2026-01-20T09:00+01:00,2026-01-20T13:00+01:00\n",
    )
    with pytest.raises(OutcomesError, match="no patient_id of the table sessions") as refused:
        study_of(tmp_path, lines, more=begun)
    assert refused.value.hint is not None
    line = refused.value.hint.partition("zeros, and ")[2].removesuffix(" below the table gives them back")
    text = (tmp_path / "study.toml").read_text()
    (tmp_path / "study.toml").write_text(text + line + "\n")
    (tmp_path / "patients.csv").write_text("patient_id,index_date\n0007,2026-01-20\n")
    assert oc.read_study(tmp_path).sessions["patient_id"].tolist() == ["0007"]
