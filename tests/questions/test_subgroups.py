"""Subgroups: changes, the test and the shrunken estimates against references outside the package."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

import outcomes as oc
from outcomes.errors import ArgumentError
from outcomes.models.headache.subgroup_changes import subgroup_changes
from outcomes.models.stats.kernels.shrinkage import shrunken

#: Rubin's eight schools: effects, standard errors.
SCHOOLS = np.array([28.0, 8, -3, 7, -1, 1, 18, 12]), np.array([15.0, 10, 16, 11, 9, 11, 10, 18])
#: Two sums over grids of unlike width.
QUADRATURE = 2e-3


def _posterior_mean(estimate: np.ndarray, error: np.ndarray, scale: float) -> np.ndarray:
    """Return the posterior means by summing over a plane of mu and tau, without any closed form of ours."""
    tau = np.linspace(0, 6 * scale, 1201)[1:, None]
    mu = np.linspace(estimate.min() - 12, estimate.max() + 12, 1601)
    density = stats.halfnorm.pdf(tau, scale=scale) * np.ones_like(mu)
    for value, own in zip(estimate, error, strict=True):
        density = density * stats.norm.pdf(value, mu, np.sqrt(own**2 + tau**2))
    pairs = zip(estimate, error, strict=True)
    pulled = [(value * tau**2 + mu * own**2) / (tau**2 + own**2) for value, own in pairs]
    return np.array([(part * density).sum() / density.sum() for part in pulled])


def test_shrunken_means_are_those_of_a_sum_over_the_plane() -> None:
    estimate, error = np.array([-6.0, -2.0, -3.5]), np.array([1.2, 0.8, 2.0])
    found = shrunken(estimate, error, scale=2.0, level=0.95)[0]
    np.testing.assert_allclose(found, _posterior_mean(estimate, error, 2.0), atol=QUADRATURE)


def test_eight_schools_as_published() -> None:
    """BDA3, table 5.3: posterior medians 10 8 7 8 5 6 10 8 of 200 draws under a flat prior of tau."""
    found, lower, upper = shrunken(*SCHOOLS, scale=25, level=0.95)
    np.testing.assert_allclose(found, [10, 8, 7, 8, 5, 6, 10, 8], atol=1.2)  # 200 draws, and mean for median
    np.testing.assert_allclose(lower, [-2, -5, -11, -7, -9, -7, -1, -6], atol=4)  # tails of 200 draws
    np.testing.assert_allclose(upper, [31, 23, 19, 21, 18, 28, 26, 33], atol=10)


def test_without_spread_all_are_alike_and_with_much_each_stands_alone() -> None:
    estimate, error = np.array([-6.0, -2.0, -3.0]), np.array([1.0, 2.0, 0.5])
    weight = error**-2
    near = shrunken(estimate, error, scale=1e-6, level=0.9)
    np.testing.assert_allclose(near[0], (weight * estimate).sum() / weight.sum(), atol=1e-6)
    np.testing.assert_allclose(near[2] - near[1], 2 * stats.norm.ppf(0.95) / np.sqrt(weight.sum()), rtol=1e-5)
    far = shrunken(estimate, error, scale=1e6, level=0.9)
    np.testing.assert_allclose(far[0], estimate, atol=0.02)


def frame(n: int = 36, seed: int = 1, arms: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    baseline = rng.uniform(12, 28, n).round(1)
    value = (baseline - rng.uniform(0, 9, n)).clip(0).round(1)
    return pd.DataFrame(
        {
            "patient_id": [f"p{i}" for i in range(n)], "period": "days 1-28", "period_number": 1,
            "baseline": baseline, "value": value, "change": value - baseline, "lower_bound": value,
            "upper_bound": value, "site": np.array(["a", "b", "c"])[np.arange(n) % 3],
            "arm": np.array(["drug", "placebo"])[rng.permutation(n) % 2] if arms else "one",
        }
    )  # fmt: skip


@pytest.mark.parametrize("arms", [False, True])
def test_the_test_is_the_f_test_of_statsmodels(arms: bool) -> None:
    rows = frame(arms=arms)
    found = subgroup_changes(rows, ["site"], arms=("placebo", "drug") if arms else None).to_frame()
    small, full = (
        ("baseline + arm + site", "baseline + arm * site") if arms else ("baseline", "baseline + site")
    )
    test = smf.ols(f"change ~ {full}", rows).fit().compare_f_test(smf.ols(f"change ~ {small}", rows).fit())
    np.testing.assert_allclose(found["p_value"].dropna(), test[1], rtol=1e-9)


@pytest.mark.parametrize("arms", [False, True])
def test_p_is_adjusted_for_the_factors_and_nothing_else(arms: bool) -> None:
    """Holm by hand: the smaller P of two counts twice. The P of a single level is in neither.

    Sites differ, and nobody changed on the whole: the P of single levels are the larger ones.
    """
    rows = frame(60, arms=arms).assign(sex=["f", "m", "m", "f", "f"] * 12)
    rows["change"] += 4.5 + rows["site"].map({"a": -1.5, "b": 0, "c": 1.5})
    rows["value"] = rows["baseline"] + rows["change"]
    rows[["lower_bound", "upper_bound"]] = rows[["value", "value"]].to_numpy()
    found = subgroup_changes(rows, ["site", "sex"], arms=("placebo", "drug") if arms else None).to_frame()
    first = found.dropna(subset="p_value").groupby("factor")[["p_value", "p_adjusted"]].first()
    smaller, larger = sorted(first["p_value"])
    expected = [min(2 * smaller, 1), max(larger, min(2 * smaller, 1))]
    np.testing.assert_allclose(first.sort_values("p_value")["p_adjusted"], expected, rtol=1e-12)
    alone = subgroup_changes(rows, ["site"], arms=("placebo", "drug") if arms else None)
    np.testing.assert_allclose(alone["p_adjusted"].dropna(), alone["p_value"].dropna(), rtol=1e-12)


def test_with_arms_each_subgroup_is_welchs_difference() -> None:
    rows = frame(60, arms=True)
    found = (
        subgroup_changes(rows, ["site"], arms=("placebo", "drug")).to_frame().set_index("subgroup").loc["b"]
    )
    part = rows[rows["site"] == "b"]
    drug, placebo = (part.loc[part["arm"] == arm, "change"] for arm in ("drug", "placebo"))
    limits = stats.ttest_ind(drug, placebo, equal_var=False).confidence_interval()
    assert found["estimate"] == pytest.approx(drug.mean() - placebo.mean())
    assert (found["lower"], found["upper"]) == (limits.low, limits.high)


def test_the_whole_and_each_part_are_the_change_of_those_patients() -> None:
    rows = frame()
    found = subgroup_changes(rows, ["site"]).to_frame().set_index("subgroup")
    for name, part in (("all patients", rows), *rows.groupby("site")):
        assert found.loc[name, "estimate"] == pytest.approx(part["change"].mean(), rel=1e-12)
    assert found.loc[["a", "b", "c"], "n"].sum() == found.loc["all patients", "n"]


EDGES = {
    "three patients": lambda rows: rows.head(3),
    "one level": lambda rows: rows.assign(site="a"),
    "no level recorded": lambda rows: rows.assign(site=None),
    "nobody with a value": lambda rows: rows.assign(change=np.nan, value=np.nan),
    "all changes alike": lambda rows: rows.assign(change=-2.0, value=rows["baseline"] - 2),
    "a level each": lambda rows: rows.assign(site=rows["patient_id"]),
    "levels that are numbers": lambda rows: rows.assign(site=[1.0, 2.0, np.nan] * 12),
}


@pytest.mark.parametrize("arms", [False, True])
@pytest.mark.parametrize("edge", EDGES)
def test_where_nothing_can_be_said_no_number_is_said(edge: str, arms: bool) -> None:
    rows = EDGES[edge](frame(arms=arms))
    found = subgroup_changes(rows, ["site"], arms=("placebo", "drug") if arms else None).to_frame()
    assert found.loc[found["n"] < 5, ["lower", "upper", "shrunken", "p_value"]].isna().all(axis=None)
    assert (found.loc[found["lower"].isna(), "status"] != "ok").all()
    if edge != "levels that are numbers":
        assert found["shrunken"].isna().all()
    if found["estimate"].notna().any():
        assert "nan" not in oc.plots.describe(oc.plots.subgroups(found)).lower().split()


def test_a_study_gives_all_five_and_says_that_it_explores() -> None:
    study = oc.simulate(30, seed=2, months=1).study
    found = oc.subgroups(study)
    assert set(found["factor"]) == {"all", "prior_preventives", "diagnosis", "style", "setting", "overuse"}
    assert found.notes[0].startswith("Exploratory")
    assert "not an effect" in found.notes[-1]
    for factor, rows in found.to_frame().groupby("factor"):
        assert rows["N"].sum() == found["N"].iloc[0], factor  # each patient once in each factor
    with pytest.raises(ArgumentError, match="no such factor"):
        oc.subgroups(study, "diagnosys")
    with pytest.raises(ArgumentError, match="has begun"):
        oc.subgroups(study, period=9)
    assert oc.subgroups(study, ["sex"], level=0.9).level == 0.9


def test_a_difference_of_arms_is_one_that_days_can_have() -> None:
    """Days lie in 0 to 28: means after treatment differ by 28 at most, less what the baselines differ by."""
    days = frame(20).assign(site="a", arm=["drug", "placebo"] * 10)
    drug = (days["arm"] == "drug").to_numpy()
    kept = days[np.arange(20) < 10].assign(baseline=28.0)
    some = drug[:10]
    kept["value"] = np.where(some, [0, 0, 0, 0, 0, 0, 0, 0, 28, 0], [28, 28, 28, 0, 28, 28, 28, 28, 28, 28])
    kept["change"] = kept["value"] - kept["baseline"]
    rows = subgroup_changes(kept, ["site"], arms=("placebo", "drug")).to_frame()
    theirs = stats.ttest_ind(kept["change"][some], kept["change"][~some], equal_var=False)
    limits = theirs.confidence_interval(0.95)
    assert limits.low < -28
    np.testing.assert_allclose(rows["lower"], -28.0)
    np.testing.assert_allclose(rows["upper"], limits.high, rtol=1e-9)
    lower = kept.assign(
        baseline=np.where(some, 28.0, 25.0), change=kept["value"] - np.where(some, 28.0, 25.0)
    )
    rows = subgroup_changes(lower.assign(value=kept["value"]), ["site"], arms=("placebo", "drug")).to_frame()
    assert (rows["lower"] == -28 - 3).all()
