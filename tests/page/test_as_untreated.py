"""Later periods on the page: as if nobody had been treated again, and of those who are left said so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.page.as_untreated import IN_PARTITIONS, NO_MODEL, as_untreated, estimated_later, not_made
from outcomes.page.blocks import Words
from outcomes.page.material import Material
from outcomes.page.sections.headache_days import headache_days
from outcomes.page.view.clinic import Clinic
from outcomes.page.view.outside import Outside
from outcomes.simulate import Compliance, Retreatment, Waves, scenario_parameters
from outcomes.tables.changes_and_responders import change_table

#: Patients who are treated again as soon as they get worse: eight of 60 are left in the second period.
AGAIN = replace(
    scenario_parameters("treated"),
    waves=Waves(0.7),
    retreatment=Retreatment("worsening", share=1.0),
    compliance=Compliance(free_odds_ratio=1.0, short_baseline=0.0),
)
SECOND = "days 29-56"


@pytest.fixture(scope="module")
def drawn():
    return oc.simulate(60, seed=6, months=2, parameters=AGAIN)


@pytest.fixture(scope="module")
def material(drawn) -> Material:
    return Material(drawn.study)


def test_the_page_and_the_truth_agree_where_the_mean_of_those_left_does_not(drawn, material) -> None:
    truth = drawn.truth.estimands.set_index(["strategy", "period_number"])["change"]
    row = material.later.set_index("period").loc[SECOND]
    assert row["lower"] <= truth["hypothetical", 2] <= row["upper"]
    left = material.change.to_frame().set_index("period").loc[SECOND]
    assert left["upper"] < truth["hypothetical", 2]  # who reads it is misled
    assert row["observed"] == left["estimate"]
    sets = oc.periods(drawn.study).query("period_number == 2")["set"].value_counts()
    assert (row["left"], row["treated_again"]) == (sets["with_value"], sets["treated_again"])


def test_it_is_the_number_of_the_function_and_of_the_question(drawn, material) -> None:
    row = material.later.set_index("period").loc[SECOND]
    asked = oc.estimate(drawn.study, {"period": 2}).to_frame().iloc[0]
    assert tuple(row[["estimate", "lower", "upper"]]) == tuple(asked[["estimate", "lower", "upper"]])


@pytest.mark.parametrize("make", [Clinic, lambda all_: Outside(all_, limit=5)])
def test_neither_picture_nor_table_leads_with_those_who_are_left(material, make) -> None:
    view = make(material)
    later = material.later.set_index("period").loc[SECOND]
    shown = view.untreated_change.to_frame().assign(period=lambda x: x["period"].astype("str"))
    row = shown.set_index("period").reindex([SECOND]).iloc[0]
    if isinstance(view, Clinic):
        assert row["estimate"] == later["estimate"]
    else:  # eight are too few to be told of
        assert pd.isna(row["estimate"])
    assert view.change.to_frame()["estimate"].iloc[0] == pytest.approx(
        material.change.to_frame()["estimate"].iloc[0], abs=0.005
    )


def test_readers_outside_get_no_count_from_which_a_small_one_follows(material) -> None:
    frame = Outside(material, limit=5).change.to_frame()
    assert not {"N", "eligible", "at_risk", "treated_again", "too_few_days", "not_due"} & set(frame)


def test_the_sets_of_each_period_add_up_to_those_with_a_baseline(material) -> None:
    rows = change_table(material.change).frame
    parts = rows[["n", "treated_again", "too_few_days", "not_due"]].sum(axis=1)
    assert (parts == rows["eligible"]).all()


def test_the_section_says_of_whom_each_mean_is(material) -> None:
    blocks = headache_days(Clinic(material)).blocks
    captions = [getattr(block, "caption", "") for block in blocks]
    assert "as if nobody had been treated again" in captions[1]
    later, change = [block.table for block in blocks if hasattr(block, "table")][:2]
    assert "as if nobody had been treated again" in later.notes[0].lower()
    assert "no mean of all" in " ".join(change.notes)
    assert change.frame["mixed_estimate"].notna().tolist()[:2] == [True, False]


def test_nobody_treated_again_leaves_the_change_as_it_is() -> None:
    study = oc.simulate(12, seed=2, months=2, parameters=scenario_parameters("untreated")).study
    one = Material(study)
    assert not len(one.later)
    assert as_untreated(one.change, one.later) is one.change
    assert not [b for b in headache_days(Clinic(one)).blocks if "treated again" in getattr(b, "caption", "")]


def test_a_period_of_few_patients_is_made_and_one_without_a_model_is_not() -> None:
    later = pd.DataFrame({"estimate": [-2.0, np.nan, np.nan], "N": [20.0, 3.0, np.nan]})
    assert not_made(later).tolist() == [False, False, True]
    assert not_made(later[["estimate"]]).tolist() == [False, True, True]  # readers outside are given no N


@pytest.mark.parametrize("why", [IN_PARTITIONS, NO_MODEL])
@pytest.mark.parametrize("make", [Clinic, lambda all_: Outside(all_, limit=4)])
def test_every_reader_is_told_why_later_periods_are_not_made(drawn, make, why) -> None:
    material = Material(drawn.study)
    material.__dict__["later"] = estimated_later(material.change.to_frame(), None, why=why)
    blocks = headache_days(make(material)).blocks
    said = [block.text for block in blocks if isinstance(block, Words)]
    assert f"Later periods before which patients were treated again are {why}." in said
    tables = [block.table for block in blocks if hasattr(block, "table")]
    assert [table.name for table in tables if table.name == "later"] == ["later"] * (make is Clinic)


def test_of_too_few_who_are_left_nothing_is_said_outside(drawn) -> None:
    material = Material(drawn.study)  # eight are left
    material.__dict__["later"] = estimated_later(material.change.to_frame(), None, why=IN_PARTITIONS)
    said = [block for block in headache_days(Outside(material, limit=5)).blocks if isinstance(block, Words)]
    assert not [block for block in said if "not made" in block.text]
