"""Where a covariate lies and in what unit changes nothing else: years, dates as numbers, huge and tiny."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from mmrm_trial import make_trial

from outcomes.errors import DataError
from outcomes.models.mmrm import MMRMResult, mmrm

ASK: dict[str, Any] = {"subject": "patient", "visit": "visit"}
FORMULA = "change ~ site + baseline * visit + arm * visit + arm:baseline"
#: Shift and scale, and the digits left: those of the covariate itself after the shift, at a spread of 3.
MOVED = {
    "year": (2025.0, 1.0, 1e-10),
    "year, small spread": (2025.0, 1e-3, 1e-7),
    "date as a number": (20260101.0, 1.0, 1e-6),
    "seconds": (1.7e9, 1.0, 1e-5),
    "huge": (0.0, 1e12, 1e-11),
    "tiny": (0.0, 1e-12, 1e-11),
}


@pytest.fixture(scope="module")
def trial() -> pd.DataFrame:
    return make_trial(60)


@pytest.fixture(scope="module")
def plain(trial: pd.DataFrame) -> dict[str, MMRMResult]:
    return {
        "": mmrm(FORMULA, trial, **ASK),
        "w": mmrm(FORMULA, trial, weights="w", **ASK),
        "empirical": mmrm(FORMULA, trial, vcov="empirical-bias-reduced", **ASK),
        "group": mmrm(FORMULA, trial, group="arm", covariance="csh", **ASK),
    }


@pytest.mark.parametrize("kind", ["", "w", "empirical", "group"])
@pytest.mark.parametrize("moved", MOVED)
def test_shift_and_scale(trial: pd.DataFrame, plain: dict[str, MMRMResult], kind: str, moved: str) -> None:
    shift, scale, tolerance = MOVED[moved]
    data = trial.assign(baseline=shift + scale * trial["baseline"])
    options: dict[str, Any] = {
        "": {},
        "w": {"weights": "w"},
        "empirical": {"vcov": "empirical-bias-reduced"},
        "group": {"group": "arm", "covariance": "csh"},
    }[kind]
    fit, before = mmrm(FORMULA, data, **options, **ASK), plain[kind]
    assert fit.aliased == ()
    assert fit.status == "ok"
    for table, expected in (
        (fit.contrasts("arm", by="visit").frame, before.contrasts("arm", by="visit").frame),
        (fit.emmeans("site").frame, before.emmeans("site").frame),
    ):
        for column in ("estimate", "std_error", "df", "lower", "upper"):
            np.testing.assert_allclose(table[column], expected[column], rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(table["p_value"], expected["p_value"], rtol=10 * tolerance)
    slopes, expected = fit.emtrends("baseline", "arm").frame, before.emtrends("baseline", "arm").frame
    np.testing.assert_allclose(slopes["estimate"] * scale, expected["estimate"], rtol=10 * tolerance)
    np.testing.assert_allclose(slopes["statistic"], expected["statistic"], rtol=10 * tolerance)


def test_coefficients_are_those_of_the_covariate_as_it_is(trial: pd.DataFrame) -> None:
    """At a year the plain computation still has its digits: both ways give the same coefficients."""
    data = trial.assign(baseline=trial["baseline"] + 2025)
    fit, before = mmrm(FORMULA, data, **ASK), mmrm(FORMULA, trial, **ASK)
    assert fit.params["baseline"] == pytest.approx(before.params["baseline"], rel=1e-9)
    moved = before.params["Intercept"] - 2025 * before.params["baseline"]
    assert fit.params["Intercept"] == pytest.approx(moved, rel=1e-9)
    moved = before.params["arm[T.active]"] - 2025 * before.params["arm[T.active]:baseline"]
    assert fit.params["arm[T.active]"] == pytest.approx(moved, rel=1e-9)
    np.testing.assert_allclose(fit.fittedvalues, before.fittedvalues, rtol=1e-9)
    new = data.head(6).assign(change=np.nan)
    expected = before.predict(trial.head(6).assign(change=np.nan))
    np.testing.assert_allclose(fit.predict(new)["std_error"], expected["std_error"], rtol=1e-8)


def test_a_constant_far_from_zero_is_left_out_by_name(trial: pd.DataFrame) -> None:
    fit = mmrm("change ~ baseline + arm * visit", trial.assign(baseline=20260101.0), **ASK)
    assert fit.aliased == ("baseline",)
    copy = trial.assign(baseline=trial["baseline"] + 2e7, twin=trial["baseline"] + 2e7)
    assert mmrm("change ~ baseline + twin + arm * visit", copy, **ASK).aliased == ("twin",)


def test_a_date_is_refused_in_words(trial: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="is a date or a duration"):
        mmrm("change ~ when + visit", trial.assign(when=pd.Timestamp("2026-01-01")), **ASK)
