"""Periods: windows, prorating, bounds, baseline, change, responders and the reason of what is missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from derive_study import SmallStudy, diary, study
from outcomes.derive.changes import with_change
from outcomes.derive.periods import periods
from outcomes.errors import ArgumentError

INDEX = "2026-03-01"
# Values are ratios of small whole numbers times 28.
EXACT = 1e-12


def marks(days: int, events: int) -> list[bool]:
    return [True] * events + [False] * (days - events)


def around(
    before: list[Any], after: list[Any], *, rules: dict[str, Any] | None = None, **options: Any
) -> SmallStudy:
    """Return one patient with an index date, a diary that ends on day -1 and one that starts on day 1."""
    first = pd.Timestamp(INDEX) - pd.Timedelta(days=len(before))
    follow = pd.Timestamp(INDEX) + pd.Timedelta(days=1)
    rows = [diary("p", str(first.date()), before), diary("p", str(follow.date()), after)]
    return study(
        patients={"patient_id": ["p"], "index_date": [INDEX]},
        diary=pd.concat(rows, ignore_index=True),
        rules=rules,
        **options,
    )


def first_period(given: SmallStudy, **options: Any) -> dict[str, Any]:
    frame = periods(given, **options)
    return frame[frame["period_number"] == 1].to_dict("records")[0]


def infused(*starts: str, rows: pd.DataFrame, hours: float = 3, **options: Any) -> SmallStudy:
    """Return patient p with one session at 08:00 UTC on each date."""
    begin = [pd.Timestamp(f"{date}T08:00Z") for date in starts]
    sessions = {
        "session_id": [f"s{i}" for i in range(len(starts))],
        "patient_id": ["p"] * len(starts),
        "start": begin,
        "end": [time + pd.Timedelta(hours=hours) for time in begin],
    }
    return study(sessions=sessions, diary=rows, **options)


# --- values and bounds ---


def test_value_is_events_over_days_recorded_per_28_days_between_its_bounds() -> None:
    got = first_period(around(marks(28, 20), marks(21, 9), cutoff="2026-06-30"))
    assert (got["days_possible"], got["days_recorded"], got["days_with_event"]) == (28, 21, 9)
    assert got["value"] == pytest.approx(12.0, rel=EXACT)
    assert (got["lower_bound"], got["upper_bound"]) == pytest.approx((9.0, 16.0), rel=EXACT)
    assert got["baseline"] == pytest.approx(20.0, rel=EXACT)
    assert got["change"] == pytest.approx(-8.0, rel=EXACT)
    assert got["percent_change"] == pytest.approx(-40.0, rel=EXACT)
    assert (got["responder_30"], got["responder_50"]) == (True, False)
    assert got["reason"] == ""


def test_month_of_30_days() -> None:
    given = around(marks(30, 20), marks(30, 9), rules={"month_days": 30, "baseline_days": 30})
    got = first_period(given)
    assert (got["period"], got["days_possible"], got["value"]) == ("days 1-30", 30, 9.0)
    assert got["baseline"] == pytest.approx(20.0, rel=EXACT)


def test_observed_value_is_the_count_and_a_longer_baseline_is_brought_to_a_month() -> None:
    rules = {"value": "observed", "baseline_days": 56}
    got = first_period(around(marks(50, 40), marks(21, 9), rules=rules, cutoff="2026-06-30"))
    assert got["value"] == 9.0
    assert (got["lower_bound"], got["upper_bound"]) == (9.0, 16.0)
    assert got["baseline"] == pytest.approx(40 * 28 / 56, rel=EXACT)
    assert got["baseline_days_recorded"] == 50
    prorated = first_period(around(marks(50, 40), marks(21, 9), rules={"baseline_days": 56}))
    assert prorated["baseline"] == pytest.approx(40 / 50 * 28, rel=EXACT)


@pytest.mark.parametrize(("recorded", "known"), [(13, False), (14, True)])
def test_too_few_days_are_missing_never_zero(recorded: int, known: bool) -> None:
    got = first_period(around(marks(28, 20), [False] * recorded, cutoff="2026-06-30"))
    assert pd.notna(got["value"]) is known
    assert pd.notna(got["change"]) is known
    assert pd.isna(got["responder_50"]) is not known
    assert pd.isna(got["goal"]) is not known
    assert got["reason"] == ("" if known else "fewer than 14 days recorded")
    assert (got["lower_bound"], got["upper_bound"]) == (0.0, 28.0 - recorded)


@pytest.mark.parametrize("least", [20, 21, 24])
def test_fewest_days_follow_the_rule(least: int) -> None:
    rules = {"min_days": least, "min_baseline_days": 14}
    short = first_period(around(marks(14, 7), marks(least - 1, 3), rules=rules, cutoff="2026-06-30"))
    assert short["reason"] == f"fewer than {least} days recorded"
    enough = first_period(around(marks(14, 7), marks(least, 3), rules=rules, cutoff="2026-06-30"))
    assert enough["change"] == pytest.approx(3 / least * 28 - 14, rel=EXACT)


@pytest.mark.parametrize(
    ("rule", "recorded", "eligible"), [(20, 19, False), (20, 20, True), (14, 14, True), (24, 23, False)]
)
def test_eligible_baseline(rule: int, recorded: int, eligible: bool) -> None:
    got = first_period(around(marks(recorded, 10), marks(28, 7), rules={"min_baseline_days": rule}))
    assert got["baseline_eligible"] is eligible
    assert pd.notna(got["baseline"]) is eligible
    assert got["baseline_days_recorded"] == recorded
    assert got["value"] == 7.0
    assert pd.notna(got["change"]) is eligible
    assert got["reason"] == ("" if eligible else f"baseline: fewer than {rule} days recorded")


def test_day_without_an_answer_is_not_a_day_recorded() -> None:
    got = first_period(around(marks(28, 14), [*marks(20, 10), *[None] * 8]))
    assert (got["days_recorded"], got["days_unclear"], got["days_with_event"]) == (20, 0, 10)
    assert got["value"] == 14.0
    assert (got["lower_bound"], got["upper_bound"]) == (10.0, 18.0)


# --- change and responders ---


def test_baseline_of_zero_has_a_change_and_no_percent_change() -> None:
    got = first_period(around(marks(28, 0), marks(28, 3)))
    assert (got["baseline"], got["change"], got["baseline_eligible"]) == (0.0, 3.0, True)
    assert pd.isna(got["percent_change"])
    assert all(pd.isna(got[f"responder_{level}"]) for level in (30, 50, 75, 100))
    assert got["goal"] is True
    assert got["reason"] == "baseline is 0: percent change is undefined"


@pytest.mark.parametrize(
    ("events", "flags"),
    [
        (20, (False, False, False, False)),
        (14, (True, False, False, False)),
        (10, (True, True, False, False)),
        (5, (True, True, True, False)),
        (0, (True, True, True, True)),
    ],
)
def test_responders_at_the_limits(events: int, flags: tuple[bool, ...]) -> None:
    got = first_period(around(marks(28, 20), marks(28, events)))
    assert tuple(got[f"responder_{level}"] for level in (30, 50, 75, 100)) == flags


@pytest.mark.parametrize("recorded", range(14, 29))
def test_half_is_half_after_prorating(recorded: int) -> None:
    # 2e of 2r days against e of 2r days is a fall of exactly 50 %, whatever the rounding of 28/r.
    before, after = marks(28, 14), marks(recorded, recorded // 4)
    got = first_period(around(before, after, cutoff="2026-06-30"))
    assert got["responder_50"] is (2 * (recorded // 4) * 2 <= recorded)


@pytest.mark.parametrize(("events", "goal_days", "met"), [(4, 4, True), (5, 4, False), (5, 5, True)])
def test_goal(events: int, goal_days: float, met: bool) -> None:
    got = first_period(around(marks(28, 20), marks(28, events), rules={"goal_days": goal_days}))
    assert got["goal"] is met


def test_baseline_as_a_row_has_a_value_and_no_change() -> None:
    frame = periods(around(marks(28, 20), marks(28, 10)), baseline_as_row=True)
    assert frame["period"].cat.categories.tolist() == ["baseline", "days 1-28"]
    assert frame["period"].cat.ordered
    baseline, follow = frame.to_dict("records")
    assert (baseline["period_number"], baseline["value"], baseline["baseline"]) == (0, 20.0, 20.0)
    assert pd.isna(baseline["change"])
    assert pd.isna(baseline["responder_50"])
    assert baseline["reason"] == ""
    assert follow["change"] == -10.0
    without = periods(around(marks(28, 20), marks(28, 10)))
    assert without["period"].cat.categories.tolist() == ["days 1-28"]


# --- windows ---


def test_windows_around_a_course_of_days() -> None:
    rows = diary("p", "2026-01-01", [True] * 120)
    given = infused("2026-02-10", rows=rows, hours=72)
    frame = periods(given, baseline_as_row=True)
    assert frame["start_date"].dt.strftime("%m-%d").tolist() == ["01-13", "02-14", "03-14", "04-11"]
    assert frame["end_date"].dt.strftime("%m-%d").tolist() == ["02-09", "03-13", "04-10", "04-30"]
    start = periods(infused("2026-02-10", rows=rows, hours=72, rules={"anchor": "course_start"}))
    assert start["start_date"].dt.strftime("%m-%d").iloc[0] == "02-11"


def test_baseline_days_of_the_rule() -> None:
    frame = periods(
        infused(
            "2026-02-10",
            rows=diary("p", "2026-01-01", [True] * 90),
            rules={"baseline_days": 14, "min_baseline_days": 14},
        ),
        baseline_as_row=True,
    )
    assert frame.loc[0, ["days_possible", "days_recorded", "value"]].tolist() == [14, 14, 28.0]


def test_every_period_that_began_is_a_row_and_one_that_is_not_over_says_so() -> None:
    frame = periods(around(marks(28, 20), marks(28, 10), cutoff="2026-05-03"))
    # Days 1-28 end on 29 March, days 29-56 on 26 April; by 3 May 7 days of days 57-84 are possible.
    assert frame["period"].astype(str).tolist() == ["days 1-28", "days 29-56", "days 57-84"]
    assert frame["days_possible"].tolist() == [28, 28, 7]
    assert frame["cut_by"].tolist() == ["", "", "end_of_data"]
    assert frame["reason"].tolist() == ["", "no day recorded", "no day recorded"]
    assert frame["value"].isna().tolist() == [False, True, True]


def test_period_cut_by_the_end_of_data_has_a_value_from_enough_days() -> None:
    days = {n: first_period(around(marks(28, 20), marks(n, 7))) for n in (13, 14, 20)}
    assert days[13]["reason"] == "fewer than 14 days before the end of data"
    assert (days[14]["value"], days[14]["days_possible"], days[14]["cut_by"]) == (14.0, 14, "end_of_data")
    assert days[20]["value"] == pytest.approx(7 / 20 * 28, rel=EXACT)
    # Days that are yet to come are no missing days: the bounds close on the value.
    assert (days[20]["lower_bound"], days[20]["upper_bound"]) == pytest.approx((9.8, 9.8), rel=EXACT)


def test_at_most_so_many_periods() -> None:
    given = around(marks(28, 20), marks(200, 10), rules={"max_periods": 2})
    assert periods(given)["period_number"].tolist() == [1, 2]
    assert periods(around(marks(28, 20), marks(200, 10)))["period_number"].tolist() == [1, 2, 3, 4, 5, 6]


def test_retreatment_stops_follow_up_or_does_not() -> None:
    rows = diary("p", "2026-01-01", [False] * 150)
    stop = periods(infused("2026-02-01", "2026-03-15", rows=rows))
    # Follow-up begins on 2 February; the next course on 15 March is day 42 of it.
    assert stop["days_possible"].tolist()[:3] == [28, 13, 0]
    assert stop["end_date"].dt.strftime("%m-%d").tolist()[:2] == ["03-01", "03-14"]
    assert stop["end_date"].isna().tolist()[2]
    assert stop["cut_by"].tolist()[:3] == ["", "next_course", "next_course"]
    assert stop["reason"].tolist()[1:3] == [
        "fewer than 14 days before the next course",
        "the next course began before it",
    ]
    policy = periods(
        infused("2026-02-01", "2026-03-15", rows=rows, rules={"retreatment": "treatment_policy"})
    )
    assert policy["days_possible"].tolist()[:3] == [28, 28, 28]
    assert policy["value"].tolist()[:3] == [0.0, 0.0, 0.0]


def test_period_cut_by_the_next_course_has_a_value_from_enough_days() -> None:
    frame = periods(infused("2026-02-01", "2026-03-20", rows=diary("p", "2026-01-01", [True] * 150)))
    assert frame.loc[1, ["days_possible", "cut_by", "value"]].tolist() == [18, "next_course", 28.0]


def test_days_of_the_infusion_are_in_no_window() -> None:
    rows = diary(
        "p", "2026-01-01", [date.day in (10, 11, 12) for date in pd.date_range("2026-01-01", periods=60)]
    )
    frame = periods(infused("2026-01-10", rows=rows, hours=50), baseline_as_row=True)
    # 10 January appears in none of them, 10 February in the follow-up.
    assert frame["days_with_event"].tolist()[:2] == [0, 0]


@pytest.mark.parametrize(("second", "clean"), [("2026-03-01", False), ("2026-03-02", True)])
def test_baseline_of_a_later_course_needs_28_clean_days(second: str, clean: bool) -> None:
    # The first course ends on 1 February: 28 days before 2 March begin on 2 February.
    rows = diary("p", "2026-01-01", [True] * 150)
    frame = periods(infused("2026-02-01", second, rows=rows), course=2).head(3)
    assert frame["baseline_eligible"].eq(clean).all()
    assert frame["value"].notna().all()
    assert frame["baseline_days_recorded"].iloc[0] == 28
    reason = "" if clean else "baseline: the window overlaps the course before it"
    assert frame["reason"].eq(reason).all()
    assert frame["change"].notna().eq(clean).all()


def test_courses_that_are_asked_for() -> None:
    given = infused("2026-02-01", "2026-05-01", "2026-08-01", rows=diary("p", "2026-01-01", [True] * 300))
    courses = {
        choice: periods(given, course=choice)["course"].unique().tolist()
        for choice in ("first", "last", "all", 2, 9)
    }
    assert courses == {"first": [1], "last": [3], "all": [1, 2, 3], 2: [2], 9: []}
    every = periods(given, course="all")
    for number in (1, 2, 3):
        one = periods(given, course=number)
        part = every[every["course"] == number].reset_index(drop=True)
        pd.testing.assert_frame_equal(part, one, check_categorical=False)


@pytest.mark.parametrize("course", [0, -1, True, 1.5])
def test_course_that_is_none_is_refused(course: Any) -> None:
    with pytest.raises(ArgumentError) as error:
        periods(around([True], [True]), course=course)
    assert (
        str(error.value)
        == f"course is not one of its options. got: {course!r}. allowed: first, last, all or a number from 1."
    )


def test_course_word_that_is_none_is_refused() -> None:
    with pytest.raises(ArgumentError) as error:
        periods(around([True], [True]), course="frist")  # type: ignore[arg-type]
    assert str(error.value) == (
        "course is not one of its options. got: 'frist'. allowed: first, last, all. did you mean 'first'?"
    )


def test_no_cutoff_ends_with_the_last_diary_date_of_the_study() -> None:
    short = around(marks(28, 20), marks(10, 5))
    other = diary("q", "2026-01-01", [True] * 150)
    longer = study(patients=short.patients, diary=pd.concat([short.diary, other], ignore_index=True))
    assert periods(short)["days_possible"].tolist() == [10]
    assert periods(longer)["days_possible"].tolist() == [28, 28, 28, 6]


# --- endpoints ---


def with_details(days: int, **columns: Any) -> pd.DataFrame:
    return diary("p", "2026-03-02", [True] * days, **columns)


def detailed(rows: pd.DataFrame, **rules: Any) -> SmallStudy:
    before = diary("p", "2026-02-01", marks(28, 20), duration_h=5.0, pain=6.0, acute_medication="none")
    return study(
        patients={"patient_id": ["p"], "index_date": [INDEX], "arm": ["A"], "site": ["S"]},
        diary=pd.concat([before, rows], ignore_index=True),
        rules=rules,
    )


def test_hours_are_added_per_28_days_without_bounds_or_goal() -> None:
    got = first_period(detailed(with_details(14, duration_h=2.0)), endpoint="headache_hours")
    assert (got["value"], got["days_with_event"]) == (56.0, 14)
    assert got["baseline"] == 100.0
    assert got["percent_change"] == pytest.approx(-44.0)
    assert pd.isna(got["lower_bound"])
    assert pd.isna(got["upper_bound"])
    assert pd.isna(got["goal"])


def test_mean_pain_is_over_headache_days_and_not_prorated() -> None:
    rows = diary("p", "2026-03-02", marks(20, 4), pain=[8.0, 4.0, None, 6.0] + [0.0] * 16)
    got = first_period(detailed(rows), endpoint="mean_pain")
    assert (got["value"], got["days_with_event"], got["days_unclear"], got["days_recorded"]) == (
        6.0,
        3,
        1,
        19,
    )
    assert got["change"] == 0.0
    assert pd.isna(got["lower_bound"])
    assert pd.isna(got["goal"])


def test_mean_pain_of_a_month_without_headache_is_undefined_not_zero() -> None:
    got = first_period(detailed(diary("p", "2026-03-02", [False] * 28, pain=0.0)), endpoint="mean_pain")
    assert pd.isna(got["value"])
    assert got["reason"] == "no headache day over which to average pain"


def test_day_that_cannot_be_told_is_not_recorded_for_that_endpoint_only() -> None:
    rows = with_details(20, duration_h=5.0, pain=[6.0] * 15 + [None] * 5, acute_medication="none")
    given = detailed(rows)
    severe = first_period(given, endpoint="moderate_severe_days")
    assert (severe["days_recorded"], severe["days_unclear"], severe["days_with_event"]) == (15, 5, 15)
    assert first_period(given)["days_recorded"] == 20


def test_endpoint_that_is_unclear_on_most_headache_days_has_no_value() -> None:
    rows = pd.concat(
        [
            with_details(10, duration_h=5.0, pain=[6.0] * 4 + [None] * 6),
            diary("p", "2026-03-12", [False] * 18),
        ]
    )
    got = first_period(detailed(rows), endpoint="moderate_severe_days")
    assert (got["days_recorded"], got["days_unclear"]) == (22, 6)
    assert pd.isna(got["value"])
    assert got["reason"] == "too many unclear days: more than half the number of headache days"


def test_drug_that_nobody_recorded_is_missing_not_zero() -> None:
    got = first_period(around(marks(28, 20), marks(28, 0)), endpoint="acute_medication_days")
    assert (got["days_recorded"], got["days_unclear"]) == (0, 28)
    assert pd.isna(got["value"])


def test_all_endpoints_are_one_long_frame() -> None:
    given = detailed(with_details(28, duration_h=2.0, pain=5.0, acute_medication="triptan", migraine=True))
    frame = periods(given, endpoint="all")
    names = [
        "headache_days",
        "moderate_severe_days",
        "migraine_days",
        "acute_medication_days",
        "headache_hours",
        "mean_pain",
    ]
    assert frame["endpoint"].tolist() == names
    assert frame["value"].tolist() == [28.0, 28.0, 28.0, 28.0, 56.0, 5.0]
    for name in names:
        alone = periods(given, endpoint=name)
        pd.testing.assert_frame_equal(frame[frame["endpoint"] == name].reset_index(drop=True), alone)


def test_endpoint_of_the_rule_is_the_default() -> None:
    given = detailed(with_details(28, duration_h=2.0), endpoint="headache_hours")
    assert periods(given)["endpoint"].unique().tolist() == ["headache_hours"]


def test_endpoint_that_is_none_is_refused() -> None:
    with pytest.raises(
        ArgumentError, match=r"^endpoint is not one of its options\. got: 'headache_day'\. did you mean"
    ):
        periods(around([True], [True]), endpoint="headache_day")


# --- the frame ---


def test_columns_are_those_of_the_contract() -> None:
    frame = periods(detailed(with_details(28)))
    names = (
        "patient_id arm cohort site course period period_number endpoint start_date end_date days_possible "
        "cut_by days_recorded days_unclear days_with_event value lower_bound upper_bound baseline "
        "baseline_days_recorded baseline_eligible change percent_change responder_30 responder_50 "
        "responder_75 responder_100 goal reason set due"
    )
    assert " ".join(frame.columns) == names
    assert frame.loc[0, ["arm", "site"]].tolist() == ["A", "S"]
    assert frame.loc[0, "cohort"] is np.nan


def test_patient_without_diary_or_without_course() -> None:
    given = study(
        patients={"patient_id": ["no_diary", "p"], "index_date": [INDEX, None]},
        diary=diary("p", INDEX, [True] * 40),
    )
    frame = periods(given)
    assert frame["patient_id"].unique().tolist() == ["no_diary"]
    assert frame["reason"].eq("no day recorded; baseline: no day recorded").all()


def test_nothing_in_nothing_out() -> None:
    full = periods(around(marks(28, 20), marks(28, 10)))
    for options in ({}, {"endpoint": "all"}, {"course": "all"}, {"baseline_as_row": True}):
        empty = periods(study(), **options)
        assert len(empty) == 0
        assert empty.columns.tolist() == full.columns.tolist()
        assert empty.drop(columns="period").dtypes.equals(full.drop(columns="period").dtypes)
    assert len(periods(study(patients={"patient_id": ["p"], "index_date": [INDEX]}))) == 0
    assert len(periods(study(diary=diary("p", INDEX, [True])))) == 0


def test_two_equal_prorated_values_are_no_change_at_all() -> None:
    # 28 * 15 / 25 and 28 * 12 / 20 are both 16.8 and differ in the last digit.
    rows = pd.DataFrame(
        {
            "period_number": [1], "endpoint": ["headache_days"], "value": [15 * (28 / 25)],
            "baseline": [12 * (28 / 20)], "value_reason": [""], "baseline_reason": [""],
        }
    )  # fmt: skip
    found = with_change(rows, goal_days=4, countable=("headache_days",))
    assert rows["value"][0] != rows["baseline"][0]
    assert found["change"].tolist() == [0.0]
    assert found["percent_change"].tolist() == [0.0]
