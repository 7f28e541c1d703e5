"""What a result offers beside its numbers: names, contrasts, predictions, residuals, text."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import formulaic
import numpy as np
import pandas as pd
import pytest
from mmrm_trial import make_trial

from outcomes.errors import ArgumentError, DataError
from outcomes.models.mmrm import MMRMResult, mmrm
from outcomes.results import Estimates

FORMULA = "change ~ baseline * visit + arm * visit + site"


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return make_trial()


@pytest.fixture(scope="module")
def fit(data: pd.DataFrame) -> MMRMResult:
    return mmrm(FORMULA, data, subject="patient", visit="visit")


@pytest.mark.parametrize(
    "formula",
    [
        "change ~ visit",
        "change ~ baseline * visit + arm * visit + site",
        "change ~ arm * visit * site",
        "change ~ 0 + visit + arm:visit",
        "change ~ arm:visit",
        "change ~ baseline:visit",
        "change ~ visit + site / arm",
        "change ~ baseline + w + baseline:w + w:visit + visit",
        "change ~ C(site, contr.sum) * visit + np.log(baseline)",
        "change ~ poly(baseline, 2) + visit",
        "np.exp(change / 10) ~ visit",
    ],
)
def test_design_and_names_are_those_of_formulaic(formula: str, data: pd.DataFrame) -> None:
    fit = mmrm(formula, data, subject="patient", visit="visit")
    expected = formulaic.model_matrix(formula, data.dropna(), context={"np": np}).rhs
    kept = [name for name in expected.columns if name not in fit.aliased]
    assert list(fit.terms) == kept
    ours = fit.design_matrix()
    np.testing.assert_allclose(ours, np.asarray(expected[kept], float), atol=1e-12)
    assert ours.index.equals(data.dropna().index)
    new = fit.design_matrix(data.dropna().tail(5))
    np.testing.assert_allclose(new, ours.tail(5), atol=1e-12)


def test_frames_and_series(fit: MMRMResult) -> None:
    frame = fit.to_frame()
    assert list(frame.columns) == [
        "term", "estimate", "std_error", "df", "statistic", "p_value", "lower", "upper",
    ]  # fmt: skip
    assert fit.params["baseline"] == frame.set_index("term").loc["baseline", "estimate"]
    for series, name in [
        (fit.params, "estimate"),
        (fit.bse, "std_error"),
        (fit.df, "df"),
        (fit.tvalues, "statistic"),
        (fit.pvalues, "p_value"),
    ]:
        assert series.index.equals(pd.Index(frame["term"]))
        np.testing.assert_array_equal(series, frame[name])
    np.testing.assert_allclose(np.sqrt(np.diag(fit.cov_params())), fit.bse)
    wide, narrow = fit.conf_int(alpha=0.01), fit.conf_int(alpha=0.2)
    assert (wide["lower"] < narrow["lower"]).all()
    assert (wide["upper"] > narrow["upper"]).all()
    glance = fit.glance().iloc[0]
    assert (glance["status"], glance["n_theta"], glance["n_visits"]) == ("ok", 10, 4)
    assert glance["df_method"] == "kenward-roger-linear"


def test_defaults_of_df(data: pd.DataFrame) -> None:
    ask = {"subject": "patient", "visit": "visit"}
    assert mmrm("change ~ visit", data, **ask).df_method == "kenward-roger-linear"
    assert mmrm("change ~ visit", data, covariance="ar1h", **ask).df_method == "kenward-roger-linear"
    assert mmrm("change ~ visit", data, method="ml", **ask).df_method == "satterthwaite"
    assert mmrm("change ~ visit", data, vcov="empirical", **ask).df_method == "satterthwaite"


def test_means_are_held_at_covariate_means(fit: MMRMResult, data: pd.DataFrame) -> None:
    used = data.dropna()
    means = fit.emmeans("arm", by="visit")
    assert isinstance(means, Estimates)
    assert list(means.columns[:2]) == ["arm", "visit"]
    assert f"covariates held at: baseline = {used['baseline'].mean():.6g}" in means.notes
    assert "averaged over site (equal weights)" in means.notes
    at = fit.emmeans("arm", by="visit", at={"baseline": 20.0, "visit": ["month3", "month4"]}).frame
    assert at["visit"].drop_duplicates().tolist() == ["month3", "month4"]
    # By hand: every mean is a linear combination of predictions of a balanced set of new patients.
    new = pd.DataFrame(
        [(f"n{i}", v, a, s, 20.0) for i, (v, a, s) in enumerate(
            (v, a, s) for v in ("month3", "month4") for a in ("placebo", "active") for s in "ABC")],
        columns=["patient", "visit", "arm", "site", "baseline"],
    )  # fmt: skip
    by_hand = fit.design_matrix(new).to_numpy().reshape(4, 3, -1).mean(1) @ fit.params.to_numpy()
    np.testing.assert_allclose(at["estimate"], by_hand, rtol=1e-10)


def test_proportional_weights(fit: MMRMResult, data: pd.DataFrame) -> None:
    used = data.dropna()
    share = used["site"].value_counts(normalize=True).sort_index()
    by_site = fit.emmeans(["arm", "visit"], by="site").frame
    expected = by_site.assign(weight=by_site["site"].map(share).astype(float))
    expected = (
        (expected["estimate"] * expected["weight"])
        .groupby([expected["arm"], expected["visit"]], sort=False)
        .sum()
    )
    ours = fit.emmeans(["visit", "arm"], weights="proportional").frame.set_index(["arm", "visit"])["estimate"]
    np.testing.assert_allclose(ours.loc[expected.index], expected, rtol=1e-10)


def test_contrast_methods(fit: MMRMResult) -> None:
    pairs = fit.contrasts("site", at={"visit": "month4"})
    assert pairs["contrast"].tolist() == ["B - A", "C - A", "C - B"]
    against = fit.contrasts("site", ref="B")
    assert against["contrast"].tolist() == ["A - B", "C - B"]
    assert fit.contrasts("site", method="pairwise", ref="C")["contrast"].tolist() == [
        "B - A",
        "A - C",
        "B - C",
    ]
    steps = fit.contrasts("visit", method="consecutive")
    assert steps["contrast"].tolist() == ["month2 - month1", "month3 - month2", "month4 - month3"]
    custom = fit.contrasts(
        "visit",
        by="arm",
        coefs={
            "late - early": {"month1": -0.5, "month2": -0.5, "month3": 0.5, "month4": 0.5},
            "flat": [0, 0, 1, -1],
        },
    )
    assert custom["contrast"].tolist() == ["late - early", "flat"] * 2
    means = fit.emmeans("visit", by="arm").frame
    placebo = means.loc[means["arm"] == "placebo", "estimate"].to_numpy()
    assert custom["estimate"][0] == pytest.approx(placebo[2:].mean() - placebo[:2].mean())
    both = fit.contrasts(["arm", "visit"], method="reference", ref="placebo month1").frame
    assert len(both) == 7
    assert both["contrast"].iloc[-1] == "active month4 - placebo month1"


def test_mean_over_periods_is_the_mean_of_the_differences(fit: MMRMResult) -> None:
    by_visit = fit.contrasts("arm", by="visit", ref="placebo").frame
    over = fit.contrasts("arm", ref="placebo").frame
    late = fit.contrasts("arm", ref="placebo", at={"visit": ["month3", "month4"]}).frame
    assert over["estimate"][0] == pytest.approx(by_visit["estimate"].mean(), rel=1e-10)
    assert late["estimate"][0] == pytest.approx(by_visit["estimate"][2:].mean(), rel=1e-10)


def test_joint_test_takes_terms_names_and_matrices(fit: MMRMResult) -> None:
    by_term = fit.joint_test("arm:visit").frame
    names = [f"arm[T.active]:visit[T.month{i}]" for i in (2, 3, 4)]
    by_name = fit.joint_test(names).frame
    matrix = pd.DataFrame(np.eye(3), columns=names)
    by_matrix = fit.joint_test(matrix).frame
    doubled = fit.joint_test(pd.concat([matrix, matrix])).frame
    for other in (by_name, by_matrix, doubled):
        np.testing.assert_allclose(
            other[["num_df", "df", "statistic", "p_value"]], by_term[["num_df", "df", "statistic", "p_value"]]
        )
    one = fit.joint_test("baseline").frame.iloc[0]
    assert one["statistic"] == pytest.approx(fit.tvalues["baseline"] ** 2)
    assert one["p_value"] == pytest.approx(fit.pvalues["baseline"])


def test_test_takes_rows_of_l(fit: MMRMResult) -> None:
    row = pd.DataFrame([{"baseline": 1.0, "arm[T.active]": 2.0}])
    result = fit.test(row, labels=["slope and arm"]).frame.iloc[0]
    assert result["contrast"] == "slope and arm"
    assert result["estimate"] == pytest.approx(fit.params["baseline"] + 2 * fit.params["arm[T.active]"])


def test_residuals(fit: MMRMResult, data: pd.DataFrame) -> None:
    used = data.dropna()
    raw = fit.resid()
    np.testing.assert_allclose(raw + fit.fittedvalues, used["change"])
    assert raw.index.equals(used.index)
    sd = np.sqrt(np.diag(fit.covariance))[used["visit"].cat.codes]
    np.testing.assert_allclose(fit.resid("pearson"), raw / sd)
    white = fit.resid("normalized")
    one = used["patient"] == "P001"
    here = used.loc[one, "visit"].astype(str).tolist()
    factor = np.linalg.cholesky(fit.covariance.loc[here, here])
    np.testing.assert_allclose(white[one], np.linalg.solve(factor, raw[one]))


def test_predict_given_what_was_seen(fit: MMRMResult) -> None:
    new = pd.DataFrame(
        {
            "patient": ["new"] * 4 + ["blank"] * 4,
            "visit": ["month1", "month2", "month3", "month4"] * 2,
            "arm": "active",
            "site": "B",
            "baseline": 12.0,
            "change": [-3.0, -4.0] + [np.nan] * 6,
        }
    )
    found = fit.predict(new.sample(frac=1, random_state=1)).loc[new.index]
    x = fit.design_matrix(new).to_numpy()
    mean, v = x @ fit.params.to_numpy(), fit.covariance.to_numpy()
    slope = v[2:, :2] @ np.linalg.inv(v[:2, :2])
    expected = mean[2:4] + slope @ (np.array([-3.0, -4.0]) - mean[:2])
    np.testing.assert_allclose(found["estimate"][:4], [-3.0, -4.0, *expected], rtol=1e-9)
    np.testing.assert_allclose(found["estimate"][4:], mean[4:], rtol=1e-9)
    z = x[2:4] - slope @ x[:2]
    variance = np.diag(z @ fit.cov_params().to_numpy() @ z.T)
    np.testing.assert_allclose(found["std_error"][:4], [0, 0, *np.sqrt(variance)], rtol=1e-9)
    future = fit.predict(new, interval="prediction")
    left = np.diag(v[2:, 2:] - slope @ v[:2, 2:])
    np.testing.assert_allclose(future["std_error"][2:4], np.sqrt(variance + left), rtol=1e-9)
    assert found["status"].tolist() == ["observed"] * 2 + ["predicted"] * 6
    without = fit.predict(new.drop(columns="change"))
    np.testing.assert_allclose(without["estimate"], mean, rtol=1e-9)
    np.testing.assert_allclose(fit.predict()["estimate"], fit.fittedvalues)


def test_predict_on_a_numeric_time_and_by_group(data: pd.DataFrame) -> None:
    spatial = mmrm("change ~ arm", data, subject="patient", visit="day", covariance="sp_exp", group="arm")
    new = pd.DataFrame(
        {"patient": "n", "day": [28.0, 40.0, 90.0], "arm": "active", "change": [-5.0, np.nan, np.nan]}
    )
    found = spatial.predict(new)
    v = spatial.covariance["active"].to_numpy()
    rho, mean = v[0, 1] / v[0, 0], spatial.params.sum()
    expected = mean + rho ** np.array([12.0, 62.0]) * (-5.0 - mean)
    np.testing.assert_allclose(found["estimate"][1:], expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"arm": "sham"}, DataError, "arm is missing or has a level that the fit does not know"),
        ({"baseline": np.nan}, DataError, "baseline is missing or infinite"),
        ({"visit": "month9"}, DataError, "visit is missing or has a level"),
    ],
)
def test_predict_refuses(
    fit: MMRMResult, data: pd.DataFrame, change: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        fit.predict(data.head(3).assign(**change))


def test_predict_lacks_columns(fit: MMRMResult, data: pd.DataFrame) -> None:
    with pytest.raises(ArgumentError, match=r"newdata lacks columns\. got: baseline, site"):
        fit.predict(data.drop(columns=["baseline", "site"]))
    with pytest.raises(DataError, match="two rows of a subject at one visit"):
        fit.predict(pd.concat([data.head(2), data.head(1)]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f: f.emmeans("armm"), "did you mean 'arm'"),
        (lambda f: f.emmeans("baseline"), "a number: write C"),
        (lambda f: f.emmeans("arm", by="arm"), "each named once"),
        (lambda f: f.emmeans("arm", weights="flat"), "weights is not one of its options"),
        (lambda f: f.emmeans("arm", at={"visit": "month8"}), "visit has no such level"),
        (lambda f: f.emmeans("arm", at={"dose": 1}), "at= names no variable"),
        (lambda f: f.emmeans("arm", at={"baseline": "high"}), "at= needs numbers for"),
        (lambda f: f.emmeans("arm", level=95), "level is a share"),
        (lambda f: f.contrasts("arm", method="reference"), "needs the level to compare with"),
        (lambda f: f.contrasts("arm", ref="placeboo"), "arm has no such level"),
        (lambda f: f.contrasts("arm", levels=0.9), "there is no such argument"),
        (lambda f: f.contrasts("arm", method="tukey"), "method is not one of its options"),
        (lambda f: f.contrasts("arm", method="custom"), "needs coefs="),
        (lambda f: f.contrasts("arm", coefs={"a": [1]}), "one number for each level"),
        (lambda f: f.contrasts("arm", method="pairwise", coefs={"a": [1, -1]}), "coefs= belongs to"),
        (lambda f: f.joint_test("arm:vist"), "no such term or coefficient"),
        (lambda f: f.joint_test(np.zeros((1, 3))), "one finite number for each coefficient"),
        (lambda f: f.test(np.zeros(14)), "L has a row of zeros"),
        (lambda f: f.test(pd.DataFrame([{"dose": 1.0}])), "columns that are not coefficients"),
        (lambda f: f.conf_int(alpha=5), "alpha is a share"),
        (lambda f: f.resid("scaled"), "kind is not one of its options"),
    ],
)
def test_questions_that_cannot_be_answered(fit: MMRMResult, call: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        call(fit)


def test_text_and_html(data: pd.DataFrame) -> None:
    fit = mmrm("change ~ site + visit", data.assign(site="<b>&"), subject="patient", visit="visit")
    text = fit.summary()
    assert str(fit) == text
    for part in (
        "kenward-roger-linear degrees of freedom",
        "unstructured covariance",
        "35 of 240 rows left out",
    ):
        assert part in text
    page = mmrm(
        "change ~ site + visit",
        data.assign(site=data["site"].cat.rename_categories({"C": "z<b>&"}).astype(str)),
        subject="patient",
        visit="visit",
    )._repr_html_()
    assert "<b>&]" not in page
    assert "&lt;b&gt;&amp;]" in page
    assert repr(fit).startswith("<MMRMResult 'change ~ site + visit', us, 205 rows")


def test_result_is_frozen(fit: MMRMResult) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        fit._model = None  # type: ignore[misc]
    covariance = fit.covariance
    covariance.iloc[0, 0] = -1.0
    fit.theta[0] = 99.0
    assert fit.covariance.iloc[0, 0] > 0
    assert fit.theta[0] < 10


def test_single_arm_against_its_baseline_period() -> None:
    """The constrained longitudinal model: baseline is a response row; change is period minus baseline."""
    rng = np.random.default_rng(4)
    n, periods = 24, ["baseline", "month1", "month2", "month3"]
    days = rng.normal(15, 3, (n, 1)) + rng.normal(0, 2, (n, 4)) - [0, 2, 3, 4]
    frame = pd.DataFrame(
        {
            "patient_id": np.repeat(np.arange(n), 4),
            "period": pd.Categorical(np.tile(periods, n), periods),
            "days": days.ravel(),
        }
    )
    fit = mmrm("days ~ period", frame, subject="patient_id", visit="period")
    change = fit.contrasts("period", ref="baseline")
    assert change["contrast"].tolist() == ["month1 - baseline", "month2 - baseline", "month3 - baseline"]
    np.testing.assert_allclose(change["estimate"], (days[:, 1:] - days[:, :1]).mean(0), rtol=1e-9)
    over = fit.contrasts(
        "period",
        coefs={"mean of months 2 and 3 - baseline": {"baseline": -1, "month2": 0.5, "month3": 0.5}},
    ).frame.iloc[0]
    mean = days[:, 2:].mean(1) - days[:, 0]
    assert over["estimate"] == pytest.approx(mean.mean(), rel=1e-9)
    assert over["std_error"] == pytest.approx(mean.std(ddof=1) / np.sqrt(n), rel=1e-9)
    assert over["df"] == pytest.approx(n - 1, rel=1e-9)


def test_few_subjects_are_warned_of() -> None:
    fit = mmrm("change ~ visit", make_trial(12), subject="patient", visit="visit", df="satterthwaite")
    assert any(note.startswith("12 subjects: the choice of degrees of freedom") for note in fit.notes)


@pytest.mark.parametrize("name", [name for name in dir(MMRMResult) if not name.startswith("_")])
def test_what_a_fit_is_asked_has_few_arguments(name: str) -> None:
    asked = getattr(MMRMResult, name)
    if inspect.isfunction(asked):
        assert len(inspect.signature(asked).parameters) <= 9  # self, and eight
