"""Paired change: tables of the signed-rank distribution, tests inverted by hand, hard inputs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from outcomes.errors import ArgumentError
from outcomes.models.headache.paired import paired
from outcomes.models.stats.kernels.bca import bca_mean
from outcomes.models.stats.kernels.signed_rank import (
    exact_test,
    hodges_lehmann,
    outside,
    signed_rank_cdf,
    signed_rank_test,
    walsh,
)


def _periods(change: list[float], period: str = "days 1-28") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "patient_id": [f"P{i}" for i in range(len(change))],
            "period": period,
            "period_number": 1,
            "change": change,
        }
    )


# Wilcoxon's published table: the largest W with P(W <= w) <= .025, for n pairs.
@pytest.mark.parametrize(
    ("n", "critical"), [(6, 0), (9, 5), (10, 8), (12, 13), (15, 25), (20, 52), (25, 89), (30, 137)]
)
def test_critical_values_are_those_of_the_published_table(n: int, critical: int) -> None:
    assert outside(n, 0.95) == critical + 1
    cdf = signed_rank_cdf(n)
    assert cdf[critical] <= 0.025 < cdf[critical + 1]


def test_walsh_averages_by_halving_are_those_by_listing() -> None:
    rng = np.random.default_rng(1)
    for n in (2, 3, 7, 60):
        x = np.sort(rng.normal(size=n).round(1))  # rounded: with ties
        i, j = np.triu_indices(n)
        every = np.sort((x[i] + x[j]) / 2)
        for k in {1, 2, len(every) // 2, len(every)}:
            assert walsh(x, k) == pytest.approx(every[k - 1], abs=1e-12)
        assert hodges_lehmann(x, 0.95)[0] == pytest.approx(np.median(every), abs=1e-12)


def test_hodges_lehmann_limits_invert_the_exact_test() -> None:
    d = np.random.default_rng(4).normal(-1, 2, 14)
    _, lower, upper = hodges_lehmann(d, 0.95)
    for limit, outward in ((lower, -1), (upper, 1)):
        assert stats.wilcoxon(d - (limit + outward * 1e-7), method="exact").pvalue < 0.05
        assert stats.wilcoxon(d - (limit - outward * 1e-7), method="exact").pvalue > 0.05


def test_p_with_ties_and_zeros_is_scipy_s_over_all_changes_of_signs() -> None:
    rng = np.random.default_rng(2)
    for n in (2, 3, 5, 8, 8, 9):
        d = rng.integers(-3, 4, n) + rng.choice([0, 0.5], n)
        every = stats.wilcoxon(d, method=stats.PermutationMethod())
        assert exact_test(d) == (every.statistic, pytest.approx(every.pvalue, abs=1e-14))


def test_t_row_is_the_closed_form() -> None:
    d = np.array([-4.0, -2, -6, 1, -3.5, -9])
    row = paired(_periods(list(d))).to_frame().iloc[0]
    se = d.std(ddof=1) / np.sqrt(6)
    assert row["std_error"] == pytest.approx(se)
    # t(.975, 5 df) = 2.570582 in every table.
    assert row["lower"] == pytest.approx(d.mean() - 2.570582 * se, rel=1e-6)
    assert row["df"] == 5


def test_bootstrap_is_seeded_and_covers_a_skewed_mean_better_than_t_misses() -> None:
    d = list(np.random.default_rng(2).exponential(3, 30) - 6)
    first, again = paired(_periods(d), rng=3), paired(_periods(d), rng=3)
    pd.testing.assert_frame_equal(first.to_frame(), again.to_frame())
    bca = first.to_frame().iloc[1]
    # A right-skewed sample: the BCa limits reach further to the right than to the left.
    assert bca["upper"] - bca["estimate"] > bca["estimate"] - bca["lower"]
    assert bca["std_error"] == pytest.approx(
        np.std(d) / np.sqrt(30), rel=0.05
    )  # Monte Carlo, 9,999 resamples


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ([np.nan, np.nan], "no patient with a change"),
        ([-3.0], "one patient: no interval"),
        ([-3.0, -3.0, -3.0], "all changes are equal: no interval"),
    ],
)
def test_no_interval_says_why(change: list[float], status: str) -> None:
    frame = paired(_periods(change)).to_frame()
    assert (frame["status"] == status).all()
    assert frame["lower"].isna().all()
    assert (frame["N"] == len(change)).all()


def test_under_five_patients_there_is_neither_interval_nor_test() -> None:
    frame = paired(_periods([-3.0, -1.0, 2.0, 0.5])).to_frame()
    assert frame["status"].tolist() == ["fewer than 5 patients: no interval"] * 3
    assert frame[["std_error", "statistic", "p_value", "lower", "upper"]].isna().all(axis=None)
    # Five patients have a t and a bootstrap interval; the ranks of five cannot reach 95 %.
    five = paired(_periods([-3.0, -1.0, 2.0, 0.5, -2.0])).to_frame()
    assert five["status"].tolist() == ["ok", "ok", "too few patients for an interval at this level"]


def test_periods_stay_apart_and_arguments_are_checked() -> None:
    both = pd.concat([_periods([-3.0, -1, 2, 4, 5]), _periods([-8.0, -9, -7, -5, np.nan], "days 29-56")])
    frame = paired(both).to_frame()
    assert frame["n"].tolist() == [5] * 3 + [4] * 3
    with pytest.raises(ArgumentError, match="resamples is too small"):
        paired(both, resamples=10)
    with pytest.raises(ArgumentError, match="periods has no column"):
        paired(both.drop(columns="change"))
    empty = paired(both.iloc[:0])
    assert empty.status == "no estimate with an interval"


def test_rounding_errors_of_prorating_are_neither_changes_nor_break_ties() -> None:
    noisy = [2.0, -2.0000000000000036, 2.0000000000000004, -1.0, 3.6e-15, -4.0]
    exact = [2.0, -2.0, 2.0, -1.0, 0.0, -4.0]
    tables = [
        paired(
            pd.DataFrame(
                {"patient_id": range(6), "period": "days 1-28", "period_number": 1, "change": values}
            )
        ).to_frame()
        for values in (noisy, exact)
    ]
    pd.testing.assert_frame_equal(*tables, rtol=1e-12, atol=1e-12)


def test_a_walsh_average_of_zero_is_zero() -> None:
    assert hodges_lehmann(np.array([1.0, -1, 2, -2, 3, -3]), 0.95)[0] == 0.0


@pytest.mark.parametrize("n", [6, 13, 14, 40, 58])
@pytest.mark.parametrize("decimals", [0, 6])
def test_tests_and_bootstrap_are_those_of_scipy(n: int, decimals: int) -> None:
    d = np.random.default_rng(n).normal(-2, 4, n).round(decimals)  # rounded: with ties and zeros
    theirs = stats.wilcoxon(d)
    assert signed_rank_test(d) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-10)
    t, bootstrap, _ = paired(_periods(list(d)), resamples=500, rng=7).to_frame().to_dict("records")
    limits = stats.ttest_1samp(d, 0.0).confidence_interval(0.95)
    assert (t["lower"], t["upper"]) == pytest.approx(tuple(limits), rel=1e-10)
    assert t["p_value"] == pytest.approx(stats.ttest_1samp(d, 0.0).pvalue, rel=1e-10)
    found = stats.bootstrap(
        (np.sort(d),), np.mean, n_resamples=500, method="BCa", rng=np.random.default_rng(7)
    )
    assert (bootstrap["lower"], bootstrap["upper"]) == pytest.approx(
        tuple(found.confidence_interval), rel=1e-10
    )
    assert bootstrap["std_error"] == pytest.approx(found.standard_error, rel=1e-10)


def test_the_order_of_patients_decides_nothing() -> None:
    """A bootstrap draws positions: in another order the same seed drew other patients."""
    rows = _periods(list(np.random.default_rng(3).normal(-3, 5, 12).round()))
    turned = paired(rows[::-1].reset_index(drop=True), resamples=200).to_frame()
    pd.testing.assert_frame_equal(paired(rows, resamples=200).to_frame(), turned, rtol=1e-12)


def test_a_bootstrap_of_many_values_of_few_kinds_draws_the_kinds():
    values = np.repeat([-6.0, -1.0, 3.0], [20_000, 9_000, 1_000])
    mean, error = values.mean(), values.std() / np.sqrt(len(values))
    drawn, lower, upper = bca_mean(values, 4_000, np.random.default_rng(1), 0.95)
    # of 4,000 resamples the standard error has a standard deviation of 1.1 percent, and a limit of 2.5
    assert drawn == pytest.approx(error, rel=0.05)
    assert [(end - mean) / error for end in (lower, upper)] == pytest.approx([-1.96, 1.96], abs=0.12)
    shuffled = np.random.default_rng(2).permutation(values)
    assert bca_mean(shuffled, 4_000, np.random.default_rng(1), 0.95) == pytest.approx((drawn, lower, upper))
