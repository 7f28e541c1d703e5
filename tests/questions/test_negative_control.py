"""Before any treatment the pipeline finds no more than chance alone, and finds what was planted there."""

from dataclasses import replace

import numpy as np
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError
from outcomes.simulate import Drift, Titration, Waves, scenario_parameters

ENTRY = 22
#: Patients who come at their worst and are given nothing that works; titrated until a free day.
NULL = scenario_parameters("null", earlier_days=28, drift=Drift(), titration=Titration(14), waves=Waves(0.7))
#: Three Monte Carlo errors beyond the share of false falls that the limits promise.
NOMINAL, STUDIES = 0.05, 40


def control(patients: int, seed: int, parameters):
    return oc.negative_control(oc.simulate(patients, seed=seed, months=1, parameters=parameters).study)


@pytest.fixture(scope="module")
def rising() -> oc.Study:
    """A study of patients who were taken with 22 of 28 days."""
    law = replace(NULL, waves=Waves(0.0), titration=Titration(None))
    return oc.simulate(100, seed=3, months=1, parameters=law).study


@pytest.fixture(scope="module")
def found(rising):
    return oc.negative_control(rising)


def test_patients_who_come_at_their_worst_rise_by_chance_alone(found) -> None:
    rows = found.to_frame().set_index("term")
    # the simulator's own expectation of the fall afterwards, mirrored
    mirrored = -oc.simulate(
        5, seed=1, months=1, parameters=replace(NULL, waves=Waves(0.0), titration=Titration(None))
    ).truth.mean_change.loc[0, "regression_to_mean"]
    for term in ("raw", "chance alone"):
        assert rows.loc[term, "lower"] <= mirrored <= rows.loc[term, "upper"]
    assert rows.loc["raw", "lower"] > 0
    assert rows.loc["net", "lower"] < 0 < rows.loc["net", "upper"]
    assert set(rows["found"]) == {"chance alone"}
    assert "no more than chance alone" in found.meta["text"]


def test_the_windows_are_counted_by_hand(rising, found) -> None:
    raw = found.to_frame().set_index("term").loc["raw"]
    periods, days = oc.periods(rising).query("period_number == 1 and baseline_eligible"), oc.days(rising)
    values = {}
    for name, first, last in (("late", -28, -1), ("early", -56, -29)):
        window = days[days["day"].between(first, last) & days["headache"].notna()]
        counted = window.groupby("patient_id")["headache"].agg(["sum", "size"])
        values[name] = (28 * counted["sum"] / counted["size"])[counted["size"] >= 20]
    change = (values["late"] - values["early"]).reindex(periods["patient_id"]).dropna().astype(float)
    law = change[values["late"].reindex(change.index) >= ENTRY - 1e-9]  # others are below the rule
    assert (raw["n"], raw["N"]) == (len(law), len(periods))
    assert raw["estimate"] == pytest.approx(law.mean(), abs=1e-12)


def test_what_began_before_treatment_is_found(rising) -> None:
    days_before = rising.diary.merge(oc.courses(rising)[["patient_id", "course_start"]], on="patient_id")
    before = (days_before["course_start"] - days_before["date"]).dt.days.between(1, 28)
    helped = before & (np.random.default_rng(1).random(len(before)) < 0.5)
    diary = days_before.assign(headache=days_before["headache"] & ~helped)
    diary = diary[["patient_id", "date", "headache"]]
    study = oc.Study(
        diary=diary, patients=rising.patients, sessions=rising.sessions, timezone=rising.timezone,
        rules={"entry_days": 4},
    )  # fmt: skip
    found = oc.negative_control(study)
    assert found.meta["found"] == "fall"
    assert "falling already" in found.meta["text"]
    undeclared = oc.negative_control(study.with_rules(entry_days=None))
    assert undeclared.meta["found"] == "fall"  # the raw change is enough


def test_without_a_rule_or_an_earlier_month_there_is_no_verdict(rising) -> None:
    undeclared = oc.negative_control(rising.with_rules(entry_days=None))
    assert undeclared.meta["found"] == "no number"
    assert "rules.entry_days" in undeclared.meta["text"]
    alone = oc.negative_control(oc.simulate(12, seed=1, months=1).study)
    assert alone.to_frame()["n"].eq(0).all()
    assert "There is no negative control" in alone.meta["text"]
    with pytest.raises(ArgumentError, match="does not count days"):
        oc.negative_control(rising.with_rules(endpoint="mean_pain"))


@pytest.mark.long
def test_nothing_but_chance_in_a_world_with_waves_and_titration() -> None:
    found = [control(40, seed, NULL).meta["found"] for seed in range(STUDIES)]
    error = np.sqrt(NOMINAL * (1 - NOMINAL) / STUDIES)
    assert found.count("fall") / STUDIES <= NOMINAL + 3 * error
    assert found.count("no number") == 0
