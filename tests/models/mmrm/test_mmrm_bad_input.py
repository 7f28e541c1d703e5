"""Bad input: a named error or a recorded fallback, never a wrong number, never a patient's value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from mmrm_trial import make_trial

import outcomes as oc
from outcomes.errors import ArgumentError, DataError, ModelError
from outcomes.models.mmrm import MMRMResult, mmrm

FORMULA = "change ~ baseline + arm * visit"


def fit(data: Any, formula: str = FORMULA, **options: Any) -> MMRMResult:
    return mmrm(formula, data, **{"subject": "patient", "visit": "visit"} | options)


def test_duplicate_subject_visit() -> None:
    data = make_trial().dropna()
    with pytest.raises(DataError) as error:
        fit(pd.concat([data, data.head(2)]))
    assert str(error.value) == (
        "a subject has two rows at one visit. got: 2 repeated subject-visits. "
        "keep one row for each subject and visit."
    )


def test_a_visit_that_nobody_has_is_dropped_and_named() -> None:
    data = make_trial()
    data["visit"] = data["visit"].cat.add_categories(["month5"])
    result = fit(data)
    assert list(result.covariance.index) == ["month1", "month2", "month3", "month4"]
    assert "visit: 1 level without a usable row dropped (month5)" in result.notes
    data.loc[data["visit"] == "month4", "change"] = np.nan
    assert list(fit(data).covariance.index) == ["month1", "month2", "month3"]


def test_a_level_without_rows_is_dropped_and_named() -> None:
    data = make_trial()
    data["arm"] = data["arm"].cat.add_categories(["open label"])
    result = fit(data)
    assert "arm: 1 level without a usable row dropped (open label)" in result.notes
    assert not any("open label" in term for term in result.terms)


def test_a_visit_with_one_subject_falls_back_or_fails_by_name() -> None:
    data = make_trial().dropna()
    last = data.index[data["visit"] == "month4"]
    result = fit(data.drop(last[1:]), df="satterthwaite")
    assert result.status.startswith("fallback to ")
    assert result.attempts[0].covariance == "us"
    assert not result.attempts[0].converged
    with pytest.raises(ModelError, match="no covariance structure converged"):
        fit(data.drop(last[1:]), fallback=None)


def test_fewer_rows_than_coefficients() -> None:
    with pytest.raises(DataError, match="not more rows than coefficients"):
        fit(make_trial(2, missing=0.0))


def test_one_subject() -> None:
    data = make_trial(1, missing=0.0)
    with pytest.raises(DataError, match="one subject only"):
        fit(data, "change ~ 1")


@pytest.mark.parametrize("value", [0.0, 4.0, -1e9])
def test_constant_response(value: float) -> None:
    with pytest.raises(DataError, match="fits the response exactly"):
        fit(make_trial().assign(change=value))


def test_response_that_a_covariate_determines() -> None:
    data = make_trial().dropna()
    with pytest.raises(DataError, match="fits the response exactly"):
        fit(data.assign(change=3 * data["baseline"] - 1), "change ~ baseline + visit")


def test_collinear_columns_are_dropped_and_named() -> None:
    data = make_trial()
    data["twice"] = 2 * data["baseline"] + 3
    data["copy"] = pd.Categorical(data["arm"].map({"placebo": "P", "active": "V"}), ["P", "V"])
    result, plain = fit(data, "change ~ baseline + twice + arm * visit + copy"), fit(data)
    assert result.aliased == ("twice", "copy[T.V]")
    assert "columns left out because others determine them: twice, copy[T.V]" in result.notes
    np.testing.assert_allclose(result.params[list(plain.terms)], plain.params, rtol=1e-8)
    np.testing.assert_allclose(result.df[list(plain.terms)], plain.df, rtol=1e-6)
    contrast = result.contrasts("arm", by="visit").frame
    assert contrast["estimate"].isna().all()  # arm and its copy cannot be told apart
    assert (contrast["status"] == "not estimable").all()
    np.testing.assert_allclose(
        result.contrasts("visit").frame["estimate"], plain.contrasts("visit").frame["estimate"], rtol=1e-8
    )


def test_an_empty_cell_is_not_estimable() -> None:
    data = make_trial().dropna()
    data = data[~((data["arm"] == "active") & (data["visit"] == "month4"))]
    result = fit(data, df="satterthwaite")
    assert result.aliased == ("arm[T.active]:visit[T.month4]",)
    means = result.emmeans("arm", by="visit").frame
    lost = (means["arm"] == "active") & (means["visit"] == "month4")
    assert means.loc[lost, "status"].tolist() == ["not estimable"]
    assert means.loc[lost, ["estimate", "std_error", "p_value", "lower"]].isna().all(axis=None)
    assert means.loc[~lost, "estimate"].notna().all()


def test_missing_values_are_counted_by_reason() -> None:
    data = make_trial(missing=0.0)
    data.loc[data.index[:3], "change"] = np.nan
    data.loc[data.index[2:6], "baseline"] = np.nan
    data.loc[data.index[10], "visit"] = None
    data.loc[data.index[11], "patient"] = None
    result = fit(data)
    assert result.rows == {
        "received": 240,
        "used": 232,
        "subject missing": 1,
        "visit missing": 1,
        "response missing": 3,
        "baseline missing": 3,
    }
    assert sum(n for reason, n in result.rows.items() if reason != "received") == 240
    assert "3 of 240 rows left out: baseline missing" in result.notes


@pytest.mark.parametrize(
    ("column", "name"), [("change", "the response"), ("baseline", "baseline"), ("w", "w")]
)
def test_infinite_values(column: str, name: str) -> None:
    data = make_trial(missing=0.0)
    data.loc[5, column] = np.inf
    with pytest.raises(DataError) as error:
        fit(data, weights="w")
    assert str(error.value) == (
        f"{name} is infinite in some rows. got: 1 rows. correct them or set them to missing."
    )


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_weights_not_above_zero(value: float) -> None:
    data = make_trial()
    data.loc[data.index[0], ["w", "change"]] = value, 1.0
    with pytest.raises(DataError, match="weights are not all above zero"):
        fit(data, weights="w")


def test_single_subject_groups() -> None:
    data = make_trial(8, missing=0.0).assign(own=lambda frame: frame["patient"])
    with pytest.raises(ModelError, match="no covariance structure converged"):
        fit(data, "change ~ visit", group="own", fallback=["cs"])


def test_subject_in_two_groups() -> None:
    data = make_trial(missing=0.0)
    data.loc[data.index[0], "site"] = "B"
    with pytest.raises(DataError, match="more than one covariance group"):
        fit(data, group="site")


@pytest.mark.parametrize("kind", ["text", "ordered", "integer", "float", "date", "mixed"])
def test_kinds_of_visits(kind: str) -> None:
    data = make_trial()
    number = data["visit"].cat.codes + 1
    data["visit"] = {
        "text": data["visit"].astype(str),
        "ordered": data["visit"].cat.as_ordered(),
        "integer": number.astype("int64"),
        "float": number.astype(float),
        "date": pd.Timestamp("2026-01-05") + pd.to_timedelta(28 * number.astype(int), unit="D"),
        "mixed": number.astype(object),
    }[kind]
    expected, result = fit(make_trial()), fit(data)
    np.testing.assert_allclose(result.params, expected.params, rtol=1e-8)
    np.testing.assert_allclose(result.bse, expected.bse, rtol=1e-8)
    assert len(result.emmeans("arm", by="visit")) == 8
    label = {"text": "month2", "ordered": "month2", "date": "2026-03-02"}.get(kind, "2")
    assert f"visit[T.{label}]" in result.terms


def test_numbers_in_visits_of_text_are_read_as_numbers() -> None:
    """Sorted as letters, month 10 would stand between month 1 and month 2, and ar1 would be wrong."""
    data = make_trial()
    months = ["month 2", "month 10", "month 12", "month 100"]
    as_category = fit(data.assign(visit=data["visit"].cat.rename_categories(months)), covariance="ar1")
    text = data.assign(visit=data["visit"].cat.rename_categories(months).astype(str))
    as_text = fit(text.sample(frac=1, random_state=1), covariance="ar1")
    assert list(as_text.covariance.index) == months
    assert as_text.terms == as_category.terms
    np.testing.assert_allclose(as_text.bse, as_category.bse, rtol=1e-8)
    parts = [text[text["visit"] == "month 12"], text[text["visit"] != "month 12"]]
    assert list(fit(parts, covariance="ar1").covariance.index) == months


def test_twenty_visits_with_us_and_few_patients() -> None:
    result = fit(make_trial(16, visits=20, missing=0.1), "change ~ baseline + visit", df="satterthwaite")
    assert result.covariance_type != "us"
    assert result.status.startswith("fallback to ")
    assert result.attempts[0].covariance == "us"
    assert any(note.startswith("fallback to") for note in result.emmeans("visit").notes)


def test_twenty_visits_with_us_and_enough_patients() -> None:
    result = fit(make_trial(150, visits=20, missing=0.1), "change ~ baseline + visit", df="satterthwaite")
    assert result.status == "ok"
    assert len(result.theta) == 210


def test_no_rows() -> None:
    with pytest.raises(DataError, match="data has no rows"):
        fit(make_trial().head(0))
    with pytest.raises(DataError, match="no row is complete"):
        fit(make_trial().assign(change=np.nan))
    with pytest.raises(DataError, match="data has no rows"):
        fit(iter([]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"covariance": "un"}, "covariance is not one of its options"),
        ({"method": "REML"}, "method is not one of its options"),
        ({"df": "kr"}, "df is not one of its options"),
        ({"vcov": "robust"}, "vcov is not one of its options"),
        ({"fallback": ["ar2"]}, "fallback is not one of its options"),
        ({"method": "ml", "df": "kenward-roger"}, "needs the restricted likelihood"),
        ({"vcov": "empirical", "df": "kenward-roger-linear"}, "brings its own covariance"),
        ({"subject": "patent"}, "data has no column that subject= names.*did you mean 'patient'"),
        ({"visit": "week"}, "data has no column that visit= names"),
        ({"group": "armm"}, "did you mean 'arm'"),
        ({"weights": "weight"}, "data has no column that weights= names"),
        ({"subject": 3}, "subject= is of the wrong type. .*names a column"),
    ],
)
def test_options_that_do_not_exist_or_fit(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        fit(make_trial(), **options)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("change ~ baselin + visit", "did you mean 'baseline'"),
        ("~ visit", "needs one response"),
        ("change", "needs one response"),
        ("change ~ (visit", "formula cannot be read"),
        ("change ~ us(visit | patient)", "formula"),
        ("change ~ visit | patient", "the covariance is not a term"),
        ("change ~ np.nothing(baseline)", "may not call"),
        ("change ~ baseline.upper()", "may not call"),
        (3, "formula is of the wrong type"),
    ],
)
def test_formulas_that_cannot_be_read(formula: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        fit(make_trial(), formula)


def test_values_that_name_no_level() -> None:
    data = make_trial()
    with pytest.raises(DataError, match="hold"):
        fit(data.assign(patient=[[one] for one in data["patient"]]))


def test_columns_that_are_not_numbers() -> None:
    data = make_trial()
    with pytest.raises(DataError, match="must be numeric"):
        fit(data.assign(change=data["change"].astype(str) + " days"))
    with pytest.raises(DataError, match="must be numeric"):
        fit(data, weights="site")
    with pytest.raises(DataError, match="date or a duration"):
        fit(data.assign(baseline=pd.Timestamp("2026-01-01")))
    with pytest.raises(DataError, match="numeric time"):
        fit(data, covariance="sp_exp")
    with pytest.raises(ArgumentError, match="data is not a frame"):
        fit({"change": [1.0]})
    with pytest.raises(ArgumentError, match="a part of data is not a frame"):
        fit([data, 3])


def test_messages_hold_no_patients() -> None:
    data = make_trial().dropna()
    for broken in (pd.concat([data, data.head(1)]), data.assign(change=7.0)):
        with pytest.raises(DataError) as error:
            fit(broken)
        assert "P0" not in str(error.value)
        assert "7.0" not in str(error.value)


def test_contrasts_of_one_level_one_comparison_and_a_deficient_l() -> None:
    rng = np.random.default_rng(3)
    rows = pd.DataFrame(
        {"id": np.repeat(range(30), 2), "visit": np.tile([1, 2], 30), "y": rng.normal(0, 1, 60)}
    )
    rows["arm"], rows["one"] = np.where(rows["id"] % 2, "a", "b"), "all"
    fit = mmrm("y ~ arm * visit + C(one)", rows, subject="id", visit="visit", covariance="cs")
    with pytest.raises(ArgumentError, match="level"):
        fit.contrasts("one")
    alone = fit.contrasts("arm", adjust="mvt")
    assert alone["p_adjusted"].item() == pytest.approx(alone["p_value"].item(), rel=1e-6)
    assert any("one comparison" in note for note in alone.notes)
    once = np.eye(len(fit.terms))[1:3]
    deficient = fit.joint_test(np.vstack([once, once.sum(0), once[0] * 1e6]))
    wanted = fit.joint_test(once)
    assert deficient["num_df"].item() == 2
    assert deficient["statistic"].item() == pytest.approx(wanted["statistic"].item(), rel=1e-8)
    assert any("2 df are tested" in note for note in deficient.notes)


def test_a_date_as_a_covariate_is_refused_by_every_model_with_a_formula() -> None:
    day = pd.Timestamp("2026-01-05") + pd.to_timedelta(np.arange(20), unit="D")
    rows = pd.DataFrame({"patient_id": range(20), "days_with_event": 5, "days_recorded": 28, "when": day})
    rows["headache"], rows["day"] = True, 1
    for model, formula in ((oc.counts, "days_with_event ~ when"), (oc.daily, "headache ~ when")):
        with pytest.raises(DataError, match="a date or a duration"):
            model(formula, rows)
