"""Tables as HTML: the cells of the result, missing on show, notes under them, every text escaped."""

from __future__ import annotations

import re
from html import unescape
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from outcomes.models.harm.incidence import incidence
from outcomes.models.headache.change import change
from outcomes.models.headache.responders import responders
from outcomes.tables.changes_and_responders import change_table, responder_table
from outcomes.tables.data import findings_table, plain_table, row_flow_table
from outcomes.tables.description import Column, Table
from outcomes.tables.events import event_table
from outcomes.tables.formats import Text, Whole
from outcomes.tables.html import bare_html
from outcomes.tables.render import render

PAYLOAD = """<script>alert(1)</script><img src=x onerror=alert(1)>"'&**bold**[a](javascript:x)"""


def cells(html: str) -> list[list[str]]:
    """Return the texts of the rows of a table, the heading first."""
    rows = re.findall(r"<tr.*?</tr>", html, flags=re.DOTALL)
    parts = [re.findall(r"<t[hd].*?</t[hd]>", row, flags=re.DOTALL) for row in rows]
    return [[unescape(re.sub(r"<[^>]*>", "", cell)).strip() for cell in row] for row in parts]


def notes(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", " ", html[html.index('<div class="notes">') :]))


@pytest.fixture
def frame() -> pd.DataFrame:
    """Two periods of three patients: the changes of the first are +2, -4; the second has one value."""
    return pd.DataFrame(
        {
            "patient_id": ["a", "b", "c"] * 2,
            "period": ["days 1-28"] * 3 + ["days 29-56"] * 3,
            "period_number": [1] * 3 + [2] * 3,
            "endpoint": "headache_days",
            "value": [12.0, 8.0, np.nan, np.nan, 6.0, np.nan],
            "lower_bound": [11.0, 7.0, np.nan, np.nan, 5.0, np.nan],
            "upper_bound": [13.0, 9.0, np.nan, np.nan, 9.0, np.nan],
            "cut_by": "",
            "baseline": [10.0, 12.0, 20.0] * 2,
            "baseline_eligible": True,
            "change": [2.0, -4.0, np.nan, np.nan, -6.0, np.nan],
            "percent_change": [20.0, -33.3, np.nan, np.nan, -50.0, np.nan],
            "responder_30": pd.array([False, True, None, None, True, None], dtype="boolean"),
            "responder_50": pd.array([False, False, None, None, True, None], dtype="boolean"),
            "responder_75": pd.array([False, False, None, None, False, None], dtype="boolean"),
            "responder_100": pd.array([False, False, None, None, False, None], dtype="boolean"),
            "goal": pd.array([False, False, None, None, False, None], dtype="boolean"),
        }
    )


def test_the_change_table_holds_n_of_N_and_the_estimates(frame):
    html = bare_html(change_table(change(frame)))
    rows = cells(html)
    assert rows[0] == [
        "Period",
        "n/N",
        "Baseline",
        "Period mean",
        "Change",
        "95% interval",
        "SD",
        "P",
        "Bounds of the mean",
    ]
    minus = "\N{MINUS SIGN}"
    # by hand: mean -1, SD sqrt(18); two patients have no interval and no test
    assert rows[1][:5] == ["days 1-28", "2/3", "11.0", "10.0", f"{minus}1.00"]
    assert rows[1][5:8] == ["\N{EN DASH}", "4.24", "\N{EN DASH}"]
    assert rows[1][8] == "9.0 to 11.0"
    assert rows[2] == ["days 29-56", "1/3", "12.0", "6.0", f"{minus}6.00", *["\N{EN DASH}"] * 3, "5.0 to 9.0"]
    assert "n: patients with enough days in both windows" in notes(html)


def test_the_responder_table_counts_missing_both_ways(frame):
    rows = cells(bare_html(responder_table(responders(frame))))
    assert rows[0] == ["Period", "Response", "Missing = no response", "With a value"]
    found = {(row[0], row[1]): row[2:] for row in rows[1:] if len(row) > 1}
    # under 5 patients there is no interval
    dash = "\N{EN DASH}"
    assert found["days 29-56", "at least 50% fewer"] == ["1/3", "33%", dash, "1/1", "100%", dash]
    assert ("days 1-28", "none left") in found
    assert ("days 1-28", "goal reached") in found


def test_the_event_table_has_both_denominators():
    events = pd.DataFrame(
        {
            "patient_id": ["a", "a", "b"],
            "session_id": ["s1", "s2", "s3"],
            "group": ["vivid_dreams", "vivid_dreams", "nausea"],
        }
    )
    sessions = pd.DataFrame({"session_id": ["s1", "s2", "s3", "s4"], "patient_id": ["a", "a", "b", "c"]})
    people = sessions[["patient_id"]].drop_duplicates()
    by_patient = incidence(events, people, by=["group"])
    by_session = incidence(events, sessions, by=["group"], unit="session")
    html = bare_html(event_table(by_patient, by_session))
    heads = cells(html)[0]
    assert heads == ["Event", "Patients", "Sessions", "Events"]
    rows = {row[0]: row[1:] for row in cells(html)}
    # 95 % Clopper-Pearson of 1/3: 0.8 to 90.6
    assert rows["nausea"][:3] == ["1/3", "33%", "0.8 to 90.6"]
    assert rows["nausea"][3] == "1/4"
    assert (rows["vivid dreams"][0], rows["vivid dreams"][3], rows["vivid dreams"][-1]) == ("1/3", "2/4", "2")
    assert "Clopper-Pearson" in notes(html)


def test_without_sessions_their_columns_are_dashes():
    events = pd.DataFrame({"patient_id": ["a"], "group": ["nausea"]})
    by_patient = incidence(events, pd.DataFrame({"patient_id": ["a", "b"]}), by=["group"])
    rows = cells(bare_html(event_table(by_patient, None)))
    assert rows[2] == ["nausea", "1/2", "50%", "1.3 to 98.7", *["\N{EN DASH}"] * 3, "1"]


def test_rows_received_are_accepted_and_rejected_with_their_reasons():
    flow = pd.DataFrame(
        {
            "table": ["diary"] * 4 + ["adverse_events"] * 2,
            "status": ["received", "accepted", "rejected", "rejected", "received", "accepted"],
            "reason": ["", "", "bad_date", "duplicate_day", "", ""],
            "rows": [12345, 12342, 1, 2, 3, 3],
        }
    )
    rows = cells(bare_html(row_flow_table(flow)))
    assert rows[1] == ["diary", "12,345", "12,342", "3", "bad date 1, duplicate day 2"]
    assert rows[2] == ["adverse events", "3", "3", "0", ""]


def test_findings_are_counted_by_rule_with_their_first_place_and_no_value():
    found = pd.DataFrame(
        {
            "table": "diary",
            "file": ["a.csv", "a.csv", "b.csv"],
            "row": pd.array([7, 9, None], dtype="Int64"),
            "column": ["pain", "pain", ""],
            "rule": ["out_of_range", "out_of_range", "recall"],
            "severity": ["error", "error", "warning"],
            "message": ["pain is outside 0 to 10", "pain is outside 0 to 10", "told from memory"],
            "hint": "",
            "raw": ["SECRET", "SECRET", "SECRET"],
            "count": [1, 1, 40],
            "line": pd.array([8, 10, None], dtype="Int64"),
        }
    )
    html = bare_html(findings_table(found))
    assert cells(html)[1:3] == [
        ["error", "diary", "pain is outside 0 to 10", "2", "a.csv row 7 (line 8)"],
        ["warning", "diary", "told from memory", "40", "b.csv"],
    ]
    assert "SECRET" not in html


@pytest.mark.parametrize("place", ["cell", "label", "note"])
def test_text_is_never_markup(place):
    frame = pd.DataFrame({"a": [PAYLOAD if place == "cell" else "x"]})
    table = render(
        frame,
        {"a": PAYLOAD if place == "label" else "A"},
        name="t",
        text_columns=["a"],
        notes=[PAYLOAD if place == "note" else "note"],
    )
    html = bare_html(table)
    assert not re.search(r"<(script|img|strong|a)\b", html)
    assert PAYLOAD in unescape(re.sub(r"<[^>]*>", "", html))
    ElementTree.fromstring(html)  # every element that is opened is closed


def test_a_table_is_the_same_bytes_each_time_and_brings_no_style():
    frame = pd.DataFrame({"a": ["x"]})
    first, second = (
        bare_html(plain_table(frame, {"a": "A"}, name="t", text_columns=["a"])) for _ in range(2)
    )
    assert first == second
    assert "<style" not in first


def test_words_stand_left_and_numbers_right():
    html = bare_html(
        render(pd.DataFrame({"a": ["x"], "b": ["1"]}), {"a": "A", "b": "B"}, name="t", text_columns=["a"])
    )
    assert re.search("<td>x<", html)
    assert re.search(r'<td class="number">1<', html)


def test_headings_say_what_they_head():
    rows = pd.DataFrame({"term": ["nausea", "x<y", "rash"], "n": [6, 0, 1], "class": ["A&B", "A&B", "C"]})
    columns = {
        "term": Column("Event", Text("term")),
        "n": Column("n", Whole("n")),
        "again": Column("n again", Whole("n")),
    }
    table = Table("events", rows, columns, spanners={"Both": ["n", "again"]}, groups="class")
    tree = ElementTree.fromstring(bare_html(table))
    heads = [
        [(th.get("scope"), th.get("colspan"), th.get("rowspan")) for th in row] for row in tree.iter("tr")
    ]
    assert heads[0] == [("col", None, "2"), ("colgroup", "2", None)]
    assert heads[1] == [("col", None, None)] * 2
    groups = [[cell.text for cell in body.iter("th")] for body in tree.iter("tbody")]
    assert groups == [["A&B"], ["C"]]
    assert [len(body.findall("tr")) for body in tree.iter("tbody")] == [3, 2]
    assert cells(bare_html(table))[3] == ["nausea", "6", "6"]
