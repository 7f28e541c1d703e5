"""Every interval against R's numbers, and what no reference file can hold: edges, shapes, bad arguments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln
from scipy.stats.contingency import odds_ratio as scipy_odds_ratio

from outcomes.errors import ArgumentError
from outcomes.models.stats.intervals import (
    difference,
    mcnemar,
    odds_ratio,
    proportion,
    rate,
    rate_ratio,
    ratio,
)
from shared import reference

CLOSED = 1e-12  # closed forms: what double precision leaves
SOLVED = 1e-9  # roots: the reference files were themselves solved to about 1e-10
# R's fisher.test stops uniroot at .Machine$double.eps^0.25, in psi below 1 and in 1/psi above.
R_FISHER = np.finfo(float).eps ** 0.25

ONE_PROPORTION = {
    "clopper-pearson": ("clopper_pearson", CLOSED),
    "wilson": ("wilson", CLOSED),
    "wilson-cc": ("wilson_cc", CLOSED),
    "jeffreys": ("jeffreys", CLOSED),
    "mid-p": ("mid_p", SOLVED),
}
ONE_RATE = {"garwood": ("garwood", CLOSED), "mid-p": ("mid_p", SOLVED), "score": ("rao_score", CLOSED)}
TWO_PROPORTIONS = [
    (difference, "newcombe", "newcombe", CLOSED),
    (difference, "newcombe-cc", "newcombe_cc", CLOSED),
    (difference, "mee", "mee_rd", SOLVED),
    (difference, "miettinen-nurminen", "miettinen_nurminen_rd", SOLVED),
    (ratio, "koopman", "koopman_rr", SOLVED),
    (ratio, "miettinen-nurminen", "miettinen_nurminen_rr", SOLVED),
    (odds_ratio, "miettinen-nurminen", "mn_or", SOLVED),
    (odds_ratio, "score", "score_or_uncorrected", SOLVED),
]


def numbers(limits: list[object]) -> np.ndarray:
    return np.array([float(limit) for limit in limits])  # type: ignore[arg-type]


def close(got: tuple[np.ndarray, np.ndarray], expected: np.ndarray, tolerance: float, case: object) -> None:
    np.testing.assert_allclose(np.array(got), expected, rtol=tolerance, atol=tolerance, err_msg=str(case))


@pytest.mark.reference
@pytest.mark.parametrize("method", ONE_PROPORTION)
def test_one_proportion_is_that_of_r(method: str) -> None:
    field, tolerance = ONE_PROPORTION[method]
    for case in reference("intervals", "one_proportion.json")["cases"]:
        got = proportion(case["x"], case["n"], method=method, level=case["conf_level"])
        close(got, numbers(case[field]), tolerance, case)


@pytest.mark.reference
def test_agresti_coull_is_that_of_r_cut_at_0_and_1() -> None:
    for case in reference("intervals", "one_proportion.json")["cases"]:
        got = proportion(case["x"], case["n"], method="agresti-coull", level=case["conf_level"])
        close(got, np.clip(numbers(case["agresti_coull_unclipped"]), 0, 1), CLOSED, case)


@pytest.mark.reference
@pytest.mark.parametrize("method", ONE_RATE)
def test_one_rate_is_that_of_r(method: str) -> None:
    field, tolerance = ONE_RATE[method]
    for case in reference("intervals", "one_rate.json")["cases"]:
        got = rate(case["x"], case["exposure"], method=method, level=case["conf_level"])
        close(got, numbers(case[field]), tolerance, case)


@pytest.mark.reference
@pytest.mark.parametrize(("method", "field"), [("exact", "exact_conditional"), ("mid-p", "mid_p_ci")])
def test_rate_ratio_is_that_of_r(method: str, field: str) -> None:
    for case in reference("intervals", "rate_ratio.json")["cases"]:
        got = rate_ratio(
            case["x1"], case["t1"], case["x2"], case["t2"], method=method, level=case["conf_level"]
        )
        close(got, numbers(case[field]), SOLVED, case)


@pytest.mark.reference
@pytest.mark.parametrize(("function", "method", "field", "tolerance"), TWO_PROPORTIONS)
def test_two_proportions_are_those_of_r(function, method: str, field: str, tolerance: float) -> None:
    for case in reference("intervals", "two_proportions.json")["cases"]:
        got = function(
            case["x1"], case["n1"], case["x2"], case["n2"], method=method, level=case["conf_level"]
        )
        close(got, numbers(case[field]), tolerance, case)


@pytest.mark.reference
def test_exact_odds_ratio_is_scipys_and_that_of_r_as_far_as_r_solves_it() -> None:
    for case in reference("intervals", "two_proportions.json")["cases"]:
        x1, n1, x2, n2 = (case[name] for name in ("x1", "n1", "x2", "n2"))
        got = np.array(odds_ratio(x1, n1, x2, n2, method="exact", level=case["conf_level"]))
        scipys = scipy_odds_ratio(np.array([[x1, x2], [n1 - x1, n2 - x2]])).confidence_interval(
            case["conf_level"]
        )
        np.testing.assert_allclose(got, np.array(scipys), rtol=SOLVED, err_msg=str(case))
        below_one = [
            np.minimum(v, 1 / np.maximum(v, 1e-300)) for v in (got, numbers(case["or_exact_conditional"]))
        ]
        np.testing.assert_allclose(*below_one, atol=R_FISHER, rtol=0, err_msg=str(case))


@pytest.mark.reference
def test_mcnemar_is_that_of_r() -> None:
    for case in reference("intervals", "mcnemar.json")["cases"]:
        result = mcnemar(case["b"], case["c"])
        for name in ("exact_p", "mid_p", "chi2", "p_chi2", "chi2_cc"):
            expected = np.nan if case[name] is None else case[name]
            np.testing.assert_allclose(getattr(result, name), expected, rtol=CLOSED, atol=CLOSED)


def test_exact_odds_ratio_of_two_patients_has_a_closed_form() -> None:
    # One of one against none of one: psi / (1 + psi) = tail.
    lower, upper = odds_ratio(1, 1, 0, 1, method="exact", level=0.95)
    assert lower == pytest.approx(0.025 / 0.975, rel=CLOSED)
    assert upper == np.inf


def test_exact_odds_ratio_of_large_tables_needs_only_a_window_of_the_support() -> None:
    x1, n, x2 = 30_000, 60_000, 29_000
    lower, upper = odds_ratio(x1, n, x2, n, method="exact")
    k = np.arange(x1 + x2 + 1)
    log_weight = (
        -gammaln(k + 1) - gammaln(n - k + 1) - gammaln(x1 + x2 - k + 1) - gammaln(n - x1 - x2 + k + 1)
    )
    for psi, side in ((lower, k >= x1), (upper, k <= x1)):
        weight = np.exp(log_weight + k * np.log(psi) - (log_weight + k * np.log(psi)).max())
        # The log gamma of 60,000 is 6e5: 1e-16 of that is what the whole support can be told apart by.
        assert weight[side].sum() / weight.sum() == pytest.approx(0.025, rel=1e-7)


def test_mcnemar_with_as_many_one_way_as_the_other_has_no_correction_below_zero() -> None:
    result = mcnemar(5, 5)
    assert result.exact_p == 1
    assert result.chi2 == result.chi2_cc == 0
    assert result.mid_p == pytest.approx(1 - 252 / 1024, rel=CLOSED)


def test_mcnemar_unpacks_to_the_limits_of_the_discordant_odds() -> None:
    lower, upper = mcnemar(12, 3)
    low_p, high_p = proportion(12, 15)
    assert lower == pytest.approx(low_p / (1 - low_p), rel=CLOSED)
    assert upper == pytest.approx(high_p / (1 - high_p), rel=1e-10)
    assert tuple(mcnemar(0, 0)) == (0, np.inf)
    assert (len(mcnemar(0, 0)), mcnemar(0, 0)[1]) == (2, np.inf)


@pytest.mark.parametrize("method", [*ONE_PROPORTION, "agresti-coull"])
def test_proportion_edges(method: str) -> None:
    lower, upper = proportion([0, 0, 20, 1], [0, 20, 20, 1], method=method)
    assert np.isnan([lower[0], upper[0]]).all()
    assert lower[1] == 0
    assert 0 < upper[1] < 0.25
    assert upper[2] == 1
    assert 0.75 < lower[2] < 1
    assert upper[3] == 1


@pytest.mark.parametrize("method", ONE_RATE)
def test_rate_edges(method: str) -> None:
    lower, upper = rate([0, 0, 4], [0, 10, 0], method=method)
    assert np.isnan(lower[[0, 2]]).all()
    assert np.isnan(upper[[0, 2]]).all()
    assert lower[1] == 0
    assert upper[1] > 0


@pytest.mark.parametrize(
    ("function", "method"),
    [(f, m) for f, m, *_ in TWO_PROPORTIONS] + [(odds_ratio, "exact")],
)
def test_a_group_of_nobody_is_undefined(function, method: str) -> None:
    lower, upper = function([0, 3, 0], [0, 5, 0], [2, 0, 0], [4, 0, 0], method=method)
    assert np.isnan(lower).all()
    assert np.isnan(upper).all()


@pytest.mark.parametrize("method", ["exact", "mid-p"])
def test_rate_ratio_edges(method: str) -> None:
    lower, upper = rate_ratio([0, 2, 1, 0], [10, 10, 0, 10], [0, 0, 1, 3], [10, 10, 5, 10], method=method)
    assert lower[[0, 3]].tolist() == [0, 0]
    assert upper[:2].tolist() == [np.inf, np.inf]
    assert lower[1] > 0
    assert np.isnan([lower[2], upper[2]]).all()


@pytest.mark.parametrize("level", [1e-9, 0.5, 1 - 1e-12])
def test_extreme_levels_stay_ordered_around_the_estimate(level: float) -> None:
    for method in [*ONE_PROPORTION, "agresti-coull"]:
        lower, upper = proportion([3, 0, 7], [7, 7, 7], method=method, level=level)
        assert (lower <= upper + 1e-12).all()
        assert (lower >= 0).all()
        assert (upper <= 1).all()
    for function, method, *_ in [*TWO_PROPORTIONS, (odds_ratio, "exact")]:
        lower, upper = function([3, 0, 7], [7, 7, 7], [2, 0, 7], [9, 9, 9], method=method, level=level)
        assert (lower <= upper).all(), (method, level)


def test_huge_counts_stay_finite_and_near_the_normal_limits() -> None:
    n = 10**9
    for function, method, *_ in [*TWO_PROPORTIONS]:
        lower, upper = function(n // 4, n, n // 5, n, method=method)
        assert np.isfinite([lower, upper]).all()
    lower, upper = difference(n // 4, n, n // 5, n)
    half = 1.959964 * np.sqrt((0.25 * 0.75 + 0.2 * 0.8) / n)
    assert [lower, upper] == pytest.approx([0.05 - half, 0.05 + half], rel=1e-5)
    for method in [*ONE_PROPORTION, "agresti-coull"]:
        assert np.array(proportion(n // 4, n, method=method)) == pytest.approx(0.25, abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(
    n1=st.integers(1, 40),
    n2=st.integers(1, 40),
    data=st.data(),
    level=st.sampled_from([0.5, 0.8, 0.95, 0.999]),
)
def test_score_limits_solve_their_equation_as_a_grid_finds_it(n1: int, n2: int, data, level: float) -> None:
    """No closed form of the restricted proportions: they are searched on a grid and refined."""
    x1, x2 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    lower, upper = (float(v) for v in difference(x1, n1, x2, n2, level=level))
    z = _z(level)
    for limit in (lower, upper):
        if abs(limit) == 1:
            continue
        r2 = _most_likely(x1, n1, x2, n2, limit)
        r1 = r2 + limit
        total = n1 + n2
        variance = (r1 * (1 - r1) / n1 + r2 * (1 - r2) / n2) * total / (total - 1)
        assert (x1 / n1 - x2 / n2 - limit) ** 2 == pytest.approx(z**2 * variance, abs=1e-6)


def _z(level: float) -> float:
    from scipy.stats import norm

    return float(norm.ppf(0.5 + level / 2))


def _most_likely(x1: int, n1: int, x2: int, n2: int, delta: float) -> float:
    from scipy.special import xlogy

    low, high = max(0.0, -delta), min(1.0, 1 - delta)
    for _ in range(8):
        grid = np.linspace(low, high, 201)
        r1 = np.clip(grid + delta, 0, 1)
        value = xlogy(x1, r1) + xlogy(n1 - x1, 1 - r1) + xlogy(x2, grid) + xlogy(n2 - x2, 1 - grid)
        best = int(np.argmax(value))
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, 200)]
    return float(grid[best])


@settings(max_examples=30, deadline=None)
@given(n1=st.integers(1, 60), n2=st.integers(1, 60), data=st.data())
def test_changing_the_groups_turns_every_interval_over(n1: int, n2: int, data) -> None:
    x1, x2 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    for function, method, *_ in [*TWO_PROPORTIONS, (odds_ratio, "exact")]:
        lower, upper = (float(v) for v in function(x1, n1, x2, n2, method=method))
        _, other_upper = (float(v) for v in function(x2, n2, x1, n1, method=method))
        assert lower <= upper
        if function is difference:
            assert lower == pytest.approx(-other_upper, abs=1e-9)
        else:
            turned = np.inf if other_upper == 0 else 1 / other_upper
            assert lower == pytest.approx(turned, rel=1e-7)


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 300), data=st.data(), level=st.sampled_from([0.8, 0.95, 0.99]))
def test_clopper_pearson_holds_the_tails_that_define_it(n: int, data, level: float) -> None:
    from scipy.stats import binom

    x = data.draw(st.integers(0, n))
    lower, upper = (float(v) for v in proportion(x, n, level=level))
    if x > 0:
        assert binom.sf(x - 1, n, lower) == pytest.approx((1 - level) / 2, rel=1e-8)
    if x < n:
        assert binom.cdf(x, n, upper) == pytest.approx((1 - level) / 2, rel=1e-8)


def test_arrays_and_scalars_give_the_same_limits_and_broadcast() -> None:
    x = np.arange(6)
    lower, upper = difference(x[:, None], 10, x[None, :], 8)
    assert lower.shape == (6, 6)
    for i in range(6):
        single = difference(i, 10, 2, 8)
        assert (lower[i, 2], upper[i, 2]) == single
    assert np.ndim(single[0]) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: proportion(-1, 5), "x has 1 negative values. allowed: 0 or more."),
        (lambda: proportion(6, 5), "x is above n in 1 places. allowed: x of at most n."),
        (
            lambda: proportion(1.5, 5),
            "x has 1 values that are not whole. allowed: whole numbers.",
        ),
        (
            lambda: proportion([1, np.nan], 5),
            "x has 1 missing or infinite values. allowed: finite numbers.",
        ),
        (
            lambda: proportion("three", 5),
            "x is not made of numbers. allowed: numbers, none missing.",
        ),
        (
            lambda: proportion(1, 5, level=95),
            "level is out of range. got: 95. allowed: above 0 and below 1. 95 % is 0.95: write 0.95.",
        ),
        (
            lambda: proportion(1, 5, level="high"),  # type: ignore[arg-type]
            "level is not a number. allowed: above 0 and below 1.",
        ),
        (lambda: rate(1, -2.0), "exposure has 1 negative values. allowed: 0 or more."),
        (lambda: difference(1, 5, 7, 6), "x2 is above n2 in 1 places. allowed: x2 of at most n2."),
        (
            lambda: difference([1, 2], 5, [1, 2, 3], 6),
            "the arguments do not have one common shape. got: x1 (2,), n1 (2,), x2 (3,), n2 (3,). "
            "allowed: equal shapes or scalars.",
        ),
        (
            lambda: rate_ratio(1, 5, 0.5, 6),
            "x2 has 1 values that are not whole. allowed: whole numbers.",
        ),
        (lambda: mcnemar(-1, 2), "b has 1 negative values. allowed: 0 or more."),
        (
            lambda: proportion(1, 5, method="wald"),
            "method is not one of its options. got: 'wald'. allowed: clopper-pearson, wilson, wilson-cc, "
            "jeffreys, agresti-coull, mid-p.",
        ),
    ],
)
def test_bad_arguments_are_named(call, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        call()
    assert str(caught.value) == message


@pytest.mark.filterwarnings("error")
def test_exposure_next_to_nothing_gives_infinite_limits_without_a_warning() -> None:
    assert rate(1, 1e-320) == (np.inf, np.inf)
    assert rate_ratio(0, 1e-320, 3, 1.0)[0] == 0.0
