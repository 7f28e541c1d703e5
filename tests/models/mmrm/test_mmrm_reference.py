"""Every fit of R's mmrm 0.3.18 in shared/reference/mmrm: each number of each file."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from outcomes.models.mmrm import MMRMResult, mmrm
from shared import SHARED, reference, shared

# R's optimum has a gradient below 1e-11 and 15 digits are printed: estimates, standard errors and the
# likelihood agree to rounding, so 1e-6 is loose; df divide by small variances of variances.
ESTIMATE = {"rtol": 1e-6, "atol": 1e-10}
DF = {"rtol": 1e-4, "atol": 1e-10}
P = {"rtol": 1e-4, "atol": 1e-12}  # relative to max(p, 1e-8)

#: Files in the folder that hold a fit; one more holds a comparison of information matrices.
FITS = 78

SUBJECT_VISIT = {"fev": ("USUBJID", "AVISIT"), "bcva": ("USUBJID", "AVISIT"), "sim": ("subject", "visit")}
ARM = {"fev": "ARMCD", "bcva": "ARMCD", "sim": "arm"}
DF_NAMES = {"Satterthwaite": "satterthwaite", "Residual": "residual", "Between-Within": "between-within"}

FOLDER = SHARED / "reference" / "mmrm"
NAMES = sorted(p.stem for p in FOLDER.glob("*.json") if not p.stem.startswith("check_"))

pytestmark = pytest.mark.reference


def options(spec: dict[str, Any]) -> dict[str, Any]:
    """Return our options for R's."""
    vcov, df = spec["vcov"], DF_NAMES.get(spec["method"])
    if df is None:
        df = vcov.lower()
        vcov = "model"
    vcov = {"Asymptotic": "model"}.get(vcov, vcov).lower()
    return {
        "covariance": spec["cov_type"],
        "df": df,
        "vcov": vcov,
        "method": "reml" if spec["reml"] else "ml",
        "fallback": None,
    }


def run(name: str, data: dict[str, pd.DataFrame]) -> tuple[dict[str, Any], MMRMResult]:
    """Fit what the file fits."""
    spec, family = reference("mmrm", f"{name}.json"), name.split("_")[0]
    formula = re.sub(r" \+ \w+\(\w+ \| [\w/]+\)$", "", spec["call_formula"])
    subject, visit = SUBJECT_VISIT[family]
    group = ARM[family] if spec["n_groups"] > 1 else None
    weights = "WEIGHT" if "weighted" in name else None
    fit = mmrm(
        formula, data[family], subject=subject, visit=visit, group=group, weights=weights, **options(spec)
    )
    return spec, fit


def r_name(term: str) -> str:
    """Write our name of a coefficient as R does."""
    return "(Intercept)" if term == "Intercept" else re.sub(r"\[T\.([^\]]*)\]", r"\1", term)


def column(rows: list[dict[str, Any]], name: str) -> np.ndarray:
    return np.array([row[name] for row in rows], dtype=float)


def close(ours: Any, theirs: Any, tolerance: dict[str, float]) -> None:
    np.testing.assert_allclose(np.asarray(ours, float), np.asarray(theirs, float), **tolerance)


def close_p(ours: Any, theirs: Any) -> None:
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    scale = np.maximum(theirs, 1e-8)
    close(ours / scale, theirs / scale, P)


def same_tests(ours: pd.DataFrame, rows: list[dict[str, Any]], estimate: str) -> None:
    close(ours["estimate"], column(rows, estimate), ESTIMATE)
    close(ours["std_error"], column(rows, "SE"), ESTIMATE)
    close(ours["df"], column(rows, "df"), DF)
    close(ours["statistic"], column(rows, "t.ratio"), ESTIMATE)
    close_p(ours["p_value"], column(rows, "p.value"))
    close(ours["lower"], column(rows, "lower.CL"), ESTIMATE)
    close(ours["upper"], column(rows, "upper.CL"), ESTIMATE)


def test_no_file_is_missed() -> None:
    shared("reference", "mmrm")
    assert len(NAMES) == FITS
    assert len(list(FOLDER.glob("*.json"))) == FITS + 1


@pytest.mark.parametrize("name", NAMES)
def test_reference_fit(name: str, reference_data: dict[str, pd.DataFrame]) -> None:
    spec, fit = run(name, reference_data)
    same_fit(spec, fit)
    same_coefficients(spec, fit)
    family = name.split("_")[0]
    arm, visit = ARM[family], SUBJECT_VISIT[family][1]
    for weights in ("equal", "proportional"):
        expected = spec["emmeans"][weights]
        means = fit.emmeans(arm, by=visit, weights=weights)
        assert list(zip(means[arm], means[visit], strict=True)) == [
            (row[arm], row[visit]) for row in expected["means"]
        ]
        same_tests(means.frame, expected["means"], "emmean")
        contrasts = fit.contrasts(arm, by=visit, weights=weights)
        assert list(contrasts["contrast"]) == [row["contrast"] for row in expected["contrasts"]]
        same_tests(contrasts.frame, expected["contrasts"], "estimate")
        same_tests(fit.emmeans(arm, weights=weights).frame, expected["overall_means"], "emmean")
        same_tests(fit.contrasts(arm, weights=weights).frame, expected["overall_contrasts"], "estimate")
        by_hand = fit.test(expected["linfct_contrasts"]).frame
        same_tests(by_hand, expected["contrasts"], "estimate")
    for joint in spec["joint"].values():
        ours_of = {r_name(term): term for term in fit.terms}
        ours = fit.joint_test([ours_of[term] for term in joint["terms"]]).frame.iloc[0]
        assert ours["num_df"] == joint["num_df"]
        close(ours["df"], joint["denom_df"], DF)
        close(ours["statistic"], joint["f_stat"], ESTIMATE)
        close_p(ours["p_value"], joint["p"])


def same_fit(spec: dict[str, Any], fit: MMRMResult) -> None:
    assert (fit.status, fit.converged, fit.aliased) == ("ok", True, ())
    assert (fit.nobs, fit.n_subjects) == (spec["n_obs"], spec["n_subjects"])
    assert (len(fit.theta), len(fit.params)) == (spec["n_theta"], spec["n_beta"])
    close(-2 * fit.llf, spec["minus2_log_lik"], ESTIMATE)
    close([fit.aic, fit.aicc, fit.bic], [spec["AIC"], spec["AICc"], spec["BIC"]], ESTIMATE)
    close(fit.theta, spec["theta"], {"rtol": 1e-6, "atol": 1e-8})
    close(fit.theta_vcov, spec["theta_vcov"], {"rtol": 1e-5, "atol": 1e-9})
    expected = spec["covariance"]
    if spec["n_groups"] > 1:
        assert list(fit.covariance) == list(expected)
        pairs = [(fit.covariance[group], expected[group]) for group in expected]
    else:
        pairs = [(fit.covariance, expected)]
    for ours, theirs in pairs:
        assert list(ours.index) == theirs["rows"]
        close(ours, theirs["values"], ESTIMATE)


def same_coefficients(spec: dict[str, Any], fit: MMRMResult) -> None:
    rows = spec["coefficients"]
    assert [r_name(term) for term in fit.terms] == [row["term"] for row in rows]
    close(fit.params, column(rows, "estimate"), ESTIMATE)
    close(fit.bse, column(rows, "se"), ESTIMATE)
    close(fit.df, column(rows, "df"), DF)
    close(np.abs(fit.tvalues), np.abs(column(rows, "t")), ESTIMATE)
    close_p(fit.pvalues, column(rows, "p"))
    close(fit.conf_int()["lower"], column(rows, "lower"), ESTIMATE)
    close(fit.conf_int()["upper"], column(rows, "upper"), ESTIMATE)
    close(fit.cov_params(), spec["beta_vcov_used"]["values"], {"rtol": 1e-6, "atol": 1e-10})
