"""Workbooks: every kind of cell without loss, headers of several lines, and what cannot be read is said."""

from __future__ import annotations

import datetime as dt
import io
import time
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels
from books import ods, xlsb, xlsx, zipped

import outcomes as oc
from outcomes.errors import SourceError
from outcomes.sources.conventions import TableSource
from outcomes.sources.doors.excel import read_excel
from outcomes.sources.limits import Limits
from pages import shown
from studies import PATIENTS, assert_nothing_lost, rules_found, write_study

SHEET_SECONDS = 10  # CPU for 100,000 rows of 12 columns
D = ["patient_id", "date", "headache"]


def put(*rows, sheet="Diary", merged=()):
    """Return what fills a sheet with rows; dates get a format of dates."""

    def fill(book):
        page = book.add_worksheet(sheet)
        formats = {
            dt.date: "dd.mm.yyyy",
            dt.datetime: "dd.mm.yyyy hh:mm",
            dt.time: "hh:mm",
            dt.timedelta: "[h]:mm",
        }
        for line, row in enumerate(rows):
            for place, cell in enumerate(row):
                pattern = formats.get(type(cell))
                page.write(line, place, cell, book.add_format({"num_format": pattern}) if pattern else None)
        for place, text in merged:
            page.merge_range(*place, text)

    return fill


def table(content, *, file="diary.xlsx", limits=None, **keys):
    return read_excel(
        content,
        table="diary",
        file=file,
        source=TableSource(file=file, **keys),
        limits=limits,
    )


def texts(content, **keys):
    return table(content, **keys).frame.astype("str").to_numpy().tolist()


def study_of(folder: Path, content: bytes, options: str = "", name: str = "diary.xlsx") -> oc.Study:
    path = write_study(folder, {"patients": PATIENTS, "diary": b""}, options=options)
    (folder / "diary.csv").unlink()
    (folder / name).write_bytes(content)
    path.write_text(path.read_text().replace("diary.csv", name))
    return oc.read_study(path)


CELLS = [
    (1.0, "1"), (27, "27"), (2.5, "2.5"), (-0.125, "-0.125"), (7.1, "7.1"), (123456789012.0, "123456789012"),
    ("1.0", "1.0"), ("007", "007"), (True, "true"), (False, "false"),
    (dt.date(2026, 2, 1), "2026-02-01"), (dt.datetime(2026, 2, 1, 14, 30), "2026-02-01T14:30:00"),
    (dt.datetime(2026, 2, 1, 14, 30, 15), "2026-02-01T14:30:15"), (dt.time(14, 30), "14:30"),
    (dt.timedelta(hours=27, minutes=30), "27:30"), ("ärger & <b>", "ärger & <b>"),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "text"), CELLS, ids=[str(place) for place in range(len(CELLS))])
def test_a_cell_is_handed_on_without_loss(cell, text):
    assert texts(xlsx(put(["x"], [cell]))) == [[text]]


def test_a_mixed_column_is_read_by_one_declared_format_and_said(tmp_path):
    rows = [
        ["01", dt.date(2026, 2, 1), "ja"],
        ["01", "13.02.2026", "nein"],
        ["02", dt.date(2026, 2, 3), True],
        ["02", "14. Feb 26", 0],
    ]
    options = 'date_format = "%d.%m.%Y"\nyes = ["ja", "1", "true"]\nno = ["nein", "0"]'
    study = study_of(tmp_path, xlsx(put(D, *rows)), options)
    assert study.diary["date"].dt.strftime("%d%m").tolist() == ["0102", "1302", "0302"]
    assert study.diary["headache"].tolist() == [True, False, True]
    found = rules_found(study)
    assert {
        ("diary", 1, "date", "dates_and_texts", "warning"),
        ("diary", 3, "date", "dates_and_texts", "warning"),
    } <= found
    assert ("diary", 4, "date", "bad_date", "error") in found
    assert_nothing_lost(study)


def test_midnight_is_a_time_where_others_have_one_and_a_day_in_a_column_of_days():
    moments = [dt.datetime(2026, 2, 1), dt.datetime(2026, 2, 1, 0, 30)]
    content = xlsx(put(["date", "entered_at"], *[[one, one] for one in moments]))
    assert texts(content) == [
        ["2026-02-01", "2026-02-01T00:00:00"],
        ["2026-02-01T00:30:00", "2026-02-01T00:30:00"],
    ]


@pytest.mark.parametrize(
    ("date_format", "language", "text"),
    [
        ("%d.%m.%Y", "en", "05.03.2026"),
        ("%d-%b-%y", "de", "05-märz-26"),
        ("excel", "en", "46086"),
        ("ISO8601", "en", "2026-03-05"),
    ],
)
def test_a_date_is_written_as_the_texts_beside_it_are(date_format, language, text):
    found = texts(xlsx(put(["date"], [dt.date(2026, 3, 5)])), date_format=date_format, language=language)
    assert found == [[text]]


def test_what_a_declared_format_cannot_hold_is_written_in_full():
    content = xlsx(put(["entered_at"], [dt.datetime(2026, 3, 5, 14, 30, 15)]))
    assert texts(content, timestamp_format="%d.%m.%Y %H:%M") == [["2026-03-05T14:30:15"]]


def test_header_of_several_lines_with_merged_cells_and_lines_above_and_below(tmp_path):
    rows = [
        ["Headache clinic"], [],
        ["Patient", "Day", "Symptoms", "", ""], ["", "", "Headache", "nausea", "Pain"], [],
        ["01", dt.date(2026, 1, 5), "yes", "no", 6], [], ["02", dt.date(2026, 1, 5), "yes", "no", 0.5],
        ["printed in Zurich"],
    ]  # fmt: skip
    merged = [((2, 2, 2, 4), "Symptoms"), ((2, 0, 3, 0), "Patient"), ((2, 1, 3, 1), "Day")]
    options = (
        "skip_lines = 2\nheader_lines = 2\nfooter = 1\n"
        'columns = {patient_id = "Patient", date = "Day", headache = "Symptoms Headache",'
        ' nausea = "Symptoms nausea", pain = "Symptoms Pain"}'
    )
    study = study_of(tmp_path, xlsx(put(*rows, merged=merged)), options)
    assert study.diary["pain"].tolist() == [6, 0.5]
    assert study.diary["nausea"].tolist() == [False, False]
    assert len(study.findings) == 0
    facts = study.provenance.set_index("table").loc["diary"]
    assert (facts["rows"], facts["lines"]) == (2, 9)


def test_a_footer_that_is_a_row_of_the_sheet_is_refused(tmp_path):
    content = xlsx(put(D, ["01", dt.date(2026, 1, 5), "yes"], ["02", dt.date(2026, 1, 5), "no"]))
    with pytest.raises(SourceError, match="a line that is a row"):
        study_of(tmp_path, content, "footer = 1")


def test_rows_in_findings_are_those_of_the_spreadsheet(tmp_path):
    content = xlsx(put(["A title"], [], D, [], ["01", dt.date(2026, 1, 5), "yes"], ["02", "soon", "no"]))
    found = study_of(tmp_path, content, "skip_lines = 2").findings.query("rule == 'bad_date'")
    assert found[["row", "line"]].to_numpy().tolist() == [[2, 6]]


def test_the_page_of_workbooks_and_a_renamed_sheet(tmp_path):
    def fill(book):
        rows = [
            ["Headache clinic"], [], ["Patient", "Day", "Symptoms"], ["", "", "Headache", "Pain 0-10"],
            ["01", dt.date(2026, 1, 5), "yes", 6], ["02", "05.01.2026", "yes", 4.5], ["printed on Monday"],
        ]  # fmt: skip
        merged = [((2, 2, 2, 3), "Symptoms"), ((2, 0, 3, 0), "Patient"), ((2, 1, 3, 1), "Day")]
        put(*rows, merged=merged)(book)
        people = [["patient_id", "index_date"], *[[name, dt.date(2026, 1, 20)] for name in ("01", "02")]]
        put(*people, sheet="Patients")(book)

    (tmp_path / "clinic.xlsx").write_bytes(xlsx(fill))
    path, text = tmp_path / "study.toml", shown("excel.md")
    path.write_text(text)
    study = oc.read_study(path)
    assert study.diary["pain"].tolist() == [6, 4.5]
    assert study.diary["date"].tolist() == [pd.Timestamp("2026-01-05")] * 2
    assert study.patients["index_date"].tolist() == [pd.Timestamp("2026-01-20")] * 2
    assert {found[3] for found in rules_found(study)} == {"dates_and_texts"}
    path.write_text(text.replace('"Patients"', '"People"'))
    with pytest.raises(SourceError, match=r"no sheet 'People'.*'Diary', 'Patients'"):
        oc.read_study(path)
    path.write_text(text.replace('sheet = "Patients"\n', ""))
    with pytest.raises(SourceError, match=r"2 sheets.*'Diary', 'Patients'.*sheet = "):
        oc.read_study(path)


def test_errors_and_formulas_without_a_result_are_blank_and_said(tmp_path):
    def fill(book):
        page = book.add_worksheet("Diary")
        for line, row in enumerate(
            [[*D, "pain", "nausea"], *[["01", f"2026-01-0{day}", "yes"] for day in range(5, 9)]]
        ):
            page.write_row(line, 0, row)
        page.write_formula("D2", "=1/0", None, "#DIV/0!")
        page.write_formula("D3", "=A1", None, 7)
        page.write_formula("D4", "=A1", None, 98)
        page.write_formula("E2", '=IF(1,"yes")', None, "yes")

    content = xlsx(fill)
    saved = _without(content, rb' fullCalcOnLoad="1"', b"")
    unsaved = _without(saved, b"<v>98</v>", b"")
    study = study_of(tmp_path, unsaved)
    assert study.diary["pain"].isna().tolist() == [True, False, True, True]
    assert study.diary["pain"].iloc[1] == 7
    assert study.diary["nausea"].iloc[0]
    assert rules_found(study) == {
        ("diary", 1, "pain", "cell_error", "error"), ("diary", 3, "pain", "formula_without_value", "error"),
    }  # fmt: skip
    programs = {found[3] for found in rules_found(study_of(tmp_path, content))}
    assert programs == {"cell_error", "formula_not_calculated", "out_of_range"}


def _without(content: bytes, old: bytes, new: bytes) -> bytes:
    """Return a workbook with some of its XML replaced."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as before,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(old, new))
    return buffer.getvalue()


def test_a_column_name_twice_is_refused_by_place_and_name():
    with pytest.raises(SourceError, match=r"twice.*columns 2, 3, date"):
        table(xlsx(put(["patient_id", "date", "date"], ["01", 1, 2])))


def test_a_merged_cell_over_the_header_needs_its_second_line():
    content = xlsx(put(["id", "x"], ["a", "b", "c"], merged=[((0, 1, 0, 2), "Day")]))
    with pytest.raises(SourceError, match="twice"):
        table(content)
    assert list(table(content, header_lines=2).frame) == ["id a", "Day b", "Day c"]


def test_a_column_without_a_name_is_refused_and_an_empty_one_is_none():
    with pytest.raises(SourceError, match="column 2 of the header has no name"):
        table(xlsx(put(["patient_id", "", "date"], ["01", 1, 2])))
    content = xlsx(put(["patient_id", "", "date"], ["01", "", 2]))
    assert list(table(content).frame) == ["patient_id", "date"]


def test_the_header_further_down_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"line 3: there is a title above.*skip_lines = 2"):
        table(xlsx(put(["Title"], [], D, ["01", "2026-01-05", "yes"])))


def test_a_total_is_no_row():
    found = table(xlsx(put(D, ["01", "2026-01-05", "yes"], ["Total", "", 1])))
    assert [fault.rule for fault in found.faults] == ["not_a_row"]


def test_dates_since_1904_are_the_same_dates():
    def fill(book):
        book.epoch = 1904
        put(["date"], [dt.date(2026, 3, 5)])(book)

    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "date_1904": True})
    put(["date"], [dt.date(2026, 3, 5)])(book)
    book.close()
    assert texts(buffer.getvalue()) == [["2026-03-05"]]


def test_the_other_kinds_of_workbooks(tmp_path):
    found = texts(xlsb([D, ["01", "2026-01-05", 1.0], ["02", "2026-01-05", 0.0]]), file="diary.xlsb")
    assert found == [["01", "2026-01-05", "1"], ["02", "2026-01-05", "0"]]

    def cell(kind, value, text):
        return (
            f'<table:table-cell office:value-type="{kind}" {value}><text:p>{text}</text:p></table:table-cell>'
        )

    header = [cell("string", "", name) for name in D]
    day = cell("date", 'office:date-value="2026-01-05"', "05.01.26")
    yes = cell("boolean", 'office:boolean-value="true"', "WAHR")
    assert texts(ods([header, [cell("string", "", "01"), day, yes]]), file="diary.ods") == [
        ["01", "2026-01-05", "true"]
    ]


def test_an_old_workbook_holds_what_its_text_holds():
    folder = Path(statsmodels.__file__).parent / "datasets" / "macrodata"
    book = next(path for path in (folder / "src").rglob("macrodata.xls") if path.is_file())
    read = table(book.read_bytes(), file="macrodata.xls", sheet="Quarterly").frame.astype("str")
    theirs = pd.read_csv(folder / "macrodata.csv")
    quarters = (
        theirs["year"].astype("int").astype("str")
        + "-"
        + (theirs["quarter"].astype("int") * 3 - 2).astype("str").str.zfill(2)
        + "-01"
    )
    found = read.set_index("DATE").loc[quarters, "GDPC96"].astype("float64")
    np.testing.assert_array_equal(found.to_numpy(), theirs["realgdp"].to_numpy())


GOOD = xlsx(put(D, ["01", "2026-01-05", "yes"]))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.xlsx", GOOD[: len(GOOD) // 2], "damaged or incomplete"),
        ("a.xlsx", GOOD[:30], "damaged or incomplete"),
        ("a.xlsx", b"", "content is text"),
        ("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        ("a.xlsx", OLE, "a different kind than its extension"),
        ("a.xls", GOOD, "a different kind than its extension"),
        ("a.xls", OLE, "cannot be read"),
        ("a.xls", b"<html><table><tr><td>patient_id</td></tr></table>", "content is a web page"),
        ("a.xlsx", b"patient_id,date\n", "content is text"),
        ("a.xlsx", zipped(readme_dot_txt="hello"), "cannot be read"),
        ("a.ods", zipped(readme_dot_txt="hello"), "cannot be read"),
        ("a.csv", GOOD, "give the file the extension of what it is"),
    ],
    ids=[
        "cut",
        "begin",
        "empty",
        "password",
        "old as new",
        "new as old",
        "no stream",
        "html",
        "csv",
        "zip",
        "zip ods",
        "as csv",
    ],
)
def test_a_file_that_is_none_is_told(tmp_path, name, content, says):
    with pytest.raises(SourceError, match=says) as caught:
        study_of(tmp_path, content, name=name)
    assert name in str(caught.value)


def test_a_missing_extra_names_itself(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(SourceError, match=r'pip install "outcomes\[excel\]"'):
        study_of(tmp_path, GOOD)


def test_a_small_workbook_that_is_giant_inside_is_refused():
    far = _without(GOOD, b'<row r="2"', b'<row r="1048576"')
    far = _without(far, b'r="C2"', b'r="XFD1048576"')
    with pytest.raises(SourceError, match="too many columns"):
        table(far)
    bomb = zipped(xl__workbook_dot_xml=b"0" * 3_000_000)
    with pytest.raises(SourceError, match="too large when it is unpacked"):
        table(bomb, limits=Limits(max_unpacked_mb=1))


@pytest.mark.long
def test_a_hundred_thousand_rows_are_read_in_seconds():
    days = [dt.date(2024, 1, 1) + dt.timedelta(days=day) for day in range(500)]
    rows = [
        [f"{p:03d}", day, 1, 7.5, 3.25, "triptan", "no", "yes", 0, True, "note", 4.0]
        for p in range(200)
        for day in days
    ]
    names = [
        *D,
        "pain",
        "duration_h",
        "acute_medication",
        "nausea",
        "vomiting",
        "aura",
        "photophobia",
        "note",
        "extra",
    ]
    content = xlsx(put(names, *rows))
    begin = time.process_time()
    read = table(content)
    assert time.process_time() - begin < SHEET_SECONDS
    assert len(read.frame) == 100_000
