"""Means at several values, slopes and counterfactual means against R mmrm and emmeans."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from mmrm_trial import make_trial
from three_arms import files, run

from outcomes.errors import ArgumentError
from outcomes.models.mmrm import MMRMResult, mmrm
from outcomes.results import Estimates

RTOL = 1e-9
AT = {"age": [30, 45, 60]}
#: What is asked, R's block of the file, its keys, the name of its estimate.
BLOCKS: dict[str, Any] = {
    "means_at": (lambda fit: fit.emmeans("arm", by="visit", at=AT), ["arm", "visit", "age"], "emmean"),
    "contrasts_at_pairwise": (
        lambda fit: fit.contrasts("arm", by="visit", at=AT), ["contrast", "visit", "age"], "estimate"),
    "means_at_visits_averaged": (lambda fit: fit.emmeans("arm", at=AT), ["arm", "age"], "emmean"),
    "contrasts_at_visits_averaged": (
        lambda fit: fit.contrasts("arm", at=AT), ["contrast", "age"], "estimate"),
    "slopes_age": (lambda fit: fit.emtrends("age", "arm"), ["arm"], "age.trend"),
    "slope_differences": (
        lambda fit: fit.emtrends("age", "arm", method="pairwise"), ["contrast"], "estimate"),
    "difference_visits_3_5": (
        lambda fit: fit.contrasts("arm", at={"visit": ["visit3", "visit4", "visit5"]}),
        ["contrast"], "estimate"),
}  # fmt: skip


def compare(ours: Estimates, rows: list[dict[str, Any]], keys: list[str], estimate: str) -> None:
    theirs, mine = pd.DataFrame(rows), ours.to_frame()
    for name in keys:
        theirs[name] = theirs[name].astype(str)
        mine[name] = mine[name].astype(str).str.removesuffix(".0")
    merged = theirs[keys].merge(mine, on=keys, how="left", validate="1:1")
    for column, name in (("estimate", estimate), ("std_error", "SE"), ("df", "df"), ("lower", "lower.CL")):
        np.testing.assert_allclose(merged[column], theirs[name], rtol=RTOL)
    np.testing.assert_allclose(merged["p_value"], theirs["p.value"], rtol=1e-7)


@pytest.mark.reference
@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("name", files("means"))
def test_every_block_of_every_file(name: str, block: str) -> None:
    spec, fit = run(name)
    ask, keys, estimate = BLOCKS[block]
    compare(ask(fit), spec[block]["rows"], keys, estimate)


@pytest.mark.reference
@pytest.mark.parametrize("name", files("means"))
def test_counterfactual_means(name: str) -> None:
    spec, fit = run(name)
    expected = pd.DataFrame(spec["counterfactual"]["over_subjects_with_data"]["means"]["rows"])
    ours = fit.emmeans("arm", by="visit", weights="counterfactual").to_frame()
    ours["label"] = ours["arm"].astype(str) + " " + ours["visit"].astype(str)
    merged = expected[["label"]].merge(ours, on="label", validate="1:1")
    for column, theirs in (("estimate", "estimate"), ("std_error", "SE"), ("df", "df"), ("p_value", "p")):
        np.testing.assert_allclose(merged[column], expected[theirs], rtol=1e-8)
    differences = pd.DataFrame(spec["counterfactual"]["over_subjects_with_data"]["differences"]["rows"])
    ours = fit.contrasts("arm", by="visit", ref="placebo", weights="counterfactual").to_frame()
    ours["label"] = ours["contrast"].str.split(" - ").str[0] + " " + ours["visit"].astype(str) + " - placebo"
    merged = differences[["label"]].merge(ours, on="label", validate="1:1")
    np.testing.assert_allclose(merged["estimate"], differences["estimate"], rtol=1e-8)
    np.testing.assert_allclose(merged["std_error"], differences["SE"], rtol=1e-8)


@pytest.fixture(scope="module")
def fit() -> MMRMResult:
    return mmrm(
        "change ~ site + baseline * arm + arm * visit", make_trial(60), subject="patient", visit="visit"
    )


def test_the_three_weights_agree_on_balanced_data() -> None:
    data = make_trial(36, missing=0.0)
    data["arm"] = pd.Categorical(np.where(np.arange(len(data)) // 12 % 2, "active", "placebo"))
    balanced = mmrm("change ~ site + baseline + arm * visit", data, subject="patient", visit="visit")
    tables = [
        balanced.emmeans("arm", by="visit", weights=w) for w in ("equal", "proportional", "counterfactual")
    ]
    for table in tables[1:]:
        for column in ("estimate", "std_error", "df", "p_value"):
            np.testing.assert_allclose(table[column], tables[0][column], rtol=1e-9)


def test_counterfactual_means_are_means_of_predictions(fit: MMRMResult) -> None:
    data = make_trial(60)
    used = data.dropna(subset=["change"]).drop_duplicates("patient")
    for arm in ("placebo", "active"):
        rows = used.assign(arm=arm, visit="month3")
        mean_row = fit.design_matrix(rows).to_numpy().mean(0)
        by_hand = mean_row @ fit.params.to_numpy()
        table = fit.emmeans("arm", by="visit", weights="counterfactual").frame
        ours = table[(table["arm"] == arm) & (table["visit"] == "month3")].squeeze()
        assert ours["estimate"] == pytest.approx(by_hand, rel=1e-10)
        assert ours["std_error"] == pytest.approx(
            np.sqrt(mean_row @ fit.cov_params().to_numpy() @ mean_row), rel=1e-10
        )


def test_several_values_are_the_single_ones(fit: MMRMResult) -> None:
    both = fit.emmeans("arm", at={"baseline": [10, 20]}).frame
    for value in (10, 20):
        one = fit.emmeans("arm", at={"baseline": value}).frame
        part = both[both["baseline"] == value].reset_index(drop=True)
        np.testing.assert_allclose(part["estimate"], one["estimate"], rtol=1e-12)
    grid = fit.contrasts("baseline", by="arm", at={"baseline": [10, 11]}).frame
    slopes = fit.emtrends("baseline", "arm").frame
    np.testing.assert_allclose(grid["estimate"], slopes["estimate"], rtol=1e-9)
    np.testing.assert_allclose(grid["std_error"], slopes["std_error"], rtol=1e-9)
    assert grid["contrast"].unique().tolist() == ["11 - 10"]


def test_a_slope_of_a_bent_covariate_is_that_at_its_value() -> None:
    data = make_trial(60)
    bent = mmrm("change ~ I(baseline**2) + baseline + visit", data, subject="patient", visit="visit")
    slopes = bent.emtrends("baseline", at={"baseline": [5.0, 15.0]}).frame
    expected = bent.params["baseline"] + 2 * np.array([5.0, 15.0]) * bent.params["I(baseline ** 2)"]
    np.testing.assert_allclose(slopes["estimate"], expected, rtol=1e-7)  # a difference over 2e-4 of an SD


def test_one_slope_over_all_factors(fit: MMRMResult) -> None:
    whole, by_arm = fit.emtrends("baseline").frame, fit.emtrends("baseline", "arm").frame
    assert len(whole) == 1
    assert whole["estimate"].item() == pytest.approx(by_arm["estimate"].mean(), rel=1e-12)
    notes = fit.emtrends("baseline", "arm").notes
    assert not any("baseline =" in note for note in notes), "a straight line has one slope"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda fit: fit.emtrends("arm"), "needs a covariate"),
        (lambda fit: fit.emtrends("basline"), "did you mean 'baseline'"),
        (lambda fit: fit.emmeans("baseline"), "or give its values"),
        (lambda fit: fit.emmeans("arm", at={"baseline": []}), "needs values of baseline"),
        (lambda fit: fit.emmeans("arm", at={"baseline": [1, 1]}), "each once"),
        (lambda fit: fit.emmeans("arm", at={"baseline": [1, float("nan")]}), "finite numbers"),
        (lambda fit: fit.emmeans("arm", at={"baseline": ["x"]}), "needs numbers"),
        (lambda fit: fit.emmeans("arm", weights="counterfactul"), "did you mean"),
    ],
)
def test_wrong_requests(fit: MMRMResult, call: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as found:
        call(fit)
    assert message in str(found.value)
