"""Estimators without an R file, against independent likelihoods, enumerations and closed forms."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special, stats

from outcomes.models.headache.counts import counts
from outcomes.models.headache.paired import paired
from outcomes.models.stats.kernels.rubin import pool
from outcomes.models.stats.survival import survival_curve

# Central differences of scipy's log probabilities are good to about 1e-8 of a derivative.
RTOL_NUMERICAL = 1e-6
# Changes are rounded to nine digits before they are ranked, so that equal ones tie.
ATOL_TIES = 1e-8
# The rank moves by one of 3,125 samples, and 200,000 random resamples stand for all of them: at the density
# of a 2.5 % limit that is about .02 standard deviations of the mean; 4 of them.
BCA_IN_STANDARD_ERRORS = 0.08


def _rows(seed: int = 3, patients: int = 50) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"patient_id": np.arange(patients), "baseline": rng.normal(0, 1, patients)})
    frame["days_recorded"] = rng.integers(14, 29, patients)
    mu = special.expit(0.8 + 0.5 * frame["baseline"])
    frame["days_with_event"] = rng.binomial(frame["days_recorded"], rng.beta(3 * mu, 3 * (1 - mu)))
    return frame


def _log_pmf(theta: np.ndarray, y: np.ndarray, n: np.ndarray, x: np.ndarray) -> np.ndarray:
    """scipy's beta-binomial; theta is (coefficients, log of the two shapes' sum)."""
    mu, size = special.expit(x @ theta[:-1]), np.exp(theta[-1])
    return stats.betabinom.logpmf(y, n, mu * size, (1 - mu) * size)


def _scores(theta: np.ndarray, y: np.ndarray, n: np.ndarray, x: np.ndarray) -> np.ndarray:
    step = 1e-5
    return np.column_stack(
        [
            (_log_pmf(theta + h, y, n, x) - _log_pmf(theta - h, y, n, x)) / (2 * step)
            for h in step * np.eye(len(theta))
        ]
    )


def test_beta_binomial_maximum_and_standard_errors_are_those_of_scipys_likelihood() -> None:
    frame = _rows()
    fit = counts("days_with_event ~ baseline", frame, estimation="ml", vcov="model")
    y, n = frame["days_with_event"].to_numpy(), frame["days_recorded"].to_numpy()
    x = np.column_stack([np.ones(len(frame)), frame["baseline"]])
    root = optimize.root(lambda t: _scores(t, y, n, x).sum(axis=0), np.array([0.5, 0.3, 1.0]), tol=1e-12)
    np.testing.assert_allclose(fit.params[["Intercept", "baseline"]], root.x[:2], rtol=RTOL_NUMERICAL)
    assert fit.meta["rho"] == pytest.approx(1 / (1 + np.exp(root.x[2])), rel=RTOL_NUMERICAL)
    assert fit.llf == pytest.approx(_log_pmf(root.x, y, n, x).sum(), rel=1e-10)
    # Expected information: every outcome 0 .. n of every row, weighed by its probability.
    row = np.repeat(np.arange(len(frame)), n + 1)
    outcome = np.concatenate([np.arange(size + 1) for size in n])
    arguments = (outcome, n[row], x[row])
    weight = np.exp(_log_pmf(root.x, *arguments))
    score = _scores(root.x, *arguments)
    covariance = np.linalg.inv((score * weight[:, None]).T @ score)
    ours = fit.cov_params().loc[["Intercept", "baseline"], ["Intercept", "baseline"]]
    np.testing.assert_allclose(ours, covariance[:2, :2], rtol=RTOL_NUMERICAL)
    # Observed information, by a numerical Hessian: another matrix, equal on average.
    hessian = np.column_stack(
        [
            (_scores(root.x + h, y, n, x) - _scores(root.x - h, y, n, x)).sum(axis=0) / 2e-4
            for h in 1e-4 * np.eye(3)
        ]
    )
    np.testing.assert_allclose(np.sqrt(np.diag(np.linalg.inv(-hessian)))[:2], fit.bse, rtol=0.15)


def test_beta_binomial_of_two_days_has_a_closed_form() -> None:
    # 0, 1, 2 events in 2 days: P(1) = 2 mu (1 - mu) (1 - rho), so two parameters fit the three shares.
    shares = {0: 20, 1: 14, 2: 46}
    y = np.repeat(list(shares), list(shares.values()))
    frame = pd.DataFrame({"patient_id": range(80), "days_recorded": 2, "days_with_event": y})
    mu = (2 * 46 + 14) / 160
    rho = 1 - (14 / 80) / (2 * mu * (1 - mu))
    for estimation in ("ml", "quasi"):
        fit = counts("days_with_event ~ 1", frame, estimation=estimation, vcov="model")
        assert special.expit(fit.params["Intercept"]) == pytest.approx(mu, rel=1e-7)
    ml = counts("days_with_event ~ 1", frame, estimation="ml", vcov="model")
    assert ml.meta["rho"] == pytest.approx(rho, rel=1e-6)
    # Var(mean of y / 2) = mu (1 - mu) (1 + rho) / 2 / 80, on the logit scale.
    se = np.sqrt((1 + rho) / 2 / 80 / (mu * (1 - mu)))
    assert ml.bse["Intercept"] == pytest.approx(se, rel=1e-6)


def _changes(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {"patient_id": range(len(values)), "period": "days 1-28", "period_number": 1, "change": values}
    )


def test_bca_limits_are_efrons_formula_on_every_resample() -> None:
    d = np.array([-11.0, -4.0, -2.5, -1.0, 1.5])
    every = np.array([np.mean(s) for s in itertools.product(d, repeat=5)])  # all 3,125 resamples
    below = (every < d.mean()).mean() + (every == d.mean()).mean() / 2
    z0 = stats.norm.ppf(below)
    jackknife = (d.sum() - d) / 4
    spread = jackknife.mean() - jackknife
    a = (spread**3).sum() / (6 * (spread**2).sum() ** 1.5)
    z = stats.norm.ppf([0.025, 0.975])
    share = stats.norm.cdf(z0 + (z0 + z) / (1 - a * (z0 + z)))
    expected = np.quantile(every, share, method="inverted_cdf")
    row = (
        paired(_changes(d), resamples=200_000, rng=5).to_frame().set_index("term").loc["mean, BCa bootstrap"]
    )
    allowed = BCA_IN_STANDARD_ERRORS * d.std() / np.sqrt(5)
    np.testing.assert_allclose([row["lower"], row["upper"]], expected, atol=allowed)
    assert row["std_error"] == pytest.approx(every.std(), rel=0.01)  # 200,000 resamples: .16 %


def test_hodges_lehmann_limits_are_the_walsh_averages_of_the_published_rank() -> None:
    # n = 12: the largest W with P(W <= w) <= .025 is 13, so the limits are the 14th averages from both ends.
    d = np.random.default_rng(8).normal(-2, 3, 12)
    i, j = np.triu_indices(12)
    averages = np.sort((d[i] + d[j]) / 2)
    row = paired(_changes(d)).to_frame().set_index("term").loc["Hodges-Lehmann"]
    assert row["estimate"] == pytest.approx(np.median(averages), abs=ATOL_TIES)
    assert row["lower"] == pytest.approx(averages[13], abs=ATOL_TIES)
    assert row["upper"] == pytest.approx(averages[-14], abs=ATOL_TIES)


def test_barnard_and_rubins_degrees_of_freedom_have_their_limits() -> None:
    rng = np.random.default_rng(1)
    estimates, variances = rng.normal(0, 0.5, 20), np.full(20, 1.0)
    between = estimates.var(ddof=1)
    r = 1.05 * between
    # Infinite complete-data degrees of freedom: Rubin's own (1987), (m - 1) (1 + 1 / r)^2.
    assert pool(estimates, variances, 1e12).df == pytest.approx(19 * (1 + 1 / r) ** 2, rel=1e-7)
    # Always below the complete-data ones, and with hardly anything imputed (v + 1) / (v + 3) v.
    found = pool(estimates, variances, 30.0)
    assert found.df < 30
    tiny = pool(1e-5 * estimates, variances, 30.0)
    assert tiny.df == pytest.approx(31 / 33 * 30, rel=1e-6)
    # Nothing imputed at all is no imputation: the complete-data analysis, where mice and rbmi keep 28.18.
    assert pool(np.ones(5), np.ones(5), 30.0).df == 30


def test_without_a_competing_event_the_incidence_is_one_minus_kaplan_meier() -> None:
    rng = np.random.default_rng(6)
    day, censor = np.ceil(rng.exponential(60, 300)), np.ceil(rng.exponential(90, 300))
    code = (day <= censor).astype(int)
    curve = survival_curve(np.minimum(day, censor), code, 0.95)
    np.testing.assert_allclose(curve["cumulative_relapse"], 1 - curve["estimate"], atol=1e-12)
    assert (curve["cumulative_competing"] == 0).all()
    # Product limit from the table's own counts.
    product = np.cumprod(1 - curve["relapses"] / curve["at_risk"])
    np.testing.assert_allclose(curve["estimate"], product, atol=1e-12)
    # With nobody censored it is the share still free.
    whole = survival_curve(day, np.ones(300, dtype=int), 0.95)
    np.testing.assert_allclose(whole["estimate"], [(day > t).mean() for t in whole["time"]], atol=1e-12)


def test_two_causes_share_the_incidence_as_their_hazards_do() -> None:
    # Constant hazards 1/50 and 1/100 a day: F_k(t) = (h_k / h) (1 - exp(-h t)).
    rng = np.random.default_rng(9)
    first, second = rng.exponential(50, 40_000), rng.exponential(100, 40_000)
    curve = survival_curve(np.minimum(first, second).round(1), np.where(first < second, 1, 2), 0.95)
    at = curve[curve["time"] <= 40].iloc[-1]
    whole = 1 - np.exp(-40 * (1 / 50 + 1 / 100))
    for column, share in (("cumulative_relapse", 2 / 3), ("cumulative_competing", 1 / 3)):
        # Binomial error of 40,000 patients, 3.5 of them; times are rounded to a tenth of a day.
        p = share * whole
        assert at[column] == pytest.approx(p, abs=3.5 * np.sqrt(p * (1 - p) / 40_000) + 0.001)
