"""The harder world: each disturbance does what it says, and without them nothing changes."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from outcomes.errors import ArgumentError
from outcomes.simulate import (
    Calendar,
    Compliance,
    Drift,
    Dropout,
    Infusions,
    Retreatment,
    Titration,
    Waves,
    population_truth,
    scenario_parameters,
    simulate_tables,
)
from outcomes.simulate.streams import stream
from outcomes.simulate.waves import draw_waves, shifted

TREATED = scenario_parameters("treated")
MONTE_CARLO = 4  # standard errors
#: SHA-256 of the tables as CSV, and of three frames of the truth, before the disturbances existed.
BEFORE = {
    "9a1e8383cb0fe2ec": {"patients": 40, "seed": 3},
    "1709646eec937478": {"patients": 30, "seed": 7, "scenario": "null"},
    "59a41565ac74fbb2": {"patients": 30, "seed": 5, "arms": ("a", "b"), "months": 3},
}


@pytest.mark.parametrize("digest", BEFORE)
def test_without_disturbances_a_seed_gives_the_same_bytes_as_before(digest: str) -> None:
    tables, truth = simulate_tables(**BEFORE[digest])
    sha = hashlib.sha256()
    for frame in tables.values():
        # the contract has grown by three columns since, which the simulator leaves empty
        kept = frame.drop(columns=["onset_from", "data_until", "substance"], errors="ignore")
        sha.update(kept.to_csv(index=False).encode())
    for name in ("patients", "periods", "mean_change"):
        sha.update(truth.frame(name).to_csv(index=False, float_format="%.10g").encode())
    assert sha.hexdigest().startswith(digest)


def test_a_wave_has_the_moments_of_an_ornstein_uhlenbeck_process() -> None:
    patients, days = 4000, 90
    law = Waves(sd=0.7, days=40)
    wave = draw_waves(law, patients, days, stream(1, "test"))
    assert wave.std(axis=0) == pytest.approx(0.7, abs=MONTE_CARLO * 0.7 / np.sqrt(2 * patients))
    for lag in (1, 14, 40):
        seen = np.corrcoef(wave[:, 20], wave[:, 20 + lag])[0, 1]
        assert seen == pytest.approx(np.exp(-lag / 40), abs=MONTE_CARLO / np.sqrt(patients))
    later = draw_waves(law, patients, 5, stream(2, "test"), before=wave[:, -1])
    error = MONTE_CARLO / np.sqrt(patients)
    assert np.corrcoef(wave[:, -1], later[:, 0])[0, 1] == pytest.approx(np.exp(-1 / 40), abs=error)


def test_days_in_waves_have_the_mean_of_the_integral_over_the_wave() -> None:
    law = replace(scenario_parameters("untreated"), waves=Waves(0.7))
    found = population_truth(law, months=1, drug={"": True}, patients=6000).set_index("strategy")
    p = np.random.default_rng(0).beta(law.headache.baseline.a, law.headache.baseline.b, 200_000)
    node, weight = np.polynomial.hermite_e.hermegauss(30)
    level = shifted(p, np.broadcast_to(0.7 * node, (len(p), len(node)))) @ (weight / weight.sum())
    row = found.loc["chance alone"]
    assert row["change"] == pytest.approx(0, abs=MONTE_CARLO * row["std_error"])
    _, truth = simulate_tables(3000, seed=4, months=1, parameters=law)
    days = truth.headache[:, :28].sum(axis=1)
    error = MONTE_CARLO * days.std() / np.sqrt(len(days))
    assert days.mean() == pytest.approx(28 * level.mean(), abs=error)


@pytest.mark.parametrize("rule", ["planned", "random", "relapse", "worsening"])
def test_treatment_again_leaves_the_hypothetical_truth_as_it_is(rule: str) -> None:
    law = replace(TREATED, retreatment=Retreatment(rule, share=0.5))
    _, truth = simulate_tables(20, seed=1, parameters=law)
    found = population_truth(law, months=6, drug={"": True}, patients=5000)
    alone = found[found["strategy"] == "hypothetical"]
    closed = truth.mean_change["change"].to_numpy()
    assert (abs(alone["change"].to_numpy() - closed) < MONTE_CARLO * alone["std_error"]).all()


def test_who_is_treated_at_worsening_has_come_back_to_70_percent_of_the_baseline() -> None:
    law = replace(TREATED, retreatment=Retreatment("worsening", share=1.0))
    _, truth = simulate_tables(200, seed=3, parameters=law)
    patients = truth.patients
    base = truth.headache[:, :28].mean(axis=1)
    again = patients["second_course_day"].to_numpy()
    earliest = patients["course_days"].to_numpy() + 28
    for row in np.flatnonzero(~np.isnan(again)):
        column = 28 + int(again[row])
        assert truth.headache[row, column - 14 : column].mean() >= 0.7 * base[row]
        for day in range(int(earliest[row]), int(again[row])):  # on no day before
            assert truth.headache[row, 28 + day - 14 : 28 + day].mean() < 0.7 * base[row]
    assert (again[~np.isnan(again)] >= earliest[~np.isnan(again)]).all()
    # those who are left in the last period are the ones who did not need another course
    last = truth.estimands.set_index(["strategy", "period_number"])["change"]
    assert last["while untreated", 6] < last["hypothetical", 6] - 5


def test_treatment_at_random_takes_the_share_that_it_says() -> None:
    law = replace(TREATED, retreatment=Retreatment("random", share=0.3))
    _, truth = simulate_tables(2000, seed=3, parameters=law)
    after = truth.patients["second_course_day"] - truth.patients["course_days"] - 28
    share = (after < 28).mean()
    assert share == pytest.approx(0.3, abs=MONTE_CARLO * np.sqrt(0.3 * 0.7 / 2000))


def test_titration_ends_on_the_first_free_day() -> None:
    law = replace(
        scenario_parameters("null"),
        drift=Drift(),
        titration=Titration(9),
        infusions=Infusions(styles={"inpatient": 1.0}),
    )
    _, truth = simulate_tables(300, seed=1, parameters=law)
    last = truth.patients["course_days"].to_numpy() - 1
    during = truth.headache[:, 28:]
    for row, day in enumerate(last):
        assert during[row, 1:day].all()
        assert day == 9 or not during[row, day]
    assert (last < 9).any()


def test_weekends_have_the_stated_odds() -> None:
    law = replace(scenario_parameters("untreated"), calendar=Calendar(weekend=np.log(2)))
    _, truth = simulate_tables(1500, seed=1, months=1, parameters=law)
    days = truth.days()
    weekend = days["date"].dt.day_of_week >= 5
    patients = truth.patients.set_index("patient_id")["p_baseline"]
    expected = shifted(patients.to_numpy(), np.full((len(patients), 1), np.log(2))).mean()
    by_patient = days[weekend].groupby("patient_id")["headache"].mean()
    error = MONTE_CARLO * (by_patient - patients).std() / np.sqrt(len(patients))
    assert by_patient.mean() == pytest.approx(expected, abs=error)


def test_recording_changes_with_treatment_where_it_is_told_to() -> None:
    plain = Compliance(free_odds_ratio=1.0, weekend_odds_ratio=1.0, start=0.8, end=0.8, patient_sd=0.01)
    told = replace(plain, free_odds_ratio_after=0.3)
    law = replace(scenario_parameters("untreated"), compliance=told, dropout=Dropout(0.0))
    _, truth = simulate_tables(800, seed=1, months=2, parameters=law)
    days = truth.days()
    share = days[days["day"] > 20].groupby("headache")["recorded"].mean()
    odds = share / (1 - share)
    assert odds[False] / odds[True] == pytest.approx(0.3, rel=0.1)
    before = days[(days["day"] < 0) & (days["day"] >= -4)].groupby("headache")["recorded"].mean()
    assert before[False] == pytest.approx(before[True], abs=0.04)


def test_dropout_by_the_days_that_nobody_wrote_down_takes_the_worse() -> None:
    law = replace(TREATED, dropout=Dropout(0.4, current_log_odds_per_day=0.2))
    _, truth = simulate_tables(1500, seed=2, months=2, parameters=law)
    stopped = truth.patients["stop_day"].to_numpy()
    first = truth.patients["course_days"].to_numpy()
    in_second = (stopped >= first + 28) & (stopped < first + 56)
    rows = np.arange(len(first))[:, None]
    second = truth.headache[rows, 28 + first[:, None] + 28 + np.arange(28)].sum(axis=1)
    stayed = stopped >= first + 56
    assert second[in_second].mean() > second[stayed].mean() + 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: Waves(-1),
        lambda: Waves(0.7, 0),
        lambda: Waves(float("nan")),
        lambda: Calendar(worst_day=0),
        lambda: Retreatment("sometimes"),
        lambda: Retreatment("random", 2),
        lambda: Retreatment("random", not_before=3),
        lambda: Titration(0),
        lambda: Compliance(free_odds_ratio_after=0),
        lambda: Dropout(0.1, current_log_odds_per_day=float("inf")),
    ],
)
def test_a_law_that_cannot_be_is_refused(make) -> None:
    with pytest.raises(ArgumentError):
        make()
