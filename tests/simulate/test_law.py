"""The closed forms behind the simulator, against enumeration and textbook moments."""

import itertools

import numpy as np
import pytest

import outcomes as oc
from outcomes.errors import ArgumentError
from outcomes.simulate import (
    SCENARIOS,
    Beta,
    Compliance,
    Dropout,
    Headache,
    Parameters,
    scenario_parameters,
    simulate_tables,
)
from outcomes.simulate.bedside import share_above
from outcomes.simulate.expectation import mean_change, population, still_responding, with_effect
from outcomes.simulate.parameters import GENERAL, Drift, Vitals
from outcomes.simulate.quadrature import beta_nodes, days_of_chain

EXACT = 1e-10  # closed forms in double precision
PRINTED = 1e-6  # shapes are written with six digits


@pytest.mark.parametrize("beta", [Beta(4.1, 0.5), Beta(1.09, 0.36), Beta(0.5, 0.5), Beta(1, 1), GENERAL])
def test_quadrature_has_the_moments_of_the_beta_distribution(beta: Beta) -> None:
    x, weight = beta_nodes(beta)
    moment = 1.0
    for k in range(12):
        assert weight @ x**k == pytest.approx(moment, abs=EXACT)
        moment *= (beta.a + k) / (beta.a + beta.b + k)


@pytest.mark.parametrize(("p", "carry"), [(0.3, 0.0), (0.62, 0.2055), (0.9, 0.6)])
def test_days_of_chain_equals_the_sum_over_all_sequences(p: float, carry: float) -> None:
    days = 9
    expected = np.zeros(days + 1)
    for path in itertools.product((0, 1), repeat=days):
        chance = p if path[0] else 1 - p
        for before, now in itertools.pairwise(path):
            one = p + carry * (1 - p) if before else p * (1 - carry)
            chance *= one if now else 1 - one
        expected[sum(path)] += chance
    np.testing.assert_allclose(days_of_chain(np.array([p]), carry, days)[0], expected, atol=EXACT)


def test_follow_up_has_the_mean_and_variance_of_the_published_beta() -> None:
    law, published = Headache(), Beta(1.09, 0.36)
    left = 1 - law.reduction.mean
    square = left**2 + law.reduction.variance
    mean = law.baseline.mean * (1 - law.responders + law.responders * left)
    second = (law.baseline.variance + law.baseline.mean**2) * (1 - law.responders + law.responders * square)
    assert mean == pytest.approx(published.mean, abs=PRINTED)
    assert second - mean**2 == pytest.approx(published.variance, abs=PRINTED)


def test_general_population_has_the_published_transitions() -> None:
    mean = GENERAL.mean
    icc = GENERAL.variance / (mean * (1 - mean))
    pooled = icc + (1 - icc) * Headache().carry_over
    assert icc == pytest.approx(0.27, abs=EXACT)
    assert mean + pooled * (1 - mean) == pytest.approx(0.78, abs=0.005)  # published with two digits
    assert mean * (1 - pooled) == pytest.approx(0.36, abs=0.005)


@pytest.mark.parametrize(("scenario", "change"), [("null", -1.9), ("placebo", -5.6), ("untreated", 0.0)])
def test_scenarios_without_the_drug_change_by_what_they_say(scenario: str, change: float) -> None:
    frame = mean_change(scenario_parameters(scenario), 3, {"": True})
    np.testing.assert_allclose(frame["change"], change, atol=EXACT)
    assert (frame["drug"] == 0).all()


def test_selection_alone_is_part_of_the_null() -> None:
    frame = mean_change(scenario_parameters("null"), 1, {"": True})
    assert frame.loc[0, "regression_to_mean"] == pytest.approx(-0.990, abs=5e-4)
    assert frame.loc[0, "drift"] == pytest.approx(-0.910, abs=5e-4)


def test_effect_is_reached_before_relapse() -> None:
    law = with_effect(scenario_parameters("treated"), -3.0)
    frame = mean_change(law, 2, {"placebo": False, "active": True})
    np.testing.assert_allclose(
        frame["drug"], [0, 0, *(-3.0 * still_responding(law.headache.relapse, 2))], atol=EXACT
    )


def test_relapse_is_a_share_per_28_days() -> None:
    daily = 0.95 ** (np.arange(1, 57) / 28)
    np.testing.assert_allclose(still_responding(0.05, 2), [daily[:28].mean(), daily[28:].mean()], atol=EXACT)


def test_share_above_equals_a_simulation() -> None:
    rng = np.random.default_rng(5)
    shape, scale = (16 / 11) ** 2, 121 / 16
    many = 2_000_000
    highest = np.round(rng.normal(125, 14, many)) + np.round(rng.gamma(shape, scale, many))
    found = (highest > 180).mean()
    assert share_above(Vitals()) == pytest.approx(found, abs=4 * np.sqrt(found / many))


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (
            lambda: scenario_parameters("tretaed"),
            "scenario is not one of its options. got: 'tretaed'. "
            "allowed: treated, null, placebo, untreated. did you mean 'treated'?",
        ),
        (
            lambda: population(Parameters(headache=Headache(baseline=Beta(1, 20), entry_days=27))),
            "fewer than 1 in 1000 candidates would enter. got: entry_days 27. lower entry_days.",
        ),
        (
            lambda: population(Parameters(drift=Drift(total=3.0))),
            "the drift cannot be reached from this baseline. got: total 3.0. "
            "allowed: -24.96 to 0.00 days per 28.",
        ),
        (
            lambda: with_effect(scenario_parameters("treated"), -12.0),
            "the effect cannot be reached with this share of responders. got: -12.0. "
            "allowed: between -9.98 and 0 days per 28.",
        ),
        (lambda: Beta(0, 1), "a beta distribution has two shapes. got: 0, 1. allowed: numbers above 0."),
    ],
)
def test_impossible_laws_are_refused(act, message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        act()
    assert str(error.value) == message


@pytest.mark.parametrize(
    "act",
    [
        lambda: Dropout(1),
        lambda: Dropout(-0.1),
        lambda: Dropout("x"),
        lambda: Dropout(0.1, float("inf")),
        lambda: Compliance(start=1.5),
        lambda: Compliance(start=0),
        lambda: Compliance(free_odds_ratio=0),
        lambda: Compliance(patient_sd=-1),
        lambda: Compliance(item_missing=float("nan")),
        lambda: Compliance(by_headache=(95, 80)),
        lambda: Parameters(timezone="Europe/Atlantis"),
        lambda: Parameters(first_day="soon"),
        lambda: Parameters(enrolment_days=-1),
        lambda: simulate_tables(3, parameters=Parameters(headache=Headache(entry_days=29))),
    ],
)
def test_a_law_that_cannot_be_is_refused_and_not_waited_for(act) -> None:
    with pytest.raises(ArgumentError):
        act()


@pytest.mark.long
def test_the_study_knows_by_which_rule_its_patients_were_taken() -> None:
    assert oc.simulate(5, scenario="null").study.rules.entry_days == 22
    assert oc.simulate(5).study.rules.entry_days is None


def test_every_scenario_has_parameters() -> None:
    for scenario in SCENARIOS:
        assert population(scenario_parameters(scenario)).entering > 0
