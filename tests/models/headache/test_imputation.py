"""Imputation: SAS's published results, conditional normals by hand, Rubin's rules, tipping points."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from outcomes.errors import ArgumentError, DataError
from outcomes.models.headache.ancova import ancova
from outcomes.models.headache.imputation import impute, impute_each
from outcomes.models.headache.imputation.summed import SummedImputations, completed_sums
from outcomes.models.headache.tipping import tipping_point, tipping_surface
from outcomes.models.mmrm import mmrm
from outcomes.models.stats.kernels.fill import fill, last_seen
from outcomes.models.stats.kernels.normal_draws import Panel, draw_sigma, generalised_least_squares, products
from outcomes.models.stats.kernels.rubin import pool
from outcomes.models.stats.kernels.structures import covariance
from shared import reference, shared

# SAS with 5,000 draws, ours with 1,000. The between-imputation sd of the difference is about .45 (15 % of
# 1.12^2), so one estimate has a Monte Carlo error of .014 here and .006 there: 3.5 of both are .055.
ATOL_ESTIMATE = 0.055
# The same on limits (their half width adds little), and on P by its slope of about .06 a unit at P = .03.
ATOL_LIMIT = 0.07
ATOL_P = 0.006

STRATEGIES = {
    "MAR": "mar", "J2R": "jump-to-reference", "CR": "copy-reference", "CIR": "copy-increments",
}  # fmt: skip


def _trial() -> pd.DataFrame:
    names = {"PATIENT": "patient_id", "VISIT": "period", "BASVAL": "baseline", "CHANGE": "change"}
    return pd.read_csv(shared("data", "antidepressant_data.csv")).rename(columns=names)


def _impute(data: pd.DataFrame, method: str, imputations: int = 1000, draws: str = "approximate-bayes"):
    return impute(
        data, arm="THERAPY", reference="PLACEBO", covariates=["GENDER"], method=method,
        imputations=imputations, draws=draws, rng=2,
    )  # fmt: skip


@pytest.mark.reference
@pytest.mark.parametrize("row", [1, 3, 5, 7])
def test_agrees_with_sas_five_macros(row: int) -> None:
    name, delta, at_tip, limits, p_tip, estimate, p = reference("rbmi_sas.json")["rows"][row]
    found = _impute(_trial(), STRATEGIES[name.split()[0]])
    last = found.estimates().to_frame().query("term == 'difference'").iloc[-1]
    assert last["contrast"] == "DRUG - PLACEBO"
    assert last["estimate"] == pytest.approx(estimate, abs=ATOL_ESTIMATE)
    assert last["p_value"] == pytest.approx(p, abs=ATOL_P)
    shifted = tipping_point(found, shift="after-last", deltas=[delta])
    at = shifted.to_frame().query("delta == @delta").iloc[0]
    assert at["estimate"] == pytest.approx(at_tip, abs=ATOL_ESTIMATE)
    assert at[["lower", "upper"]].tolist() == pytest.approx(limits, abs=ATOL_LIMIT)
    assert at["p_value"] == pytest.approx(p_tip, abs=ATOL_P)
    # The published tipping point is the first whole shift beyond ours.
    tip = shifted.meta["tipping_delta"]
    assert np.sign(tip) * np.ceil(abs(tip)) == delta


@pytest.mark.reference
def test_bootstrap_draws_give_the_same_answer() -> None:
    bayes = _impute(_trial(), "mar", 300).estimates().to_frame().query("term == 'difference'").iloc[-1]
    boot = (
        _impute(_trial(), "mar", 150, "bootstrap")
        .estimates()
        .to_frame()
        .query("term == 'difference'")
        .iloc[-1]
    )
    # Monte Carlo error of each: .45 / sqrt(300) and .45 / sqrt(150); 3.5 of their difference is .16.
    assert boot["estimate"] == pytest.approx(bayes["estimate"], abs=0.16)
    assert boot["std_error"] == pytest.approx(bayes["std_error"], rel=0.06)


def test_least_squares_from_products_are_those_of_mmrm() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=(60, 3)) @ np.linalg.cholesky(covariance("ar1", np.array([0.3, 1.0]), 3)).T
    y[rng.random(y.shape) < 0.2] = np.nan
    x = rng.normal(size=60)
    panel = Panel(y, np.column_stack([np.ones(60), x]), np.empty((60, 0)))
    subject, visit = np.nonzero(~np.isnan(y))
    frame = pd.DataFrame({"s": subject, "v": visit, "x": x[subject], "y": y[~np.isnan(y)]})
    fit = mmrm("y ~ v + x:v", frame, subject="s", visit="v", df="residual")
    sigma = covariance("us", fit.theta, 3)
    beta, information = generalised_least_squares(products(panel), sigma[None])
    np.testing.assert_allclose(beta[0, 1::2], fit.params.filter(like="x"), rtol=1e-8)
    assert beta[0, 0] == pytest.approx(fit.params["Intercept"], rel=1e-8)
    assert np.linalg.inv(information[0])[0, 0] == pytest.approx(fit.cov_params().iloc[0, 0], rel=1e-6)


SIGMA = np.array([[4.0, 2.0, 1.0, 0.5], [2.0, 5.0, 2.5, 1.0], [1.0, 2.5, 6.0, 3.0], [0.5, 1.0, 3.0, 7.0]])
OWN, OTHER = np.array([-4.0, -5, -6, -7]), np.array([-1.0, -1.5, -2, -2.5])


def _filled(y: list[float], strategy: str, draws: int = 60_000) -> np.ndarray:
    """Fill one patient of the active arm many times with known parameters."""
    panel = Panel(np.array([y]), np.array([[1.0, 1.0]]), np.empty((1, 0)))
    beta = np.column_stack([OTHER, OWN - OTHER]).ravel()
    return fill(
        panel, np.array([[1.0, 0.0]]), np.tile(beta, (draws, 1)), np.tile(SIGMA, (draws, 1, 1)),
        strategy, np.array([True]), np.random.default_rng(1),
    )[:, 0]  # fmt: skip


def _expected(
    seen: list[int], gone: list[int], mean: np.ndarray, values: list[float]
) -> tuple[np.ndarray, np.ndarray]:
    slope = SIGMA[np.ix_(gone, seen)] @ np.linalg.inv(SIGMA[np.ix_(seen, seen)])
    return (
        mean[gone] + slope @ (np.array(values) - mean[seen]),
        SIGMA[np.ix_(gone, gone)] - slope @ SIGMA[np.ix_(seen, gone)],
    )


@pytest.mark.parametrize("strategy", ["mar", "jump-to-reference", "copy-reference", "copy-increments"])
def test_strategies_are_the_conditional_normals_of_their_definitions(strategy: str) -> None:
    nan = np.nan
    jump = np.r_[OWN[:2], OTHER[2:]]
    mean = {
        "mar": OWN, "jump-to-reference": jump, "copy-reference": OTHER,
        "copy-increments": np.r_[OWN[:2], OWN[1] + OTHER[2:] - OTHER[1]],
    }[strategy]  # fmt: skip
    got = _filled([-2.0, -6.0, nan, nan], strategy)
    centre, spread = _expected([0, 1], [2, 3], mean, [-2.0, -6.0])
    # 60,000 draws with sd about 2.5: 4 Monte Carlo errors are .04 for means and .13 for variances.
    np.testing.assert_allclose(got[:, 2:].mean(axis=0), centre, atol=0.045)
    np.testing.assert_allclose(np.cov(got[:, 2:].T), spread, atol=0.15)
    assert (got[:, :2] == [-2.0, -6.0]).all()


def test_return_to_baseline_forgets_and_a_gap_is_filled_at_random() -> None:
    nan = np.nan
    got = _filled([-9.0, nan, -8.0, nan], "return-to-baseline")
    assert got[:, 3].mean() == pytest.approx(0.0, abs=0.045)
    assert got[:, 3].var() == pytest.approx(7.0, abs=0.15)
    centre, spread = _expected([0, 2], [1], OWN, [-9.0, -8.0])
    assert got[:, 1].mean() == pytest.approx(centre[0], abs=0.04)
    assert got[:, 1].var() == pytest.approx(spread[0, 0], abs=0.1)
    jump = _filled([-9.0, nan, -8.0, nan], "jump-to-reference")
    assert jump[:, 1].mean() == pytest.approx(centre[0], abs=0.04)
    nothing = _filled([nan] * 4, "copy-increments")
    np.testing.assert_allclose(nothing.mean(axis=0), OTHER, atol=0.045)


def test_last_seen() -> None:
    nan = np.nan
    assert last_seen(np.array([[1, nan, 2, nan], [nan] * 4, [nan, nan, nan, 1]])).tolist() == [2, -1, 3]


def test_draws_of_sigma_have_the_information_of_theta() -> None:
    theta = np.array([0.5, 0.7, 0.3])
    vcov = np.diag([0.01, 0.02, 0.03])
    sigma = draw_sigma(theta, vcov, "us", 2, 4000, np.random.default_rng(3))
    log_sd = 0.5 * np.log(sigma[:, 0, 0])  # the first parameter is the log standard deviation of visit 1
    assert log_sd.mean() == pytest.approx(0.5, abs=4 * 0.1 / np.sqrt(4000))
    assert log_sd.std() == pytest.approx(0.1, rel=0.05)
    assert (np.linalg.eigvalsh(sigma)[:, 0] > 0).all()


def test_rubins_rules_by_hand() -> None:
    estimates, variances = np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.5, 0.8])
    found = pool(estimates, variances, 50.0)
    within, between = 0.6, 1.0
    total = within + 4 / 3 * between
    share = (4 / 3) / total
    old, observed = 2 / share**2, 51 / 53 * 50 * (1 - share)
    assert found.estimate == 2.0
    assert found.std_error == pytest.approx(np.sqrt(total))
    assert found.df == pytest.approx(1 / (1 / old + 1 / observed))
    assert found.missing_share == pytest.approx(share)
    same = pool(np.ones(5), np.full(5, 0.3), 50.0)
    assert (same.df, same.missing_share) == (50.0, 0.0)


def _cohort(n: int = 40, seed: int = 5, arms: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {
            "patient_id": np.repeat(np.arange(n), 3),
            "period": np.tile([1, 2, 3], n),
            "period_number": np.tile([1, 2, 3], n),
        }
    )
    rows["baseline"] = np.repeat(rng.normal(22, 3, n), 3)
    rows["arm"] = np.repeat(np.where(np.arange(n) % 2, "active", "placebo"), 3)
    effect = -2.0 * (rows["arm"] == "active") if arms else 0.0
    rows["change"] = -4 + effect + np.repeat(rng.normal(0, 3, n), 3) + rng.normal(0, 2, 3 * n)
    return rows


def _dropout(rows: pd.DataFrame, share: float = 0.25, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = rows["patient_id"].nunique()
    last = np.where(rng.random(n) < share, rng.integers(1, 3, n), 3)
    gone = rows["period"] > np.repeat(last, 3)
    return rows.assign(change=rows["change"].where(~gone))


def test_nothing_missing_is_ancova() -> None:
    rows = _cohort(arms=True)
    found = impute(rows, arm="arm", reference="placebo", imputations=3).estimates().to_frame()
    plain = ancova(rows.assign(period=rows["period"].astype(str)), arm="arm", reference="placebo").to_frame()
    plain = plain[plain["term"] != "slope on baseline"].reset_index(drop=True)
    for name in ("estimate", "std_error", "df", "p_value", "lower", "upper"):
        np.testing.assert_allclose(found[name], plain[name].to_numpy(), rtol=1e-9)
    assert (found["missing_share"] == 0).all()


def test_seeded_and_frozen() -> None:
    rows = _dropout(_cohort())
    before = rows.copy()
    one, two = impute(rows, rng=7, imputations=20), impute(rows, rng=7, imputations=20)
    np.testing.assert_array_equal(one.completed, two.completed)
    assert (impute(rows, rng=8, imputations=20).completed != one.completed).any()
    pd.testing.assert_frame_equal(rows, before)
    seen = ~one.missing
    assert (one.completed[:, seen] == one.observed[seen]).all()
    frame = one.to_frame(3)
    assert frame["imputed"].sum() == rows["change"].isna().sum()
    assert frame["change"].notna().all()


def test_tipping_point_is_where_the_interval_reaches_zero_and_counts_days() -> None:
    rows = _dropout(_cohort(60))
    found = impute(rows, rng=1, imputations=100)
    result = tipping_point(found)
    frame = result.to_frame()
    tip = frame[frame["term"] == "tipping point"].iloc[0]
    assert tip["upper"] == pytest.approx(0.0, abs=1e-4)
    n = int(found.missing[:, -1].sum())
    assert tip["n"] == n
    assert result.meta["days_shifted"] == 28 * n
    start = frame[frame["delta"] == 0].iloc[0]
    assert tip["event_days"] == pytest.approx(start["event_days"] + n * tip["delta"])
    by_hand = (
        (found.completed[:, found.missing[:, -1], -1] + found.baseline[found.missing[:, -1]])
        .sum(axis=1)
        .mean()
    )
    assert start["event_days"] == pytest.approx(by_hand)
    assert f"{n} missing periods are {28 * n} days" in result.notes[-2]
    # Shifting by hand and pooling again is the same.
    shifted = found.completed[:, :, -1] + tip["delta"] * found.missing[:, -1]
    assert shifted.mean() == pytest.approx(tip["estimate"], abs=1e-9)


def test_a_conclusion_that_no_diary_could_change_is_said() -> None:
    rows = _cohort(80)
    rows.loc[(rows["patient_id"] == 3) & (rows["period"] == 3), "change"] = np.nan
    result = tipping_point(impute(rows, imputations=20))
    assert (
        result.status.startswith("no shift of up to 28")
        or "no diary could have recorded that" in result.notes[-1]
    )
    complete = tipping_point(impute(_cohort(), imputations=5))
    assert complete.status.startswith("no imputed value to shift")


def test_inputs_without_an_answer_say_why() -> None:
    rows = _dropout(_cohort(arms=True))
    cases = {
        "no patient with a baseline and a value": rows.assign(baseline=np.nan),
        "fewer than two patients of the cohort have a value at some visit": rows[rows["patient_id"] == 0],
    }
    for reason, data in cases.items():
        found = impute(data, imputations=5)
        assert found.status == reason
        assert tipping_point(found).status == reason if len(found.visits) else True
        frame = found.estimates().to_frame()
        assert frame["estimate"].isna().all()
        assert frame["status"].isin([reason, "nobody has a value at this visit"]).all()
    lone = rows[(rows["arm"] == "placebo") | (rows["patient_id"] == 1)]
    assert (
        impute(lone, arm="arm", imputations=5).status
        == "fewer than two patients of arm active have a value at some visit"
    )
    exact = impute(rows.assign(change=-2.0), imputations=5)
    assert exact.status.startswith("no imputation model")
    assert exact.estimates().to_frame()["estimate"].isna().all()
    hole = rows.assign(change=rows["change"].where(rows["period"] != 2))
    frame = impute(hole, imputations=5).estimates().to_frame().set_index("visit")
    assert frame.loc[2, "status"] == "nobody has a value at this visit"
    assert frame.loc[3, "status"] == "ok"


def test_arguments() -> None:
    rows = _cohort(arms=True)
    with pytest.raises(ArgumentError, match="needs an arm and a reference"):
        impute(rows, method="jump-to-reference")
    with pytest.raises(ArgumentError, match="reference is not one of its options"):
        impute(rows, method="copy-reference", arm="arm", reference="Placebo")
    with pytest.raises(ArgumentError, match="method is not one of its options"):
        impute(rows, method="locf")
    with pytest.raises(ArgumentError, match="imputations is too small"):
        impute(rows, imputations=1)
    with pytest.raises(DataError, match="two rows at one visit"):
        impute(pd.concat([rows, rows.iloc[[0]]]))
    with pytest.raises(ArgumentError, match="visit is not one of its options"):
        tipping_point(impute(_dropout(rows), imputations=3), visit="days 1-28")


def test_tipping_point_counts_the_days_of_the_months_that_were_imputed() -> None:
    rows = _dropout(_cohort(arms=False))
    names = {old: f"days {1 + 30 * i}-{30 + 30 * i}" for i, old in enumerate(sorted(rows["period"].unique()))}
    thirty = rows.assign(period=pd.Categorical(rows["period"].map(names), list(names.values()), ordered=True))
    found = tipping_point(impute(thirty, imputations=20, rng=1))
    assert found.meta["days_shifted"] == 30 * found.meta["periods_shifted"]
    shares = found["event_days"] / (30 * found["n"])
    np.testing.assert_allclose(found["event_share"], shares, rtol=1e-12)


#: Sums in another order differ by rounding only.
SUMMED = 1e-10


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_sums_of_completed_values_say_what_the_values_say(monkeypatch, seed):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame({"patient_id": np.repeat(np.arange(40), 4), "period": np.tile([1, 2, 3, 4], 40)})
    rows["baseline"] = np.repeat(rng.normal(15, 4, 40), 4)
    rows["change"] = -4 + np.repeat(rng.normal(0, 4, 40), 4) + rng.normal(0, 3, 160)
    rows["set"] = np.where(rng.random(160) < 0.3, "too_few_days", "with_value")
    rows.loc[(rows["set"] == "too_few_days") | (rng.random(160) < 0.1), "change"] = np.nan
    methods = ("mar", "return-to-baseline")
    kept = impute_each(rows, methods, imputations=20, seed=seed)
    for name, number in (("KEPT_VALUES", 0), ("PATIENTS_AT_ONCE", 25)):
        monkeypatch.setattr(f"outcomes.models.headache.imputation.imputing.{name}", number)
    summed = impute_each(rows, methods, imputations=20, seed=seed)
    for method in methods:
        one, other = kept[method], summed[method]
        _same(one.estimates(), other.estimates())
        for visit in one.visits:
            _same(tipping_point(one, visit=visit), tipping_point(other, visit=visit))
        assert len(one) == len(other)
        with pytest.raises(ArgumentError, match="only sums of these imputations were kept"):
            other.to_frame()
        some = other.unrecorded[:, 1] & (np.arange(40) != np.flatnonzero(other.unrecorded[:, 1])[0])
        with pytest.raises(ArgumentError, match="only sums of these imputations were kept"):
            other.event_days(1, some)
        # added up in blocks of draws
        gaps = np.flatnonzero(one.missing.any(axis=1))
        blocks = [(part, one.completed[part][:, gaps]) for part in (slice(0, 7), slice(7, 20))]
        _same(SummedImputations.of(one, completed_sums(one, gaps, 20, blocks)).estimates(), one.estimates())


def _same(one, other):
    assert (one.notes, one.status) == (other.notes, other.status)
    pd.testing.assert_frame_equal(one.to_frame(), other.to_frame(), rtol=SUMMED, atol=SUMMED)


def test_an_arm_with_few_observed_patients_has_no_interval() -> None:
    """Three of twenty have a value: whoever counts both arms' patients finds enough."""
    rows = _cohort(arms=True)
    ids = rows.loc[rows["arm"] == "active", "patient_id"].unique()
    gone = rows["patient_id"].isin(ids[3:]) & (rows["period"] == 3)
    found = impute(rows.assign(change=rows["change"].where(~gone)), arm="arm", reference="placebo", rng=1)
    frame = found.estimates().to_frame().set_index(["visit", "term", "contrast"])
    few = "fewer than 5 patients with a value in an arm: no interval"
    mean = "adjusted mean change"
    for row in ((3, mean, "active"), (3, "difference", "active - placebo")):
        assert frame.loc[row, "status"] == few
        assert np.isnan(frame.loc[row, ["lower", "upper", "p_value"]].astype(float)).all()
        assert np.isfinite(frame.loc[row, "estimate"])
    assert frame.loc[(3, mean, "placebo"), "status"] == "ok"
    assert frame.loc[(2, "difference", "active - placebo"), "status"] == "ok"
    assert tipping_point(found).status == few
    assert tipping_surface(found).status == few


def test_few_patients_of_one_arm_have_no_tipping_point() -> None:
    rows = _cohort(12)
    gone = (rows["patient_id"] > 2) & (rows["period"] == 3)
    found = impute(rows.assign(change=rows["change"].where(~gone)), rng=1, imputations=20)
    assert tipping_point(found).status == "fewer than 5 patients with a value: no interval"
