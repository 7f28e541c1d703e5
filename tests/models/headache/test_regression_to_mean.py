"""Regression to the mean: the law's likelihood by enumeration, and the truth of simulated patients."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, special

from outcomes.errors import ArgumentError
from outcomes.models.headache.chance.one_window import Entry
from outcomes.models.headache.regression_to_mean import regression_to_mean
from outcomes.models.stats.kernels import entered_chain as chain
from outcomes.models.stats.kernels import markov_beta as law

# Gauss-Legendre nodes and the last millionth of theta at either end.
RTOL_QUADRATURE = 1e-6


def _study(
    rng: np.random.Generator, patients: int, *, entry: int = 22, effect: float = 0.0, recorded: float = 0.9
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Patients chosen at their worst: theta ~ Beta(3, 1.5), days a Markov chain with carry-over .2."""
    theta = rng.beta(3, 1.5, patients * 8)
    x = np.zeros((len(theta), 112), dtype=bool)
    x[:, 0] = rng.random(len(theta)) < theta
    for t in range(1, 112):
        p = np.where(x[:, t - 1], theta + (1 - theta) * 0.2, theta * 0.8)
        x[:, t] = rng.random(len(theta)) < p
    x[:, 56:] &= rng.random((len(theta), 56)) >= effect  # a drug that removes this share of headache days
    seen = rng.random(x.shape) < recorded
    base = slice(28, 56)
    share = (x & seen)[:, base].sum(axis=1) / seen[:, base].sum(axis=1)
    chosen = np.flatnonzero(28 * share >= entry)[:patients]
    x, seen, baseline = x[chosen], seen[chosen], 28 * share[chosen]
    later = 28 * (x & seen)[:, 84:].sum(axis=1) / seen[:, 84:].sum(axis=1)
    grid = pd.DataFrame(
        {
            "patient_id": np.repeat(np.arange(len(x)), 56),
            "day": np.tile(np.arange(-56, 0), len(x)),
            "headache": x[:, :56].ravel(),
        }
    )[seen[:, :56].ravel()]
    periods = pd.DataFrame(
        {"patient_id": np.arange(len(x)), "period": "days 1-28", "period_number": 1, "baseline": baseline}
    )
    return periods.assign(change=later - baseline), grid


def _every(days: int, on: np.ndarray) -> tuple[np.ndarray, chain.Sequences]:
    """All sequences of so many entries, on these days of the calendar."""
    every = np.array(list(itertools.product([False, True], repeat=days)))
    patient = np.repeat(np.arange(len(every)), days)
    return every, chain.sequences(patient, np.tile(on, len(every)), every.ravel(), len(every))


def test_probabilities_of_all_sequences_add_up_to_one() -> None:
    every, data = _every(6, np.array([0, 1, 3, 4, 8, 9]))  # with gaps in the calendar
    a, b = 1.55, 0.7
    whole = law.likelihood_at(data, None, law.make_grid(selected=False), -0.7)
    probability = np.exp(whole.at(np.log([a, b]))[0])
    assert probability.sum() == pytest.approx(1.0, rel=1e-10)
    # The first day alone: its probability is the mean of the beta law.
    assert probability[every[:, 0]].sum() == pytest.approx(a / (a + b), rel=RTOL_QUADRATURE)


def test_entry_probability_is_that_of_the_enumerated_sequences() -> None:
    days = 7
    theta, r = np.array([0.3, 0.8]), 0.35
    every, data = _every(days, np.arange(days))
    each = np.exp(law.log_days(data, theta, r))
    for at_least in (0, 3, 5, 7):
        expected = each[every.sum(axis=1) >= at_least].sum(axis=0)
        got = chain.taken(theta, np.array([r]), np.array([days]), np.array([at_least]))[0]
        np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_entry_by_calendar_sums_over_the_days_that_are_missing() -> None:
    theta, r, at_least = np.array([0.4, 0.9]), 0.3, 24
    rng = np.random.default_rng(2)
    seen = rng.random(28) < 0.8
    event = np.ones(28, dtype=bool)
    event[np.flatnonzero(seen)[:2]] = False
    day = np.arange(28)
    patient = np.zeros(seen.sum(), dtype=np.intp)
    data = chain.sequences(patient, day[seen], event[seen], 1)
    rule = chain.calendar_rule(data, patient, day[seen], event[seen], at_least, 28)
    joint, _ = chain.entered_any(rule, theta, r)
    missing = np.flatnonzero(~seen)
    total = np.zeros(2)
    for filled in itertools.product([False, True], repeat=len(missing)):
        event[missing] = filled
        if event.sum() >= at_least:
            whole = chain.sequences(np.zeros(28, dtype=np.intp), day, event, 1)
            total += np.exp(law.log_days(whole, theta, r))[0]
    np.testing.assert_allclose(np.exp(joint[0]), total, rtol=1e-10)


def test_expected_probability_without_carry_over_is_the_beta_posterior() -> None:
    rng = np.random.default_rng(0)
    event = rng.random((5, 28)) < 0.7
    data = chain.sequences(np.repeat(np.arange(5), 28), np.tile(np.arange(28), 5), event.ravel(), 5)
    without = law.likelihood_at(data, None, law.make_grid(selected=False), -30.0)  # r = 0
    mean = without.at(np.log([3.0, 2.0]))[2]
    np.testing.assert_allclose(mean, (3 + event.sum(axis=1)) / (5 + 28), rtol=RTOL_QUADRATURE)


@pytest.mark.parametrize("selected", [False, True])
def test_scores_and_slopes_are_the_derivatives(selected: bool) -> None:
    rng = np.random.default_rng(3)
    event = rng.random((6, 28)) < 0.9
    data = chain.sequences(np.repeat(np.arange(6), 28), np.tile(np.arange(28), 6), event.ravel(), 6)
    rule = chain.Entered(np.full(6, 20), data.length) if selected else None
    likelihood = law.likelihood_at(data, rule, law.make_grid(selected=selected), -1.2)
    at, step = np.array([-0.4, 0.3]), 1e-5
    _, score, _, slopes = likelihood.at(at)
    for j in range(2):
        up, down = (likelihood.at(at + sign * step * np.eye(2)[j]) for sign in (1, -1))
        np.testing.assert_allclose(score[:, j], (up[0] - down[0]) / (2 * step), rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(slopes[:, j], (up[2] - down[2]) / (2 * step), rtol=1e-6, atol=1e-8)


def test_a_law_of_falling_density_is_not_held_at_its_edge() -> None:
    # Most candidates have few headache days: density theta^-2 above .1, so that the shape a is -1.
    rng = np.random.default_rng(13)
    theta = 1 / (10 - 9 * rng.random(400_000))
    count = rng.binomial(28, theta)
    chosen = np.flatnonzero(count >= 22)[:600]
    theta, count = theta[chosen], count[chosen]
    patient, day = np.arange(600), np.arange(-28, 0)
    days = pd.DataFrame({"patient_id": np.repeat(patient, 28), "day": np.tile(day, 600)})
    days["headache"] = rng.permuted(np.arange(28) < count[:, None], axis=1).ravel()
    periods = pd.DataFrame({"patient_id": patient, "period": "days 1-28", "period_number": 1})
    periods = periods.assign(baseline=1.0 * count, change=rng.binomial(28, theta) - 1.0 * count)
    found = regression_to_mean(periods, days, entry=22)
    frame = found.to_frame().set_index("term")
    assert found.meta["a"] < 0
    assert not any("at its limit" in note for note in found.notes)
    assert abs(frame.loc["net", "estimate"]) < 3.5 * frame.loc["net", "std_error"]
    truth, row = (28 * theta - count).mean(), frame.loc["chance alone"]
    assert abs(row["estimate"] - truth) < 3.5 * row["std_error"]


def test_law_is_recovered_from_selected_patients() -> None:
    periods, days = _study(np.random.default_rng(8), 1500)
    facts = regression_to_mean(periods, days, method="day-to-day", entry=22).meta
    assert facts["a"] / (facts["a"] + facts["b"]) == pytest.approx(
        3 / 4.5, abs=0.12
    )  # standard error about .04: 3 of them
    assert facts["carry_over"] == pytest.approx(0.2, abs=0.03)


@pytest.mark.parametrize(("method", "entry"), [("day-to-day", 22), ("two-periods", None)])
def test_without_any_effect_the_net_change_is_zero(method: str, entry: int | None) -> None:
    rng = np.random.default_rng(21)
    net, raw = [], []
    for _ in range(12):
        periods, days = _study(rng, 150)
        found = regression_to_mean(periods, days, method=method, entry=entry, largest_wave=0)
        frame = found.to_frame().set_index("term")
        assert frame["status"].tolist() == ["ok"] * 3
        net.append(frame.loc["net", "estimate"])
        raw.append(frame.loc["raw", "estimate"])
    error = np.std(net, ddof=1) / np.sqrt(len(net))
    # Raw is 10 standard errors below zero, net within 3.5 Monte Carlo standard errors of it.
    assert np.mean(raw) < -1.0
    assert abs(np.mean(net)) < 3.5 * error
    assert error < 0.2


def test_a_true_effect_stays_in_the_net_change() -> None:
    periods, days = _study(np.random.default_rng(4), 600, effect=0.2)
    for method, entry in (("day-to-day", 22), ("two-periods", None)):
        found = regression_to_mean(periods, days, method=method, entry=entry, largest_wave=0)
        frame = found.to_frame().set_index("term")
        # Truth: a fifth of the expected headache days of these patients, about 23.5.
        truth = -0.2 * (periods["baseline"].mean() + frame.loc["chance alone", "estimate"])
        assert frame.loc["net", "lower"] < truth < frame.loc["net", "upper"]
        assert frame.loc["raw", "estimate"] < frame.loc["net", "estimate"]
        assert frame.loc["raw", "estimate"] == pytest.approx(periods["change"].mean())


def test_two_periods_net_is_the_change_from_the_earlier_period_when_all_have_both() -> None:
    periods, days = _study(np.random.default_rng(6), 80, recorded=1.0)
    frame = regression_to_mean(periods, days, method="two-periods").to_frame().set_index("term")
    earlier = days[days["day"] < -28].groupby("patient_id")["headache"].sum()
    difference = (periods["baseline"] + periods["change"]).to_numpy() - earlier.to_numpy()
    assert frame.loc["net", "estimate"] == pytest.approx(difference.mean(), abs=1e-9)
    assert frame.loc["net", "std_error"] == pytest.approx(difference.std(ddof=1) / np.sqrt(80), rel=0.02)


@pytest.mark.long
def test_the_simulators_null_scenario_is_recovered() -> None:
    import outcomes as oc
    from outcomes.simulate.parameters import Compliance, Drift, scenario_parameters

    # Patients enter with 22 of 28 days; nothing else happens (drift out), days are missing at random.
    law = dataclasses.replace(scenario_parameters("null"), drift=Drift())
    raw, expected, net = [], [], []
    for seed in range(40, 52):
        simulated = oc.simulate(
            200, seed=seed, months=1, parameters=law, compliance=Compliance(free_odds_ratio=1.0)
        )
        periods = oc.periods(simulated.study)
        first = periods[(periods["endpoint"] == "headache_days") & (periods["period_number"] == 1)]
        # The simulator takes patients by all 28 days, recorded or not.
        found = regression_to_mean(
            first,
            oc.days(simulated.study),
            method="day-to-day",
            entry=Entry(22, by="calendar"),
            largest_wave=0,
        )
        found = found.to_frame().set_index("term")
        for values, term in ((raw, "raw"), (expected, "chance alone"), (net, "net")):
            values.append(found.loc[term, "estimate"])
    truth = simulated.truth.frame("mean_change")["regression_to_mean"].iloc[0]
    for values, target in ((raw, truth), (expected, truth), (net, 0.0)):
        error = np.std(values, ddof=1) / np.sqrt(len(values))
        assert abs(np.mean(values) - target) < 3.5 * error
    assert np.mean(raw) < -0.6


def test_what_cannot_be_known_says_why() -> None:
    periods, days = _study(np.random.default_rng(5), 30)
    cases = {
        "fewer than 10 patients with a baseline": days[days["patient_id"] < 5],
        "every baseline day has the event: day-to-day variation is unknown": days.assign(headache=True),
        "no baseline day has the event: day-to-day variation is unknown": days.assign(headache=False),
    }
    for reason, data in cases.items():
        found = regression_to_mean(periods, data, method="day-to-day", entry=0)
        assert found.status == reason
        frame = found.to_frame().set_index("term")
        assert (frame.loc[["chance alone", "net"], "status"] == reason).all()
        assert frame.loc["raw", "estimate"] == pytest.approx(periods["change"].mean())  # a mean needs no law
        assert np.isfinite(frame.loc["raw", ["lower", "upper"]].astype(float)).all()
        assert frame.loc[["chance alone", "net"], "estimate"].isna().all()
    late = days[days["day"] >= -28]
    assert regression_to_mean(periods, late, method="two-periods").status.startswith(
        "fewer than 10 patients recorded days -56 to -29"
    )
    undeclared = regression_to_mean(periods, late)
    assert "declare rules.entry_days" in undeclared.status
    assert undeclared.to_frame()["estimate"].notna().tolist() == [True, False, False]
    gone = regression_to_mean(periods.assign(change=np.nan), days, entry=22)
    assert gone.to_frame()["status"].str.startswith("fewer than two patients with a change").all()
    low = days.assign(headache=days["headache"] & (days["patient_id"] > 2))
    assert any(
        "below the entry rule" in note
        for note in regression_to_mean(periods, low, method="day-to-day", entry=20).notes
    )


def test_arguments() -> None:
    periods, days = _study(np.random.default_rng(5), 12)
    with pytest.raises(ArgumentError, match="largest_wave is not a standard deviation"):
        regression_to_mean(periods, days, entry=22, largest_wave=-1)
    with pytest.raises(ArgumentError, match="entry is not a number of days"):
        regression_to_mean(periods, days, entry=75)
    with pytest.raises(ArgumentError, match="by is not one of its options"):
        regression_to_mean(periods, days, entry=Entry(22, by="recall"))
    with pytest.raises(ArgumentError, match="days has no column"):
        regression_to_mean(periods, days.drop(columns="headache"))


@pytest.mark.parametrize("method", ["day-to-day", "two-periods"])
def test_months_of_thirty_days_are_the_same_change_in_another_unit(method) -> None:
    rng = np.random.default_rng(11)
    periods, days = _study(rng, 60)
    numbers = ["estimate", "lower", "upper"]
    entry = 0 if method == "day-to-day" else None
    month = regression_to_mean(periods, days, method=method, entry=entry, largest_wave=0).to_frame()[numbers]
    scaled = periods.assign(period="days 1-30", **(periods[["baseline", "change"]] * (30 / 28)))
    longer = regression_to_mean(scaled, days, method=method, entry=entry, largest_wave=0).to_frame()[numbers]
    # The expected change was off by baseline x 2 / 30 while days were counted per 28 for any month.
    np.testing.assert_allclose(longer.to_numpy(), month.to_numpy() * (30 / 28), rtol=1e-9)


def test_the_baseline_of_56_days_is_read_whole() -> None:
    rng = np.random.default_rng(12)
    _, days = _study(rng, 60, entry=0)
    base = 28 * days.groupby("patient_id")["headache"].mean()
    periods = pd.DataFrame({"patient_id": base.index, "period": "days 1-28", "period_number": 1})
    periods = periods.assign(baseline=base.to_numpy(), change=0.0)
    found = (
        regression_to_mean(periods, days, method="day-to-day", entry=Entry(0, window=56), largest_wave=0)
        .to_frame()
        .set_index("term")
    )
    # Nobody was chosen: the posterior means spread around the baselines with the same mean.
    assert abs(found.loc["chance alone", "estimate"]) < 0.1
    with pytest.raises(ArgumentError, match="min_days does not fit"):
        regression_to_mean(periods, days, entry=Entry(window=14, min_days=20))


def test_expectation_over_a_long_window_is_that_of_plain_quadrature() -> None:
    rng = np.random.default_rng(0)
    event = rng.random(90) < 0.8
    data = chain.sequences(np.zeros(90, np.intp), np.arange(90), event, 1)
    a, b = special.expit(0.9) * np.exp(1.2), special.expit(-0.9) * np.exp(1.2)
    r = special.expit(-1.0)

    def weight(theta: float) -> float:
        stays = np.where(event[:-1], theta + (1 - theta) * r, theta * (1 - r))
        chain = np.prod(np.where(event[1:], stays, 1 - stays)) * (theta if event[0] else 1 - theta)
        return float(chain * theta ** (a - 1) * (1 - theta) ** (b - 1))

    whole = integrate.quad(weight, 0, 1, epsabs=0, epsrel=1e-12)[0]
    mean = integrate.quad(lambda theta: theta * weight(theta), 0, 1, epsabs=0, epsrel=1e-12)[0] / whole
    found = law.likelihood_at(data, None, law.make_grid(selected=False), -1.0).at(np.log([a, b]))[2][0]
    assert found == pytest.approx(mean, rel=1e-9)
