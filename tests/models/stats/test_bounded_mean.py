"""Gaffke's limits of a bounded mean: against Clopper-Pearson, random weights, and worlds of known truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from outcomes.errors import ArgumentError
from outcomes.models.stats.intervals import bounded_mean, proportion
from outcomes.models.stats.kernels.dirichlet_mean import share_below

# The quantile is searched to 1e-10 of the range.
SEARCH = 1e-9


@pytest.mark.parametrize("n", [1, 5, 15, 39, 200])
def test_values_at_the_ends_of_the_range_have_the_limits_of_clopper_and_pearson(n: int) -> None:
    for k in sorted({0, 1, n // 3, n - 1, n}):
        found = bounded_mean(np.repeat([0.0, 1.0], [n - k, k]), low=0, high=1, null=0.3)
        lower, upper = proportion(k, n, method="clopper-pearson")
        assert (found.lower, found.upper) == pytest.approx((float(lower), float(upper)), abs=SEARCH)
        assert found.p_value == pytest.approx(_clopper_pearson_p(k, n, 0.3), abs=SEARCH)


def _clopper_pearson_p(k: int, n: int, p: float) -> float:
    return float(min(1.0, 2 * min(stats.binom.cdf(k, n, p), stats.binom.sf(k - 1, n, p))))


def test_the_share_is_that_of_means_with_uniform_random_weights() -> None:
    values = np.array([-20.0, -3, -1, 0, 0, 1.5, 28])
    weights = np.random.default_rng(3).dirichlet(np.ones(len(values)), 200_000)
    drawn = weights @ values
    for at in (-6.0, -1.0, 0.0, 4.0):
        assert share_below(values, at) == pytest.approx(
            (drawn <= at).mean(), abs=5e-3
        )  # 4 Monte Carlo errors


def test_limits_turn_with_the_values_and_follow_shift_and_scale() -> None:
    x = np.array([-4.0, 1, -9, 0, -2, -2.5])
    found = bounded_mean(x, low=-20, high=10, null=-1)
    turned = bounded_mean(-x, low=-10, high=20, null=1)
    moved = bounded_mean(1e6 + 1e-3 * x, low=1e6 - 0.02, high=1e6 + 0.01, null=1e6 - 1e-3)
    assert (-turned.upper, -turned.lower) == pytest.approx(found[:2], abs=SEARCH * 30)
    assert turned.p_value == pytest.approx(found.p_value, rel=1e-9)
    assert (moved.lower - 1e6) * 1e3 == pytest.approx(found.lower, abs=1e-5)  # 1e6 holds 1e-10 of a unit
    assert moved.p_value == pytest.approx(found.p_value, rel=1e-5)


def test_the_interval_leaves_out_zero_exactly_when_p_is_below_its_level() -> None:
    rng = np.random.default_rng(8)
    for _ in range(40):
        x = rng.choice([-12.0, -3, -1, 0, 2], 12)
        found = bounded_mean(x, low=-28, high=14)
        assert (found.p_value < 0.05) == (found.upper < 0 or found.lower > 0)


def test_what_is_no_bounded_sample_is_refused() -> None:
    with pytest.raises(ArgumentError, match="2 of 3 values lie outside the range"):
        bounded_mean([1.0, -1, 5], low=0, high=4)
    with pytest.raises(ArgumentError, match="not a range"):
        bounded_mean([1.0], low=2, high=2)
    with pytest.raises(ArgumentError, match="values has 1 missing"):
        bounded_mean([1.0, np.nan], low=0, high=4)
    assert np.isnan(bounded_mean([], low=0, high=1)).all()


def _world(name: str, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return baselines and changes of n patients: none of these worlds is one the method assumes."""
    if name == "constant":
        baseline = rng.integers(15, 29, n).astype(float)
        return baseline, np.clip(-4 + rng.normal(0, 3, n), -baseline, 28 - baseline)
    if name == "a tenth respond":
        return np.full(n, 26.0), np.where(rng.random(n) < 0.1, -20.0, 0.0) + rng.normal(0, 1, n).clip(-2, 2)
    values = 28.0 - np.where(rng.random(n) < 0.75, 0, rng.integers(1, 29, n))
    return np.full(n, 28.0), values - 28.0


TRUTH = {"constant": None, "a tenth respond": -2.0, "bounded": -0.25 * 14.5}


def coverage(world: str, n: int, samples: int, rng: np.random.Generator) -> tuple[float, float]:
    """Return how often Gaffke's and the t interval cover the mean change."""
    truth = TRUTH[world]
    truth = float(_world(world, 400_000, rng)[1].mean()) if truth is None else truth
    hits = np.zeros(2)
    for _ in range(samples):
        baseline, x = _world(world, n, rng)
        own = bounded_mean(x, low=-baseline.max(), high=28 - baseline.min())
        half = stats.t.ppf(0.975, n - 1) * stats.sem(x)
        hits += [own.lower <= truth <= own.upper, abs(x.mean() - truth) <= half]
    own_share, t_share = hits / samples
    return float(own_share), float(t_share)


def test_a_tenth_of_strong_responders_is_covered_where_the_t_interval_fails() -> None:
    own, t = coverage("a tenth respond", 15, 150, np.random.default_rng(15))
    assert own >= 0.95
    assert t < 0.90


@pytest.mark.long
@pytest.mark.parametrize("world", list(TRUTH))
@pytest.mark.parametrize("n", [10, 15, 25, 40])
def test_coverage_in_worlds_of_known_truth(world: str, n: int) -> None:
    samples = 1000
    own, _ = coverage(world, n, samples, np.random.default_rng(n))
    assert own >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / samples)
