"""One answer to the primary question: the tile, the opening, the section and the summary say the same."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from outcomes.models.stats.e_value import e_value
from outcomes.page.blocks import KeyFigures, TableBlock, Words
from outcomes.page.material import Material
from outcomes.page.placebo_band import placebo_band
from outcomes.page.sections.context import context
from outcomes.page.sections.headache_days import headache_days
from outcomes.page.sections.in_short import in_short
from outcomes.page.sections.strategies import strategies
from outcomes.page.sections.unmeasured import unmeasured
from outcomes.page.summary import summary
from outcomes.page.view import Clinic, Outside
from outcomes.simulate import Retreatment, scenario_parameters, simulate_tables
from outcomes.tables.numbers import interval, signed, true_minus


@pytest.fixture(scope="module")
def retreated() -> oc.Study:
    law = replace(scenario_parameters("treated"), retreatment=Retreatment("worsening", share=1.0))
    tables, _ = simulate_tables(40, seed=7, months=3, parameters=law)
    return oc.Study(**tables, timezone=law.timezone, estimand={"period": 2})


@pytest.fixture(scope="module", params=["example", "retreated"])
def study(request) -> oc.Study:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def retreated_material(retreated) -> Material:
    return Material(retreated)


@pytest.fixture(scope="module")
def material(study, example, request) -> Material:
    return request.getfixturevalue("example_material" if study is example else "retreated_material")


def tile(view) -> tuple[str, str]:
    figures = next(block for block in in_short(view).blocks if isinstance(block, KeyFigures)).figures
    found = next(figure for figure in figures if figure.label.startswith("change in"))
    return found.value, found.detail


def test_every_place_says_the_same_sentence_and_number(study, material):
    answer = oc.estimate(study)
    row, text = answer.to_frame().iloc[0], answer.meta["text"]
    view = Clinic(material)
    opening = [block.text for block in in_short(view).blocks if isinstance(block, Words)]
    assert any(words.startswith(true_minus(text)) for words in opening)
    section = [block.text for block in headache_days(view).blocks if isinstance(block, Words)]
    assert section[0] == true_minus(text)
    value, detail = tile(view)
    assert value == signed(row["estimate"])
    assert f"{row['period']}; 95% interval {interval(row['lower'], row['upper'])}; n = {row['n']}" in detail
    assert text in study.summary()
    kept = json.loads(summary(material, "k" * 16))["estimates"][0]
    assert kept["name"] == "the primary question"
    assert kept["estimate"] == row["estimate"]


def test_the_later_period_is_not_the_mean_of_those_who_are_left(retreated_material):
    view = Clinic(retreated_material)
    row = view.primary.row
    left = view.change.to_frame().set_index("period").loc[row["period"]]
    assert row["strategy"] == "hypothetical"
    assert row["estimate"] != left["estimate"]
    assert row["treated_again"] > 0


def test_the_strategies_stand_side_by_side(material):
    block = next(one for one in strategies(material) if isinstance(one, TableBlock))
    found = oc.what_if(material.study).to_frame()
    assert block.folded
    assert block.table.frame["estimate"].tolist() == [signed(value, 1) for value in found["estimate"]]
    assert block.table.frame["n"].tolist() == [
        f"{n:.0f}/{total:.0f}" for n, total in found[["n", "N"]].to_numpy()
    ]


def test_outside_a_count_that_tells_how_few_are_missing_goes(example_material):
    view = Outside(example_material, limit=5)
    inside = Clinic(example_material).primary
    assert 0 < view.patients - inside.row["n"] < 5
    assert pd.isna(view.primary.row["n"])
    assert str(inside.row["n"]) not in view.primary.text
    assert f" was {signed(inside.row['estimate'])} (" in view.primary.text


def test_an_estimand_of_a_part_of_the_patients_is_told_in_the_clinic_only(example):
    tables = {name: example.table(name) for name in ("diary", "sessions", "patients")}
    part = oc.Study(**tables, timezone=example.timezone, estimand={"min_baseline": 15})
    view = Outside(Material(part), limit=5)
    assert view.primary.row is None
    assert "to the clinic only" in view.primary.text


def test_the_band_is_of_the_endpoint_that_the_trials_measured():
    days = placebo_band("headache_days", 60)
    arms = oc.placebo_benchmark(60, endpoint="headache_days").to_frame().iloc[:-2]
    assert [(band.low, band.high) for band in days] == [(arms["estimate"].min(), arms["estimate"].max())]
    migraine = placebo_band("migraine_days", 60)
    sizes = [
        oc.placebo_benchmark(60, endpoint="migraine_days", population=one).to_frame().iloc[-1]
        for one in ("chronic", "refractory")
    ]
    assert [(band.low, band.high) for band in migraine] == [(one["lower"], one["upper"]) for one in sizes]
    assert placebo_band("mean_pain", 60) == []


def test_the_context_opens_with_the_arms_of_the_page_s_endpoint(example_material):
    points = context(Clinic(example_material)).blocks[1].points
    assert points[0] == placebo_band("headache_days", Clinic(example_material).patients)[0].text


def test_beside_the_contrast_of_arms_stands_what_a_confounder_would_have_to_be_like(
    example_material, arms_material
):
    study = arms_material.study
    said = " ".join(block.text for block in unmeasured(arms_material))
    frame = oc.estimate(study).to_frame()
    row = (
        oc.ancova(oc.periods(study), arm="arm", reference="placebo").to_frame().query("term == 'difference'")
    )
    assert f"the difference active - placebo is {signed(row['estimate'].iloc[0])}" in said
    own = frame[frame["contrast"].isna()]
    sd = (((own["n"] - 1) * own["sd"] ** 2).sum() / (own["n"] - 1).sum()) ** 0.5
    d = abs(frame.loc[0, "estimate"]) / sd
    assert f"of at least {e_value(float(np.exp(0.91 * d))):.1f} each" in said
    assert unmeasured(example_material) == []
