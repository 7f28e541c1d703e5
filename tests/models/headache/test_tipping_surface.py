"""The tipping surface: every cell against an analysis from scratch, its slice against the curve."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from outcomes.errors import ArgumentError
from outcomes.models.headache.imputation import impute
from outcomes.models.headache.tipping import tipping_point, tipping_surface
from outcomes.models.stats.kernels.rubin import pool

# Both solve the same least squares, once by normal equations with sums of squares that cancel.
RTOL = 1e-8
# CPU seconds of a surface of 29 x 29 pairs: about 0.06; the limit leaves room for a busy machine.
SECONDS = 1.0
PAIRS = [(0.0, 0.0), (5.0, 0.0), (0.0, -7.0), (9.0, -4.0), (-3.0, 11.0)]


def _cohort(n: int = 60, *, arms: bool = True) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    rows = pd.DataFrame({"patient_id": np.repeat(np.arange(n), 3), "period": np.tile([1, 2, 3], n)})
    rows["arm"] = np.where(rows["patient_id"] % 2 == 0, "active", "placebo")
    rows["baseline"] = np.repeat(rng.normal(20, 3, n), 3)
    effect = np.where((rows["arm"] == "active") | (not arms), -4.0, -1.0)
    rows["change"] = effect + np.repeat(rng.normal(0, 2, n), 3) + rng.normal(0, 2, 3 * n)
    gone = (rows["period"] == 3) & (rows["patient_id"] % 7 < 2)
    rows["change"] = rows["change"].mask(gone)
    return rows


@pytest.fixture(scope="module")
def two():
    return impute(_cohort(), arm="arm", reference="placebo", imputations=25, rng=1)


@pytest.fixture(scope="module")
def one():
    return impute(_cohort(arms=False), imputations=25, rng=1)


def _missing_before(found) -> pd.Series:
    return pd.Series(np.arange(len(found.subjects)) % 12, index=found.subjects, dtype="int64")


def _from_scratch(y, baseline, arm_code, contrast):
    """Pool ordinary least squares of statsmodels, one fit an imputation."""
    centred = baseline - baseline.mean()
    z = np.column_stack([arm_code == code for code in np.unique(arm_code)] + [centred]).astype(float)
    fits = [sm.OLS(values, z).fit() for values in y]
    tests = [fit.t_test(np.array([*contrast, 0.0])) for fit in fits]
    estimates = np.array([float(test.effect[0]) for test in tests])
    variances = np.array([float(test.sd.item()) ** 2 for test in tests])
    return pool(estimates, variances, float(fits[0].df_resid))


@pytest.mark.parametrize(("delta", "other"), PAIRS)
def test_two_arms_are_those_of_a_new_analysis_of_shifted_values(two, delta, other):
    missing = np.isnan(two.observed[:, -1])
    active = two.arm_code == two.arms.index("active")
    y = two.completed[:, :, -1] + delta * (missing & active) + other * (missing & ~active)
    brute = _from_scratch(y, two.baseline, two.arm_code, (-1.0, 1.0))
    row = tipping_surface(two, deltas=[delta], deltas_other=[other]).to_frame().iloc[0]
    assert row[["estimate", "std_error", "df"]].tolist() == pytest.approx(
        [brute.estimate, brute.std_error, brute.df], rel=RTOL
    )


@pytest.mark.parametrize(("delta", "other"), PAIRS)
def test_a_single_arm_is_a_new_analysis_with_another_baseline(one, delta, other):
    before = _missing_before(one)
    extra = other * before.to_numpy() / 28
    missing = np.isnan(one.observed[:, -1])
    y = one.completed[:, :, -1] + delta * missing - extra
    brute = _from_scratch(y, one.baseline + extra, one.arm_code, (1.0,))
    surface = tipping_surface(one, missing_before=before, deltas=[delta], deltas_other=[other])
    row = surface.to_frame().iloc[0]
    assert row[["estimate", "std_error", "df"]].tolist() == pytest.approx(
        [brute.estimate, brute.std_error, brute.df], rel=RTOL
    )


def test_the_order_of_patients_in_missing_before_does_not_matter(one):
    before = _missing_before(one)
    given = tipping_surface(one, missing_before=before, deltas=[3.0], deltas_other=[6.0]).to_frame()
    shuffled = before.sample(frac=1, random_state=3)
    again = tipping_surface(one, missing_before=shuffled, deltas=[3.0], deltas_other=[6.0]).to_frame()
    pd.testing.assert_frame_equal(given, again)


def test_without_the_other_shift_it_is_the_curve(two):
    deltas = np.array([0.0, 3.0, 8.0])
    surface = tipping_surface(two, deltas=deltas, deltas_other=[0.0]).to_frame()
    curve = tipping_point(two, deltas=deltas).to_frame().query("delta in @deltas").sort_values("delta")
    for name in ("estimate", "std_error", "df", "p_value", "lower", "upper", "event_share"):
        assert surface[name].tolist() == pytest.approx(curve[name].tolist(), rel=RTOL), name


def test_the_curve_tips_where_the_surface_changes(two):
    tip = tipping_point(two).meta["tipping_delta"]
    assert tip is not None
    cells = tipping_surface(two, deltas=[tip - 0.01, tip + 0.01], deltas_other=[0.0]).to_frame()
    assert cells["conclusion"].tolist() == ["interval below zero", "interval includes zero"]


def test_conclusions_shares_and_counts_are_those_of_the_rows(two):
    result = tipping_surface(two)
    frame = result.to_frame()
    assert len(frame) == 29 * 29
    side = np.select([frame["upper"] < 0, frame["lower"] > 0], ["below", "above"], "includes")
    assert (frame["conclusion"] == pd.Series(side).map("interval {} zero".format)).all()
    missing = np.isnan(two.observed[:, -1])
    active = two.arm_code == two.arms.index("active")
    assert frame[["n", "n_other", "N"]].iloc[0].tolist() == [
        (missing & active).sum(), (missing & ~active).sum(), len(missing),
    ]  # fmt: skip
    value = (two.completed[:, :, -1] + two.baseline)[:, missing & ~active].mean()
    at = frame.query("delta == 0 and delta_other == 5").iloc[0]
    assert at["other_share"] == pytest.approx((value + 5) / 28)
    outside = ~(frame["event_share"].between(0, 1) & frame["other_share"].between(0, 1))
    assert (frame["status"] == "more or fewer days than there are").tolist() == outside.tolist()
    held = ((frame["conclusion"] == "interval below zero") & ~outside).sum()
    assert f"This holds for {held} of the {(~outside).sum()} pairs" in " ".join(result.notes)


def test_a_whole_surface_takes_a_part_of_the_time_of_new_analyses(two):
    start = time.process_time()
    tipping_surface(two)
    assert time.process_time() - start < SECONDS


def test_nothing_to_shift_and_no_imputation_are_said(two):
    complete = impute(_cohort().assign(change=lambda d: d["change"].fillna(-2.0)), arm="arm",
                      reference="placebo", imputations=5, rng=1)  # fmt: skip
    assert tipping_surface(complete).status.startswith("no missing day to shift")
    none = impute(_cohort().assign(baseline=np.nan), arm="arm", reference="placebo", imputations=5)
    assert tipping_surface(none).status == none.status
    empty = replace(two, completed=two.completed[:0], status="no imputation model: why")
    assert tipping_surface(empty).status == "no imputation model: why"


def test_one_arm_without_missing_periods_says_that_its_shift_changes_nothing():
    rows = _cohort()
    rows["change"] = rows["change"].mask(rows["change"].isna() & (rows["arm"] == "placebo"), -1.0)
    found = impute(rows, arm="arm", reference="placebo", imputations=5, rng=1)
    result = tipping_surface(found, deltas=[0.0, 4.0], deltas_other=[0.0, 9.0])
    assert "There are no imputed periods of placebo" in result.notes[-1]
    by_delta = result.to_frame().groupby("delta")["estimate"]
    assert by_delta.max().tolist() == pytest.approx(by_delta.min().tolist())


def test_arguments(one, two):
    before = _missing_before(one)
    with pytest.raises(ArgumentError, match="a single arm needs missing_before"):
        tipping_surface(one)
    with pytest.raises(ArgumentError, match="is for a single arm"):
        tipping_surface(two, missing_before=before)
    for wrong in (before.iloc[1:], before - 1, before + 28, before.astype(float).mask(before == 3)):
        with pytest.raises(ArgumentError, match="not a number of days for some patients"):
            tipping_surface(one, missing_before=wrong)
    with pytest.raises(ArgumentError, match="missing_before is not a number of days"):
        tipping_surface(one, missing_before=before.astype("string"))
    with pytest.raises(ArgumentError, match="a patient twice"):
        tipping_surface(one, missing_before=pd.concat([before, before]))
    for deltas in ([], [np.nan], np.arange(300), ["many"]):
        with pytest.raises(ArgumentError, match="deltas are not usable"):
            tipping_surface(two, deltas=deltas)
    with pytest.raises(ArgumentError, match="shift"):
        tipping_surface(two, shift="some")
