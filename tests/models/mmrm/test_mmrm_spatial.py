"""Spatial covariances: what they are on a regular grid, and where the correlation ends at zero."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from outcomes.models.mmrm import mmrm

RTOL = 1e-7


def crossed(seed: int, *, subjects: int = 25, visits: int = 3) -> pd.DataFrame:
    """Return subjects whose values repel each other: most of their mean is taken away."""
    rng = np.random.default_rng(seed)
    y = rng.normal(10, 2, (subjects, visits))
    y -= 0.9 * y.mean(1, keepdims=True)
    day = np.tile(28.0 * np.arange(visits), subjects) + rng.integers(-3, 4, subjects * visits)
    return pd.DataFrame(
        {
            "patient": np.repeat(np.arange(subjects), visits),
            "day": day,
            "arm": np.repeat(np.arange(subjects) % 2, visits).astype(float),
            "y": y.ravel(),
        }
    )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("df", ["kenward-roger-linear", "satterthwaite"])
def test_a_correlation_that_ends_at_zero_is_least_squares(seed: int, df: str) -> None:
    """Seen before: no fit at all. The limit is known: unrelated rows of one variance."""
    data = crossed(seed)
    fit = mmrm("y ~ arm", data, subject="patient", visit="day", covariance="sp_exp", df=df)
    expected = sm.OLS(data["y"], sm.add_constant(data["arm"])).fit()
    assert fit.converged
    assert any("estimated as zero" in note for note in fit.notes)
    np.testing.assert_allclose(fit.params, expected.params, rtol=RTOL)
    np.testing.assert_allclose(fit.bse, expected.bse, rtol=RTOL)
    np.testing.assert_allclose(fit.df, expected.df_resid, rtol=RTOL)
    np.testing.assert_allclose(fit.pvalues, expected.pvalues, rtol=1e-5)
    np.testing.assert_allclose(fit.covariance.iloc[0, 0], expected.mse_resid, rtol=RTOL)


def test_one_group_may_end_at_zero_and_the_other_not() -> None:
    rng = np.random.default_rng(3)
    first, second = crossed(1), crossed(2)
    second["y"] += np.repeat(rng.normal(0, 3, 25), 3)
    data = pd.concat([first.assign(g="a"), second.assign(g="b", patient=second["patient"] + 100)])
    ask: dict[str, Any] = {"subject": "patient", "visit": "day", "covariance": "sp_exp"}
    fit = mmrm("y ~ 0 + g", data, group="g", **ask)
    alone = mmrm("y ~ 1", second, **ask)
    assert fit.bse["g[b]"] == pytest.approx(alone.bse["Intercept"], rel=1e-6)
    assert fit.covariance["b"].iloc[0, 1] > 0
    assert any("estimated as zero" in note for note in fit.notes)


def smooth(seed: int, *, subjects: int = 40, visits: int = 4) -> pd.DataFrame:
    """Return subjects measured at days of their own, with a correlation that falls with the gap squared."""
    rng = np.random.default_rng(seed)
    frames = []
    for subject in range(subjects):
        day = np.sort(rng.choice(np.arange(1.0, 40.0), visits, replace=False))
        v = 4.0 * np.exp(-(((day[:, None] - day) / 12.0) ** 2)) + 1e-9 * np.eye(visits)
        y = 10 + 0.5 * (subject % 2) + np.linalg.cholesky(v) @ rng.normal(size=visits)
        y += rng.normal(0, 0.6, visits)
        frames.append(pd.DataFrame({"patient": subject, "day": day, "arm": float(subject % 2), "y": y}))
    return pd.concat(frames, ignore_index=True)


def dense_minus2(data: pd.DataFrame, variance: float, log_rho: float, power: int) -> float:
    """Return -2 REML log L of the model by its definition, one subject after the other."""
    xvx, xvy, log_det, yvy = np.zeros((2, 2)), np.zeros(2), 0.0, 0.0
    for _, rows in data.groupby("patient"):
        day, y = rows["day"].to_numpy(), rows["y"].to_numpy()
        x = np.column_stack([np.ones(len(y)), rows["arm"]])
        v = variance * np.exp(log_rho * np.abs(day[:, None] - day) ** power)
        inverse = np.linalg.inv(v)
        xvx, xvy, yvy = xvx + x.T @ inverse @ x, xvy + x.T @ inverse @ y, yvy + y @ inverse @ y
        log_det += np.linalg.slogdet(v)[1]
    beta = np.linalg.solve(xvx, xvy)
    constant = (len(data) - 2) * np.log(2 * np.pi)
    return float(constant + log_det + np.linalg.slogdet(xvx)[1] + yvy - beta @ xvy)


@pytest.mark.parametrize(("covariance", "power"), [("sp_exp", 1), ("sp_gau", 2)])
def test_the_optimum_is_that_of_the_definition(covariance: str, power: int) -> None:
    data = smooth(1)
    fit = mmrm("y ~ arm", data, subject="patient", visit="day", covariance=covariance)
    unit = fit.covariance.to_numpy()
    at = np.log(unit[0, 0]), np.log(unit[0, 1] / unit[0, 0])
    value = dense_minus2(data, unit[0, 0], at[1], power)
    assert -2 * fit.llf == pytest.approx(value, rel=1e-10)
    for step in (1e-3, -1e-3):  # nothing near it is better: both ways along both parameters
        assert dense_minus2(data, np.exp(at[0] + step), at[1], power) > value
        assert dense_minus2(data, unit[0, 0], at[1] * (1 + step), power) > value
    new = pd.DataFrame({"patient": 999, "day": [3.0, 9.0], "arm": 1.0, "y": [12.0, np.nan]})
    row = fit.predict(new).iloc[1]
    slope = np.exp(at[1] * 6.0**power)
    mean = fit.params["Intercept"] + fit.params["arm"]
    assert row["estimate"] == pytest.approx(mean + slope * (12.0 - mean), rel=1e-9)
