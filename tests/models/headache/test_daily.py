"""Daily logistic GEE: geepack's numbers, dense algebra for gaps in the calendar, and hard inputs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import special

from outcomes.errors import ArgumentError, DataError
from outcomes.models.headache.daily import add_interruption, daily
from shared import reference, shared

# geepack's files were iterated to about 1e-9; AR(1) estimates alpha by Gauss-Newton and stops there.
RTOL_GEEPACK = 1e-8
# The same equations solved with dense matrices: rounding only, through the fixed point in alpha.
RTOL_DENSE = 1e-8

FORMULAS = {
    "": "y ~ hatype + age + airq + medication + sex + time",
    "post_": "y ~ post + hatype + age + airq + medication + sex",
}


def _kostecki() -> pd.DataFrame:
    frame = pd.read_csv(shared("data", "kostecki_dillon.csv"))
    return frame.assign(
        medication=pd.Categorical(frame["medication"], ["none", "reduced", "continuing"]),
        post=(frame["time"] >= 0).astype(float),
        row=frame.groupby("id").cumcount(),
    )


@pytest.mark.reference
@pytest.mark.parametrize("correlation", ["independence", "exchangeable", "ar1"])
@pytest.mark.parametrize("prefix", ["", "post_"])
def test_agrees_with_geepack(prefix: str, correlation: str) -> None:
    expected = reference("counts", "kostecki_gee.json")[prefix + correlation]
    # geepack was run without waves: its AR(1) counts rows, so here the day is the row number.
    fit = daily(
        FORMULAS[prefix], _kostecki(), subject="id", day="row", correlation=correlation, vcov="robust"
    )
    rows = expected["coefficients_robust"]
    np.testing.assert_allclose(fit.params, [row["estimate"] for row in rows], rtol=RTOL_GEEPACK)
    np.testing.assert_allclose(fit.bse, [row["se"] for row in rows], rtol=RTOL_GEEPACK)
    np.testing.assert_allclose(fit.pvalues, [row["p"] for row in rows], rtol=1e-6)
    scale_of = np.abs(np.diag(expected["vcov_robust"]["values"])) ** 0.5
    np.testing.assert_allclose(
        fit.cov_params() / np.outer(scale_of, scale_of),
        np.array(expected["vcov_robust"]["values"]) / np.outer(scale_of, scale_of),
        atol=1e-7,
    )
    assert fit.meta["scale"] == pytest.approx(expected["scale_gamma"], rel=RTOL_GEEPACK)
    if correlation != "independence":
        assert fit.meta["alpha"] == pytest.approx(expected["alpha"], rel=RTOL_GEEPACK)
    naive = daily(
        FORMULAS[prefix], _kostecki(), subject="id", day="row", correlation=correlation, vcov="model"
    )
    np.testing.assert_allclose(naive.bse, expected["naive_se_geese_vbeta_naiv"], rtol=RTOL_GEEPACK)


def _diary(seed: int = 4, patients: int = 25, span: int = 40) -> pd.DataFrame:
    """Days with gaps: about 70 % of a calendar recorded, correlated within a patient."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"patient_id": np.repeat(np.arange(patients), span), "day": np.tile(np.arange(span) - 15, patients)}
    )
    level = np.repeat(rng.normal(0.3, 1.0, patients), span)
    frame["phase"] = np.where(frame["day"] < 0, "before", "later")
    frame["sex"] = np.repeat(rng.choice(["f", "m"], patients), span)
    frame["headache"] = rng.random(len(frame)) < special.expit(level - 0.5 * (frame["day"] >= 0))
    return frame[rng.random(len(frame)) < 0.7].reset_index(drop=True)


def _dense(frame: pd.DataFrame, x: np.ndarray, correlation: str) -> dict[str, np.ndarray | float]:
    """Solve the same equations with one explicit covariance matrix a patient."""
    y, day = frame["headache"].to_numpy(float), frame["day"].to_numpy()
    groups = [np.flatnonzero(frame["patient_id"] == i) for i in frame["patient_id"].unique()]
    beta, alpha = np.zeros(x.shape[1]), 0.0
    for _ in range(200):
        mu = special.expit(x @ beta)
        r = (y - mu) / np.sqrt(mu * (1 - mu))
        scale = np.mean(r**2)
        pairs = [(r[g][:, None] * r[g] / scale, np.abs(day[g][:, None] - day[g])) for g in groups]
        lag = np.concatenate([d[np.triu_indices_from(d, 1)] for _, d in pairs])
        product = np.concatenate([z[np.triu_indices_from(z, 1)] for z, _ in pairs])
        if correlation == "exchangeable":
            new_alpha = product.mean()
        else:
            total, count = np.bincount(lag, weights=product), np.bincount(lag)
            powers = np.arange(len(count))
            trial = np.linspace(alpha - 0.3, alpha + 0.3, 7)
            for _ in range(60):  # shrink a bracket around the smallest loss
                loss = [np.sum(count * t ** (2 * powers) - 2 * total * t**powers) for t in trial]
                centre, width = trial[np.argmin(loss)], trial[1] - trial[0]
                trial = np.linspace(centre - width, centre + width, 7)
            new_alpha = trial[3]
        information, score = np.zeros((len(beta),) * 2), np.zeros(len(beta))
        per_group = []
        for g, (_, d) in zip(groups, pairs, strict=True):
            corr = new_alpha**d if correlation == "ar1" else np.where(d == 0, 1.0, new_alpha)
            v = mu[g] * (1 - mu[g])
            dd = x[g] * v[:, None]
            inverse = np.linalg.inv(scale * np.sqrt(np.outer(v, v)) * corr)
            per_group.append((dd, inverse, y[g] - mu[g]))
            information += dd.T @ inverse @ dd
            score += dd.T @ inverse @ (y[g] - mu[g])
        step = np.linalg.solve(information, score)
        beta, done = beta + step, np.abs(step).max() < 1e-12 and abs(new_alpha - alpha) < 1e-10
        alpha = new_alpha
        if done:
            break
    bread = np.linalg.inv(information)
    meat = np.zeros_like(bread)
    for dd, inverse, res in per_group:
        h = dd @ bread @ dd.T @ inverse
        u = dd.T @ inverse @ np.linalg.solve(np.eye(len(res)) - h, res)
        meat += np.outer(u, u)
    return {"beta": beta, "alpha": alpha, "covariance": bread @ meat @ bread}


@pytest.mark.parametrize("correlation", ["exchangeable", "ar1"])
def test_calendar_gaps_agree_with_dense_matrices(correlation: str) -> None:
    frame = _diary()
    x = np.column_stack([np.ones(len(frame)), frame["phase"] == "later", frame["sex"] == "m"]).astype(float)
    expected = _dense(frame, x, correlation)
    fit = daily("headache ~ phase + sex", frame, correlation=correlation)
    assert fit.status == "ok"
    # The bracket search for alpha in the dense code is good to about the square root of rounding.
    atol = 1e-6 if correlation == "ar1" else 1e-9
    assert fit.meta["alpha"] == pytest.approx(expected["alpha"], abs=atol)
    np.testing.assert_allclose(fit.params, expected["beta"], atol=atol)
    np.testing.assert_allclose(fit.covariance, expected["covariance"], rtol=1e-5, atol=1e-9)


def test_ar1_uses_the_calendar_not_the_order_of_rows() -> None:
    frame = _diary(6)
    fit = daily("headache ~ phase", frame)
    shuffled = daily("headache ~ phase", frame.sample(frac=1, random_state=3))
    np.testing.assert_allclose(shuffled.params, fit.params, rtol=1e-9)
    dates = frame.assign(day=pd.Timestamp("2024-01-31") + pd.to_timedelta(frame["day"], unit="D"))
    np.testing.assert_allclose(daily("headache ~ phase", dates).bse, fit.bse, rtol=1e-9)
    as_rows = daily("headache ~ phase", frame.assign(day=frame.groupby("patient_id").cumcount()))
    assert abs(as_rows.meta["alpha"] - fit.meta["alpha"]) > 1e-3


@pytest.mark.parametrize("correlation", ["independence", "exchangeable"])
def test_adding_up_days_changes_nothing(correlation: str) -> None:
    frame = _diary(7)
    rng = np.random.default_rng(0)
    together = daily("headache ~ phase + sex", frame, correlation=correlation)
    # A covariate that differs by 1e-12 on each day keeps every day a row of its own.
    apart = daily(
        "headache ~ phase + sex + jitter",
        frame.assign(jitter=rng.normal(size=len(frame))),
        correlation=correlation,
    )
    assert len(together.design.cell) < len(apart.design.cell) == len(frame)
    fixed = frame.assign(phase=(frame["phase"] == "later") + rng.uniform(0, 1e-9, len(frame)))
    split = daily("headache ~ phase + sex", fixed, correlation=correlation)
    np.testing.assert_allclose(split.coefficients, together.coefficients, atol=1e-6)
    np.testing.assert_allclose(split.covariance, together.covariance, atol=1e-6)


def test_small_sample_covariance_agrees_with_statsmodels() -> None:
    frame = _diary(9, patients=12).astype({"headache": float})
    fit = daily("headache ~ phase + sex", frame, correlation="independence")
    gee = sm.GEE.from_formula(
        "headache ~ phase + sex", groups="patient_id", data=frame, family=sm.families.Binomial()
    ).fit(cov_type="bias_reduced", ctol=1e-12, maxiter=200)
    np.testing.assert_allclose(fit.bse.to_numpy(), gee.bse.to_numpy(), rtol=1e-7)
    assert fit.df == 12 - 3
    assert (
        fit.bse > daily("headache ~ phase + sex", frame, correlation="independence", vcov="robust").bse
    ).all()


def test_interrupted_series_finds_slope_and_level() -> None:
    rng = np.random.default_rng(11)
    patients, day = 400, np.arange(-56, 84)
    frame = pd.DataFrame(
        {"patient_id": np.repeat(np.arange(patients), len(day)), "day": np.tile(day, patients)}
    )
    frame["phase"] = np.select([frame["day"] < 0, frame["day"] < 5], ["before", "during"], "after")
    frame["day_after"] = (frame["day"] - 4).where(frame["day"] >= 5).astype("Int64")
    timed = add_interruption(frame)
    truth = {
        "Intercept": 1.0,
        "phase[T.during]": -0.3,
        "phase[T.after]": -0.8,
        "months": 0.1,
        "months_after": 0.2,
    }
    eta = (
        1.0 + 0.1 * timed["months"].astype(float) - 0.3 * (timed["phase"] == "during")
        - 0.8 * (timed["phase"] == "after") + 0.2 * timed["months_after"]
    )  # fmt: skip
    timed["headache"] = rng.random(len(timed)) < special.expit(eta)
    fit = daily("headache ~ months + phase + months_after", timed)
    assert fit.status == "ok"
    z = [(fit.params[name] - value) / fit.bse[name] for name, value in truth.items()]
    # One seeded draw: five standard normal deviates, none beyond 3.5 (probability 0.998).
    assert np.abs(z).max() < 3.5


def test_days_per_28_weigh_each_recorded_day_once() -> None:
    frame = _diary(13)
    fit = daily("headache ~ phase + sex", frame, correlation="independence")
    # Independence has the sum of fitted = sum of observed for any group with its own coefficient.
    assert fit.days_per_28()["estimate"].iloc[0] == pytest.approx(28 * frame["headache"].mean(), rel=1e-9)


def test_inputs_without_an_answer_say_why() -> None:
    frame = _diary(patients=5)
    cases = {
        "no day can be used": frame.assign(headache=pd.array([pd.NA] * len(frame), dtype="boolean")),
        "one patient: the variation between patients is unknown": frame[frame["patient_id"] == 0],
        "no recorded day has the event: the estimate is at its limit": frame.assign(headache=False),
        "every recorded day has the event: the estimate is at its limit": frame.assign(headache=True),
    }
    for correlation in ("ar1", "exchangeable", "independence"):
        for reason, data in cases.items():
            fit = daily("headache ~ phase", data, correlation=correlation)
            assert fit.status == reason
            assert fit.to_frame()["estimate"].isna().all()
            assert fit.days_per_28("phase")["status"].tolist() == [reason]
        stuck = frame.assign(headache=frame["headache"] | (frame["phase"] == "before"))
        assert daily("headache ~ phase", stuck, correlation=correlation).status.startswith("separated")
        few = daily("headache ~ phase + sex", frame[frame["patient_id"] < 2], correlation=correlation)
        assert few.status != "ok"


def test_one_day_a_patient_has_no_correlation_to_estimate() -> None:
    frame = _diary(patients=60).groupby("patient_id").head(1)
    for correlation in ("ar1", "exchangeable"):
        fit = daily("headache ~ 1", frame, correlation=correlation)
        assert fit.status == "ok"
        assert fit.meta["alpha"] == 0
        assert special.expit(fit.params["Intercept"]) == pytest.approx(frame["headache"].mean(), rel=1e-9)


def test_refusals() -> None:
    frame = _diary(patients=4)
    with pytest.raises(DataError, match="two rows for one day"):
        daily("headache ~ phase", pd.concat([frame, frame.iloc[[0]]]))
    with pytest.raises(DataError, match="yes or no"):
        daily("day ~ phase", frame, correlation="independence")
    with pytest.raises(DataError, match="whole numbers or dates"):
        daily("headache ~ phase", frame.assign(day=frame["day"] + 0.5))
    with pytest.raises(ArgumentError, match="correlation is not one of its options"):
        daily("headache ~ phase", frame, correlation="unstructured")
    with pytest.raises(ArgumentError, match="lack columns"):
        add_interruption(frame.drop(columns="phase"))


@pytest.mark.reference
def test_a_real_diary_with_two_entries_on_a_day_is_refused_by_the_calendar() -> None:
    frame = _kostecki()
    with pytest.raises(DataError, match="1 repeated patient-days"):
        daily("y ~ post", frame, subject="id", day="time")
    once = frame.drop_duplicates(["id", "time"])
    fit = daily("y ~ post", once, subject="id", day="time")
    assert fit.status == "ok"
    assert 0.3 < fit.meta["alpha"] < 0.9
