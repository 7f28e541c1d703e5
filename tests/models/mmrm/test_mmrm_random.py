"""Random small data sets: every fit ends in a result without a hole or in a named error."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from mmrm_random import random_frame, random_options

from outcomes.errors import OutcomesError
from outcomes.models.mmrm import MMRMResult, mmrm

#: Gradient of a converged fit relative to the size of the likelihood: rounding of ill-conditioned data.
GRADIENT = 1e-5
#: The same as a fall of twice the negative log likelihood: a gradient of 1 where its curvature is 1e9.
FALL = 1e-7


def outcome(seed: int) -> str:
    """Fit one random data set and say how it ended."""
    rng = np.random.default_rng(seed)
    frame, options = random_frame(rng), random_options(rng)
    formula = options.pop("formula")
    try:
        fit = mmrm(formula, frame, subject="subject", visit="visit", **options)
        use(fit)
    except OutcomesError as error:
        return f"{type(error).__name__}: {error.what}"
    check(fit, seed)
    return "result" if fit.status == "ok" else "result with a remark"


def use(fit: MMRMResult) -> None:
    """Ask for everything that a result offers."""
    fit.summary()
    fit.glance()
    for name, levels in fit.factor_levels.items():
        fit.emmeans(name)
        if len(levels) > 1:
            fit.contrasts(name)
    if len(fit.terms) > 1:
        fit.joint_test(list(fit.terms[1:]))
    fit.resid("normalized")


def check(fit: MMRMResult, seed: int) -> None:
    """A result has finite estimates, and standard errors unless it says why not."""
    frame = fit.to_frame()
    assert np.isfinite(frame["estimate"]).all(), seed
    assert np.isfinite(frame["std_error"]).all() or "not positive definite" in fit.status, seed
    assert frame.loc[~(frame["df"] > 0), "p_value"].isna().all(), seed
    assert np.isfinite([fit.llf, fit.aic, fit.bic]).all(), seed
    gradient = next(a.gradient for a in fit.attempts if a.converged)
    end = fit._model.fitted.optimum
    fall = float(end.gradient @ np.linalg.solve(end.hessian, end.gradient))
    assert gradient <= GRADIENT * (1 + abs(fit.llf)) or 0 <= fall <= FALL, seed


def run(seeds: range) -> Counter[str]:
    found = Counter(outcome(seed) for seed in seeds)
    for what, n in found.most_common():
        print(f"{n:>6}  {what}")
    return found


def test_random_data_sets() -> None:
    found = run(range(100))
    assert found["result"] > 20
    assert sum(found.values()) == 100


def test_a_group_that_the_mean_fits_exactly_is_named() -> None:
    """Seed 1008: the residuals of one group are all zero, so its covariance has no start."""
    assert sum(run(range(1008, 1009)).values()) == 1


@pytest.mark.parametrize("seed", [1567, 2118, 4505, 8214])
def test_coefficients_whose_covariance_is_not_positive_definite_have_no_joint_test(seed: int) -> None:
    rng = np.random.default_rng(seed)
    frame, options = random_frame(rng), random_options(rng)
    fit = mmrm(options.pop("formula"), frame, subject="subject", visit="visit", **options)
    joint = fit.joint_test(list(fit.terms[1:]))
    assert joint.frame[["df", "statistic", "p_value"]].isna().all(axis=None)
    assert any("not positive definite: no test" in note for note in joint.notes)
    assert not any("repeat" in note for note in joint.notes)
    tested = fit.anova().frame
    assert (tested["status"].ne("ok") == tested["p_value"].isna()).all()


def test_a_row_of_the_analysis_of_variance_is_ok_only_with_a_p_value() -> None:
    """Four rows, three coefficients: no F distribution has the moments of the joint statistic."""
    frame = pd.DataFrame({"subject": range(4), "visit": 1, "g": list("abca"), "y": [1.0, 3, 2, 2]})
    tested = mmrm("y ~ g", frame, subject="subject", visit="visit", covariance="cs").anova().frame
    assert tested["p_value"].isna().all()
    assert tested["status"].tolist() == ["no P: too few subjects for an F distribution"]


def test_the_steepest_likelihood_is_judged_by_what_it_could_fall() -> None:
    """Seed 8851: two correlations near 1, so the likelihood is 1e9 times as curved in one direction."""
    assert outcome(8851) == "result with a remark"


def test_a_joint_test_without_a_reference_distribution_says_so() -> None:
    """Four rows, three coefficients: F(2, 1) has no mean, which Kenward and Roger's approximation needs."""
    frame = pd.DataFrame(
        {"subject": range(4), "visit": 1, "x": [0.0, 1, 2, 3], "z": [0.0, 1, 0, 2], "y": [1.0, 3, 2, 2]}
    )
    fit = mmrm("y ~ x + z", frame, subject="subject", visit="visit", covariance="cs")
    joint = fit.joint_test(["x", "z"])
    assert joint.frame[["df", "p_value"]].isna().all(axis=None)
    assert any("no F distribution" in note for note in joint.notes)


@pytest.mark.long
def test_ten_thousand_random_data_sets() -> None:
    found = run(range(10_000))
    assert found["result"] > 2_000
    assert sum(found.values()) == 10_000
