"""The section on harm against counts from the example's raw files, read by csv alone."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import datetime, timedelta

import pytest

import outcomes as oc
from outcomes.page import event_results as results
from outcomes.page.sections.adverse_events import adverse_events
from outcomes.page.view import Clinic
from outcomes.plots import describe, event_heat_map
from shared import ROOT

FOLDER = ROOT / "data" / "example"
#: Rules of faults.csv for which a whole row cannot be used.
LOST = {
    "ereignisse.csv": {
        "unknown_patient",
        "missing_value",
        "after_cutoff",
        "duplicate_event",
    },
    "infusionen.csv": {
        "session_overlap",
        "duplicate_session",
        "unknown_patient",
        "after_cutoff",
        "bad_timestamp",
    },
}
NO_END = {"end_before_start", "session_too_long"}
HOURS = timedelta(hours=24)
#: Measurements of a session that may be blanked by themselves: ours and the file's names.
SIGN_COLUMNS = {"sbp_max": "RRsys_max", "dbp_max": "RRdia_max", "spo2_min": "SpO2_min"}


def read(name: str, delimiter: str = ",") -> dict[int, dict[str, str]]:
    """Return the rows of a file by their number, without those that faults.csv says are lost."""
    with (FOLDER / "faults.csv").open(encoding="utf-8-sig", newline="") as file:
        faults = [row for row in csv.DictReader(file) if row["file"] == name and row["severity"] == "error"]
    with (FOLDER / name).open(encoding="utf-8-sig", newline="") as file:
        rows = dict(enumerate(csv.DictReader(file, delimiter=delimiter), start=1))
    for fault in faults:
        if fault["row"] and fault["column"] in SIGN_COLUMNS and int(fault["row"]) in rows:
            rows[int(fault["row"])][SIGN_COLUMNS[fault["column"]]] = ""
        if fault["row"] and fault["rule"] in LOST[name]:
            rows.pop(int(fault["row"]), None)
        elif fault["row"] and fault["rule"] in NO_END and int(fault["row"]) in rows:
            rows[int(fault["row"])]["Ende"] = ""
    return rows


def moment(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None


@pytest.fixture(scope="module")
def sessions() -> dict[str, dict]:
    found = {}
    for row in read("infusionen.csv", ";").values():
        start, end = (moment(row[column], "%d.%m.%Y %H:%M") for column in ("Beginn", "Ende"))
        assert start is not None
        found[row["Fallnr"]] = {
            "who": row["PatNr"],
            "start": start,
            "until": (end or start) + HOURS,
            "row": row,
        }
    return found


@pytest.fixture(scope="module")
def events(sessions) -> list[dict]:
    """Emergent events, each with its session if it belongs to one: all by the clock of the clinic."""
    first: dict[str, datetime] = {}
    for session in sessions.values():
        first[session["who"]] = min(session["start"], first.get(session["who"], session["start"]))
    found = []
    for row in read("ereignisse.csv").values():
        who, day = row["PatNr"], len(row["Beginn"]) == 10
        onset = moment(row["Beginn"], "%Y-%m-%d" if day else "%Y-%m-%dT%H:%M")
        latest = onset + timedelta(days=1) if onset and day else onset
        if latest is not None and latest < first[who]:
            continue
        own = sessions.get(row["Fallnr"])
        if own is None or own["who"] != who:  # the last session that began before the event
            before = [s for s in sessions.values() if s["who"] == who and onset and s["start"] <= latest]
            own = max(before, key=lambda s: s["start"], default=None)
        inside = own is not None and (onset is None or (latest >= own["start"] and onset <= own["until"]))
        found.append(
            {
                "who": who,
                "session": next((key for key, s in sessions.items() if s is own), None) if inside else None,
                "grade": int(row["Grad"]) if row["Grad"] in "12345" and row["Grad"] else None,
                "serious": {"ja": True, "nein": False}.get(row["schwerwiegend"]),
                "action": row["Massnahme"],
                "term": row["Ereignis"],
                "related": row["Zusammenhang"] == "ja",
                "treated": row["behandelt"] == "ja",
                "outcome": row["Ausgang"],
            }
        )
    return found


PICK = {
    "any": lambda e: True,
    "serious": lambda e: e["serious"] is True,
    "serious not known": lambda e: e["serious"] is None,
    "fatal": lambda e: e["outcome"] == "verstorben",
    "infusion stopped": lambda e: e["action"] == "beendet",
    "infusion paused": lambda e: e["action"] == "pausiert",
    "rate reduced": lambda e: e["action"] == "reduziert",
    "related": lambda e: e["related"],
    "needing medical attention": lambda e: e["treated"],
    "grade 3+": lambda e: (e["grade"] or 0) >= 3,
}


@pytest.mark.parametrize("term", PICK)
def test_each_line_of_the_overview(material, events, sessions, term):
    rows = material.safety["overview"].frame.query("term == @term").set_index("unit")
    assert len(material.safety["overview"].frame) == 2 * len(PICK)
    picked = [event for event in events if PICK[term](event)]
    inside = [event for event in picked if event["session"]]
    patients, treated = {event["who"] for event in picked}, {s["who"] for s in sessions.values()}
    assert rows.loc["patient", ["n", "N", "events"]].tolist() == [len(patients), len(treated), len(picked)]
    found = {event["session"] for event in inside}
    assert rows.loc["session", ["n", "N", "events"]].tolist() == [len(found), len(sessions), len(inside)]


def test_every_number_of_grade_3_and_higher_agrees(material, events, sessions):
    severe = [event for event in events if PICK["grade 3+"](event)]
    in_session = {event["session"] for event in severe if event["session"]}
    section = adverse_events(Clinic(material))
    text = " ".join(str(getattr(block, "text", "")) for block in section.blocks)
    assert re.search(rf", {len(severe)} of grade 3 or higher \(not graded: \d+\)", text)
    worst = material.safety["by_worst_grade"].frame.query("group == 'any' and grade >= 3")
    by_unit = worst.groupby("unit")["n"].sum()
    assert by_unit.to_dict() == {"patient": len({e["who"] for e in severe}), "session": len(in_session)}
    drawn = describe(event_heat_map(material.emergent_events, sessions=results.given(material)))
    grades = re.findall(r"(\d+) with grade ([345]) as the worst", drawn)
    assert sum(int(n) for n, _ in grades) == len(in_session)
    # the signal: patients whose first session had a grade 3+ or serious event
    first = {}
    for key, session in sorted(sessions.items(), key=lambda item: item[1]["start"]):
        first.setdefault(session["who"], key)
    grave = {e["session"] for e in events if e["session"] and (PICK["grade 3+"](e) or e["serious"])}
    looks = results.first_session_looks(material).frame.iloc[-1]
    assert (looks["n"], looks["N"]) == (len(grave & set(first.values())), len(first))


def test_rates_hold_the_same_events(material, events, sessions):
    inside = [event for event in events if event["session"]]
    per_session = results.event_rates(material)["events in a session per 100 sessions (EAER)"].frame
    assert per_session[["events", "exposure"]].iloc[0].tolist() == [len(inside), len(sessions)]
    assert per_session["rate"].iloc[0] == pytest.approx(100 * len(inside) / len(sessions))


def worst(events: list[dict], unit: str) -> dict[str, int]:
    """Return unit -> its worst grade, of those that have an event with a grade."""
    found: dict[str, int] = {}
    for event in events:
        if event[unit] and event["grade"]:
            found[event[unit]] = max(event["grade"], found.get(event[unit], 0))
    return found


@pytest.mark.parametrize("unit", ["patient", "session"])
def test_each_worst_grade_of_the_page_is_a_count_of_the_raw_file(material, events, unit):
    frame = material.safety["by_worst_grade"].frame.query("group == 'any' and unit == @unit")
    by_hand = Counter(worst(events, {"patient": "who", "session": "session"}[unit]).values())
    graded = frame[frame["grade"].notna()].set_index("grade")["n"]
    assert graded.to_dict() == dict(by_hand)


def test_grade_3_and_higher_of_every_term_agrees_wherever_it_is_counted(material, events):
    """The nested table, the worst grades within it, `incidence` where graded, the sum over groups."""
    made = material.emergent_events.assign(severe=lambda e: e["grade"].ge(3).fillna(False).astype(bool))
    data = oc.safety_data(made, material.treated, unknown="note")
    nested = oc.nested_events(data).to_frame()
    severe = nested[nested["grade"].isin(["3", "4", "5"])].groupby("term")["n"].sum()
    words = {name: name.strip().lower() for name in {event["term"] for event in events}}
    by_hand: dict[str, set[str]] = {}
    for term in words.values():
        mine = [event for event in events if words[event["term"]] == term]
        by_hand[term] = {who for who, grade in worst(mine, "who").items() if grade >= 3}
    terms = nested["term"].str.strip().str.lower()
    found = (
        nested[nested["grade"].isin(["3", "4", "5"]) & (nested["term"] != "any")].groupby(terms)["n"].sum()
    )
    assert found[found > 0].to_dict() == {term: len(who) for term, who in by_hand.items() if who}
    everybody = set().union(*by_hand.values())
    assert severe["any"] - nested.query("group != 'any' and term == 'any' and grade in ['3', '4', '5']")[
        "n"
    ].sum() == len(everybody)
    counted = oc.incidence(made, material.treated, where="severe", unknown="note").to_frame().iloc[0]
    assert (counted["n"], counted["N"]) == (len(everybody), len(material.treated))


def test_signs_of_the_sessions_are_those_of_the_raw_file(material, sessions):
    """High pressure and low saturation: sessions and first sessions, blanked measurements in no N."""

    def number(text: str) -> float | None:
        return float(text.replace(",", ".")) if text.strip() not in ("", "k.A.", "-") else None

    seen = {sign: {} for sign in ("pressure of grade 3", "saturation below 92 %")}
    for key, session in sessions.items():
        sbp, dbp, spo2 = (number(session["row"][column]) for column in SIGN_COLUMNS.values())
        if sbp is not None or dbp is not None:
            seen["pressure of grade 3"][key] = (sbp or 0) >= 160 or (dbp or 0) >= 100
        if spo2 is not None:
            seen["saturation below 92 %"][key] = spo2 < 92
    table = oc.session_signs(material.study.sessions).to_frame().set_index("term")
    first: dict[str, str] = {}
    for key, session in sorted(sessions.items(), key=lambda item: item[1]["start"]):
        first.setdefault(session["who"], key)
    for sign, found in seen.items():
        assert table.loc[sign, ["n", "N"]].tolist() == [sum(found.values()), len(found)]
        last = results.sign_looks(material)[f"{sign}, first session"].to_frame().iloc[-1]
        mine = [found[key] for key in first.values() if key in found]
        assert (last["n"], last["N"]) == (sum(mine), len(mine))
