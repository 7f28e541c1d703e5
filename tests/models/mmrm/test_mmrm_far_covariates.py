"""Covariates far from zero inside expressions: what was asked at another origin, and what was a lie there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import outcomes as oc

# The data keep six digits of what a squared date says beside the date.
DIGITS = 2e-5
UNITS = {"years": (2025.0, 0.8), "dates": (20260101.0, 300.0), "huge": (0.0, 1e12), "tiny": (0.0, 1e-9)}


def _rows() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    patient = np.repeat(np.arange(60), 3)
    z, level = rng.normal(0, 1, 60)[patient], rng.normal(0, 1, 60)[patient]
    arm = np.where(np.arange(60) % 2, "a", "p")[patient]
    rows = pd.DataFrame({"patient_id": patient, "visit": np.tile(["v1", "v2", "v3"], 60), "arm": arm, "z": z})
    rows["y"] = rng.normal(0, 1, 180) + level + 0.3 * z - 0.4 * (arm == "a") + 0.1 * z**2
    return rows[rng.random(180) > 0.1].reset_index(drop=True)


def _fit(formula: str, rows: pd.DataFrame) -> oc.MMRMResult:
    return oc.mmrm(formula, rows, subject="patient_id", visit="visit", covariance="cs")


@pytest.mark.parametrize("unit", list(UNITS))
def test_a_squared_covariate_says_the_same_in_every_unit(unit: str) -> None:
    rows, (shift, scale) = _rows(), UNITS[unit]
    moved = rows.assign(z=shift + scale * rows["z"])
    formula = "y ~ arm * z + arm * I(z**2) + visit"
    near, far = _fit(formula, rows), _fit(formula, moved)
    assert far.aliased == ()
    terms = ["z", "I(z ** 2)", "arm:z", "arm:I(z ** 2)"]
    wanted, found = near.joint_test(terms).to_frame(), far.joint_test(terms).to_frame()
    assert found["num_df"].item() == wanted["num_df"].item() == 4
    assert found["statistic"].item() == pytest.approx(wanted["statistic"].item(), rel=DIGITS)
    slopes = far.emtrends("z", "arm").to_frame()[["estimate", "std_error"]] * scale
    there = near.emtrends("z", "arm").to_frame()[["estimate", "std_error"]]
    np.testing.assert_allclose(slopes, there, rtol=DIGITS)
    predicted = far.predict(moved.drop(columns="y"))[["estimate", "std_error"]]
    np.testing.assert_allclose(
        predicted, near.predict(rows.drop(columns="y"))[["estimate", "std_error"]], rtol=0, atol=DIGITS
    )


@pytest.mark.parametrize("formula", ["y ~ arm:z + visit", "y ~ 0 + arm:visit:z + arm"])
def test_a_far_product_without_its_margins_is_what_least_squares_of_its_rows_says(formula: str) -> None:
    rows = _rows()
    rows["z"] = 20260101.0 + 300.0 * rows["z"]
    fit = _fit(formula, rows)
    x = fit.design_matrix().to_numpy()
    q, _ = np.linalg.qr(x / np.abs(x).max(axis=0))
    sigma = fit.covariance.to_numpy()
    place = rows["visit"].map({"v1": 0, "v2": 1, "v3": 2}).to_numpy()
    same = rows["patient_id"].to_numpy()[:, None] == rows["patient_id"].to_numpy()
    v = np.where(same, sigma[place[:, None], place], 0.0)
    left = np.linalg.solve(v, q)
    wanted = q @ np.linalg.solve(q.T @ left, left.T @ rows["y"])
    np.testing.assert_allclose(fit.fittedvalues, wanted, atol=1e-6)


def test_what_rounding_left_nothing_of_is_left_out_and_named() -> None:
    rows = _rows()
    rows["z"] = 20260101.0 + 300.0 * rows["z"]
    fit = _fit("y ~ z + I(z**2) + I(z**3) + arm", rows)
    assert fit.aliased == ("I(z ** 3)",)
    assert any("I(z ** 3)" in note for note in fit.notes)
    same = _fit("y ~ z + I(z**2) + arm", rows)
    assert fit.llf == pytest.approx(same.llf, rel=DIGITS)


@pytest.mark.parametrize("df", ["kenward-roger-linear", "satterthwaite", "residual"])
def test_a_joint_test_counts_what_is_independent_in_any_unit(df: str) -> None:
    rows = _rows()
    ask = {"subject": "patient_id", "visit": "visit", "df": df}
    first = oc.mmrm("y ~ z + arm", rows, **ask)
    beta = first.params.loc[["z", "arm[T.p]"]]
    vcov = first.cov_params().loc[beta.index, beta.index]
    wald = float(beta @ np.linalg.solve(vcov, beta)) / 2
    for scale in (1.0, 1e6, 1e-6):
        found = oc.mmrm("y ~ z + arm", rows.assign(z=rows["z"] * scale), **ask).joint_test(["z", "arm"])
        assert found["num_df"].item() == 2
        # Kenward-Roger's F is the Wald statistic times a factor a little below one.
        within = 0.02 if df.startswith("kenward") else 1e-6
        assert found["statistic"].item() == pytest.approx(wald, rel=within)
