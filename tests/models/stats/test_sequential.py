"""Confidence sequences: by their definition, and by 2,000 simulated studies with 200 looks each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import beta, binom, gamma, nct, norm, poisson
from scipy.stats import t as student

from outcomes.errors import ArgumentError, DataError
from outcomes.models.stats.intervals import proportion, rate
from outcomes.models.stats.sequential import (
    bounded_mean_sequence,
    cumulative_looks,
    mean_limits,
    mean_sequence,
    proportion_limits,
    proportion_sequence,
    rate_limits,
    rate_sequence,
    signal,
    tuning,
)

RUNS, LOOKS = 2000, 200
DEFINED = 1e-8  # quadrature of the mixture against its closed form


@pytest.mark.parametrize(
    ("x", "n", "prior"), [(2, 10, (0.5, 0.5)), (5, 400, (1.0, 20.0)), (40, 50, (2.0, 2.0))]
)
def test_the_mixture_likelihood_ratio_at_the_limits_is_one_over_alpha(x, n, prior) -> None:
    for limit in proportion_limits(x, n, level=0.9, prior=prior):
        mixed = quad(lambda p: binom.pmf(x, n, p) * beta.pdf(p, *prior), 0, 1, epsabs=0, epsrel=1e-11)[0]
        assert mixed / binom.pmf(x, n, float(limit)) == pytest.approx(10, rel=DEFINED)


@pytest.mark.parametrize(("x", "t", "guess"), [(3, 100.0, 0.05), (0, 10.0, 0.1), (200, 40.0, 2.0)])
def test_the_mixture_of_poisson_rates_at_the_limits_is_one_over_alpha(x, t, guess) -> None:
    lower, upper = rate_limits(x, t, guess=guess, shape=1.5, level=0.9)
    for limit in (lower, upper) if x else (upper,):
        mixed = quad(
            lambda r: poisson.pmf(x, r * t) * gamma.pdf(r, 1.5, scale=guess / 1.5),
            0,
            max(3 * x / t, 20 * guess),
            epsabs=0,
            epsrel=1e-11,
            points=[max(x, 1) / t],
        )[0]
        assert mixed / poisson.pmf(x, float(limit) * t) == pytest.approx(10, rel=1e-6)


def test_edges_of_the_limits() -> None:
    lower, upper = proportion_limits([0, 0, 7], [0, 7, 7])
    assert lower[:2].tolist() == [0, 0]
    assert upper[[0, 2]].tolist() == [1, 1]
    assert 0 < lower[2] < upper[1] + 1
    lower, upper = rate_limits([0, 0], [0.0, 5.0], guess=1)
    assert lower.tolist() == [0, 0]
    assert np.isinf(upper[0])
    assert np.isfinite(upper[1])
    lower, upper = mean_limits([-4.0, np.nan], [6.0, np.nan], [19, 0])
    assert np.isinf(lower).all()
    assert np.isinf(upper).all()


def once(limits, x: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the limits of every run and look; equal counts at a look are solved once."""
    pairs, back = np.unique(np.stack([x.ravel(), n.ravel()]), axis=1, return_inverse=True)
    lower, upper = limits(pairs[0], pairs[1])
    return lower[back].reshape(x.shape), upper[back].reshape(x.shape)


@pytest.mark.parametrize("truth", [0.01, 0.125, 0.5])
def test_a_proportion_is_covered_at_all_looks_together(truth: float) -> None:
    rng = np.random.default_rng(int(1000 * truth))
    x = np.cumsum(rng.binomial(3, truth, (RUNS, LOOKS)), axis=1)
    n = np.broadcast_to(3 * np.arange(1, LOOKS + 1), x.shape)
    lower, upper = once(proportion_limits, x, n)
    assert ((lower <= truth) & (truth <= upper)).all(axis=1).mean() >= 0.95
    fixed_lower, fixed_upper = proportion(x, n, method="wilson")
    # What the sequence is for: the interval for one look, read at every look, covers far less.
    assert ((fixed_lower <= truth) & (truth <= fixed_upper)).all(axis=1).mean() < 0.85


@pytest.mark.parametrize(("truth", "guess"), [(0.02, 0.02), (0.5, 0.1), (3.0, 30.0)])
def test_a_rate_is_covered_at_all_looks_together_whatever_was_guessed(truth: float, guess: float) -> None:
    rng = np.random.default_rng(int(100 * truth))
    step = np.broadcast_to(rng.uniform(0.5, 4, LOOKS), (RUNS, LOOKS))
    x, t = np.cumsum(rng.poisson(truth * step), axis=1), np.cumsum(step, axis=1)
    lower, upper = once(lambda events, time: rate_limits(events, time, guess=guess), x, t)
    assert ((lower <= truth) & (truth <= upper)).all(axis=1).mean() >= 0.95
    fixed = rate(x, t)
    assert ((fixed[0] <= truth) & (truth <= fixed[1])).all(axis=1).mean() < 0.90


def headache_change(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Skewed changes as in headache diaries: most patients little, some all the way."""
    baseline = 28 * rng.beta(4.1, 0.5, size)
    return (
        28 * np.where(rng.random(size) < 0.6, rng.beta(4.1, 0.5, size), rng.beta(1.1, 0.7, size)) - baseline
    )


def test_a_mean_change_is_covered_at_all_looks_together() -> None:
    rng = np.random.default_rng(9)
    per_look = 2
    truth = headache_change(np.random.default_rng(1), (2000, 2000)).mean()
    values = headache_change(rng, (RUNS, LOOKS * per_look))
    n = np.arange(per_look, LOOKS * per_look + 1, per_look)
    total = values.cumsum(axis=1)[:, n - 1]
    squares = (values**2).cumsum(axis=1)[:, n - 1]
    mean = total / n
    sd = np.sqrt((squares - n * mean**2) / (n - 1))
    lower, upper = mean_limits(mean, sd, n)
    assert ((lower <= truth) & (truth <= upper)).all(axis=1).mean() >= 0.95
    fixed = np.abs(mean - truth)[:, n >= 20] <= 1.96 * (sd / np.sqrt(n))[:, n >= 20]
    assert fixed.all(axis=1).mean() < 0.85


def test_a_signal_at_the_reference_is_false_at_most_that_often_and_a_true_one_is_found() -> None:
    rng = np.random.default_rng(4)
    reference = 0.125
    n = 5 * np.arange(1, 101)
    for truth, allowed in ((reference, (0, 0.05)), (0.25, (0.99, 1))):
        x = np.cumsum(rng.binomial(5, truth, (RUNS, 100)), axis=1)
        lower, _ = once(proportion_limits, x, np.broadcast_to(n, x.shape))
        share = (lower > reference).any(axis=1).mean()
        assert allowed[0] <= share <= allowed[1]


def test_sequences_never_widen_and_carry_both_intervals() -> None:
    x, n = np.array([0, 1, 1, 4, 9]), np.array([0, 8, 20, 31, 60])
    result = proportion_sequence(x, n)
    frame = result.to_frame()
    assert (np.diff(frame["lower"]) >= 0).all()
    assert (np.diff(frame["upper"]) <= 0).all()
    assert frame["status"].tolist() == ["nothing seen yet"] + ["ok"] * 4
    np.testing.assert_allclose(frame["lower_single"][1:], proportion(x, n)[0][1:])
    assert (frame["lower"][1:] <= frame["lower_single"][1:]).all()
    rates = rate_sequence([0, 2, 5], [0.0, 10.0, 20.0], guess=0.1, per=100).to_frame()
    assert rates["estimate"].iloc[1] == 20
    assert np.isinf(rates["upper"].iloc[0])


def test_a_sequence_that_contradicts_itself_says_so() -> None:
    frame = proportion_sequence([0, 0, 400], [200, 400, 800]).to_frame()
    assert frame["status"].iloc[-1] == "empty: the looks contradict each other"


def test_mean_sequence_is_its_formula() -> None:
    values = np.random.default_rng(2).normal(-4, 6, 60)
    at = np.array([10, 30, 60])
    frame = mean_sequence(
        values.cumsum()[at - 1], (values**2).cumsum()[at - 1], at, level=0.9, bounds=None
    ).to_frame()
    assert frame["status"].tolist() == ["fewer than 20 values", "ok", "ok"]
    assert frame["sd"].iloc[2] == pytest.approx(values.std(ddof=1))
    # The mixture over standardised effects, integrated: noncentral t over central t.
    n, g = 30, tuning(50, 0.9) ** 2
    t = (values[:n].mean() - frame["upper"].iloc[1]) / (values[:n].std(ddof=1) / np.sqrt(n))
    mixed = quad(
        lambda d: nct.pdf(t, n - 1, np.sqrt(n) * d) * norm.pdf(d, 0, np.sqrt(g)), -4, 4, epsrel=1e-10
    )
    assert mixed[0] / student.pdf(t, n - 1) == pytest.approx(10, rel=1e-6)


def test_the_mean_sequence_becomes_the_asymptotic_one() -> None:
    n, rho = 10**6, tuning(50, 0.95)
    half = np.sqrt(2 * (n * rho**2 + 1) / (n**2 * rho**2) * np.log(np.sqrt(n * rho**2 + 1) / 0.05))
    assert mean_limits(0.0, 1.0, n)[1] == pytest.approx(half, rel=1e-4)


def test_signal_names_the_first_look_and_stays_raised() -> None:
    looks = proportion_sequence([1, 6, 14, 14], [20, 40, 60, 200])
    raised = signal(looks, reference=0.05)
    assert raised["signal"].tolist() == [False, False, True, True]
    assert raised.meta["first_signal"] == 3
    assert raised.notes[-1] == "signal at look 3: reference 0.05"
    assert signal(looks, reference=0.9).meta["first_signal"] is None


def test_looks_are_counted_from_dated_rows() -> None:
    data = pd.DataFrame(
        {
            "on": pd.to_datetime(["2026-01-20", "2026-01-01", "2026-01-08"]),
            "y": [1, 0, 1],
            "hours": [3.0, 1.0, 2.0],
        }
    )
    looks = cumulative_looks(data, time="on", value="y", exposure="hours")
    assert looks["N"].tolist() == [1, 2, 2, 3]
    assert looks["total"].tolist() == [0, 1, 1, 2]
    assert looks["exposure"].tolist() == [1, 3, 3, 6]
    assert cumulative_looks(data.iloc[:0], time="on", value="y").empty


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: proportion_sequence([3, 2], [5, 6]), ArgumentError, "x falls from one look to the next"),
        (lambda: proportion_sequence([3, 7], [5, 6]), ArgumentError, "x is above n in 1 places"),
        (lambda: proportion_limits(1, 2, prior=(0, 1)), ArgumentError, "prior is not two numbers above 0"),
        (lambda: rate_sequence([1], [2.0], guess=0), ArgumentError, "guess and shape are not above 0"),
        (lambda: rate_sequence([1], [0.0], guess=1), ArgumentError, "exposure is 0 where there are events"),
        (lambda: rate_sequence([1, 2], [2.0, 1.0], guess=1), ArgumentError, "exposure falls from one look"),
        (
            lambda: signal(proportion_sequence([1], [2]), reference=float("nan")),
            ArgumentError,
            "reference is not",
        ),
        (
            lambda: cumulative_looks(
                pd.DataFrame({"on": pd.to_datetime(["2026-01-01", None]), "y": [1, 0]}), time="on", value="y"
            ),
            DataError,
            "1 row has no on. got: row 2",
        ),
        (
            lambda: cumulative_looks(
                pd.DataFrame({"on": pd.to_datetime(["2026-01-01"]), "y": [1]}),
                time="on",
                value="y",
                every="x",
            ),
            ArgumentError,
            "every is not a duration",
        ),
    ],
)
def test_what_cannot_be_a_sequence_is_refused(call, error, message) -> None:
    with pytest.raises(error, match=message):
        call()


def test_a_single_look_has_no_limits_of_few_values_or_beyond_what_can_be():
    """Changes of days per 28: the t interval of two patients ran from -53 to 43."""
    values = np.array([-5.0, -9.0, -28.0, -28.0, -28.0, -28.0, 20.0, *([-5.0] * 30)])
    at = np.array([2, 4, 5, 6, 37])
    sums = values.cumsum()[at - 1], (values**2).cumsum()[at - 1]
    for frame in (
        mean_sequence(*sums, at).to_frame(),
        bounded_mean_sequence(values, at, low=-28, high=28).to_frame(),
    ):
        single = frame[["lower_single", "upper_single"]]
        assert single[:2].isna().all(axis=None)
        assert single[4:].notna().all(axis=None)
        given = single.dropna()
        assert given["lower_single"].ge(-28).all()
        assert given["upper_single"].le(28).all()
    wide = mean_sequence(*sums, at, bounds=None).to_frame()
    assert wide["lower_single"].notna().tolist() == [False, False, True, True, True]
    assert wide["lower_single"][2] < -28
