"""The placebo benchmark: pooling against REML with Hartung-Knapp, and what is not given with few arms."""

from __future__ import annotations

import numpy as np
import pytest

from outcomes.errors import ArgumentError
from outcomes.models.headache.placebo import placebo_arms, placebo_benchmark, pooled
from shared import SHARED, shared

# The reference gives two decimals; Paule-Mandel is not REML: over these sets they differ by up to .03.
ATOL_MEAN, ATOL_TAU = 0.006, 0.08


@pytest.mark.reference
def test_the_pooled_mean_is_that_of_reml_with_hartung_and_knapp() -> None:
    import json

    sets = json.loads(shared("facts", "b_meta.json").read_text(encoding="utf-8"))
    assert SHARED.exists()
    for one in sets:
        change, std_error = (np.array([row[i] for row in one["inputs"]]) for i in (1, 2))
        mean, _, tau2 = pooled(change, std_error)
        assert mean == pytest.approx(one["REML"]["mean"], abs=ATOL_MEAN)
        assert np.sqrt(tau2) == pytest.approx(one["REML"]["tau"], abs=ATOL_TAU)


@pytest.mark.reference
def test_every_arm_stands_among_those_that_were_read() -> None:
    import pandas as pd

    known = pd.read_csv(shared("facts", "a_placebo_arms.csv"))
    known = known.assign(trial=known["trial"].str.replace(">=2 failures", "2 or more failures"))
    assert len(placebo_arms()) > 2
    for arm in placebo_arms().itertuples():
        rows = known[(known["trial"] == arm.trial) & (known["change"].sub(arm.change).abs() < 1e-9)]
        assert len(rows) >= 1, arm.trial


def test_the_prediction_interval_is_higgins_formula() -> None:
    from scipy import stats

    found = placebo_benchmark(40, endpoint="migraine_days", population="refractory").to_frame()
    arms = found.iloc[:4]
    mean, se, tau2 = pooled(arms["estimate"].to_numpy(), arms["std_error"].to_numpy())
    spread = (arms["std_error"] * arms["n"].astype("float64") ** 0.5).mean()
    half = stats.t.ppf(0.975, 2) * np.sqrt(tau2 + se**2 + spread**2 / 40)
    arm = found.set_index("term").loc["an arm of this size"]
    assert arm["lower"] == pytest.approx(mean - half)
    assert arm["upper"] == pytest.approx(mean + half)
    assert set(found["N"]) == {4}


def test_smaller_clinics_have_wider_intervals_and_the_mean_stays() -> None:
    small, large = (
        placebo_benchmark(n, endpoint="migraine_days", population="chronic").to_frame().set_index("term")
        for n in (10, 400)
    )
    arm = "an arm of this size"
    assert (
        small.loc[arm, "upper"] - small.loc[arm, "lower"] > large.loc[arm, "upper"] - large.loc[arm, "lower"]
    )
    assert small.loc["mean of the arms", "lower"] == large.loc["mean of the arms", "lower"]


def test_few_arms_have_no_interval_and_say_why() -> None:
    found = placebo_benchmark(40)
    assert found.status == "3 placebo arms: no prediction interval below 4"
    assert found.to_frame().tail(2)["estimate"].isna().all()
    assert placebo_benchmark(40, population="refractory").status.startswith(
        "no placebo arm with this endpoint"
    )


def test_arguments() -> None:
    for wrong in ({"n": 0}, {"n": 40, "endpoint": "days"}, {"n": 40, "population": "all"}):
        with pytest.raises(ArgumentError):
            placebo_benchmark(**wrong)
