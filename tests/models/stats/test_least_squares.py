"""Least squares and survival curves beside statsmodels, which is too slow to start for a report."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from outcomes.models.stats.kernels.aalen_johansen import incidence, kaplan_meier, risk_table
from outcomes.models.stats.kernels.least_squares import least_squares

#: Two roads of the same arithmetic.
ROUNDING = 1e-10


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["nonrobust", "HC3"])
def test_coefficients_and_covariance_are_those_of_statsmodels(seed: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(30), rng.normal(50, 9, 30), rng.integers(0, 2, 30)])
    y = x[:, 1] / 10 + rng.normal(0, 1 + x[:, 2], 30)
    theirs = sm.OLS(y, x).fit(cov_type=kind, use_t=True)
    ours = least_squares(x, y)
    np.testing.assert_allclose(ours.params, theirs.params, rtol=ROUNDING, atol=ROUNDING)
    np.testing.assert_allclose(ours.covariance(kind), theirs.cov_params(), rtol=ROUNDING, atol=ROUNDING)
    np.testing.assert_allclose(ours.leverage, theirs.get_influence().hat_matrix_diag, rtol=ROUNDING)
    assert ours.df_resid == theirs.df_resid
    assert not ours.one_alone


def test_a_patient_alone_with_a_column_is_found() -> None:
    x = np.column_stack([np.ones(6), np.arange(6) == 2])
    assert least_squares(x, np.arange(6.0)).one_alone


@pytest.mark.parametrize("seed", range(6))
def test_curves_are_those_of_statsmodels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    days = rng.integers(1, 40, 60).astype(float)
    codes = rng.choice([0, 1, 2] if seed % 2 else [1, 2], 60)
    table = risk_table(days, codes, 2)
    curve, error = kaplan_meier(table, table.by_cause[:, 0])
    theirs = SurvfuncRight(days, (codes == 1).astype(int))
    at = np.searchsorted(table.time, theirs.surv_times)
    known = theirs.surv_prob > 0  # where nobody is left there is no standard error
    np.testing.assert_allclose(curve[at], theirs.surv_prob, rtol=ROUNDING)
    np.testing.assert_allclose(error[at][known], theirs.surv_prob_se[known], rtol=ROUNDING)
    with np.errstate(divide="ignore", invalid="ignore"):
        both = CumIncidenceRight(days, codes)
    for cause in (0, 1):
        np.testing.assert_allclose(incidence(table, cause), both.cinc[cause], rtol=ROUNDING)
