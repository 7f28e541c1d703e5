"""Betting sequences of bounded means: against products multiplied out, and at all looks of known truth."""

from __future__ import annotations

import numpy as np
import pytest

from outcomes.errors import ArgumentError
from outcomes.models.stats.kernels.betting import STAKES
from outcomes.models.stats.sequential import bounded_mean_sequence, mean_sequence

# A limit is halved 32 times from a range of 56.
SEARCH = 1e-7
LOOKS = np.minimum(np.arange(1, 27), 20)  # 26 weekly looks while the first 20 patients come in
LATER = 3 * np.arange(1, 27)  # three patients a week


def capital(z: np.ndarray, m: float) -> float:
    """Return the capital against m, factor by factor."""
    return float(np.mean([np.prod([1 + c * (x / m - 1) for x in z]) for c in STAKES]))


def test_at_the_lower_limit_the_capital_is_two_over_alpha() -> None:
    x = np.random.default_rng(2).choice([-20.0, -2, 0, 1], 30, p=[0.3, 0.3, 0.3, 0.1])
    row = bounded_mean_sequence(x, [30], level=0.9).to_frame().iloc[0]
    z = (x + 28) / 56
    assert capital(z, (row["lower"] + 28) / 56) == pytest.approx(20, rel=1e-6)
    assert capital(1 - z, 1 - (row["upper"] + 28) / 56) == pytest.approx(20, rel=1e-6)


def test_the_order_within_a_look_is_of_no_matter_and_limits_follow_the_unit() -> None:
    rng = np.random.default_rng(5)
    x = rng.integers(-15, 4, 40).astype(float)
    found = bounded_mean_sequence(x, [10, 40]).to_frame()
    turned = bounded_mean_sequence(np.r_[x[:10][::-1], x[10:][::-1]], [10, 40]).to_frame()
    hours = bounded_mean_sequence(100 - 24 * x, [10, 40], low=100 - 24 * 28, high=100 + 24 * 28).to_frame()
    np.testing.assert_allclose(turned[["lower", "upper"]], found[["lower", "upper"]], atol=SEARCH)
    np.testing.assert_allclose((100 - hours["upper"]) / 24, found["lower"], atol=SEARCH)
    assert found["N"].tolist() == [10, 40]
    assert found["sd"].iloc[1] == pytest.approx(x.std(ddof=1), rel=1e-12)


def test_limits_from_sums_contain_those_of_the_values_and_stay_in_the_range() -> None:
    rng = np.random.default_rng(6)
    for _ in range(20):
        x = np.where(rng.random(60) < 0.2, -25.0, rng.integers(-3, 4, 60))
        at = np.array([1, 5, 20, 60])
        own = bounded_mean_sequence(x, at).to_frame()
        sums = mean_sequence(x.cumsum()[at - 1], (x**2).cumsum()[at - 1], at).to_frame()
        assert (sums["lower"] <= own["lower"] + SEARCH).all()
        assert (sums["upper"] >= own["upper"] - SEARCH).all()
        assert own[["lower", "upper"]].abs().max(axis=None) <= 28
        assert sums[["lower", "upper"]].abs().max(axis=None) <= 28


def _responders(n: int, rng: np.random.Generator) -> np.ndarray:
    return np.where(rng.random(n) < 0.1, -20.0, 0.0) + rng.integers(-2, 3, n)


def _covered(looks: np.ndarray, samples: int) -> np.ndarray:
    """Return the share of samples in which all looks cover: sequence of the values, and of the sums."""
    rng, truth, hits = np.random.default_rng(7), -2.0, np.zeros(2)
    for _ in range(samples):
        x = _responders(looks[-1], rng)
        own = bounded_mean_sequence(x, looks).to_frame()
        sums = mean_sequence(x.cumsum()[looks - 1], (x**2).cumsum()[looks - 1], looks).to_frame()
        hits += [((f["lower"] <= truth) & (truth <= f["upper"])).all() for f in (own, sums)]
    return hits / samples


def test_26_weekly_looks_cover_when_a_tenth_of_20_patients_respond_strongly() -> None:
    assert (_covered(LOOKS, 25) >= 0.95).all()


@pytest.mark.long
@pytest.mark.parametrize("looks", [LOOKS, LATER], ids=["20 patients", "three a week"])
def test_all_looks_together_cover_when_a_tenth_respond_strongly(looks: np.ndarray) -> None:
    assert (_covered(looks, 300) >= 0.95).all()


def test_the_sequence_that_grows_exact_with_n_fails_there() -> None:
    """Why the bounded one is the default: 26 looks from 20 patients on."""
    rng = np.random.default_rng(8)
    looks, samples, hits = 20 + np.arange(26), 100, 0
    for _ in range(samples):
        x = _responders(looks[-1], rng)
        found = mean_sequence(
            x.cumsum()[looks - 1], (x**2).cumsum()[looks - 1], looks, bounds=None
        ).to_frame()
        hits += int(((found["lower"] <= -2) & (found["upper"] >= -2)).all())
    assert hits / samples < 0.9


def test_what_no_value_in_the_range_can_give_is_refused() -> None:
    with pytest.raises(ArgumentError, match="1 of 2 values lie outside the range"):
        bounded_mean_sequence([1.0, 40.0], [2])
    with pytest.raises(ArgumentError, match="more values than there are"):
        bounded_mean_sequence([1.0, 4.0], [3])
    with pytest.raises(ArgumentError, match="seen falls"):
        bounded_mean_sequence([1.0, 4.0], [2, 1])
    with pytest.raises(ArgumentError, match="not of values within the bounds"):
        mean_sequence([100.0], [10_000.0], [2])
    with pytest.raises(ArgumentError, match="not of values within the bounds"):
        mean_sequence([0.0], [2_000.0], [2])
    assert bounded_mean_sequence([], [0, 0])["status"].tolist() == ["nothing seen yet"] * 2
