"""Every period's row stands in one named set; the sets add up to the patients with an eligible baseline."""

from dataclasses import replace

import pandas as pd
import pytest

import outcomes as oc
from outcomes.simulate import Retreatment, scenario_parameters, simulate_tables


@pytest.fixture(scope="module")
def study() -> oc.Study:
    law = replace(scenario_parameters("treated"), retreatment=Retreatment("worsening", share=1.0))
    tables, _ = simulate_tables(40, seed=5, parameters=law)
    return oc.Study(**tables, timezone=law.timezone, cutoff="2025-09-30")


def test_the_sets_of_a_period_add_up_to_the_patients_with_an_eligible_baseline(study: oc.Study) -> None:
    rows = oc.periods(study, baseline_as_row=True)
    found = oc.change(rows).to_frame()
    able = rows.loc[rows["baseline_eligible"], "patient_id"].nunique()
    parts = found[["n", "treated_again", "too_few_days", "not_due"]]
    assert (found["eligible"] == able).all()
    assert (parts.sum(axis=1) == able).all()
    assert (found["at_risk"] == found["n"] + found["too_few_days"]).all()
    assert found["treated_again"].is_monotonic_increasing or found["not_due"].iloc[-1] > 0
    assert (found[["treated_again", "not_due"]].iloc[-1] > 0).all()


def test_each_set_is_what_the_sessions_and_the_cutoff_say(study: oc.Study) -> None:
    rows = oc.periods(study)
    again = oc.courses(study).query("course == 1").set_index("patient_id")["next_course_start"]
    before = rows["patient_id"].map(again) <= rows["start_date"]
    eligible = rows["baseline_eligible"]
    assert (rows["set"].eq("treated_again") == (before & eligible)).all()
    assert (rows["set"].eq("with_value") == (rows["value"].notna() & eligible)).all()
    assert (rows["set"].eq("no_baseline") == ~eligible).all()
    last = rows["start_date"] + pd.Timedelta(27, unit="D")
    assert (rows["due"] == (last <= pd.Timestamp("2025-09-30"))).all()
    assert not rows.loc[rows["set"].eq("not_due"), "due"].any()


def test_days_after_a_next_course_are_no_missing_days(study: oc.Study) -> None:
    rows = oc.periods(study).query("period_number <= 3")
    made = oc.impute(rows, imputations=3, rng=1)
    few = rows[rows["set"].eq("too_few_days")]
    assert made.unrecorded.sum() == len(few)
    assert made.missing.sum() > made.unrecorded.sum()
    third = few["period_number"].eq(3).sum()
    assert made.unrecorded[:, 2].sum() == third
    if not third:
        assert "no imputed value to shift" in oc.tipping_point(made, visit=made.visits[2]).status
