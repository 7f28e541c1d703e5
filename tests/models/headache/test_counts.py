"""Counts of days: R's numbers, the likelihood of scipy, and every input that has no answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import optimize, special, stats

from outcomes.errors import ArgumentError, DataError
from outcomes.models.headache.counts import counts
from shared import reference, shared

# R's glm stops at a relative deviance change of 1e-8: its estimates are good to about 1e-7.
RTOL_GLM = 3e-7
# MASS and geepack files agree with the exact optimum to about 1e-9.
RTOL_POLISHED = 1e-8
# An independent optimiser with numerical gradients reaches about 1e-5 of a standard error.
RTOL_OPTIMISER = 1e-5

SIM = "attacks ~ baseline + arm + month"
KOSTECKI = "headache_days ~ post + hatype + age + sex"


def _sim() -> pd.DataFrame:
    frame = pd.read_csv(shared("reference", "counts", "sim_counts.csv"))
    return frame.assign(
        arm=pd.Categorical(frame["arm"], ["placebo", "active"]), month=pd.Categorical(frame["month"])
    )


def _fit(name: str, family: str, vcov: str):
    if name == "sim_counts":
        return counts(SIM, _sim(), subject="id", days="days", family=family, vcov=vcov)
    frame = pd.read_csv(shared("reference", "counts", "kostecki_agg.csv"))
    return counts(KOSTECKI, frame, subject="id", days="diary_days", family=family, vcov=vcov)


@pytest.mark.reference
@pytest.mark.parametrize("name", ["sim_counts", "kostecki_agg"])
@pytest.mark.parametrize(("family", "key"), [("poisson", "poisson_glm"), ("negative-binomial", "glm_nb")])
def test_agrees_with_mass_and_sandwich(name: str, family: str, key: str) -> None:
    expected = reference("counts", f"{name}.json")[key]
    fit = _fit(name, family, "robust")
    rows = expected["cluster_hc0"]
    np.testing.assert_allclose(fit.params, [row["estimate"] for row in rows], rtol=RTOL_GLM)
    np.testing.assert_allclose(fit.bse, [row["se"] for row in rows], rtol=RTOL_GLM)
    np.testing.assert_allclose(fit.pvalues, [row["p"] for row in rows], rtol=1e-5, atol=1e-12)
    np.testing.assert_allclose(fit.conf_int()["lower"], [row["lower"] for row in rows], rtol=1e-5)
    np.testing.assert_allclose(fit.conf_int()["upper"], [row["upper"] for row in rows], rtol=1e-5)
    assert fit.llf == pytest.approx(expected["logLik"], rel=1e-10)
    model = _fit(name, family, "model")
    np.testing.assert_allclose(
        model.bse, [row["se"] for row in expected["coefficients_model_se"]], rtol=RTOL_GLM
    )
    if family == "negative-binomial":
        assert fit.meta["theta"] == pytest.approx(expected["theta"], rel=1e-7)
        assert fit.aic == pytest.approx(expected["AIC"], rel=1e-10)


@pytest.mark.reference
@pytest.mark.parametrize("name", ["sim_counts", "kostecki_agg"])
def test_agrees_with_geepack_independence(name: str) -> None:
    expected = reference("counts", f"{name}.json")["poisson_gee_independence"]
    fit = _fit(name, "poisson", "robust")
    np.testing.assert_allclose(fit.cov_params(), expected["vcov_robust"]["values"], rtol=1e-6, atol=1e-12)


def _beta_binomial(seed: int = 3, patients: int = 60, periods: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "patient_id": np.repeat([f"P{i:03d}" for i in range(patients)], periods),
            "period": np.tile([f"days {28 * k + 1}-{28 * k + 28}" for k in range(periods)], patients),
            "baseline": np.repeat(rng.integers(12, 29, patients), periods),
        }
    )
    frame["days_recorded"] = rng.integers(14, 29, len(frame))
    mu = special.expit(-1.5 + 0.1 * frame["baseline"])
    frame["days_with_event"] = rng.binomial(frame["days_recorded"], rng.beta(2 * mu, 2 * (1 - mu)))
    return frame


BB = "days_with_event ~ baseline + period"


def test_beta_binomial_maximises_scipys_likelihood() -> None:
    frame = _beta_binomial()
    fit = counts(BB, frame, vcov="model", estimation="ml")
    x = np.column_stack(
        [np.ones(len(frame)), frame["baseline"], pd.get_dummies(frame["period"]).to_numpy(float)[:, 1:]]
    )

    def minus(theta: np.ndarray) -> float:
        mu, m = special.expit(x @ theta[:-1]), np.exp(theta[-1])
        logs = stats.betabinom.logpmf(frame["days_with_event"], frame["days_recorded"], mu * m, (1 - mu) * m)
        return -float(logs.sum())

    best = optimize.minimize(
        minus, np.array([0, 0.05, 0, 0, 0]), method="Nelder-Mead",
        options={"maxiter": 20_000, "maxfev": 20_000, "xatol": 1e-9, "fatol": 1e-11},
    )  # fmt: skip
    assert fit.llf == pytest.approx(-best.fun, rel=1e-10)
    order = [list(fit.terms).index(name) for name in ("Intercept", "baseline")]
    np.testing.assert_allclose(fit.params.iloc[order], best.x[:2], rtol=RTOL_OPTIMISER)
    assert fit.meta["rho"] == pytest.approx(1 / (1 + np.exp(best.x[-1])), rel=RTOL_OPTIMISER)


def test_beta_binomial_without_covariates_of_one_trial_is_the_proportion() -> None:
    # With one recorded day a period the beta-binomial is Bernoulli: mean = proportion, rho not identified.
    frame = pd.DataFrame({"patient_id": range(10), "days_recorded": 1, "days_with_event": [1] * 7 + [0] * 3})
    for estimation in ("ml", "quasi"):
        fit = counts("days_with_event ~ 1", frame, vcov="model", estimation=estimation)
        assert fit.params["Intercept"] == pytest.approx(special.logit(0.7), rel=1e-8)


def test_quasi_likelihood_is_the_weighted_binomial_at_its_rho() -> None:
    frame = _beta_binomial(11)
    fit = counts(BB, frame)
    y, n = frame["days_with_event"].to_numpy(float), frame["days_recorded"].to_numpy(float)
    x = fit.design.full[fit.design.cell]
    weight = 1 / (1 + (n - 1) * fit.meta["rho"])
    glm = sm.GLM(np.column_stack([y, n - y]), x, family=sm.families.Binomial(), var_weights=weight).fit(
        tol=1e-14
    )
    np.testing.assert_allclose(fit.params, glm.params, rtol=1e-8)
    mu = special.expit(x @ fit.coefficients)
    pearson = ((y - n * mu) ** 2 / (n * mu * (1 - mu) * (1 + (n - 1) * fit.meta["rho"]))).sum()
    # rho's equation: sum of (y - n mu)^2 / (n mu (1 - mu)) - (1 + (n - 1) rho) is minus the coefficients.
    left = ((y - n * mu) ** 2 / (n * mu * (1 - mu)) - 1 - (n - 1) * fit.meta["rho"]).sum()
    assert left == pytest.approx(-x.shape[1], abs=1e-6)
    assert pearson / len(y) == pytest.approx(1.0, abs=0.2)
    assert np.isnan(fit.llf)


def test_means_are_unbiased_when_groups_vary_differently_and_maximum_likelihood_is_not() -> None:
    rng = np.random.default_rng(4)
    theta = np.where(np.arange(20_000) % 2, rng.beta(4.1, 0.5, 20_000), rng.choice([0.2, 0.95], 20_000))
    frame = pd.DataFrame(
        {"patient_id": range(20_000), "arm": np.where(np.arange(20_000) % 2, "a", "b"), "days_recorded": 28}
    )
    frame["days_with_event"] = rng.binomial(28, theta)
    observed = frame.groupby("arm")["days_with_event"].mean().to_numpy()
    quasi = counts("days_with_event ~ arm", frame).days_per_28("arm")["estimate"]
    np.testing.assert_allclose(quasi, observed, rtol=1e-8)
    ml = counts("days_with_event ~ arm", frame, estimation="ml").days_per_28("arm")["estimate"]
    assert np.abs(ml - observed).max() > 0.3


def test_mancl_derouen_agrees_with_statsmodels() -> None:
    frame = _beta_binomial(5)
    fit = counts(BB, frame, family="poisson")
    gee = sm.GEE.from_formula(
        "days_with_event ~ baseline + period",
        groups="patient_id",
        data=frame,
        family=sm.families.Poisson(),
        offset=np.log(frame["days_recorded"]),
    ).fit(cov_type="bias_reduced", ctol=1e-12, maxiter=200)
    theirs = gee.bse.rename(lambda name: name)
    np.testing.assert_allclose(fit.bse[theirs.index], theirs, rtol=1e-7)
    assert fit.df == 60 - 4


def test_standardised_days_and_ratios() -> None:
    frame = _beta_binomial(8)
    for family in ("beta-binomial", "negative-binomial", "poisson"):
        fit = counts("days_with_event ~ period", frame, family=family)
        days = fit.days_per_28("period")
        mean = special.expit if family == "beta-binomial" else np.exp
        first = 28 * mean(fit.params["Intercept"])
        assert days["estimate"].iloc[0] == pytest.approx(first, rel=1e-12)
        assert (days["n"] == 60).all()
        ratio = fit.ratios("period")
        assert len(ratio) == 2
        np.testing.assert_allclose(
            ratio["estimate"], days["estimate"].iloc[1:].to_numpy() / days["estimate"].iloc[0], rtol=1e-12
        )
        if family != "beta-binomial":  # a log link's ratio is the exponential of its coefficient
            np.testing.assert_allclose(ratio["estimate"], np.exp(fit.params.iloc[1:]), rtol=1e-12)
            np.testing.assert_allclose(ratio["std_error"], fit.bse.iloc[1:], rtol=1e-10)
        assert (days["lower"] > 0).all()
        assert family != "beta-binomial" or (days["upper"] < 28).all()


def test_gradient_of_the_mean_is_the_derivative() -> None:
    fit = counts(BB, _beta_binomial(9))
    _, means, gradients = fit._means(["period"])
    step = 1e-6
    for j in range(len(fit.terms)):
        moved = fit.inner[0].copy()
        moved[j] += step
        other = type(fit)(**{f: getattr(fit, f) for f in _fields(fit)} | {"inner": (moved, fit.inner[1])})
        numeric = (other._means(["period"])[1] - means) / step
        np.testing.assert_allclose(gradients[:, j], numeric, rtol=1e-4, atol=1e-7)


def _fields(fit: object) -> list[str]:
    import dataclasses

    return [field.name for field in dataclasses.fields(fit)]


@pytest.mark.parametrize("family", ["beta-binomial", "negative-binomial", "poisson"])
def test_inputs_without_an_answer_say_why(family: str) -> None:
    frame = _beta_binomial(patients=6)
    cases = {
        "no row can be used": frame.assign(days_with_event=np.nan),
        "one patient: the variation between patients is unknown": frame.iloc[:3],
        "no event on any recorded day: the estimate is at its limit": frame.assign(days_with_event=0),
    }
    if family == "beta-binomial":
        every = frame.assign(days_with_event=frame["days_recorded"])
        cases["every recorded day has the event: the estimate is at its limit"] = every
    for reason, data in cases.items():
        fit = counts(BB, data, family=family)
        assert fit.status == reason
        assert fit.to_frame()["estimate"].isna().all()
        assert (fit.to_frame()["status"] == reason).all()
        assert fit.days_per_28("period")["status"].tolist() == [reason]
        assert reason in fit.summary()


def test_an_empty_group_is_separated_not_a_number_in_silence() -> None:
    frame = _beta_binomial(patients=20)
    frame.loc[frame["period"] == "days 1-28", "days_with_event"] = 0
    for family in ("beta-binomial", "negative-binomial", "poisson"):
        assert counts(BB, frame, family=family).status.startswith(("separated", "not converged"))


def test_no_extra_variation_falls_back_and_says_so() -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"patient_id": range(40), "days_recorded": 28, "days_with_event": 14})
    frame["days_with_event"] += rng.integers(0, 2, 40)  # less varied than binomial
    fit = counts("days_with_event ~ 1", frame)
    assert fit.status == "dispersion at its limit: fitted as binomial"
    assert fit.meta["rho"] == 0
    assert special.expit(fit.params["Intercept"]) == pytest.approx(
        frame["days_with_event"].mean() / 28, rel=1e-4
    )
    nb = counts("days_with_event ~ 1", frame, family="negative-binomial")
    assert nb.status == "dispersion at its limit: fitted as Poisson"


def test_rows_are_accounted_for_and_the_frame_is_untouched() -> None:
    frame = _beta_binomial(patients=10).astype({"days_recorded": "float64"})
    frame.loc[0, "days_recorded"] = np.nan
    frame.loc[1, ["days_recorded", "days_with_event"]] = 0
    before = frame.copy()
    fit = counts(BB + " + again", frame.assign(again=frame["baseline"] * 2))
    assert fit.nobs == 28
    assert fit.notes[0] == "1 of 30 rows left out for a missing value (days_recorded 1)"
    assert any("cannot tell apart were dropped" in note for note in fit.notes)
    assert any("1 row without a recorded day" in note for note in fit.notes)
    pd.testing.assert_frame_equal(frame, before)
    shuffled = counts(BB, frame.sample(frac=1, random_state=1))
    np.testing.assert_allclose(shuffled.bse, counts(BB, frame).bse, rtol=1e-9)


def test_errors_name_what_is_allowed() -> None:
    frame = _beta_binomial(patients=5)
    with pytest.raises(ArgumentError, match=r"did you mean 'baseline'"):
        counts("days_with_event ~ basline", frame)
    with pytest.raises(ArgumentError, match="family is not one of its options"):
        counts(BB, frame, family="binomial")
    with pytest.raises(ArgumentError, match="one response"):
        counts("~ baseline", frame)
    with pytest.raises(DataError, match="at most the days recorded"):
        counts(BB, frame.assign(days_with_event=40))
    with pytest.raises(ArgumentError, match="by is not one of its options"):
        counts(BB, frame).days_per_28("baseline")


def test_a_log_link_gives_no_days_above_those_there_are() -> None:
    """A log link knows no highest value: it expected 29.8 of 28 days, with an upper limit of 28.0."""
    rng = np.random.default_rng(235)
    frame = pd.DataFrame(
        {"patient_id": range(12), "arm": ["a", "b"] * 6, "x": rng.normal(0, 1.5, 12), "days_recorded": 28}
    )
    frame["days_with_event"] = np.minimum(28, rng.poisson(14 * np.exp(0.8 * frame["x"])))
    formula = "days_with_event ~ arm + x"
    found = counts(formula, frame, family="negative-binomial").days_per_28("arm").to_frame()
    low, high = found.to_dict("records")
    assert low["lower"] < low["estimate"] < low["upper"] <= 28
    assert np.isnan([high["estimate"], high["std_error"], high["lower"], high["upper"]]).all()
    assert high["status"] == "no number: the log link expects more days than there are"
    # attacks are not bounded by days, nor is the mean of twice as many
    attacks = frame.assign(days_with_event=2 * frame["days_with_event"])
    many = counts(formula, attacks, family="poisson").days_per_28("arm").to_frame()
    days = counts(formula, frame, family="poisson").days_per_28("arm").to_frame()
    np.testing.assert_allclose(many["estimate"], 2 * days["estimate"], rtol=1e-6)
    assert (many["status"] == "ok").all()
    assert (many["estimate"] < many["upper"]).all()
    assert (many["upper"] > 28).all()


def test_the_covariance_is_the_same_however_many_patients_are_held_at_once(monkeypatch):
    rng = np.random.default_rng(4)
    rows = pd.DataFrame({"patient_id": np.repeat(np.arange(30), 3), "period": np.tile(list("abc"), 30)})
    rows["days_recorded"] = rng.integers(1, 29, 90)
    rows["days_with_event"] = rng.binomial(rows["days_recorded"], 0.4)
    whole = counts("days_with_event ~ period", rows)
    monkeypatch.setattr("outcomes.models.stats.kernels.cluster_robust.BLOCK", 7)
    np.testing.assert_allclose(
        counts("days_with_event ~ period", rows).covariance, whole.covariance, rtol=1e-12
    )


def test_counts_that_vary_less_than_poisson_are_fitted_as_poisson() -> None:
    """At a large theta the likelihood was a difference of large numbers: "not converged after 211 steps"."""
    days = [10, 20, 20, 10, 13, 8, 16, 18, 13, 15, 7, 15, 9, 16, 10, 14, 9, 15, 9, 17, 20, 18]
    who = [0, 0, 0, 1, 1, 3, 3, 3, 4, 4, 5, 5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8]
    when = [1, 2, 3, 1, 2, 1, 2, 3, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]
    arm = dict(zip([0, 1, 3, 4, 5, 6, 7, 8], "abbacaca", strict=True))
    frame = pd.DataFrame({"patient_id": who, "days_with_event": days, "days_recorded": 28})
    frame = frame.assign(arm=frame["patient_id"].map(arm), period=[f"m{month}" for month in when])
    fit = counts("days_with_event ~ arm + period", frame, family="negative-binomial")
    assert fit.status == "dispersion at its limit: fitted as Poisson"
    x = pd.get_dummies(frame[["arm", "period"]], drop_first=True).astype(float)
    theirs = sm.GLM(frame["days_with_event"], sm.add_constant(x), sm.families.Poisson(),
                    offset=np.log(frame["days_recorded"])).fit(tol=1e-12)  # fmt: skip
    np.testing.assert_allclose(fit.coefficients, theirs.params, rtol=1e-7)
    assert fit.meta["llf"] == pytest.approx(theirs.llf, rel=1e-10)
