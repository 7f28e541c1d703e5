"""Tables as files, read back: the same cells in every form, texts stay texts, the same bytes each time."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from html import unescape
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError, ReportError
from outcomes.tables import Column, Interval, Number, PValue, Ratio, Share, Table, Text
from outcomes.tables.file import FORMS, table_bytes, write_table

HOSTILE = [
    "=1+1",
    "+1",
    "@SUM(A1)",
    "<script>alert(1)</script>",
    r"{\rtf1 \object x}",
    r"\input{x} 50% & #_~^$",
    "\N{HEBREW LETTER ALEF}\N{HEBREW LETTER BET}",
    "\N{GRINNING FACE} é",
    "https://example.org/x",
    "0123",
]
MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"


@pytest.fixture(scope="module")
def table() -> Table:
    size = len(HOSTILE)
    frame = pd.DataFrame(
        {
            "term": HOSTILE,
            "n": range(size),
            "N": 55,
            "change": [-1.25, 2.0, *[np.nan] * (size - 2)],
            "low": -2.0,
            "high": 1.0,
            "p": [0.0492, 0.00004, 0.99999, *[np.nan] * (size - 3)],
            "part": ["first {part}"] * 4 + [r"second \part"] * (size - 4),
            "withheld": [""] * (size - 1) + ["n change"],
        }
    )
    columns = {
        "term": Column(r"Term {a} & 5% \b", Text("term")),
        "n": Column("n/N", Ratio()),
        "share": Column("n/N (%)", Share()),
        "change": Column("Change", Number("change", 2, sign=True)),
        "interval": Column("95% interval", Interval("low", "high", 2)),
        "p": Column("P", PValue("p")),
    }
    return Table(
        "hostile",
        frame,
        columns,
        caption=r"Caption {x} \y =2",
        notes=[r"n: 100% of & \x", "<b>bold</b>"],
        spanners={"Numbers {": ["n", "share"]},
        groups="part",
    )


EXPECTED = [
    ["0/55", "0/55 (0%)", f"{MINUS}1.25", f"{MINUS}2.00 to 1.00", ".049"],
    ["1/55", "1/55 (2%)", "+2.00", f"{MINUS}2.00 to 1.00", "< .001"],
    ["2/55", "2/55 (4%)", DASH, f"{MINUS}2.00 to 1.00", "> .999"],
]


def test_the_lines_are_the_texts_of_every_form(table):
    rows = [line.texts for line in table.lines() if not line.group]
    assert [list(row[1:]) for row in rows[:3]] == EXPECTED
    assert [row[0] for row in rows] == HOSTILE
    assert rows[-1][1:4] == ("withheld", "withheld", "withheld")
    assert [line.texts[0] for line in table.lines() if line.group] == ["first {part}", r"second \part"]


def test_word_has_every_cell_real_headings_that_repeat_and_rows_that_do_not_break(table):
    from docx import Document

    document = Document(BytesIO(table_bytes(table, "docx")))
    grid = document.tables[0]
    lines = table.lines()
    assert len(grid.rows) == 2 + len(lines)
    for row, line in zip(grid.rows[2:], lines, strict=True):
        texts = [cell.text for cell in row.cells]
        assert texts == (list(line.texts) * len(texts) if line.group else list(line.texts))
    assert [cell.text for cell in grid.rows[1].cells] == list(table.heads)
    assert [cell.text for cell in grid.rows[0].cells] == ["", "Numbers {", "Numbers {", "", "", ""]
    repeats = [bool(row._tr.xpath("./w:trPr/w:tblHeader")) for row in grid.rows]
    assert repeats == [True, True, *[False] * len(lines)]
    assert all(row._tr.xpath("./w:trPr/w:cantSplit") for row in grid.rows)
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert texts == [table.caption, *table.notes]
    assert not document.element.xpath("//w:fldSimple | //w:instrText | //w:hyperlink")


def test_a_right_to_left_text_is_marked_so_in_word(table):
    from docx import Document

    grid = Document(BytesIO(table_bytes(table, "docx"))).tables[0]
    marked = [row.cells[0].text for row in grid.rows if row.cells[0]._tc.xpath(".//w:bidi")]
    assert marked == ["\N{HEBREW LETTER ALEF}\N{HEBREW LETTER BET}"]


def rtf_cells(text: str) -> list[list[str]]:
    """Return the rows of an RTF document by reading its own escapes back."""
    rows = []
    for row in re.split(r"\\row\b", text)[:-1]:
        cells = re.findall(r"\{\\f\d+ ((?:\\[\\{}]|\\u-?\d+\?|(?:\\b )|[^\\{}])*)\}\\cell", row)
        rows.append([unrtf(cell) for cell in cells])
    return rows


def unrtf(text: str) -> str:
    units = re.sub(r"\\u(-?\d+)\?", lambda found: chr(int(found[1]) % 65536), text)
    plain = re.sub(r"\\b ", "", units)
    plain = re.sub(r"\\([\\{}])", r"\1", plain)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16")


def test_rtf_is_ascii_and_holds_every_cell(table):
    content = table_bytes(table, "rtf")
    text = content.decode("ascii")
    found = rtf_cells(text)
    bodies = [list(line.texts) if not line.group else [*line.texts, *[""] * 5] for line in table.lines()]
    assert found[-len(bodies) :] == bodies
    assert text.count(r"\trhdr") == 2
    assert text.count(r"\trkeep") == text.count(r"\trowd") == 2 + len(bodies)
    assert r"\object" not in re.sub(r"\\\\object", "", text)
    bare = re.sub(r"\\[{}\\]", "", text)
    assert bare.count("{") == bare.count("}"), "every group that is opened is closed"


def test_latex_holds_no_command_of_a_text(table):
    text = table_bytes(table, "tex").decode()
    assert r"\input" not in text
    assert r"\textbackslash{}input\{x\} 50\% \& \#\_\textasciitilde{}\textasciicircum{}\$" in text
    body = text[text.index(r"\endfoot") : text.index(r"\end{longtable}")]
    rows = [line for line in body.splitlines() if line.endswith(r" \\")]
    assert len(rows) == len(table.lines())
    unescaped = [re.sub(r"\\[&%#$_{}]", "", row) for row in rows]
    assert {row.count("&") for row in unescaped} == {0, 5}
    assert not any("%" in row for row in unescaped), "a bare per-cent sign would end the row"
    assert r"\cmidrule(lr){2-3}" in text


SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheet_cells(content: bytes) -> dict[str, tuple[str | None, str]]:
    """Return cell -> (type, text) of the first sheet, shared strings looked up."""
    with ZipFile(BytesIO(content)) as book:
        strings = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        words = ["".join(part.text or "" for part in item.iter(f"{SHEET}t")) for item in strings]
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert not list(sheet.iter(f"{SHEET}f")), "a formula"
    assert not list(sheet.iter(f"{SHEET}hyperlink"))
    found = {}
    for cell in sheet.iter(f"{SHEET}c"):
        value = cell.find(f"{SHEET}v")
        if value is not None:
            text = value.text or ""
            found[cell.get("r")] = (cell.get("t"), words[int(text)] if cell.get("t") == "s" else text)
    return found


def test_a_spreadsheet_has_numbers_as_numbers_and_texts_as_texts(table):
    cells = sheet_cells(table_bytes(table, "xlsx"))
    head = {text: place for place, (_, text) in cells.items()}
    row = int(re.sub(r"\D", "", head["P"]))
    column = {text: re.sub(r"\d", "", place) for text, place in head.items() if place.endswith(str(row))}
    first, last = row + 1, row + len(table)
    assert cells[f"{column['n/N: n']}{first + 1}"] == (None, "1")
    assert cells[f"{column['n/N: N']}{first}"] == (None, "55")
    assert cells[f"{column['Change']}{first}"] == (None, "-1.25")
    assert cells[f"{column['Change']}{first + 2}"] == ("s", DASH)
    assert float(cells[f"{column['P']}{first + 1}"][1]) == 0.00004
    assert cells[f"{column['95% interval: lower']}{first}"] == (None, "-2")
    assert cells[f"{column['n/N: n']}{last}"] == ("s", "withheld")
    for place, term in enumerate(HOSTILE, start=first):
        assert cells[f"{column[table.heads[0]]}{place}"] == ("s", term)


def test_a_text_that_is_too_long_for_a_cell_is_cut_on_show():
    table = Table("long", pd.DataFrame({"a": ["x" * 40_000]}), {"a": Column("A", Text("a"))})
    (longest,) = [text for _, text in sheet_cells(table_bytes(table, "xlsx")).values() if text != "A"]
    assert len(longest) == 32_767
    assert longest.endswith("\N{HORIZONTAL ELLIPSIS}")


def test_html_is_a_page_in_which_texts_are_texts(table):
    html = table_bytes(table, "html").decode()
    assert not re.search(r"<(script|b>bold|a )", html)
    for text in HOSTILE:
        assert text in unescape(re.sub(r"<[^>]*>", " ", html))


def test_csv_has_numbers_unrounded_and_runs_no_text(table):
    content = table_bytes(table, "csv")
    read = pd.read_csv(BytesIO(content), dtype="str", keep_default_na=False)
    assert list(read)[:4] == ["part", r"Term {a} & 5% \b", "Numbers {: n/N: n", "Numbers {: n/N: N"]
    assert [text.removeprefix("'") for text in read[list(read)[1]]] == HOSTILE
    assert not read.map(lambda text: text[:1] in "=+@" and text != "").to_numpy().any()
    assert read["Change"].tolist() == ["-1.25", "2", *[""] * (len(HOSTILE) - 3), "withheld"]
    assert read["P"][1] == "4e-05"
    assert b"2.0\n" not in content


def test_pdf_holds_every_cell_and_repeats_nothing_of_the_clock(table):
    content = table_bytes(table, "pdf")
    assert content.startswith(b"%PDF-")
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed: the PDF cannot be read back")
    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True, timeout=60
    )
    text = done.stdout.decode()
    for words in (
        "0123",
        "@SUM(A1)",
        "1/55 (2%)",
        f"{MINUS}2.00 to 1.00",
        "> .999",
        "Caption {x}",
        "n: 100% of",
    ):
        assert words in text, words


def test_any_frame_can_be_written(tmp_path):
    frame = pd.DataFrame(
        {
            "day": pd.to_datetime(["2026-03-01", None]),
            "dose": [0.5, np.nan],
            "whole": [3.0, np.nan],
            "n": [1200, 3],
            "given": [True, False],
            ("a", "b"): ["x", None],
        }
    )
    path = oc.write_table(frame, tmp_path / "t.csv")
    lines = path.read_text().splitlines()
    assert lines == ["day,dose,whole,n,given,a b", "2026-03-01,0.5,3,1200,True,x", ",,,3,False,"]
    counted = frame.groupby("given")["n"].sum().to_frame("rows")
    assert oc.write_table(counted, tmp_path / "g.csv").read_text() == "given,rows\nFalse,3\nTrue,1200\n"
    for form in FORMS:
        assert oc.write_table(frame, tmp_path / f"t.{form}").stat().st_size > 0
    with pytest.raises(ArgumentError, match="Table or Tabular or DataFrame"):
        oc.write_table([1, 2], tmp_path / "t.csv")


def test_a_great_tables_object_has_the_same_cells(table, monkeypatch):
    import great_tables

    made = oc.tables.great_table(table)
    assert isinstance(made, great_tables.GT)
    shown = unescape(re.sub(r"<[^>]*>", " ", made.as_raw_html()))
    for row in table.lines():
        assert all(text in shown for text in row.texts)
    assert "<script>" not in made.as_raw_html()
    monkeypatch.setitem(sys.modules, "great_tables", None)
    with pytest.raises(ArgumentError, match=r'pip install "outcomes\[great-tables\]"'):
        oc.tables.great_table(table)
    assert "<table" in table._repr_html_()


@pytest.mark.parametrize("form", FORMS)
def test_the_same_table_is_the_same_bytes(table, form, monkeypatch):
    first = table_bytes(table, form)
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    assert table_bytes(table, form) == first
    if form in ("docx", "xlsx"):
        with ZipFile(BytesIO(first)) as packed:
            assert {part.date_time[0] for part in packed.infolist()} == {1980}
            assert b"2000-01-01T00:00:00Z" in packed.read("docProps/core.xml")


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_table_is_a_file_too(form):
    frame = pd.DataFrame({"a": pd.Series([], dtype="str")})
    assert table_bytes(Table("none", frame, {"a": Column("A", Text("a"))}), form)


@pytest.mark.parametrize("form", FORMS)
def test_characters_that_no_document_may_hold_are_replaced(form):
    frame = pd.DataFrame({"a": pd.Series(["a\x00b\x0bc\ud800d\ne"], dtype="object")})
    content = table_bytes(Table("odd", frame, {"a": Column("A", Text("a"))}), form)
    assert b"\x00" not in content if form in ("html", "tex", "rtf") else content


def test_a_file_is_replaced_whole_or_not_at_all(table, tmp_path, monkeypatch):
    path = write_table(table, tmp_path / "t.tex")
    before = path.read_bytes()
    monkeypatch.setattr(
        "os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    with pytest.raises(ReportError, match="what was there is untouched"):
        write_table(table, path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["t.tex"]


def test_an_unknown_suffix_names_those_that_are_known(table, tmp_path):
    with pytest.raises(ArgumentError) as told:
        write_table(table, tmp_path / "t.doc")
    assert str(told.value) == (
        "the suffix of the file is not one of its options. got: 'doc'. allowed: html, docx, rtf, tex, xlsx, "
        "csv, pdf. did you mean 'docx'?"
    )
    assert not list(tmp_path.iterdir())


def test_a_package_that_is_not_there_is_named_with_what_to_do(table, tmp_path, monkeypatch):
    there = importlib.util.find_spec
    monkeypatch.setattr(
        "outcomes.tables.file.find_spec", lambda name: None if name == "docx" else there(name)
    )
    with pytest.raises(ArgumentError, match=r'docx is not installed. pip install "outcomes\[documents\]"'):
        write_table(table, tmp_path / "t.docx")


def test_any_result_can_be_written():
    rows = pd.DataFrame({"term": ["slope"], "estimate": [-0.5], "n": [3], "p_value": [0.00001]})
    result = oc.Estimates(rows, "Change of x", "least squares", notes=("of three",))
    text = table_bytes(result, "tex").decode()
    assert r"slope & $-$0.50 & 3 & \textless{} .001 \\" in text
    assert "of three" in text


def test_columns_that_are_not_there_are_named():
    frame = pd.DataFrame({"term": ["x"]})
    with pytest.raises(ArgumentError, match="did you mean 'term'"):
        Table("t", frame, {"a": Column("A", Text("tern"))})
    with pytest.raises(ArgumentError, match="not adjacent"):
        Table("t", frame, {"a": Column("A", Text("term"))}, spanners={"S": ["b"]})


@pytest.mark.parametrize("form", ["docx", "rtf"])
def test_a_word_processor_opens_it(table, form, tmp_path):
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed; the tests above read the file's structure")
    path = write_table(table, tmp_path / f"t.{form}")
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [
        office,
        profile,
        "--headless",
        "--convert-to",
        "txt:Text",
        "--outdir",
        str(tmp_path),
        str(path),
    ]
    subprocess.run(command, capture_output=True, check=True, timeout=120)
    text = (tmp_path / "t.txt").read_text(encoding="utf-8-sig")
    for part in (*HOSTILE, *EXPECTED[1], table.caption, *table.notes):
        assert part in text


@pytest.mark.parametrize("form", FORMS)
def test_captions_and_notes_are_as_clean_as_cells(form):
    odd = "a\x00b\x0bc\ud800d\n\ne"
    frame = pd.DataFrame({"a": ["x"]})
    table = Table("odd", frame, {"a": Column("A", Text("a"))}, caption=odd, notes=(odd,))
    assert table_bytes(table, form)
    assert (
        table.caption
        == table.notes[0]
        == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c\N{REPLACEMENT CHARACTER}d  e"
    )
