"""Mood, pain and subgroups on the page: the numbers of oc.scores, oc.speed and oc.subgroups."""

from __future__ import annotations

import pandas as pd
import pytest

import outcomes as oc
from outcomes.page.blocks import Section, TableBlock
from outcomes.page.material import Material
from outcomes.page.readers import Readers
from outcomes.page.sections import SECTIONS
from outcomes.page.sections.mood import mood
from outcomes.page.sections.pain import pain
from outcomes.page.sections.who_benefits import who_benefits
from outcomes.page.view import Clinic, Outside
from outcomes.tables.numbers import interval, share, signed

ASKED = ("mood", "pain", "who-benefits")
OUTSIDE = Readers("external", 5)


def texts(section: Section, name: str) -> pd.DataFrame:
    (found,) = (
        block.table for block in section.blocks if isinstance(block, TableBlock) and block.table.name == name
    )
    return pd.DataFrame(found.texts())


def test_scores_are_those_of_the_public_function(example, material) -> None:
    section = mood(Clinic(material))
    found = oc.scores(example).to_frame()
    shown = texts(section, "scores")
    assert shown["estimate"].tolist() == [signed(value) for value in found["estimate"]]
    assert shown["lower"].tolist() == [interval(*limits) for limits in found[["lower", "upper"]].to_numpy()]
    matters = oc.scores(example).meaningful().to_frame().query("missing == 'not_met'")
    for term in ("HIT-6: fall of 6 or more", "PHQ-9: fall of 5 or more", "PGIC: much or very much improved"):
        row = matters[(matters["term"] == term) & (matters["period"].astype(str) == "days 1-28")].iloc[0]
        assert f"{term.partition(':')[0]} {share(row['n'], row['N'])}" in section.finding
    cells = texts(section, "meaningful").set_index("term")
    for row in matters.itertuples():
        assert cells.loc[row.term, str(row.period)] == share(row.n, row.N)


def test_pain_is_that_of_the_public_function(example, material) -> None:
    section, found = pain(Clinic(material)), oc.speed(example).to_frame()
    shown = texts(section, "pain-by-session")
    assert shown["estimate"].tolist() == [signed(value) for value in found["estimate"]]
    assert shown["fell"].tolist() == [share(n, able) for n, able in found[["fell", "able"]].to_numpy()]
    assert shown["lasts"].tolist() == [f"{n}/{known}" for n, known in found[["lasts", "known"]].to_numpy()]
    assert f"by {-found['estimate'].iloc[0]:.1f} points" in section.finding


def test_subgroups_are_those_of_the_public_function_and_called_exploratory(example, material) -> None:
    section, found = who_benefits(Clinic(material)), oc.subgroups(example).to_frame()
    shown = texts(section, "subgroups").set_index("subgroup")
    for row in found[found["shrunken"].notna()].drop_duplicates("subgroup").itertuples():
        assert shown.loc[row.subgroup, "estimate"] == signed(row.estimate)
        assert shown.loc[row.subgroup, "shrunken"] == signed(row.shrunken)
    assert (found["p_adjusted"].dropna() > 0.05).all()
    assert section.finding.startswith("No clear difference between subgroups")
    assert "xploratory" in section.title


def test_a_question_without_data_is_not_on_the_page(example) -> None:
    bare = oc.Study(
        diary=example.diary, sessions=example.sessions.assign(pain_after=pd.NA), timezone=example.timezone
    )
    view = Clinic(Material(bare))
    shown = {part.name for part in SECTIONS if part.when(view)}
    assert {"mood", "pain"}.isdisjoint(shown)


def test_readers_outside_see_no_count_and_no_subgroup(example_material, outside_html) -> None:
    view = Outside(example_material, limit=5)
    for section in (mood(view), pain(view)):
        for block in section.blocks:
            if isinstance(block, TableBlock):
                assert not {"n", "N", "n/N", "P"} & set(block.table.texts())
                assert {"n", "N", "p_value", "before_mean"}.isdisjoint(block.table.frame.columns)
    assert 'id="who-benefits"' not in outside_html
    assert (example_material.scores.to_frame()["n"] < view.smallest).any(), "a period of few is left out"
    assert (view.scores["period"].astype(str) != "days 29-56").all()


@pytest.mark.parametrize("readers", ["clinic", "outside"])
def test_with_arms_scores_are_by_arm_and_pain_is_not_pooled(
    arms_material, arms_sections, arms_outside, readers
) -> None:
    study, sections = arms_material.study, arms_sections if readers == "clinic" else arms_outside
    made = {part.name: part for part in sections}
    assert not [part for part in made.values() if part.status == "failed"]
    shown = texts(made["mood"], "scores")
    assert set(shown["arm"]) == {"placebo", "active"}
    assert not [
        block
        for block in made["mood"].blocks
        if isinstance(block, TableBlock) and block.table.name == "meaningful"
    ]
    pains = [block.table for block in made["pain"].blocks if isinstance(block, TableBlock)]
    assert [table.name for table in pains] == ["pain-by-session-1", "pain-by-session-2"]
    for arm, table in zip(("active", "placebo"), pains, strict=True):
        people = study.patients.loc[study.patients["arm"] == arm, "patient_id"]
        alone = oc.speed(study, among=people)["estimate"]
        assert table.texts()["estimate"][0] == signed(alone.iloc[0])
        assert f"{arm} {signed(alone.iloc[0])}" in made["pain"].finding
    start = "Patients with any event: " if readers == "clinic" else "Patients with an event: active "
    assert made["adverse-events"].finding.startswith(start)
