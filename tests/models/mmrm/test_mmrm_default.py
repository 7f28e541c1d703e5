"""What an analyst gets who names no method: the textbook answer where there is one, under every structure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from outcomes.models.mmrm import mmrm
from outcomes.models.mmrm.options import FALLBACK
from shared import reference, shared

GRID = ("us", "toep", "toeph", "ar1", "ar1h", "cs", "csh", "ad", "adh")
# Newton ends at rounding; products of a few hundred numbers leave about ten digits.
RTOL = 1e-8

#: Student (1908), The probable error of a mean, Biometrika 6:1-25: extra hours of sleep under two drugs.
SLEEP = (
    [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
    [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
)
#: The paired t test of those data as printed in the handbooks: difference, standard error, df, P.
SLEEP_T = (1.58, 0.38896, 9.0, 0.002833)
PRINTED = 5e-6  # half of the last digit that is printed


def sleep() -> pd.DataFrame:
    return pd.DataFrame(
        {"ID": list(range(10)) * 2, "group": [1.0] * 10 + [2.0] * 10, "extra": SLEEP[0] + SLEEP[1]}
    )


@pytest.mark.parametrize("covariance", [*GRID, "sp_exp"])
def test_two_measurements_a_patient_are_the_paired_t_test(covariance: str) -> None:
    fit = mmrm("extra ~ group", sleep(), subject="ID", visit="group", covariance=covariance, fallback=None)
    last = fit.to_frame().iloc[-1]
    found = last[["estimate", "std_error", "df", "p_value"]].to_numpy(float)
    np.testing.assert_allclose(found, SLEEP_T, atol=PRINTED)
    exact = stats.ttest_rel(SLEEP[1], SLEEP[0])
    assert last["statistic"] == pytest.approx(exact.statistic, rel=RTOL)
    assert last["p_value"] == pytest.approx(exact.pvalue, rel=RTOL)


@pytest.mark.reference
@pytest.mark.parametrize("covariance", GRID)
def test_pairs_of_the_balanced_study(covariance: str) -> None:
    frame = pd.read_csv(shared("reference", "tests_and_contrasts", "exact_balanced.csv"))
    expected = reference("tests_and_contrasts", "exact_cases.json")["structures"][covariance]
    pairs = frame[frame["visit"].isin(["v1", "v2"])]
    fit = mmrm("y ~ visit", pairs, subject="subject", visit="visit", covariance=covariance, fallback=None)
    row = fit.contrasts("visit", ref="v1").frame.iloc[0]
    for ours, theirs in (("estimate", "estimate"), ("std_error", "SE"), ("df", "df"), ("p_value", "p")):
        assert row[ours] == pytest.approx(expected[theirs], rel=RTOL)


@pytest.mark.reference
def test_balanced_visits_are_the_analysis_of_variance_and_hotelling() -> None:
    frame = pd.read_csv(shared("reference", "tests_and_contrasts", "exact_balanced.csv"))
    exact = reference("tests_and_contrasts", "exact_cases.json")
    for covariance, expected in (("cs", exact["two_way"]), ("us", exact["hotelling_T2_us"])):
        fit = mmrm("y ~ visit", frame, subject="subject", visit="visit", covariance=covariance)
        joint = fit.joint_test("visit").frame.iloc[0]
        assert joint["statistic"] == pytest.approx(expected["F"], rel=RTOL)
        assert (joint["num_df"], joint["df"]) == pytest.approx(
            (expected["num_df"], expected["denom_df"]), rel=RTOL
        )
        assert joint["p_value"] == pytest.approx(expected["p"], rel=RTOL)
    cs = mmrm("y ~ visit", frame, subject="subject", visit="visit", covariance="cs")
    row = cs.contrasts("visit", ref="v1").frame.iloc[0]
    difference = exact["two_way"]["difference_v2_v1"]
    assert row["std_error"] == pytest.approx(difference["SE"], rel=RTOL)
    assert row["df"] == pytest.approx(difference["df"], rel=RTOL)


@pytest.mark.parametrize("covariance", ["us", "csh", "ar1h", "toeph", "adh"])
def test_one_visit_of_two_arms_is_the_two_sample_t_test(covariance: str) -> None:
    rng = np.random.default_rng(4)
    y, arm = rng.normal(3, 2, 17), np.array(["active", "placebo"])[np.arange(17) % 2]
    frame = pd.DataFrame({"patient": np.arange(17), "visit": "v1", "arm": arm, "y": y})
    fit = mmrm("y ~ arm", frame, subject="patient", visit="visit", covariance=covariance)
    row = fit.contrasts("arm", ref="placebo").frame.iloc[0]
    exact = stats.ttest_ind(y[arm == "active"], y[arm == "placebo"])
    assert (row["statistic"], row["df"]) == pytest.approx((exact.statistic, 15), rel=RTOL)
    assert row["p_value"] == pytest.approx(exact.pvalue, rel=RTOL)


def few(seed: int) -> pd.DataFrame:
    """Return 12 patients with six visits, a fifth of the responses missing."""
    rng = np.random.default_rng(seed)
    y = rng.normal(0, 2, (12, 1)) + rng.normal(0, 1, (12, 6)) * np.linspace(1, 2, 6)
    y[rng.random(y.shape) < 0.2] = np.nan
    return pd.DataFrame(
        {
            "patient": np.repeat(np.arange(12), 6),
            "visit": np.tile(np.arange(1, 7), 12),
            "arm": np.repeat(np.array(["active", "placebo"])[np.arange(12) % 2], 6),
            "y": y.ravel(),
        }
    )


def test_a_fallback_keeps_the_linear_form() -> None:
    """Seen before: `us` fell back, and standard errors were 8 % (up to 17 %) too small without a word."""
    ask: dict[str, Any] = {"subject": "patient", "visit": "visit"}
    fell = []
    for seed in range(5):
        data = few(seed)
        fit = mmrm("y ~ arm * visit", data, **ask)
        again = mmrm(
            "y ~ arm * visit", data, covariance=fit.covariance_type, df="kenward-roger-linear", **ask
        )
        assert fit.df_method == "kenward-roger-linear"
        np.testing.assert_allclose(fit.bse, again.bse, rtol=RTOL)
        fell.append(fit.covariance_type)
    assert set(fell) & set(FALLBACK), "no data set fell back, so nothing was tested"
