"""What must not change the answer, and what must change it in a known way."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmrm_trial import VISITS, make_trial

from outcomes.models.mmrm import MMRMResult, mmrm

FORMULA = "change ~ baseline * visit + arm * visit"
# The optimum is found to rounding; another order of the sums moves the last few digits.
RTOL = 1e-8
SETTINGS = settings(max_examples=12, deadline=None)


def fit(data: Any, formula: str = FORMULA, **options: Any) -> MMRMResult:
    return mmrm(formula, data, subject="patient", visit="visit", **options)


def same(one: MMRMResult, other: MMRMResult, rtol: float = RTOL) -> None:
    assert one.terms == other.terms
    np.testing.assert_allclose(one.params, other.params, rtol=rtol, atol=1e-9)
    np.testing.assert_allclose(one.bse, other.bse, rtol=rtol)
    np.testing.assert_allclose(one.df, other.df, rtol=1e-6)
    np.testing.assert_allclose(one.llf, other.llf, rtol=1e-10)


@SETTINGS
@given(seed=st.integers(0, 10_000))
def test_order_of_rows(seed: int) -> None:
    data = make_trial()
    same(fit(data), fit(data.sample(frac=1, random_state=seed)))


@SETTINGS
@given(labels=st.permutations(["a", "b", "c", "d"]))
def test_labels_of_visits(labels: list[str]) -> None:
    data = make_trial()
    renamed = data.assign(visit=data["visit"].cat.rename_categories(dict(zip(VISITS, labels, strict=True))))
    one, other = fit(data), fit(renamed)
    np.testing.assert_allclose(one.params, other.params, rtol=RTOL, atol=1e-9)
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-7)
    means = other.emmeans("arm", by="visit").frame
    assert means["visit"].drop_duplicates().tolist() == labels


@SETTINGS
@given(order=st.permutations(VISITS))
def test_order_of_visits_under_us(order: list[str]) -> None:
    data = make_trial()
    moved = data.assign(visit=data["visit"].cat.reorder_categories(order))
    key = ["arm", "visit"]
    one = fit(data).emmeans("arm", by="visit").frame.astype({"visit": str, "arm": str}).sort_values(key)
    other = fit(moved).emmeans("arm", by="visit").frame.astype({"visit": str, "arm": str}).sort_values(key)
    numbers = ["estimate", "std_error", "df", "lower", "upper"]
    np.testing.assert_allclose(one[numbers], other[numbers], rtol=1e-6, atol=1e-9)


def test_names_and_order_of_arms() -> None:
    data = make_trial()
    swapped = data.assign(arm=data["arm"].cat.reorder_categories(["active", "placebo"]))
    ask = {"by": "visit", "method": "reference", "ref": "placebo"}
    one, other = fit(data).contrasts("arm", **ask).frame, fit(swapped).contrasts("arm", **ask).frame
    assert one["contrast"].tolist() == other["contrast"].tolist() == ["active - placebo"] * 4
    numbers = ["estimate", "std_error", "df", "p_value", "lower", "upper"]
    np.testing.assert_allclose(one[numbers], other[numbers], rtol=1e-6)
    as_text = data.assign(arm=data["arm"].astype(str), visit=data["visit"].astype(str))
    text = fit(as_text).contrasts("arm", **ask).frame
    np.testing.assert_allclose(one[numbers], text[numbers], rtol=1e-6)


@SETTINGS
@given(
    case=st.sampled_from(
        [(0.0, 1e-6), (-50.0, 0.1), (1e3, 1.0), (1e6, 1.0), (1e6, 1e6), (0.0, -1.0), (3.0, 1e-3)]
    )
)
def test_shift_and_scale_of_the_response(case: tuple[float, float]) -> None:
    data, (shift, scale) = make_trial(), case
    one, other = fit(data), fit(data.assign(change=shift + scale * data["change"]))
    # A shift of 1e6 leaves nine digits of the response itself.
    rtol = 1e-6 if abs(shift) > 1e3 * abs(scale) else RTOL
    slopes = [term for term in one.terms if term != "Intercept"]
    np.testing.assert_allclose(
        other.params[slopes], scale * one.params[slopes], rtol=1e3 * rtol, atol=1e-4 * abs(scale)
    )
    np.testing.assert_allclose(other.bse, abs(scale) * one.bse, rtol=1e3 * rtol)
    np.testing.assert_allclose(other.df, one.df, rtol=1e3 * rtol)


@SETTINGS
@given(center=st.sampled_from([0.0, 14.0, 1e4]), unit=st.sampled_from([1e-4, 1.0, 1e4]))
def test_origin_and_unit_of_a_covariate(center: float, unit: float) -> None:
    data = make_trial()
    moved = data.assign(baseline=(data["baseline"] + center) * unit)
    one, other = fit(data), fit(moved)
    numbers = ["estimate", "std_error", "df", "p_value"]
    np.testing.assert_allclose(
        one.contrasts("arm", by="visit").frame[numbers],
        other.contrasts("arm", by="visit").frame[numbers],
        rtol=1e-5,
    )


@SETTINGS
@given(cuts=st.lists(st.integers(0, 60), max_size=5))
def test_parts_of_whole_patients_give_the_same_fit(cuts: list[int]) -> None:
    data = make_trial()
    edges = sorted({0, 60, *cuts})
    names = data["patient"].unique()
    parts = [data[data["patient"].isin(names[low:high])] for low, high in pairwise(edges)]
    same(fit(data), fit(iter(parts)))


def test_parts_that_know_different_levels() -> None:
    data = make_trial().astype({"arm": str, "visit": str, "site": str})
    parts = [part for _, part in data.sort_values("arm").groupby("arm")]
    same(fit(data, "change ~ site + arm * visit"), fit(parts, "change ~ site + arm * visit"))


@pytest.mark.parametrize("options", [{}, {"vcov": "empirical"}, {"covariance": "toeph"}])
def test_weights_of_one_are_no_weights(options: dict[str, Any]) -> None:
    data = make_trial()
    same(fit(data, **options), fit(data.assign(w=1.0), weights="w", **options))


def test_weights_of_two_halve_the_variance() -> None:
    data = make_trial()
    one, other = fit(data), fit(data.assign(w=2.0), weights="w")
    np.testing.assert_allclose(other.covariance, 2 * one.covariance, rtol=1e-7)
    np.testing.assert_allclose(other.bse, one.bse, rtol=RTOL)


def test_a_subject_without_any_visit() -> None:
    data = make_trial()
    nobody = data.head(4).assign(patient="P999", change=np.nan)
    one, other = fit(data), fit(pd.concat([data, nobody]))
    same(one, other)
    assert one.n_subjects == other.n_subjects
    assert other.rows["response missing"] == one.rows["response missing"] + 4


def test_input_is_not_changed() -> None:
    data = make_trial()
    before = data.copy(deep=True)
    result = fit(data, weights="w", group="site")
    result.predict(data)
    result.resid()
    pd.testing.assert_frame_equal(data, before)
    frame = result.to_frame()
    frame["estimate"] = 0.0
    assert (result.params != 0).all()


@pytest.mark.parametrize("covariance", ["us", "toeph", "ar1h"])
def test_groups_that_share_nothing_are_fits_of_their_own(covariance: str) -> None:
    """With every effect and the covariance by arm, the REML fit is the sum of the arms' fits."""
    data = make_trial()
    options = {"covariance": covariance, "df": "satterthwaite", "fallback": None}
    both = fit(data, "change ~ arm * visit + arm * baseline", group="arm", **options)
    each = [
        fit(part, "change ~ visit + baseline", **options) for _, part in data.groupby("arm", observed=True)
    ]
    np.testing.assert_allclose(both.covariance["placebo"], each[0].covariance, rtol=1e-6)
    np.testing.assert_allclose(both.covariance["active"], each[1].covariance, rtol=1e-6)
    assert both.llf == pytest.approx(each[0].llf + each[1].llf, rel=1e-9)


def test_rows_and_moments_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both representations of the data, forced, give the same fit."""
    data = make_trial()
    for options in ({}, {"group": "arm", "covariance": "csh"}, {"df": "kenward-roger"}):
        one = fit(data, **options)
        with monkeypatch.context() as patch:
            patch.setattr("outcomes.models.mmrm.moments.MOMENT_BYTES", 0)
            same(one, fit(data, **options))
        with monkeypatch.context() as patch:
            patch.setattr("outcomes.models.mmrm.moments.KEEP_ENTRIES", 0)
            patch.setattr("outcomes.models.mmrm.moments.BLOCK_ROWS", 7)
            same(one, fit(data, **options))
            same(fit(data, vcov="empirical"), fit(data, vcov="empirical"))
