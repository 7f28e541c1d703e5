"""Every physical line of a text file is a row, a part of one, empty, declared to be neither, or a finding."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import outcomes as oc
from outcomes.errors import ConfigError, OutcomesError, SourceError
from outcomes.sources.conventions import TableSource
from outcomes.sources.csv_file import read_csv
from shared import shared
from studies import DIARY, PATIENTS, assert_nothing_lost, rules_found, write_study

SMALL = {"patients": PATIENTS, "diary": DIARY}
D = "patient_id,date,headache"


def raw(text, **keys):
    return read_csv(text.encode(), table="diary", file="d.csv", source=TableSource(file="d.csv", **keys))


def faults(read):
    return {(fault.rule, fault.column, tuple(fault.rows.tolist())) for fault in read.faults}


def read(folder, diary, options=""):
    return oc.read_study(write_study(folder, SMALL | {"diary": diary}, options=options))


@pytest.mark.reference
def test_rows_between_two_loose_quotes_are_rows():
    study = oc.read_study(shared("cases", "swallowed_rows"))
    assert study.diary["date"].dt.strftime("%d.%m.").tolist() == [
        "01.01.", "02.01.", "03.01.", "04.01.", "05.02.", "06.02.", "07.02.",
    ]  # fmt: skip
    found = study.findings.query("rule == 'open_quote'")
    assert found["row"].tolist() == [2, 6]
    assert_nothing_lost(study)


@pytest.mark.reference
def test_an_event_that_opens_a_quote_is_never_silent():
    study = oc.read_study(shared("cases", "swallowed_event"))
    flow = study.flow.query("table == 'adverse_events'").set_index("status")["rows"]
    assert flow["received"] == 5
    found = rules_found(study)
    assert ("adverse_events", 2, "comment", "open_quote", "warning") in found
    assert ("adverse_events", 3, "(line)", "wrong_number_of_fields", "error") in found
    assert study.rejected["adverse_events"]["row"].tolist() == [3]
    assert study.adverse_events.set_index("event_id").loc["E2", "serious"]


@pytest.mark.reference
def test_a_separator_line_is_named_with_the_line_that_reads_it():
    with pytest.raises(SourceError, match="sep= line") as refused:
        oc.read_study(shared("cases", "separator_line"))
    assert "write skip_lines = 1" in str(refused.value)


@pytest.mark.reference
def test_a_file_without_header_is_named_without_a_value():
    with pytest.raises(SourceError, match="is it a header") as refused:
        oc.read_study(shared("cases", "no_header"))
    assert "patient_0017" not in str(refused.value)
    assert 'header = ["patient_id", "date", "headache"' in str(refused.value)


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", '"sep=;"', "\ufeffsep=;", "\n\nsep=;", "sep=\t", "sep=,"])
def test_separator_lines_of_every_kind_are_named(tmp_path, line):
    sign = line.strip('"')[-1]
    diary = f"{line}\n{DIARY.replace(',', sign)}"
    with pytest.raises(SourceError, match="sep= line") as refused:
        read(tmp_path, diary)
    assert refused.value.hint is not None
    options = refused.value.hint.removeprefix("write ").removesuffix(" below the file in study.toml")
    study = read(tmp_path, diary, options.replace(" and ", "\n"))
    assert len(study.diary) == 2
    assert len(study.findings) == 0


@pytest.mark.parametrize("title", ["Headache diary\n", "Diary of 2026,,\n\n", "Clinic\nPrinted 2026-02-01\n"])
def test_titles_above_the_header_are_named_and_can_be_declared(tmp_path, title):
    with pytest.raises(SourceError, match="the header seems to be line") as refused:
        read(tmp_path, title + DIARY)
    lines = title.count("\n")
    assert f"skip_lines = {lines}" in str(refused.value)
    assert "Clinic" not in str(refused.value)
    study = read(tmp_path, title + DIARY, f"skip_lines = {lines}")
    assert len(study.findings) == 0
    assert study.provenance.set_index("table").loc["diary", "lines"] == lines + 3


@pytest.mark.parametrize(
    "footer",
    ["Total,,2\n", "Total: 2\n", "\nPrinted 2026-02-01 by the clinic\n", "Total,,2\nend of export\n\n"],
)
def test_lines_below_the_rows_are_named_and_can_be_declared(tmp_path, footer):
    study = read(tmp_path, DIARY + footer)
    assert len(study.diary) == 2
    lines = len(footer.split("\n")) - 1 - footer.split("\n")[:-1].count("")
    assert f"footer = {lines}" in "".join(study.findings["hint"])
    assert_nothing_lost(study)
    assert len(read(tmp_path, DIARY + footer, f"footer = {lines}").findings) == 0


@pytest.mark.parametrize(("below", "footer"), [("", 1), ("Total,,2\n", 2)])
def test_a_footer_that_would_take_a_row_away_is_refused(tmp_path, below, footer):
    with pytest.raises(SourceError, match="a line that is a row") as refused:
        read(tmp_path, DIARY + below, f"footer = {footer}")
    assert f"write footer = {footer - 1} below" in str(refused.value)
    assert "02" not in str(refused.value)  # the patient
    assert len(read(tmp_path, DIARY + below, f"footer = {footer - 1}").diary) == 2


def test_a_footer_that_one_of_several_files_lacks_is_declared_for_the_other(tmp_path):
    (tmp_path / "more.csv").write_text(DIARY.replace("01-05", "01-06") + "Total,,2\n")
    path = write_study(tmp_path, SMALL, options="footer = 1")
    text = path.read_text().replace('file = "diary.csv"', 'file = ["diary.csv", "more.csv"]')
    path.write_text(text)
    with pytest.raises(SourceError, match="a line that is a row") as refused:
        oc.read_study(path)
    assert refused.value.hint is not None
    line = refused.value.hint.removeprefix("write ").removesuffix(" below the file in study.toml")
    path.write_text(text.replace("footer = 1", f"footer = 1\n{line}"))
    assert len(oc.read_study(path).diary) == 4


@pytest.mark.parametrize(
    "note",
    [
        "Total,2026-02-01,yes\n",
        "all patients,,yes\n",
        "all,2026-02-01,31\n",
        "all,1 February,yes\n",
        "a,2026-02-01\n",
    ],
)
def test_a_note_below_the_rows_is_no_row(tmp_path, note):
    assert len(read(tmp_path, DIARY + note, "footer = 1").diary) == 2


def test_names_of_columns_can_be_declared_for_a_file_without_header(tmp_path):
    rows = DIARY.split("\n", 1)[1]
    study = read(tmp_path, rows, 'header = ["patient_id", "date", "headache"]')
    assert study.diary["patient_id"].tolist() == ["01", "02"]
    assert len(study.findings) == 0
    more = read(tmp_path, rows, 'header = ["patient_id", "date"]\nconstants = {headache = "no"}')
    assert {found[3] for found in rules_found(more)} == {"wrong_number_of_fields", "no_rows"} - {"no_rows"}


@pytest.mark.parametrize("key", ['header = ["a", "a"]', 'header = ["a", " "]', 'quote = "a"', "footer = -1"])
def test_wrong_keys_of_lines_are_refused(tmp_path, key):
    with pytest.raises(ConfigError):
        read(tmp_path, DIARY, key)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_line_ends_of_every_kind_and_mixed_ones_are_counted(end):
    text = end.join([D, "1,2026-01-05,yes", "", '2,2026-01-05,"no"', "   ", "3,2026-01-06,yes"])
    for whole in (text, text + end, text + end + "\r\n" + end):
        found = raw(whole)
        assert found.frame["patient_id"].tolist() == ["1", "2", "3"]
        assert faults(found) == set()
        assert found.lines.total == len(io.StringIO(whole, newline=None).read().splitlines())
    step = 2 if end == "\r\r\n" else 1
    assert raw(text).origin["line"].tolist() == [1 + step, 1 + 3 * step, 1 + 5 * step]


@pytest.mark.parametrize("quote", ['"', "'", "|"])
@pytest.mark.parametrize("place", [0, 1, 3])
@pytest.mark.parametrize(
    "between",
    [[], ["2,2026-01-06,no,x"], ["2,2026-01-06"], ["", "2,2026-01-06,no,a,b,c"], ["3,2026-01-08,yes,y"] * 3],
)
def test_a_quote_that_closes_in_another_row_is_found_however_ragged_the_lines_between(quote, place, between):
    opening, closing = ["1", "2026-01-05", "yes", "note"], ["4", "2026-01-09", "no", "note"]
    opening[place] = quote + opening[place]
    for closes in (closing[3] + quote, quote + closing[3], quote):
        last = [*closing[:3], closes]
        lines = [f"{D},note", ",".join(opening), *between, ",".join(last), "9,2026-02-01,yes,end"]
        found = raw("\n".join(lines), quote=quote)
        assert len(found.frame) == len([line for line in lines if line]) - 1
        name = f"{D},note".split(",")[place]
        assert any(rule == "open_quote" and at == name and 0 in rows for rule, at, rows in faults(found))
        assert found.frame.loc[len(found.frame) - 1].tolist()[:4] == ["9", "2026-02-01", "yes", "end"]


def test_notes_of_several_lines_are_read_whole_with_quotes_and_delimiters_in_them():
    notes = ["a\nb", 'he said "no", \nthen "yes"', "first,\n\nthird", "x\r\ny", "plain", ""]
    out = io.StringIO()
    csv.writer(out).writerows([["patient_id", "date", "note", "headache"]])
    csv.writer(out).writerows([[f"P{n}", "2026-01-05", note, "yes"] for n, note in enumerate(notes)])
    found = raw(out.getvalue())
    assert found.frame["note"].tolist() == [note.replace("\r\n", "\n") for note in notes]
    assert faults(found) == {("line_breaks", "note", (0, 1, 2, 3))}
    assert found.lines.continued == 5
    assert faults(raw(out.getvalue(), multiline=["note"])) == set()


def test_quotes_within_a_text_are_signs_of_it():
    text = f'{D},note\n1,2026-01-05,yes,5" long\n2,2026-01-05,yes,"so ""called"""\n3,2026-01-05,no,"a" b\n'
    found = raw(text)
    assert found.frame["note"].tolist() == ['5" long', 'so "called"', "a b"]
    assert faults(found) == set()


PIECE = st.sampled_from(
    ["1", "22", "2026-01-05", "yes", '"', '""', ",", ",", ",", "\n", "\n", "\r\n", " ", "wine"]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECE, max_size=40).map("".join))
def test_no_line_is_lost_whatever_the_quotes(body):
    text = f"{D},note\n{body}"
    try:
        found = raw(text)
    except OutcomesError:
        return
    lines = len(io.StringIO(text, newline=None).read().split("\n")) - text.endswith(("\n", "\r"))
    assert found.lines.total == lines
    assert found.lines.rows == len(found.frame)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(*[st.text(st.sampled_from('ab ,"\n;é'), max_size=6)] * 3), min_size=1, max_size=6))
def test_what_the_csv_module_writes_is_read_as_it_was(rows):
    rows = [("k", *row) for row in rows]
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        [("patient_id", "a", "b", "c"), *rows]
    )
    found = raw(out.getvalue())
    assert [tuple(row) for row in found.frame.to_numpy().tolist()] == rows
