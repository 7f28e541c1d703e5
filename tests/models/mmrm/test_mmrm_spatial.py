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
