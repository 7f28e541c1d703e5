"""Adjustments for the number of comparisons: R's simple ones, exact integrals, closed forms, laws."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from mmrm_trial import make_trial
from scipy import stats
from three_arms import files, run

from outcomes.errors import ArgumentError
from outcomes.models.mmrm import mmrm
from outcomes.models.stats.kernels.max_t import largest_t

RTOL = 1e-9
#: Directions on a sphere are a sample: twice the error that 2^22 of them showed at ten comparisons.
SPHERE = 4e-4
#: mvtnorm's own statement of error in the file.
MONTE_CARLO = 1.1e-4

ASKED: dict[str, dict[str, Any]] = {
    "pairwise_per_visit": {"by": "visit"},
    "reference_per_visit": {"by": "visit", "ref": "placebo"},
    "pairwise_visits_averaged": {},
    "reference_visits_averaged": {"ref": "placebo"},
    "reference_all_visits_one_family": {"by": "visit", "ref": "placebo", "family": "all"},
    "pairwise_all_visits_one_family": {"by": "visit", "family": "all"},
}


def aligned(ours: pd.DataFrame, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return our rows in R's order."""
    keys = [name for name in ("contrast", "visit") if name in rows[0] and name in ours]
    return pd.DataFrame(rows)[keys].merge(ours, on=keys, how="left", validate="1:1")


@pytest.mark.reference
@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("name", files("multiplicity"))
def test_every_adjustment_of_every_file(name: str, asked: str) -> None:
    spec, fit = run(name)
    if asked not in spec:
        pytest.fail(f"{name} has no {asked}")
    theirs = spec[asked]
    for adjust in {"none", "bonferroni", "holm", "sidak"} & set(theirs["emmeans_adjusted"]):
        ours = aligned(fit.contrasts("arm", adjust=adjust, **ASKED[asked]).frame, theirs["rows"])
        expected = theirs["emmeans_adjusted"][adjust]
        p = ours["p_value" if adjust == "none" else "p_adjusted"]
        np.testing.assert_allclose(p, expected["p"], rtol=1e-8)
        np.testing.assert_allclose(
            ours[["lower", "upper"]], np.c_[expected["lower"], expected["upper"]], rtol=RTOL
        )
    exact = theirs.get("exact_mvt_real_df", {})
    if None in exact.values():  # ten comparisons: only the file's Monte Carlo value with integer df
        ours = aligned(fit.contrasts("arm", adjust="mvt", **ASKED[asked]).frame, theirs["rows"])
        np.testing.assert_allclose(
            ours["p_adjusted"], theirs["mvtnorm_integer_df"]["1"]["p"], atol=SPHERE + MONTE_CARLO + 2e-3
        )
        return
    for family in exact.values():
        ours = aligned(fit.contrasts("arm", adjust="mvt", **ASKED[asked]).frame, theirs["rows"])
        ours = ours.iloc[np.array(family["rows"]) - 1]
        np.testing.assert_allclose(ours["p_adjusted"], family["p"], rtol=RTOL)
        np.testing.assert_allclose(
            ours[["lower", "upper"]], np.c_[family["lower"], family["upper"]], rtol=RTOL
        )


@pytest.mark.reference
def test_tukey_and_dunnett_are_the_multivariate_t() -> None:
    _, fit = run("multiplicity_us_krlin")
    pairs = fit.contrasts("arm", by="visit", adjust="mvt").frame
    pd.testing.assert_frame_equal(fit.contrasts("arm", by="visit", adjust="tukey").frame, pairs)
    reference = fit.contrasts("arm", by="visit", ref="placebo", adjust="mvt").frame
    pd.testing.assert_frame_equal(
        fit.contrasts("arm", by="visit", ref="placebo", adjust="dunnett").frame, reference
    )


@pytest.mark.parametrize("levels", [3, 4, 6])
def test_balanced_pairs_are_the_studentized_range(levels: int) -> None:
    """Tukey (1953): with equal groups the largest |t| of all pairs is the range over root two."""
    contrasts = np.array([np.eye(levels)[j] - np.eye(levels)[i] for j in range(levels) for i in range(j)])
    family = largest_t(contrasts @ contrasts.T / 2)
    tolerance = {"rel": 1e-7} if levels == 3 else {"abs": SPHERE}
    for t, df in ((1.3, 12.5), (2.4, 30.0), (3.3, 8.0)):
        expected = stats.studentized_range.sf(t * np.sqrt(2), levels, df)
        assert family.p_value(t, df) == pytest.approx(expected, **tolerance)


@pytest.mark.parametrize("size", [2, 3, 5, 8])
def test_unrelated_comparisons_with_many_df_are_sidak(size: int) -> None:
    family = largest_t(np.eye(size))
    tolerance = {"rel": 1e-12} if size == 2 else {"abs": SPHERE}
    for t in (0.5, 2.0, 3.0):
        single = 2 * stats.norm.sf(t)
        assert family.p_value(t, np.inf) == pytest.approx(1 - (1 - single) ** size, **tolerance)
    critical = family.critical(0.95, np.inf)
    assert family.p_value(critical, np.inf) == pytest.approx(0.05, rel=1e-9)


def test_the_same_comparison_twice_is_one() -> None:
    once, twice = largest_t(np.ones((1, 1))), largest_t(np.array([[1, -1, 1], [-1, 1, -1], [1, -1, 1.0]]))
    for t in (0.3, 2.0, 5.0):
        assert twice.p_value(t, 17.3) == pytest.approx(2 * stats.t.sf(t, 17.3), rel=1e-9)
        assert once.p_value(t, 17.3) == pytest.approx(2 * stats.t.sf(t, 17.3), rel=1e-9)


@pytest.fixture(scope="module")
def trial() -> pd.DataFrame:
    return make_trial(60, missing=0.1)


ASK: dict[str, Any] = {"subject": "patient", "visit": "visit"}


def test_order_of_the_adjustments(trial: pd.DataFrame) -> None:
    """None <= mvt <= Šidák <= Bonferroni, Holm <= Bonferroni; a limit excludes zero when its P says so."""
    fit = mmrm("change ~ site * visit + arm", trial, **ASK)
    tables = {
        a: fit.contrasts("site", by="visit", adjust=a).frame for a in ("bonferroni", "holm", "sidak", "mvt")
    }
    p = {adjust: frame["p_adjusted"].to_numpy() for adjust, frame in tables.items()}
    single = tables["mvt"]["p_value"].to_numpy()
    slack = 1e-12
    assert (single <= p["mvt"] + slack).all()
    assert (p["mvt"] <= p["sidak"] + slack).all()
    assert (p["sidak"] <= p["bonferroni"] + slack).all()
    assert (p["holm"] <= p["bonferroni"] + slack).all()
    for adjust in ("bonferroni", "sidak", "mvt"):
        outside = (tables[adjust]["lower"] > 0) | (tables[adjust]["upper"] < 0)
        np.testing.assert_array_equal(outside, p[adjust] < 0.05)


def test_one_comparison_has_nothing_to_adjust_for(trial: pd.DataFrame) -> None:
    fit = mmrm("change ~ arm * visit", trial, **ASK)
    plain = fit.contrasts("arm", by="visit")
    for adjust in ("bonferroni", "holm", "sidak", "tukey", "mvt"):
        result = fit.contrasts("arm", by="visit", adjust=adjust)
        np.testing.assert_allclose(result["p_adjusted"], plain["p_value"], rtol=1e-12)
        np.testing.assert_allclose(result["lower"], plain["lower"], rtol=1e-12)
        assert any("nothing to adjust for" in note for note in result.notes)
    whole = fit.contrasts("arm", by="visit", adjust="mvt", family="all")
    assert (whole["p_adjusted"] > plain["p_value"]).all()
    assert any("hold for 4 comparisons together" in note for note in whole.notes)


def test_rows_of_l_take_an_adjustment(trial: pd.DataFrame) -> None:
    fit = mmrm("change ~ arm * visit", trial, **ASK)
    rows = np.eye(len(fit.terms))[2:5]
    result = fit.test(rows, adjust="mvt").frame
    assert (result["p_adjusted"] > result["p_value"]).all()
    doubled = fit.test(np.vstack([rows, rows[:1] * -2]), adjust="mvt").frame
    np.testing.assert_allclose(doubled["p_adjusted"][:3], result["p_adjusted"], atol=SPHERE / 10)


def test_a_row_without_data_takes_no_part(trial: pd.DataFrame) -> None:
    lost = trial[~((trial["site"] == "B") & (trial["visit"] == "month4"))]
    fit = mmrm("change ~ site * visit", lost, **ASK)
    result = fit.contrasts("site", by="visit", adjust="mvt").frame
    gone = result["status"] != "ok"
    assert gone.sum() == 2
    assert result.loc[gone, ["p_adjusted", "lower", "upper"]].isna().all(axis=None)
    left = result[(result["visit"] == "month4") & ~gone]
    np.testing.assert_allclose(left["p_adjusted"], left["p_value"], rtol=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"adjust": "tukeyy"}, "did you mean 'tukey'"),
        ({"adjust": "tukey", "ref": "A"}, "holds for method='pairwise' only"),
        ({"adjust": "dunnett"}, "holds for method='reference' only"),
        ({"adjust": "mvt", "family": "everything"}, "family is not one of its options"),
    ],
)
def test_wrong_adjustments(trial: pd.DataFrame, options: dict[str, Any], message: str) -> None:
    fit = mmrm("change ~ site * visit", trial, **ASK)
    with pytest.raises(ArgumentError) as found:
        fit.contrasts("site", by="visit", **options)
    assert message in str(found.value)
    with pytest.raises(ArgumentError, match="a contrast needs two levels"):
        fit.contrasts("site", at={"site": ["A"]}, adjust="mvt")
