"""Designs where the mixed model has a textbook answer, so no other program is needed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from outcomes.models.mmrm import mmrm

# Newton ends at rounding; products of a few hundred numbers leave about ten digits.
RTOL = 1e-9


def long(y: np.ndarray, arm: np.ndarray | None = None) -> pd.DataFrame:
    """Return a frame from a (subjects, visits) array."""
    subjects, visits = y.shape
    frame = pd.DataFrame(
        {
            "subject": np.repeat(np.arange(subjects), visits),
            "visit": np.tile([f"v{i}" for i in range(visits)], subjects),
            "y": y.ravel(),
        }
    )
    if arm is not None:
        frame["arm"] = np.repeat(arm, visits)
    return frame


@pytest.fixture
def y() -> np.ndarray:
    rng = np.random.default_rng(3)
    return rng.normal(10, 2, (14, 1)) + rng.normal(0, 1, (14, 4)) * [1.0, 2.0, 1.5, 0.5] - np.arange(4)


@pytest.mark.parametrize("df", ["kenward-roger-linear", "satterthwaite"])
def test_complete_pairs_are_the_paired_t_test(y: np.ndarray, df: str) -> None:
    fit = mmrm("y ~ visit", long(y[:, :2]), subject="subject", visit="visit", df=df)
    row = fit.contrasts("visit", method="reference", ref="v0").frame.iloc[0]
    expected = stats.ttest_rel(y[:, 1], y[:, 0])
    assert row["contrast"] == "v1 - v0"
    assert row["statistic"] == pytest.approx(expected.statistic, rel=RTOL)
    assert row["df"] == pytest.approx(len(y) - 1, rel=RTOL)
    assert row["p_value"] == pytest.approx(expected.pvalue, rel=RTOL)
    interval = expected.confidence_interval()
    assert (row["lower"], row["upper"]) == pytest.approx((interval.low, interval.high), rel=RTOL)


def test_complete_us_covariance_is_the_sample_covariance(y: np.ndarray) -> None:
    reml = mmrm("y ~ visit", long(y), subject="subject", visit="visit")
    np.testing.assert_allclose(reml.covariance, np.cov(y.T), rtol=RTOL)
    ml = mmrm("y ~ visit", long(y), subject="subject", visit="visit", method="ml")
    np.testing.assert_allclose(ml.covariance, np.cov(y.T, ddof=0), rtol=RTOL)


def test_joint_test_of_complete_data_is_hotelling(y: np.ndarray) -> None:
    n, visits = y.shape
    fit = mmrm("y ~ visit", long(y), subject="subject", visit="visit", df="kenward-roger-linear")
    joint = fit.joint_test("visit").frame.iloc[0]
    difference = y[:, 1:] - y[:, :1]
    mean, k = difference.mean(0), visits - 1
    t_squared = n * mean @ np.linalg.solve(np.cov(difference.T), mean)
    # Kenward and Roger chose their moments so that Hotelling's F comes out exactly.
    assert joint["statistic"] == pytest.approx(t_squared * (n - k) / ((n - 1) * k), rel=1e-8)
    assert (joint["num_df"], joint["df"]) == pytest.approx((k, n - k), rel=1e-8)


@pytest.mark.parametrize("df", ["kenward-roger-linear", "satterthwaite"])
def test_two_arms_complete_are_two_sample_t_tests(y: np.ndarray, df: str) -> None:
    arm = np.array(["active", "placebo"])[np.arange(14) % 2]
    fit = mmrm("y ~ arm * visit", long(y, arm), subject="subject", visit="visit", df=df)
    ours = fit.contrasts("arm", by="visit", method="reference", ref="placebo").frame
    for visit in range(4):
        expected = stats.ttest_ind(y[arm == "active", visit], y[arm == "placebo", visit])
        row = ours.iloc[visit]
        assert row["statistic"] == pytest.approx(expected.statistic, rel=RTOL)
        assert row["df"] == pytest.approx(12, rel=RTOL)
        assert row["p_value"] == pytest.approx(expected.pvalue, rel=RTOL)


def test_compound_symmetry_is_the_two_way_analysis_of_variance(y: np.ndarray) -> None:
    n, visits = y.shape
    residual = y - y.mean(1, keepdims=True) - y.mean(0) + y.mean()
    mean_square = (residual**2).sum() / ((n - 1) * (visits - 1))
    f = n * y.mean(0).var(ddof=1) / mean_square
    fit = mmrm(
        "y ~ visit", long(y), subject="subject", visit="visit", covariance="cs", df="kenward-roger-linear"
    )
    joint = fit.joint_test("visit").frame.iloc[0]
    assert joint["statistic"] == pytest.approx(f, rel=1e-8)
    # The observed information equals the expected one here, so the df are the table's.
    assert (joint["num_df"], joint["df"]) == pytest.approx((visits - 1, (n - 1) * (visits - 1)), rel=1e-8)


def test_one_visit_is_ordinary_least_squares(y: np.ndarray) -> None:
    x = np.random.default_rng(1).normal(size=14)
    frame = pd.DataFrame({"subject": np.arange(14), "visit": "v1", "x": x, "y": y[:, 0]})
    expected = stats.linregress(x, y[:, 0])
    for covariance in ("us", "cs", "ar1h", "toep"):
        fit = mmrm(
            "y ~ x", frame, subject="subject", visit="visit", covariance=covariance, df="satterthwaite"
        )
        assert fit.params["x"] == pytest.approx(expected.slope, rel=RTOL)
        assert fit.bse["x"] == pytest.approx(expected.stderr, rel=RTOL)
        assert fit.df["x"] == pytest.approx(12, rel=RTOL)
        assert fit.pvalues["x"] == pytest.approx(expected.pvalue, rel=1e-8)
        assert len(fit.theta) == 1


def test_welch_when_each_arm_has_its_own_variance(y: np.ndarray) -> None:
    arm = np.array(["a", "b"])[(np.arange(14) > 5).astype(int)]
    frame = long(y[:, :1], arm)
    fit = mmrm("y ~ arm", frame, subject="subject", visit="visit", group="arm", df="satterthwaite")
    expected = stats.ttest_ind(y[arm == "b", 0], y[arm == "a", 0], equal_var=False)
    assert fit.tvalues["arm[T.b]"] == pytest.approx(expected.statistic, rel=RTOL)
    assert fit.df["arm[T.b]"] == pytest.approx(expected.df, rel=1e-8)


def test_sandwich_of_one_mean_is_the_variance_over_n(y: np.ndarray) -> None:
    frame = long(y[:, :1])
    n, deviation = len(y), y[:, 0] - y[:, 0].mean()
    expected = {
        "empirical": (deviation**2).sum() / n**2,
        "empirical-bias-reduced": (deviation**2).sum() / (n * (n - 1)),
        "empirical-jackknife": (deviation**2).sum() / (n - 1) ** 2,
    }
    for vcov, variance in expected.items():
        fit = mmrm("y ~ 1", frame, subject="subject", visit="visit", vcov=vcov)
        assert fit.bse["Intercept"] ** 2 == pytest.approx(variance, rel=RTOL)
        assert fit.df["Intercept"] == pytest.approx(n - 1, rel=RTOL)


def test_spatial_exponential_on_a_regular_grid_is_ar1(y: np.ndarray) -> None:
    frame = long(y)
    frame["day"] = frame["visit"].str[1:].astype(int) * 28.0
    spatial = mmrm(
        "y ~ visit", frame, subject="subject", visit="day", covariance="sp_exp", df="satterthwaite"
    )
    ar1 = mmrm("y ~ visit", frame, subject="subject", visit="visit", covariance="ar1", df="satterthwaite")
    assert spatial.llf == pytest.approx(ar1.llf, rel=RTOL)
    np.testing.assert_allclose(spatial.params, ar1.params, rtol=1e-7)
    np.testing.assert_allclose(spatial.bse, ar1.bse, rtol=1e-7)
    # df do not depend on the parametrisation at the optimum.
    np.testing.assert_allclose(spatial.df, ar1.df, rtol=1e-6)
    linear = [
        mmrm("y ~ visit", frame, subject="subject", visit=v, covariance=c, df="kenward-roger-linear").bse
        for v, c in (("day", "sp_exp"), ("visit", "ar1"))
    ]
    np.testing.assert_allclose(linear[0], linear[1], rtol=1e-6)
    day = spatial.covariance.to_numpy()
    assert (day[0, 1] / day[0, 0]) ** 28 == pytest.approx(ar1.covariance.iloc[0, 1] / day[0, 0], rel=1e-6)
