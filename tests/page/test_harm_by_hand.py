"""The section on harm against counts from the example's raw files, read by csv alone."""

from __future__ import annotations

import csv
import re
from datetime import datetime, timedelta

import pytest

import outcomes as oc
from outcomes.page import event_results as results
from outcomes.page.material import Material
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
        "duplicate_event_id",
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


def read(name: str, delimiter: str = ",") -> dict[int, dict[str, str]]:
    """Return the rows of a file by their number, without those that faults.csv says are lost."""
    with (FOLDER / "faults.csv").open(encoding="utf-8-sig", newline="") as file:
        faults = [row for row in csv.DictReader(file) if row["file"] == name and row["severity"] == "error"]
    with (FOLDER / name).open(encoding="utf-8-sig", newline="") as file:
        rows = dict(enumerate(csv.DictReader(file, delimiter=delimiter), start=1))
    for fault in faults:
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
        found[row["Fallnr"]] = {"who": row["PatNr"], "start": start, "until": (end or start) + HOURS}
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
                "related": row["Zusammenhang"] == "ja",
                "treated": row["behandelt"] == "ja",
                "outcome": row["Ausgang"],
            }
        )
    return found


@pytest.fixture(scope="module")
def material() -> Material:
    return Material(oc.load_example())


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
