"""Dose and response: known slopes, quarters as differences of means, and the warning."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from outcomes.errors import ArgumentError, DataError
from outcomes.models.headache.dose import WARNING, dose_response
from outcomes.models.stats.kernels.spline import spline


def _data(n: int = 80, seed: int = 1, slope: float = -1.5) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    key = pd.DataFrame({"patient_id": range(n), "course": 1})
    courses = key.assign(dose_mg_per_kg=rng.uniform(1, 6, n))
    periods = key.assign(period="days 1-28", period_number=1, baseline=rng.integers(14, 29, n).astype(float))
    change = slope * courses["dose_mg_per_kg"] - 0.2 * periods["baseline"] + rng.normal(0, 2, n)
    periods = periods.assign(change=change, responder_50=(change < -9).astype("boolean"))
    return periods, courses


def test_linear_is_the_regression_with_hc3() -> None:
    periods, courses = _data()
    row = dose_response(periods, courses).to_frame().iloc[0]
    fit = smf.ols("change ~ baseline + dose_mg_per_kg", periods.merge(courses)).fit(
        cov_type="HC3", use_t=True
    )
    for name, value in (
        ("estimate", fit.params), ("std_error", fit.bse), ("p_value", fit.pvalues),
        ("lower", fit.conf_int()[0]),
    ):  # fmt: skip
        assert row[name] == pytest.approx(value["dose_mg_per_kg"], rel=1e-9)


def test_responders_are_odds_ratios() -> None:
    periods, courses = _data(200)
    row = dose_response(periods, courses, outcome="responder_50").to_frame().iloc[0]
    data = periods.merge(courses).astype({"responder_50": float})
    fit = smf.logit("responder_50 ~ baseline + dose_mg_per_kg", data).fit(disp=0)
    assert row["estimate"] == pytest.approx(np.exp(fit.params["dose_mg_per_kg"]), rel=1e-6)
    assert row["upper"] == pytest.approx(np.exp(fit.conf_int().loc["dose_mg_per_kg", 1]), rel=1e-5)


def test_quarters_hold_a_quarter_each_and_compare_with_the_lowest() -> None:
    periods, courses = _data()
    frame = dose_response(periods, courses, form="quartiles").to_frame()
    group = pd.qcut(courses["dose_mg_per_kg"], 4, labels=False)
    fit = smf.ols("change ~ baseline + C(g)", periods.assign(g=group)).fit()
    np.testing.assert_allclose(frame["estimate"], fit.params.iloc[1:4], rtol=1e-9)


def test_spline_is_linear_outside_its_knots_and_finds_a_bend() -> None:
    knots = np.array([1.0, 2.0, 4.0])
    for dose in (np.array([-3.0, -2, -1, 0.5]), np.array([4.0, 5, 6, 7])):
        np.testing.assert_allclose(np.diff(spline(dose, knots)[:, 1], 2)[1:], 0, atol=1e-9)
    straight = dose_response(*_data(300), form="spline").to_frame().set_index("term")
    assert straight.loc["non-linearity", "p_value"] > 0.01
    periods, courses = _data(300)
    bent = periods.assign(change=periods["change"] + 3 * (courses["dose_mg_per_kg"] - 3.5) ** 2)
    frame = dose_response(bent, courses, form="spline").to_frame().set_index("term")
    assert frame.loc["non-linearity", "p_value"] < 1e-6
    assert frame.loc["non-linearity", "status"] == "test only"


def test_sessions_are_added_up_and_an_unknown_dose_is_not_zero() -> None:
    periods, courses = _data(40)
    half = courses.assign(dose_mg_per_kg=courses["dose_mg_per_kg"] / 2, peak_rate=0.5)
    exposure = pd.concat([half, half.assign(peak_rate=courses["dose_mg_per_kg"])])
    same = dose_response(periods, exposure).to_frame().iloc[0]
    assert same["estimate"] == pytest.approx(
        dose_response(periods, courses).to_frame()["estimate"].iloc[0], rel=1e-9
    )
    peak = dose_response(periods, exposure, dose="peak_rate").to_frame().iloc[0]
    assert peak["estimate"] == pytest.approx(same["estimate"], rel=1e-9)
    holed = exposure.reset_index(drop=True)
    holed.loc[0, "dose_mg_per_kg"] = np.nan
    row = dose_response(periods, holed).to_frame().iloc[0]
    assert (row["n"], row["N"]) == (39, 40)


def test_the_warning_is_always_there_and_no_number_says_why() -> None:
    periods, courses = _data(40)
    cases = {
        "fewer than 5 patients with dose, baseline and outcome": (periods.head(3), courses, {}),
        "all doses are equal": (periods, courses.assign(dose_mg_per_kg=2.0), {}),
        "all outcomes are equal": (periods.assign(change=-1.0), courses, {}),
        "nobody responded": (periods.assign(responder_50=False), courses, {"outcome": "responder_50"}),
        "fewer than five different doses: use form='linear'": (
            periods, courses.assign(dose_mg_per_kg=courses["dose_mg_per_kg"].round(-1) + periods["course"]),
            {"form": "quartiles"},
        ),
        "separated: some doses have all or no responders": (
            periods.assign(responder_50=courses["dose_mg_per_kg"] > 3), courses, {"outcome": "responder_50"},
        ),
    }  # fmt: skip
    for reason, (rows, doses, options) in cases.items():
        found = dose_response(rows, doses, **options)
        assert found.status == reason
        assert found.to_frame()["estimate"].isna().all()
        assert WARNING in found.notes
    assert WARNING in dose_response(periods, courses).notes


def test_arguments() -> None:
    periods, courses = _data(20)
    with pytest.raises(ArgumentError, match="there is no such period"):
        dose_response(periods, courses, period="days 29-56")
    with pytest.raises(ArgumentError, match="doses has no column"):
        dose_response(periods, courses, dose="dose")
    with pytest.raises(DataError, match="two rows in the period"):
        dose_response(pd.concat([periods, periods]), courses)


def test_one_patient_who_alone_makes_a_coefficient_gives_no_standard_error() -> None:
    patients = pd.DataFrame({"patient_id": range(12), "course": 1})
    doses = patients.assign(dose_mg_per_kg=[1.0] * 11 + [5.0])
    periods = patients.assign(period="days 1-28", period_number=1, baseline=20.0 + np.arange(12) % 5)
    periods["change"] = -np.arange(12.0) % 7
    found = dose_response(periods, doses)
    assert "alone determines" in found.status
    assert np.isnan(found["estimate"].iloc[0])


def test_a_dose_that_the_baseline_determines_has_no_effect_of_its_own() -> None:
    """A dose by weight of baseline days: half of one slope is the dose's, said the pseudo-inverse."""
    periods, courses = _data(40)
    tied = courses.assign(dose_mg_per_kg=periods["baseline"] / 5 + 1)
    for outcome in ("change", "responder_50"):
        row = dose_response(periods, tied, outcome=outcome).to_frame().iloc[0]
        assert np.isnan(row[["estimate", "p_value", "lower", "upper"]].astype(float)).all()
        assert row["status"] == "dose and baseline determine each other: no effect of its own"


def test_changes_exactly_on_a_line_have_no_standard_error_to_test_with() -> None:
    periods, courses = _data(40)
    exact = periods.assign(change=-1.5 * courses["dose_mg_per_kg"] - 0.2 * periods["baseline"])
    row = dose_response(exact, courses).to_frame().iloc[0]
    assert row["estimate"] == pytest.approx(-1.5, rel=1e-9)
    assert np.isnan(row[["std_error", "p_value", "lower", "upper"]].astype(float)).all()
    assert row["status"] == "the changes lie exactly on a line: no interval"
