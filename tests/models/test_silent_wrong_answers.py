"""Questions that look answered and are not: never recorded, not estimable, or with two meanings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from outcomes.errors import ArgumentError, DataError
from outcomes.models.harm.at_risk.closed import at_risk
from outcomes.models.harm.comparisons import compare_arms
from outcomes.models.harm.incidence import incidence
from outcomes.models.harm.rates import rates
from outcomes.models.harm.recurrent import event_counts
from outcomes.models.harm.sessions import with_later
from outcomes.models.harm.vital_signs import vital_signs
from outcomes.models.headache.ancova import ancova
from outcomes.models.headache.counts import counts
from outcomes.models.headache.dose import dose_response
from outcomes.models.headache.durability import durability
from outcomes.models.headache.imputation import impute
from outcomes.models.headache.regression_to_mean import regression_to_mean
from outcomes.models.headache.responders import responders
from outcomes.models.mmrm import mmrm
from outcomes.models.patient.one_patient import one_patient
from outcomes.models.stats.intervals import rate_ratio
from outcomes.models.stats.sequential import mean_limits, mean_sequence, rate_sequence

ARMS = pd.DataFrame({"patient_id": range(20), "arm": ["a"] * 10 + ["b"] * 10, "days": 100.0})
#: Closed forms of a few operations each.
ROUNDING = 1e-12


def test_rates_to_the_first_event_are_compared_by_patients_not_by_all_their_events() -> None:
    events = pd.DataFrame({"patient_id": [0, 0, 0, 0, 1, 12], "onset": [10.0, 20, 30, 40, 50, 60]})
    rate = rates(events, ARMS, arm="arm", kind="eair", unit="days")
    row = compare_arms(rate, reference="b").to_frame().iloc[0]
    # 2 patients in 8 * 100 + 10 + 50 days against 1 in 9 * 100 + 60
    assert row["estimate"] == pytest.approx((2 / 860) / (1 / 960), rel=ROUNDING)
    assert (row["lower"], row["upper"]) == tuple(map(float, rate_ratio(2, 860, 1, 960)))
    assert row["p_value"] == pytest.approx(binomtest(2, 3, 860 / 1820).pvalue, rel=ROUNDING)
    assert row["estimate"] == pytest.approx(rate["rate"].iloc[0] / rate["rate"].iloc[1], rel=ROUNDING)


@pytest.mark.parametrize("count", [incidence, lambda *given, **named: rates(*given, unit="days", **named)])
def test_arms_are_not_equal_where_nothing_was_recorded(count) -> None:
    answer = pd.array([None] * 4, dtype="boolean")
    events = pd.DataFrame({"patient_id": [0, 1, 2, 12], "serious": answer})
    compared = compare_arms(count(events, ARMS, arm="arm", where="serious"), reference="b").to_frame()
    assert compared["status"].tolist() == ["serious is not recorded"]
    assert compared[["estimate", "lower", "upper", "p_value", "p_adjusted"]].isna().all(axis=None)


@pytest.fixture(scope="module")
def holed():
    rng = np.random.default_rng(7)
    data = pd.DataFrame(
        {
            "patient": np.repeat(np.arange(40), 3),
            "visit": np.tile(["m1", "m2", "m3"], 40),
            "arm": np.repeat(["active", "placebo"], 60),
            "change": rng.normal(0, 2, 120),
        }
    )
    seen = data[~((data["arm"] == "active") & (data["visit"] == "m3"))]
    return mmrm("change ~ arm * visit", seen, subject="patient", visit="visit")


def new(patients: list[object], visits: list[str], change: list[float], arm: str = "active") -> pd.DataFrame:
    return pd.DataFrame({"patient": patients, "visit": visits, "arm": arm, "change": change})


def test_a_visit_that_an_arm_never_had_is_not_predicted(holed) -> None:
    found = holed.predict(new(["x", "x"], ["m1", "m3"], [1.0, np.nan]))
    assert found["status"].tolist() == ["observed", "not estimable"]
    assert found.loc[1, ["estimate", "std_error", "lower", "upper"]].isna().all()
    other = holed.predict(new(["x"], ["m3"], [np.nan], "placebo"))
    assert other["status"].tolist() == ["predicted"]
    at = holed.emmeans("arm", by="visit").to_frame().set_index(["arm", "visit"])["estimate"]
    assert other["estimate"].iloc[0] == pytest.approx(at["placebo", "m3"], abs=ROUNDING)


def test_rows_of_nobody_known_are_not_one_patient(holed) -> None:
    with pytest.raises(DataError, match="patient is missing"):
        holed.predict(new([None, None], ["m1", "m2"], [10.0, np.nan]))
    with pytest.raises(DataError, match="change is infinite"):
        holed.predict(new(["x", "x"], ["m1", "m2"], [np.inf, np.nan]))


@pytest.mark.parametrize(
    "ask",
    [
        lambda fit: fit.joint_test(5),
        lambda fit: fit.emmeans(5),
        lambda fit: fit.emmeans("arm", by=5),
        lambda fit: fit.emmeans("arm", at=["m1"]),
        lambda fit: fit.emmeans("arm", at={"visit": []}),
        lambda fit: fit.contrasts("arm", coefs=[1, -1]),
        lambda fit: fit.contrasts("arm", coefs={"x": {"active": "one"}}),
        lambda fit: fit.contrasts("arm", coefs={"x": ["one", "two"]}),
        lambda fit: fit.test(np.eye(len(fit.terms)), labels=5),
        lambda fit: mmrm(
            fit.formula, new(["x"], ["m1"], [1.0]), subject="patient", visit="visit", fallback=5
        ),
    ],
)
def test_a_fit_refuses_what_it_cannot_read(holed, ask) -> None:
    with pytest.raises(ArgumentError):
        ask(holed)


def days_until(back: dict[str, int], last: int = 112) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = [(who, 1, day, day > free) for who, free in back.items() for day in range(1, last + 1)]
    days = pd.DataFrame(rows, columns=["patient_id", "course", "day_after", "headache"])
    periods = pd.DataFrame({"patient_id": list(back), "course": 1, "baseline": 28.0, "period_number": 1})
    return days, periods.assign(baseline_eligible=True)


def test_durability_does_not_choose_among_endpoints() -> None:
    days, periods = days_until({"a": 20, "b": 60})
    both = pd.concat([periods.assign(endpoint="one"), periods.assign(endpoint="two", baseline=10.0)])
    with pytest.raises(ArgumentError, match="more than one endpoint"):
        durability(days, both)


def test_a_patient_without_a_group_is_told_and_a_share_nobody_reached_has_no_limits() -> None:
    days, periods = days_until({"a": 20, "b": 60, "c": 90, "d": 90})
    cut = days[(days["patient_id"] != "b") | (days["day_after"] <= 45)]
    found = durability(cut, periods.assign(arm=["x", "x", "y", None]), by="arm")
    assert found.patients["reason"].tolist() == ["", "", "", "no arm"]
    assert "1 left out: no arm." in found.summary.notes
    late = found.summary.to_frame().query("arm == 'x' and status == 'nobody was followed that long'")
    assert len(late)
    assert late[["estimate", "lower", "upper"]].isna().all(axis=None)


def test_courses_without_dates_or_twice_are_refused() -> None:
    days, periods = days_until({"a": 20})
    course = pd.DataFrame({"patient_id": ["a"], "course": 1, "course_end": "2026-01-01"})
    with pytest.raises(ArgumentError, match="does not hold dates"):
        durability(days, periods, courses=course.assign(next_course_start="2026-02-01"))
    dated = course.assign(course_end=pd.Timestamp("2026-01-01"), next_course_start=None)
    assert durability(days, periods, courses=dated).patients["outcome"].tolist() == ["relapse"]
    with pytest.raises(DataError, match="twice"):
        durability(days, periods, courses=pd.concat([dated, dated]))


def test_a_baseline_whose_eligibility_is_unknown_is_not_eligible() -> None:
    rows = pd.DataFrame(
        {
            "patient_id": list("abc"),
            "period": "days 1-28",
            "period_number": 1,
            "baseline": 20.0,
            "baseline_eligible": pd.array([True, None, False], dtype="boolean"),
            "value": 8.0,
            "percent_change": -60.0,
            "cut_by": "",
        }
    )
    found = responders(rows, thresholds=[50]).to_frame()
    assert found["N"].tolist() == [1, 1]
    assert found["no_baseline"].tolist() == [2, 2]
    with pytest.raises(ArgumentError, match="not yes or no"):
        responders(rows.assign(baseline_eligible="perhaps"))


@pytest.fixture
def changes():
    rng = np.random.default_rng(3)
    rows = pd.DataFrame({"patient_id": np.repeat(np.arange(30), 3), "number": np.tile([1, 2, 3], 30)})
    rows["period"] = rows["number"].map({1: "days 1-28", 2: "days 29-56", 3: "days 113-140"})
    rows["arm"] = np.where(rows["patient_id"] % 2, "active", "placebo")
    rows["baseline"] = np.repeat(rng.normal(22, 3, 30), 3)
    rows["change"] = -4 + np.repeat(rng.normal(0, 3, 30), 3) + rng.normal(0, 2, 90)
    rows.loc[(rows["number"] == 3) & (rows["patient_id"] < 8), "change"] = np.nan
    return rows


def numbered(changes: pd.DataFrame) -> pd.DataFrame:
    """Return the changes with their periods as numbers."""
    return changes.drop(columns="period").rename(columns={"number": "period"})


def test_periods_named_by_words_are_imputed_in_the_order_of_time(changes) -> None:
    timed = changes.rename(columns={"number": "period_number"})
    filled = impute(timed, imputations=5, rng=1)
    assert filled.visits == ("days 1-28", "days 29-56", "days 113-140")
    by_number = impute(numbered(changes), imputations=5, rng=1)
    np.testing.assert_array_equal(filled.completed, by_number.completed)


def test_baselines_and_covariates_that_tell_nothing_are_left_out_and_told(changes) -> None:
    alike = impute(numbered(changes.assign(baseline=28.0)), imputations=20, rng=1)
    found = alike.estimates().to_frame()
    observed = changes[changes["number"] == 1]["change"]
    assert found["estimate"].iloc[0] == pytest.approx(observed.mean(), rel=ROUNDING)
    assert found["std_error"].iloc[0] == pytest.approx(observed.sem(), rel=ROUNDING)
    assert found["df"].iloc[0] == 29
    assert any("not adjusted" in note for note in alike.notes)
    plain = impute(numbered(changes), arm="arm", imputations=5, rng=1)
    more = changes.assign(site=changes["arm"], age=50.0)
    same = impute(numbered(more), arm="arm", covariates=["site", "age"], imputations=5, rng=1)
    np.testing.assert_array_equal(same.completed, plain.completed)
    assert any("left out: age, site_placebo" in note for note in same.notes)


def test_a_visit_where_the_baseline_cannot_be_adjusted_says_so(changes) -> None:
    rows = changes.copy()
    rows.loc[(rows["number"] == 3) & (rows["patient_id"] > 9), "change"] = np.nan
    rows.loc[rows["patient_id"].isin([8, 9]), "baseline"] = 20.0
    assert "same baseline" in impute(numbered(rows), imputations=5).status


def test_a_reference_without_an_arm_is_no_silent_change_of_method(changes) -> None:
    with pytest.raises(ArgumentError, match="needs an arm"):
        impute(numbered(changes), method="return-to-baseline", reference="placebo")
    with pytest.raises(ArgumentError, match="rng"):
        impute(numbered(changes), rng="today")
    with pytest.raises(ArgumentError, match="imputations"):
        impute(numbered(changes), imputations=2.5)
    with pytest.raises(DataError, match=r"no patient or no visit.*row 1"):
        impute(numbered(changes.assign(patient_id=changes["patient_id"].where(changes.index > 0))))


def test_a_spline_needs_three_knots_and_a_logit_yes_and_no() -> None:
    rng = np.random.default_rng(2)
    patients = pd.DataFrame({"patient_id": range(60), "course": 1})
    tied = patients.assign(dose_mg_per_kg=np.r_[np.full(40, 3.0), rng.uniform(3, 5, 20)])
    periods = patients.assign(period="days 1-28", period_number=1, baseline=rng.integers(15, 29, 60))
    periods["change"], periods["percent_change"] = rng.normal(0, 1, 60), rng.normal(0, 20, 60)
    assert "two knots" in dose_response(periods, tied, form="spline").status
    with pytest.raises(ArgumentError, match="neither the change nor a yes/no column"):
        dose_response(periods, tied, outcome="percent_change")


def test_a_highest_rate_is_unknown_where_one_session_is() -> None:
    rng = np.random.default_rng(2)
    patients = pd.DataFrame({"patient_id": range(20), "course": 1})
    sessions = pd.concat([patients, patients]).assign(peak_rate=rng.uniform(0.1, 0.9, 40))
    sessions.iloc[25, 2] = np.nan
    periods = patients.assign(period="days 1-28", period_number=1, baseline=rng.integers(15, 29, 20))
    found = dose_response(periods.assign(change=rng.normal(0, 1, 20)), sessions, dose="peak_rate")
    assert found[["n", "N"]].iloc[0].tolist() == [19, 20]


def test_a_covariate_that_was_dropped_is_told() -> None:
    sessions = pd.DataFrame(
        {"session_id": range(40), "patient_id": np.repeat(range(10), 4), "hours": 2.0, "dose": range(40)}
    )
    events = sessions.iloc[[1, 5, 9, 30]]
    found = event_counts(events, sessions.assign(twice=sessions["dose"] * 2), covariates=["dose", "twice"])
    assert any("dropped: twice" in note for note in found.notes)
    with pytest.raises(ArgumentError):
        event_counts(events, sessions.assign(hours="2h"))
    with pytest.raises(ArgumentError):
        event_counts(events, sessions, level=95)


def test_a_session_without_a_start_is_not_the_first() -> None:
    start = pd.to_datetime(["2026-01-01", None, "2026-01-09"])
    later = with_later(pd.DataFrame({"patient_id": "a", "start": start}))["later_session"]
    assert later.isna().tolist() == [False, True, False]
    assert later.dropna().tolist() == [0.0, 1.0]


def test_days_recorded_below_zero_are_not_taken_as_none() -> None:
    frame = pd.DataFrame({"patient_id": list("aabb"), "y": [3, 4, 5, 6], "days_recorded": [-28, 28, 28, 28]})
    with pytest.raises(DataError, match="1 row that is not"):
        counts("y ~ 1", frame)


def test_equal_values_are_no_certainty_at_later_looks() -> None:
    lower, upper = mean_limits(-2.0, 0.0, 30)
    assert (lower, upper) == (-np.inf, np.inf)
    values = np.r_[np.full(30, -2.0), np.tile([-3.0, 0.0], 30)]
    at = [29, 89]
    found = mean_sequence(values.cumsum()[at], (values**2).cumsum()[at], [30, 90], bounds=None).to_frame()
    assert found["status"].tolist() == ["all values are equal: no interval of this look", "ok"]
    assert np.isinf(found["lower"].iloc[0])
    assert found["lower_single"].isna().tolist() == [True, False]
    alone = mean_limits(values.mean(), values.std(ddof=1), 90)
    assert found[["lower", "upper"]].iloc[1].tolist() == pytest.approx([float(x) for x in alone], rel=1e-9)
    for wrong in ((["a"], [1], [1]), ([1, 2, 3], [1, 2], [1, 2]), ([1, np.nan], [1, 2], [1, 2])):
        with pytest.raises(ArgumentError):
            mean_sequence(*wrong)
    with pytest.raises(ArgumentError, match="per is not above 0"):
        rate_sequence([0, 3], [40.0, 100.0], guess=0.05, per=-1)


def test_two_courses_are_not_one_baseline() -> None:
    days = pd.DataFrame({"patient_id": np.repeat(range(12), 28), "day": np.tile(np.arange(-28, 0), 12)})
    days["headache"] = np.random.default_rng(1).random(len(days)) < 0.6
    periods = pd.DataFrame({"patient_id": range(12), "period": "days 1-28", "period_number": 1})
    periods = periods.assign(baseline=17.0, change=-1.0)
    with pytest.raises(DataError, match="two rows for one day"):
        regression_to_mean(periods, pd.concat([days, days]))


def test_patients_without_an_arm_or_a_name_are_told() -> None:
    rng = np.random.default_rng(1)
    periods = pd.DataFrame({"patient_id": range(12), "period": "days 1-28", "period_number": 1})
    periods["baseline"], periods["change"] = rng.normal(20, 3, 12), rng.normal(-2, 2, 12)
    arms = periods.assign(arm=["x", "y"] * 5 + [None, None])
    found = ancova(arms, arm="arm")
    assert "2 rows without arm left out." in found.notes
    left_out = ancova(arms.dropna(), arm="arm").to_frame()
    pd.testing.assert_frame_equal(found.to_frame(), left_out)
    pressure = {"sbp_before": 120.0, "sbp_max": 130.0, "dbp_before": 80.0, "dbp_max": 85.0}
    with pytest.raises(DataError, match="1 session has no patient_id"):
        vital_signs(pd.DataFrame({"patient_id": ["a", None]}).assign(**pressure))


@pytest.mark.parametrize("answers", [["yes", "no"] * 56, [1, 2] * 56])
def test_the_word_no_is_not_yes(answers) -> None:
    days, periods = days_until({"a": 20})
    days["headache"] = answers
    with pytest.raises(ArgumentError, match="not yes or no"):
        durability(days, periods)
    dated = days.assign(day=-days["day_after"], date=pd.Timestamp("2026-01-01"), phase="before")
    with pytest.raises(ArgumentError, match="not yes or no"):
        one_patient(dated, "a")
    changes = periods.assign(period="days 1-28", change=-1.0)
    with pytest.raises(ArgumentError, match="not yes or no"):
        regression_to_mean(changes, dated)
    number = days_until({"a": 20})[0].astype({"headache": int})
    assert durability(number, periods).patients["day"].tolist() == [41]


def test_regression_to_the_mean_is_of_one_endpoint() -> None:
    days, periods = days_until({"a": 20})
    both = [periods.assign(endpoint=name, period="days 1-28", change=-1.0) for name in ("one", "two")]
    with pytest.raises(ArgumentError, match="more than one endpoint"):
        regression_to_mean(pd.concat(both), days.assign(day=-days["day_after"]))


def test_who_is_still_treated_at_the_cutoff_has_as_many_days_as_who_ended_then() -> None:
    at = pd.to_datetime(["2026-01-01", "2026-01-01"])
    ends = pd.to_datetime(["2026-01-10", None])
    exposure = pd.DataFrame({"patient_id": ["a", "b"], "arm": ["ended", "goes on"], "start": at, "end": ends})
    events = pd.DataFrame({"patient_id": ["a"]})
    found = rates(
        events,
        at_risk(exposure, last_day_included=True, cutoff=pd.Timestamp("2026-01-10")),
        arm="arm",
        unit="days",
    )
    assert found["exposure"].tolist() == [10.0, 10.0]
