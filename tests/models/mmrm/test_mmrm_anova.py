"""Type II and III F tests of terms against R mmrm's, SAS's, and what they must be whatever the coding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from mmrm_trial import make_trial
from three_arms import files, read_fev, run

from outcomes.errors import ArgumentError
from outcomes.models.mmrm import mmrm

# R's files print 15 digits of an optimum with a gradient below 1e-10.
RTOL = 1e-8
SAS = 5e-3  # SAS prints F with two decimals


def by_term(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table by its terms, their factors in the order of the alphabet."""
    return frame.set_axis([":".join(sorted(name.split(":"))) for name in frame["term"]])


@pytest.mark.reference
@pytest.mark.parametrize("kind", ["II", "III"])
@pytest.mark.parametrize("name", files("tests"))
def test_every_term_of_every_file(name: str, kind: str) -> None:
    spec, fit = run(name)
    ours = by_term(fit.anova(kind).frame)
    assert len(ours) == len(spec[f"type_{kind}"])
    for term in spec[f"type_{kind}"]:
        row = ours.loc[":".join(sorted(term["term"].split(":")))]
        # Satterthwaite's denominator: the one that does not depend on how the rows of L are written.
        denominator = term.get("fai_cornelius_orthonormal_rows", term)
        assert row["num_df"] == term["num_df"]
        assert row["statistic"] == pytest.approx(term["F"], rel=RTOL)
        assert row["df"] == pytest.approx(denominator["denom_df"], rel=RTOL)
        assert row["p_value"] == pytest.approx(denominator["p"], rel=1e-6)
        assert row["status"] == "ok"


@pytest.mark.reference
def test_sas_on_fev_data() -> None:
    """SAS PROC MIXED, Type III: 31.67 and 142.1; the coefficients of ARMCD alone give 12.35."""
    fit = mmrm(
        "FEV1 ~ RACE + SEX + ARMCD * AVISIT",
        read_fev(),
        subject="USUBJID",
        visit="AVISIT",
        df="satterthwaite",
    )
    table = by_term(fit.anova().frame)
    assert table.loc["ARMCD", "statistic"] == pytest.approx(31.67, abs=SAS)
    assert table.loc["AVISIT", "statistic"] == pytest.approx(142.1, abs=10 * SAS)
    joint = fit.joint_test("ARMCD")
    assert joint.frame["statistic"].item() == pytest.approx(12.35, abs=SAS)
    note = next(note for note in joint.notes if note.startswith("ARMCD is part of"))
    assert "ARMCD:AVISIT" in note
    assert "ARMCD at AVISIT = VIS1" in note
    both = fit.joint_test(["ARMCD", "ARMCD:AVISIT"])
    assert not any("is part of" in note for note in both.notes)


@pytest.mark.reference
def test_sas_on_a_covariate_that_meets_a_factor() -> None:
    """SAS, Type III under AR(1): P of FEV1_BL in ARMCD*FEV1_BL is .0011, its mean slope over the arms."""
    fit = mmrm(
        "FEV1 ~ ARMCD * FEV1_BL",
        read_fev(),
        subject="USUBJID",
        visit="AVISIT",
        covariance="ar1",
        df="satterthwaite",
    )
    assert by_term(fit.anova().frame).loc["FEV1_BL", "p_value"] == pytest.approx(0.0011, abs=5e-5)
    note = next(note for note in fit.joint_test("FEV1_BL").notes if note.startswith("FEV1_BL is part of"))
    assert "FEV1_BL at ARMCD = PBO" in note


@pytest.fixture(scope="module")
def trial() -> pd.DataFrame:
    return make_trial(60, missing=0.1)


ASK: dict[str, Any] = {"subject": "patient", "visit": "visit"}


@pytest.mark.parametrize("df", ["kenward-roger-linear", "between-within", "residual"])
@pytest.mark.parametrize(
    "formula", ["change ~ arm * visit * site", "change ~ baseline * visit + arm * visit + site"]
)
def test_a_test_does_not_depend_on_the_reference_level_or_the_order(
    trial: pd.DataFrame, formula: str, df: str
) -> None:
    turned = trial.assign(
        arm=trial["arm"].cat.reorder_categories(["active", "placebo"]),
        visit=trial["visit"].cat.reorder_categories(["month4", "month2", "month1", "month3"]),
        site=trial["site"].cat.reorder_categories(["C", "A", "B"]),
    ).sample(frac=1, random_state=1)
    for kind in ("II", "III"):
        one = by_term(mmrm(formula, trial, df=df, **ASK).anova(kind).frame)
        other = by_term(mmrm(formula, turned, df=df, **ASK).anova(kind).frame).loc[one.index]
        np.testing.assert_allclose(other["statistic"], one["statistic"], rtol=1e-6)
        np.testing.assert_allclose(other["df"], one["df"], rtol=1e-6)


def test_own_contrasts_and_terms_without_margins_ask_the_same(trial: pd.DataFrame) -> None:
    plain = by_term(mmrm("change ~ baseline + arm * visit", trial, **ASK).anova().frame)
    coded = mmrm("change ~ baseline + C(arm, contr.sum) * visit", trial, **ASK).anova().frame
    np.testing.assert_allclose(coded["statistic"], plain["statistic"], rtol=1e-7)
    nested = mmrm("change ~ 0 + visit + visit:arm", trial, **ASK).anova().frame
    visits = mmrm("change ~ arm * visit", trial, **ASK).anova().frame
    assert nested["num_df"].to_list() == [3.0, 4.0]
    assert nested["statistic"][0] == pytest.approx(visits["statistic"][1], rel=1e-7)


def test_a_covariate_in_an_interaction_is_named_where_it_is_held(trial: pd.DataFrame) -> None:
    result = mmrm("change ~ arm * baseline + visit", trial, **ASK).anova()
    assert any(note.startswith("arm is tested at baseline = 0") for note in result.notes)
    at_zero = mmrm("change ~ arm * baseline + visit", trial, **ASK).contrasts("arm", at={"baseline": 0}).frame
    assert by_term(result.frame).loc["arm", "statistic"] == pytest.approx(
        at_zero["statistic"][0] ** 2, rel=1e-8
    )
    expression = mmrm("change ~ poly(baseline, 2) * arm + visit", trial, **ASK).anova().frame
    assert by_term(expression).loc["arm:poly(baseline, 2)", "num_df"] == 2


def test_a_balanced_trial_has_one_answer(trial: pd.DataFrame) -> None:
    full = make_trial(30, missing=0.0)
    fit = mmrm("change ~ arm * visit", full, **ASK)
    np.testing.assert_allclose(
        fit.anova("II").frame["statistic"], fit.anova("III").frame["statistic"], rtol=1e-8
    )


def test_an_empty_cell_costs_its_degrees_of_freedom_and_says_so(trial: pd.DataFrame) -> None:
    lost = trial[~((trial["arm"] == "active") & (trial["visit"] == "month4"))]
    table = by_term(mmrm("change ~ arm * visit", lost, **ASK).anova().frame)
    assert table.loc["arm:visit", "num_df"] == 2
    assert "cells without data" in table.loc["arm:visit", "status"]
    assert (
        by_term(mmrm("change ~ arm * visit", lost, **ASK).anova("II").frame).loc["arm:visit", "num_df"] == 2
    )


def test_rows_of_l_that_others_determine_do_not_count(trial: pd.DataFrame) -> None:
    for df in ("kenward-roger-linear", "satterthwaite", "residual"):
        fit = mmrm("change ~ arm * visit", trial, df=df, **ASK)
        rows = np.eye(len(fit.terms))[[2, 3, 4]]
        plain = fit.joint_test(rows)
        doubled = fit.joint_test(np.vstack([rows, 2 * rows[:1] - rows[1:2], 1e6 * rows[2:]]))
        for column in ("num_df", "df", "statistic"):
            assert doubled.frame[column][0] == pytest.approx(plain.frame[column][0], rel=1e-7)
        assert any("2 of 5 rows of L repeat the others" in note for note in doubled.notes)
        turned = fit.joint_test(np.random.default_rng(2).normal(size=(3, 3)) @ rows)
        assert turned.frame["df"][0] == pytest.approx(plain.frame["df"][0], rel=1e-7)


def test_unknown_types_and_formulas_without_terms(trial: pd.DataFrame) -> None:
    fit = mmrm("change ~ arm * visit", trial, **ASK)
    with pytest.raises(ArgumentError, match="type is not one of its options"):
        fit.anova("I")
    with pytest.raises(ArgumentError, match="no term to test"):
        mmrm("change ~ 1", trial, **ASK).anova()
    pd.testing.assert_frame_equal(fit.anova(3).frame, fit.anova("III").frame)
