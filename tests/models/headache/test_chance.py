"""Chance alone in a world that no estimator assumes: waves, titration, entry at the worst; and its page."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from outcomes.models.headache.regression_to_mean import CHANCE, FIXED, NET, RAW, regression_to_mean
from outcomes.models.stats.kernels.wandering_level import wandering
from shared import ROOT

BENCHMARKS = ROOT / "benchmarks"
METHODS = ROOT / "docs" / "methods"
#: Largest share of studies without an effect whose net change may lie below 0, and errors allowed.
NOMINAL, ERRORS = 0.05, 3.0


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import chance_world

    return chance_world


def test_titration_to_response_is_no_effect(world) -> None:
    rng, found = np.random.default_rng(2), []
    for _ in range(30):
        periods, days = world.study(rng, 150, world.World(22, 0.7, titrated=True))
        rows = regression_to_mean(periods, days).to_frame()
        found.append(rows[rows["period"] == "days 1-28"].set_index("term"))
    raw, net = (pd.DataFrame([one.loc[term] for one in found]) for term in (RAW, NET))
    assert (raw["upper"] < 0).mean() > 0.9  # who reads the raw change is wrong nearly always
    assert (net["upper"] < 0).mean() <= NOMINAL + ERRORS * np.sqrt(NOMINAL * (1 - NOMINAL) / 30)
    error = net["estimate"].std(ddof=1) / np.sqrt(30)
    assert abs(net["estimate"].mean()) < ERRORS * error
    assert found[0].index.tolist() == [RAW, FIXED, CHANCE, NET]
    assert found[0].loc[NET, "estimate"] == pytest.approx(
        found[0].loc[FIXED, "estimate"] - found[0].loc[CHANCE, "estimate"]
    )


def test_one_window_and_the_largest_wave_bound_a_wave_between(world) -> None:
    rng, kept = np.random.default_rng(3), []
    periods, _ = world.study(rng, 6000, world.World(22, 0.7))
    truth = periods.loc[periods["period_number"] == 1, "change"].mean()
    for _ in range(8):
        periods, days = world.study(rng, 150, world.World(22, 0.7, two_windows=False))
        rows = regression_to_mean(periods, days, entry=22).to_frame()
        kept.append(rows[rows["period"] == "days 1-28"].set_index("term").loc[CHANCE])
    kept = pd.DataFrame(kept)
    # Eight means of spread .3, and the large study's own error of .1.
    assert kept["estimate"].mean() == pytest.approx(truth, abs=0.45)
    assert ((kept["lower"] < truth) & (truth < kept["upper"])).sum() >= 7


def test_the_wave_moves_levels_as_its_own_paths_do() -> None:
    """The variance of a wave's window means, by simulation of the process."""
    rng, days = np.random.default_rng(4), 84
    kept = np.exp(-1 / 40)
    wave = np.empty((40_000, days))
    wave[:, 0] = rng.normal(0, 0.9, 40_000)
    for day in range(1, days):
        wave[:, day] = kept * wave[:, day - 1] + rng.normal(0, 0.9 * np.sqrt(1 - kept**2), 40_000)
    means = wave.reshape(-1, 3, 28).mean(axis=2)
    for lag, later in ((0, 1), (28, 2)):
        half = np.var(means[:, later] - means[:, 0]) / 2
        # 40,000 paths: error of a variance .7 %; a wave of days is not one of continuous time: 2 %.
        assert wandering(0.9, lag, 28) == pytest.approx(half, rel=0.04)


def share(texts: pd.Series) -> pd.Series:
    """Return the shares of "96% (2.0%)": the errors are in parentheses."""
    return texts.str.split("%").str[0].astype(float) / 100


def test_no_cell_of_the_calibration_takes_chance_for_an_effect() -> None:
    table = pd.read_csv(BENCHMARKS / "chance.csv", keep_default_na=False)
    below = share(table["net below 0"])
    covers = share(table.loc[table["covers"] != "", "covers"])
    studies = table["studies"]
    assert (below <= NOMINAL + ERRORS * np.sqrt(NOMINAL * (1 - NOMINAL) / studies)).all()
    assert (covers >= 0.9 - ERRORS * np.sqrt(0.09 / studies[covers.index])).all()


def test_the_negative_control_raises_no_false_alarm_of_a_fall() -> None:
    table = pd.read_csv(BENCHMARKS / "control.csv", keep_default_na=False)
    error = np.sqrt(NOMINAL * (1 - NOMINAL) / table["studies"])
    assert (share(table["fall"]) <= NOMINAL + ERRORS * error).all()
