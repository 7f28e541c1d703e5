"""The section on harm: each part on the example, the listing for the clinic alone, arms."""

from __future__ import annotations

import pandas as pd
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError
from outcomes.report import event_results as results
from outcomes.report.blocks import Drawing, TableBlock, Words
from outcomes.report.material import Material
from outcomes.report.sections.event_details import event_details, serious_listing
from studies import study_of


@pytest.fixture(scope="module")
def material() -> Material:
    return Material(oc.load_example())


@pytest.fixture(scope="module")
def blocks(material) -> list:
    return event_details(material)


def test_every_part_is_made_on_the_example(blocks) -> None:
    names = {block.table.name for block in blocks if isinstance(block, TableBlock)}
    assert {
        "rates", "first-events", "events-by-dose", "event-sessions", "vital-signs", "exposure"
    } <= names  # fmt: skip
    assert sum(isinstance(block, Drawing) for block in blocks) == 4
    assert not [block.text for block in blocks if isinstance(block, Words)]


def test_a_patient_without_an_end_is_a_line_of_rates_and_exposure(blocks) -> None:
    tables = {block.table.name: block.table for block in blocks if isinstance(block, TableBlock)}
    for name in ("rates", "exposure"):
        assert [
            line
            for line in tables[name].lines()
            if "not known" in line.texts[0] or "unknown" in line.texts[0]
        ]


def test_serious_events_are_listed_for_the_clinic_only(material) -> None:
    listing = material.safety["serious_listing"].to_frame()
    public = serious_listing(material)
    assert len(public) == 1
    assert isinstance(public[0], Words)
    assert public[0].text.startswith(f"{len(listing)} serious events")
    assert not [who for who in listing["patient_id"] if who in public[0].text]
    (clinic,) = serious_listing(material, "clinic")
    assert len(clinic.table.lines()) == len(listing)
    with pytest.raises(ArgumentError, match="audience is not one of its options"):
        serious_listing(material, "everybody")  # type: ignore[arg-type]


def test_first_events_count_each_patient_once_and_place_no_event_after_death(material) -> None:
    found = results.curves(material)
    at_start = found.at_days.to_frame().groupby("kind")["N"].max()
    assert at_start.tolist() == [len(material.treated)] * 2
    assert found.steps.meta["N"] == len(material.treated)
    assert found.after_death == 1  # planted


def test_looks_end_with_all_patients_and_signal_only_above_what_was_expected(material) -> None:
    looks = results.first_session_looks(material)
    assert looks["N"].iloc[-1] == len(material.treated)
    assert looks.meta["reference"] == 0.125
    certain = Material(oc.load_example().with_rules(signal_percent=0.1))
    assert results.first_session_looks(certain).meta["first_signal"] is not None


def test_arms_are_compared_with_placebo_where_there_are_any(material) -> None:
    assert results.arms(material) is None
    patients = material.treated.assign(arm=["ketamine", "placebo"] * (len(material.treated) // 2))
    found = results.comparison(material, patients)
    assert set(found["contrast"]) == {"ketamine - placebo"}
    assert isinstance(found.to_frame(), pd.DataFrame)
    assert found["N"].iloc[0] + found["N_reference"].iloc[0] == len(patients)


def test_a_diary_that_ends_before_the_first_infusion_is_no_end_of_observation(tmp_path) -> None:
    """The infusions themselves show that their patients were still observed."""
    material = Material(study_of(tmp_path))
    people = results.observed(material)
    assert set(people["patient_id"]) == set(material.study.sessions["patient_id"])
    assert (
        people["end"]
        >= people["patient_id"].map(material.study.sessions.groupby("patient_id")["start"].max())
    ).all()
    assert results.curves(material).at_days.frame["N"].notna().all()
