"""Options that no other test passes do what they say."""

from __future__ import annotations

import inspect

import numpy as np
import pandas as pd
import pytest

import outcomes as oc
from shared import keywords
from test_wrong_calls import made, needed


def test_ancova_estimates_each_group_apart() -> None:
    grouped = made()["grouped"]
    both = oc.ancova(grouped, by="group").to_frame()
    for name in ("a", "b"):
        alone = oc.ancova(grouped[grouped["group"] == name]).to_frame()
        found = both[both["group"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(found[alone.columns], alone, check_dtype=False)


def test_pain_responders_by_share_and_by_level() -> None:
    sessions = pd.DataFrame({"session_id": list("abcd"), "pain_before": 8.0, "pain_after": [1.0, 3, 5, 7]})
    exposure = sessions[["session_id"]].assign(patient_id=list("wxyz"), course=1, session_in_course=1)
    count = {
        term: oc.pain_responders(sessions, exposure, share=share, low=low).to_frame().query("term == @term")
        for term, share, low in (("fall_share", 60, 3), ("pain_low", 50, 1), ("pain_low", 50, 5))
    }
    assert set(count["fall_share"]["n"]) == {2}  # falls of 88 and 62 %, not of 38 and 12 %
    assert set(count["pain_low"]["n"]) == {3}  # at most 5
    lowest = oc.pain_responders(sessions, exposure, low=1).to_frame().query("term == 'pain_low'")
    assert set(lowest["n"]) == {1}


@pytest.fixture(scope="module")
def three_arms() -> object:
    rng = np.random.default_rng(5)
    rows = pd.DataFrame({"patient_id": np.repeat(range(45), 2), "period": np.tile([1, 2], 45)})
    rows["arm"] = np.repeat(np.array(["placebo", "low", "high"])[np.arange(45) % 3], 2)
    rows["baseline"] = np.repeat(rng.normal(20, 3, 45), 2)
    fall = rows["arm"].map({"placebo": 0.0, "low": 3.0, "high": 6.0})
    rows["change"] = -fall - (rows["period"] == 2) + rng.normal(0, 2, 90)
    rows.loc[rng.choice(90, 12, replace=False), "change"] = np.nan
    return oc.impute(rows, arm="arm", reference="placebo", imputations=20, rng=1)


@pytest.mark.parametrize("visit", [1, 2])
@pytest.mark.parametrize("contrast", ["low - placebo", "high - placebo"])
def test_a_tipping_point_without_a_shift_is_the_contrast_at_the_visit(three_arms, visit, contrast) -> None:
    estimates = three_arms.estimates().to_frame()
    there = estimates[(estimates["contrast"] == contrast) & (estimates["visit"] == visit)].iloc[0]
    point = (
        oc.tipping_point(three_arms, visit=visit, contrast=contrast).to_frame().query("delta == 0").iloc[0]
    )
    surface = oc.tipping_surface(three_arms, visit=visit, contrast=contrast, deltas=[0.0], deltas_other=[0.0])
    for found in (point, surface.to_frame().iloc[0]):
        assert found["estimate"] == pytest.approx(there["estimate"], rel=1e-12)
        assert found["lower"] == pytest.approx(there["lower"], rel=1e-12)


def test_validate_takes_the_rules_and_the_cutoff_of_a_study() -> None:
    diary = pd.DataFrame({"patient_id": "1", "date": ["2026-01-05", "2026-03-01"], "headache": "no"})
    patients = pd.DataFrame({"patient_id": ["1"], "index_date": ["2026-01-01"]})
    tables = {"diary": diary, "patients": patients}
    assert len(oc.validate(tables).accepted["diary"]) == 2
    cut = oc.validate(tables, cutoff="2026-02-01")
    assert len(cut.accepted["diary"]) == 1
    assert set(cut.findings["rule"]) == {"after_cutoff"}
    with pytest.raises(oc.OutcomesError, match="entry_day"):
        oc.validate(tables, rules={"entry_day": 5})


def test_suppress_counts_people_by_the_column_that_names_them() -> None:
    frame = pd.DataFrame({"term": ["nausea"], "n": [12], "N": [40]})
    members = pd.DataFrame({"row": 0, "person": ["p", "q"] * 6, "patient_id": range(12)})
    result = oc.Estimates(frame, "Events", "n / N", members=members)
    assert oc.suppress(result).to_frame()["n"].notna().all()
    assert oc.suppress(result, subject="person").to_frame()["n"].isna().all()


def test_the_table_of_common_events_begins_at_the_share_that_is_asked_for() -> None:
    patients = pd.DataFrame({"patient_id": range(10)})
    events = pd.DataFrame({"patient_id": [0, 1, 2, 3, 4, 0], "group": "g", "term": ["nausea"] * 5 + ["rash"]})
    events = events.assign(event_id=range(6), serious=False, grade=1, action="none", outcome="recovered")
    data = oc.safety_data(events, patients)
    shown = {share: oc.safety_tables(data, at_least=share)["common"].to_frame() for share in (5, 20, 60)}
    assert {share: set(frame["term"]) for share, frame in shown.items()} == {
        5: {"nausea", "rash"},
        20: {"nausea"},
        60: set(),
    }


WITH_WHERE = [
    name
    for name in oc._PUBLIC
    if not inspect.isclass(getattr(oc, name)) and "where" in keywords(getattr(oc, name))
]


@pytest.mark.parametrize("name", WITH_WHERE)
def test_where_counts_the_events_that_it_flags(name: str) -> None:
    values = made() | {"sessions": made()["exposure"]}
    function = getattr(oc, name)
    events = values["events"].reset_index(drop=True)
    events["flagged"] = np.arange(len(events)) % 2 == 0
    rest = {p.name: values[p.name] for p in needed(function)[1:]}
    if name == "mean_cumulative":
        rest["at_risk"] = values["exposure"]
    flagged = function(events, **rest, where="flagged").to_frame()
    filtered = function(events[events["flagged"]], **rest).to_frame()
    pd.testing.assert_frame_equal(flagged, filtered)
    assert not flagged.equals(function(events, **rest).to_frame())
