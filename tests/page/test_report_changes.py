"""Since the last report: counts against what was done to the tables, and a summary that tells no patient."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from test_report_page import study_with

import outcomes as oc
from outcomes.page import make as page_module
from outcomes.page.comparison import Count, Moved, compare
from outcomes.page.last_report import SUMMARY, Memory
from outcomes.page.make import make
from outcomes.page.material import Material
from outcomes.page.sections import SECTIONS
from outcomes.page.sections.changes import changes
from outcomes.page.summary import digests, packed, summary, unpacked
from outcomes.page.view import Clinic
from outcomes.publish.memory import KEY, remember
from outcomes.publish.request import Request
from outcomes.publish.runs import run
from outcomes.publish.verify import verify
from studies import DIARY, PATIENTS, write_study

SECRET = "0123456789abcdef"
CHECK = 6522899673079344333


def told(study: oc.Study, key: str = SECRET) -> dict:
    return json.loads(summary(Material(study), key))


@pytest.fixture(scope="module")
def before() -> oc.Study:
    return study_with(10, 16)


def events(*rows: tuple[str, str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["patient_id", "term", "serious"])
    return frame.assign(onset="2026-02-01T10:00+00:00")


def edited(before: oc.Study, **more: object) -> oc.Study:
    """Return the study with two days changed, one removed and a patient with three days added."""
    diary = before.diary[["patient_id", "date", "headache"]].copy()
    diary["date"] = diary["date"].dt.strftime("%Y-%m-%d")
    diary.loc[[0, 5], "headache"] = ~diary.loc[[0, 5], "headache"]
    new = pd.DataFrame(
        {"patient_id": "new", "date": ["2026-02-01", "2026-02-02", "2026-02-03"], "headache": True}
    )
    diary = pd.concat([diary.drop(index=9), new], ignore_index=True)
    diary["headache"] = diary["headache"].map({True: "yes", False: "no"})
    people = pd.DataFrame({"patient_id": [*before.patients["patient_id"], "new"], "index_date": "2026-01-30"})
    return oc.Study(**({"diary": diary, "patients": people, "title": before.title} | more))


def test_what_was_done_to_the_tables_is_counted(before):
    found = compare(told(before), told(edited(before)))
    assert found.counts["patients"] == Count(1, None, 0)
    assert found.counts["days"] == Count(3, 2, 1)
    assert found.counts["serious"] == Count(0, None, 0)
    back = compare(told(edited(before)), told(before))
    assert back.counts["patients"] == Count(0, None, 1)
    assert back.counts["days"] == Count(1, 2, 3)


def test_nothing_done_is_nothing_changed(before):
    found = compare(told(before), told(study_with(10, 16)))
    assert set(found.counts.values()) == {Count(0, None, 0), Count(0, 0, 0)}
    assert all(one.by == 0 for one in found.moved if one.by is not None)
    assert (found.rules, found.findings) == ((), ())


def test_a_serious_event_that_is_new_or_became_serious_is_counted():
    then = study_with(10, 16, adverse_events=events(("p0", "nausea", "no"), ("p1", "syncope", "yes")))
    now = study_with(
        10, 16,
        adverse_events=events(("p0", "nausea", "yes"), ("p1", "syncope", "yes"), ("p2", "death", "yes")),
    )  # fmt: skip
    assert compare(told(then), told(now)).counts["serious"] == Count(2, None, 0)


def test_the_movement_is_of_the_width_of_the_interval_before():
    before = {"estimate": -3.0, "lower": -5.0, "upper": -1.0}
    assert Moved("change", before, before | {"estimate": -2.0}).share == pytest.approx(0.25)
    assert Moved("change", before, None).by is None
    assert Moved("change", before | {"lower": None}, before).share is None


def test_another_study_or_another_key_is_not_compared(before):
    assert compare(told(before, SECRET[::-1]), told(before)) is None
    assert compare(told(before) | {"title": "Other"}, told(before)) is None


def test_a_rule_that_changed_is_named(before):
    found = compare(told(before), told(study_with(10, 16, rules={"min_days": 20})))
    assert [rule for rule in found.rules if rule[0] == "min_days"] == [("min_days", "14", "20")]


def test_the_summary_tells_no_patient_and_no_day(before):
    study = study_with(10, 16, adverse_events=events(("p0", "Zebra77", "yes")))
    text = summary(Material(study), SECRET).decode()
    assert "Zebra77" not in text
    assert "2026-02-01" not in text
    shown = json.dumps(json.loads(text) | {"days": "", "patients": "", "serious": "", "check": ""})
    assert not [name for name in study.patients["patient_id"] if f'"{name}"' in shown]


def test_a_digest_does_not_depend_on_who_else_is_there():
    rows = pd.DataFrame({"patient_id": ["a", "b"], "score": [-0.0, 0.0]})
    assert digests(rows, SECRET).tolist() == [*digests(rows[:1], SECRET), *digests(rows[1:], SECRET)]


def test_digests_need_the_key_and_are_the_same_on_every_machine():
    frame = pd.DataFrame({"patient_id": ["p0", "p1"], "headache": [True, False]})
    assert not set(digests(frame, SECRET)) & set(digests(frame, SECRET[::-1]))
    assert unpacked(packed(digests(frame, SECRET))).tolist() == sorted(digests(frame, SECRET).tolist())
    # SipHash of these bytes by this key: another number would make all earlier summaries worthless
    assert digests(pd.DataFrame({"check": ["outcomes"]}), SECRET).tolist() == [CHECK]
    assert np.array_equal(unpacked(packed(np.array([], dtype="uint64"))), [])


def test_the_first_report_says_that_there_is_none_before(before):
    section = changes(Clinic(Material(before)))
    assert (section.status, section.reason) == (
        "absent", "No earlier report in this folder left a summary, so there is nothing to compare with.",
    )  # fmt: skip


def test_a_summary_that_cannot_be_read_is_said(before):
    for content in (b"", b"[1]", b'{"format": 1}'):
        section = changes(
            Clinic(Material(before, memory=Memory(SECRET, "20260105T000000000000Z-aa", content)))
        )
        assert section.status == "absent"
        assert "2026-01-05" in section.reason


def test_a_period_without_a_number_costs_no_summary():
    # treated again, and no model of single days for this endpoint: the last periods have no mean and no n
    pain = Material(oc.load_example().with_rules(endpoint="mean_pain"))
    rows = json.loads(summary(pain, SECRET))["estimates"]
    empty = [(row["period"], row["estimate"]) for row in rows if row["n"] is None]
    assert empty == [("days 113-140", None), ("days 141-168", None)]


def test_the_section_says_it_in_words(before):
    memory = Memory(SECRET, "20260105T070000000000Z-0123abcd", summary(Material(before), SECRET))
    blocks = changes(Clinic(Material(edited(before), memory=memory))).blocks
    assert blocks[0].text.startswith(
        "Compared with the report of 2026-01-05 (all data received then). 0 serious events are new; "
        "1 patient is new and 0 gone; 3 diary days were added, 2 edited and 1 removed."
    )
    rows = [line.texts for line in blocks[1].table.lines()]
    assert rows[1] == ("Diary days", "3", "2", "1")


@pytest.fixture
def few_sections(monkeypatch):
    monkeypatch.setattr(
        page_module, "SECTIONS", [part for part in SECTIONS if part.name in ("changes", "provenance")]
    )


def test_it_is_kept_by_one_report_for_the_next_and_verified(tmp_path, few_sections):
    study, out = write_study(tmp_path, {"patients": PATIENTS, "diary": DIARY}), tmp_path / "out"
    run(study, out)
    first = (out / "latest").resolve()
    assert (out / KEY).stat().st_mode & 0o077 == 0
    (tmp_path / "diary.csv").write_text(DIARY + "01,2026-01-06,no\n")
    run(study, out)
    page = (out / "latest" / "report.html").read_text()
    assert "1 diary day was added, 0 edited and 0 removed" in page
    manifest = json.loads((out / "latest" / "manifest.json").read_text())
    assert manifest["compared_with"]["report"] == first.name
    assert run(study, out, Request(if_changed=True)).status == "unchanged"
    shutil.rmtree(first)
    assert verify(out / "latest").problems == (), "the report before may be gone"
    kept = out / "latest" / "before.json"
    kept.write_text(kept.read_text().replace('"days": "', '"days": "AAAAAAAAAAA='))
    assert verify(out / "latest").problems


def test_the_same_inputs_after_the_same_report_give_the_same_bytes(tmp_path, before, few_sections):
    (tmp_path / "out").mkdir()
    memory = remember(tmp_path / "out")
    after = Memory(memory.key, "20260105T070000000000Z-0123abcd", make(before, memory=memory).kept[SUMMARY])
    one, two = (make(edited(before), memory=after) for _ in range(2))
    assert one.files == two.files
