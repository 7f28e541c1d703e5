"""Studies that are hard to tell of: each has a page without a failed section, for both kinds of readers."""

from __future__ import annotations

import re
import time
from functools import cache

import pandas as pd
import pytest

import outcomes as oc
from outcomes.page.html import page
from outcomes.page.make import PAGE, make, measured_sections
from outcomes.page.material import Material
from outcomes.page.opening import opening_lines
from outcomes.page.readers import CLINIC, Readers
from outcomes.page.sections.tiles import POOR
from outcomes.page.view.clinic import Clinic

OUTSIDE = Readers("external", 5)
TABLES = ("patients", "diary", "sessions", "adverse_events", "assessments")
#: Arabic from right to left, a Devanagari syllable of several letters, an e with two marks, an emoji of five.
SCRIPTS = "\u0645\u0631\u064a \u0915\u094d\u0937\u093f e\u0301\u0323 \U0001f469\u200d\U0001f52c"


@cache
def simulated() -> oc.Study:
    return oc.simulate(14, seed=4, months=1).study


def world(**changed: pd.DataFrame) -> oc.Study:
    """Return 14 simulated patients with some tables changed, or left out (None)."""
    study = simulated()
    tables = {name: study.table(name) for name in TABLES} | changed
    return oc.Study(
        **{name: rows for name, rows in tables.items() if rows is not None}, timezone=study.timezone
    )


def only(tables: dict[str, pd.DataFrame], people: list[str]) -> dict[str, pd.DataFrame]:
    return {name: rows[rows["patient_id"].isin(people)] for name, rows in tables.items()}


def everybody_worse() -> oc.Study:
    diary = world().diary
    first = world().sessions.groupby("patient_id")["start"].min().dt.tz_localize(None)
    after = diary["date"] > diary["patient_id"].map(first)
    # every second day before, every day after
    return world(diary=diary.assign(headache=after | (diary["date"].dt.day % 2 == 0), intensity=pd.NA))


def nobody_with_a_baseline() -> oc.Study:
    diary = world().diary
    first = world().sessions.groupby("patient_id")["start"].min().dt.tz_localize(None)
    return world(diary=diary[diary["date"] >= diary["patient_id"].map(first)])


def one_arm_empty() -> oc.Study:
    patients = world().patients
    patients["arm"] = ["placebo" if place < 7 else "active" for place in range(len(patients))]
    diary = world().diary
    active = patients.loc[patients["arm"] == "active", "patient_id"]
    return world(patients=patients, diary=diary[~diary["patient_id"].isin(active)])


def named(name: str) -> oc.Study:
    patients = world().patients
    return world(patients=patients.assign(cohort=name, diagnosis="other"))


def three() -> oc.Study:
    tables = {name: world().table(name) for name in TABLES}
    return world(**only(tables, sorted(tables["patients"]["patient_id"])[:3]))


HARD = {
    "no events": lambda: world(adverse_events=None),
    "no scores": lambda: world(assessments=None),
    "neither sessions nor events": lambda: world(
        sessions=None, adverse_events=None, patients=world().patients.assign(index_date="2026-01-10")
    ),
    "one arm without a diary": one_arm_empty,
    "everybody worse": everybody_worse,
    "nobody with a baseline": nobody_with_a_baseline,
    "three patients": three,
    "names of 200 letters": lambda: named("A very long name of a cohort " * 7),
    "other scripts": lambda: named(SCRIPTS),
}


#: Those that each run tries; the others are tried in the long tier.
EACH_RUN = ("three patients",)


@pytest.mark.parametrize(
    "name", [name if name in EACH_RUN else pytest.param(name, marks=pytest.mark.long) for name in HARD]
)
def test_it_has_a_page_for_both_kinds_of_readers(name: str) -> None:
    study = HARD[name]()
    material = Material(study)
    for readers in (CLINIC, OUTSIDE):
        sections = [one.section for one in measured_sections(material, readers)]
        assert {part.name: part.reason for part in sections if part.status == "failed"} == {}
        html = page(study, sections, opening_lines(study, readers))
        text = re.sub(r"<(style|svg).*?</\1>|<[^>]*>", " ", html, flags=re.DOTALL)
        assert not re.search(r"\bnan\b|\bNaT\b|\bNone\b|<NA>|\binf\b", text)
        if readers is CLINIC:
            share = Clinic(material).complete.percent
            assert ("Fewer than half of the days were recorded" in html) == (share < POOR)
        if readers is OUTSIDE:
            assert not [who for who in study.patients["patient_id"] if who in text]


@pytest.mark.long
def test_everybody_worse_is_said_first() -> None:
    html = make(everybody_worse(), CLINIC).outputs[PAGE].decode()
    assert re.search(r"0 better, \d+ worse", html)
    assert re.search(r"more headache days per 28 days on average in days 1-28", html)


@pytest.mark.long
def test_a_long_name_and_another_script_stand_whole_and_escaped() -> None:
    assert SCRIPTS in make(named(SCRIPTS), CLINIC).outputs[PAGE].decode()
    long = ("A very long name of a cohort <b> " * 7)[:200].strip()
    html = make(named(long), CLINIC).outputs[PAGE].decode()
    assert long.replace("<b>", "&lt;b&gt;") in html
    assert long not in html


@pytest.mark.long
def test_five_thousand_patients_have_a_page() -> None:
    """Seconds of CPU for a scheduled run of a large registry, and a page that a browser opens."""
    study = oc.simulate(5_000, seed=6, months=3).study
    began = time.process_time()
    made = make(study, CLINIC)
    assert time.process_time() - began < 180
    assert made.status == "complete"
    assert len(made.outputs[PAGE]) < 800_000, "no drawing has a mark for each of them that nobody can see"
