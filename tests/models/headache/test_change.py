"""Mean change per period, against R's published paired t test and scipy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from outcomes.errors import ArgumentError, DataError
from outcomes.models.headache.change import change
from outcomes.models.stats.intervals import bounded_mean

# R's help page of t.test prints the sleep data with these digits.
PRINTED = 5e-5
# Two programs that evaluate the same formula in double precision.
SAME_FORMULA = 1e-12
# Extra hours of sleep of ten patients under two drugs (Student 1908), R's data set `sleep`.
FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def rows(baseline: list[float], value: list[float], period: int = 1, **columns: Any) -> pd.DataFrame:
    names = ["baseline", *(f"days {28 * i + 1}-{28 * i + 28}" for i in range(6))]
    n = len(baseline)
    frame = pd.DataFrame({"baseline": baseline, "value": value}, dtype=float)
    return frame.assign(
        patient_id=[f"p{i}" for i in range(n)],
        period=pd.Categorical.from_codes([period] * n, names, ordered=True),
        period_number=period,
        endpoint="headache_days",
        lower_bound=frame["value"] - 1,
        upper_bound=frame["value"] + 1,
        change=frame["value"] - frame["baseline"],
        **columns,
    )


def only(frame: pd.DataFrame, **options: Any) -> dict[str, Any]:
    (row,) = change(frame, **options).to_frame().to_dict("records")
    return row


def test_sleep_data_as_r_prints_them() -> None:
    got = only(rows(FIRST, SECOND))
    assert (got["n"], got["N"], got["df"]) == (10, 10, 9)
    assert got["estimate"] == pytest.approx(1.58, abs=PRINTED)
    assert got["statistic"] == pytest.approx(4.0621, abs=PRINTED)
    assert got["p_value"] == pytest.approx(0.002833, abs=5e-7)
    assert (got["lower"], got["upper"]) == pytest.approx((0.7001142, 2.4598858), abs=5e-8)
    assert got["status"] == "ok"


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_interval_is_the_one_of_scipy(level: float) -> None:
    rng = np.random.default_rng(4)
    before, after = rng.normal(20, 4, 31), rng.normal(16, 6, 31)
    got = only(rows(before.tolist(), after.tolist()), level=level)
    theirs = stats.ttest_rel(after, before)
    interval = theirs.confidence_interval(level)
    assert (got["lower"], got["upper"]) == pytest.approx((interval.low, interval.high), rel=SAME_FORMULA)
    assert got["p_value"] == pytest.approx(theirs.pvalue, rel=1e-10)
    assert got["median"] == pytest.approx(np.median(after - before), rel=SAME_FORMULA)
    assert got["sd"] == pytest.approx(np.std(after - before, ddof=1), rel=SAME_FORMULA)
    assert got["std_error"] == pytest.approx(got["sd"] / np.sqrt(31), rel=SAME_FORMULA)


def test_few_patients_whose_range_is_known_get_the_bounded_interval_and_many_the_t() -> None:
    rng = np.random.default_rng(4)
    for n, kind in ((99, "bounded mean"), (100, "t")):
        before = rng.integers(10, 27, n).astype(float)
        after = before - rng.integers(0, 9, n)
        got = only(rows(before.tolist(), after.tolist()))
        assert got["interval"] == kind
        if kind == "t":
            continue
        own = bounded_mean(after - before, low=-before.max(), high=28 - before.min())
        assert (got["lower"], got["upper"], got["p_value"]) == own
        assert np.isnan(got["df"])
        assert np.isnan(got["statistic"])
        assert got["std_error"] == pytest.approx(stats.sem(after - before), rel=SAME_FORMULA)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_under_five_patients_there_is_a_mean_and_neither_interval_nor_test(n: int) -> None:
    got = only(rows([20.0, 18, 25, 22][:n], [10.0, 12, 24, 15][:n]))
    assert got["status"] == "fewer than 5 patients: no interval"
    assert np.isfinite(got["estimate"])
    assert np.isfinite(got["sd"])
    assert all(pd.isna(got[name]) for name in ("std_error", "df", "statistic", "p_value", "lower", "upper"))


@pytest.mark.parametrize("n", [6, 20, 50])
def test_no_limit_lies_outside_what_the_mean_of_these_patients_can_be(n: int) -> None:
    # Nearly everybody becomes free of headache: t limits of 6 patients fall below 0 days.
    before = np.where(np.arange(n) % 2, 6.0, 9.0)
    after = np.where(np.arange(n) == 0, 4.0, 0.0)
    got = only(rows(before.tolist(), after.tolist()))
    assert got["baseline_mean"] + got["lower"] >= -1e-9
    assert got["baseline_mean"] + got["upper"] <= 28
    assert got["lower"] < got["estimate"] < got["upper"]


def test_every_mean_is_of_the_same_patients() -> None:
    frame = rows([20, 10, 30, 0], [10, 8, np.nan, 5])
    frame.loc[3, ["baseline", "change"]] = np.nan
    result = change(frame)
    (got,) = result.to_frame().to_dict("records")
    assert (got["n"], got["N"]) == (2, 4)
    assert (got["baseline_mean"], got["value_mean"], got["estimate"]) == (15.0, 9.0, -6.0)
    assert (got["lower_bound"], got["upper_bound"]) == (8.0, 10.0)
    assert result.members is not None
    assert result.members["used"].tolist() == [True, True, False, False]
    assert result.members["patient_id"].tolist() == ["p0", "p1", "p2", "p3"]


@pytest.mark.parametrize(
    ("value", "n", "estimate", "status"),
    [
        ([np.nan, np.nan], 0, np.nan, "no patient with a change"),
        ([15.0, np.nan], 1, -5.0, "one patient: no interval"),
        ([15.0, 15.0], 2, -5.0, "all changes are equal: no interval"),
    ],
)
def test_row_without_an_interval_says_why(value: list[float], n: int, estimate: float, status: str) -> None:
    result = change(rows([20, 20], value))
    (got,) = result.to_frame().to_dict("records")
    assert (got["n"], got["N"], got["status"]) == (n, 2, status)
    assert got["estimate"] == pytest.approx(estimate, nan_ok=True)
    assert all(pd.isna(got[name]) for name in ("std_error", "statistic", "p_value", "lower", "upper"))
    assert pd.isna(got["sd"]) == (n < 2)
    assert result.status == "no estimate with an interval"
    assert any("status" in note for note in result.notes)


def test_changes_that_differ_only_by_rounding_are_equal() -> None:
    got = only(rows([0.3, 1.2], [0.1, 1.0]))
    assert got["sd"] == 0.0
    assert got["status"] == "all changes are equal: no interval"


def test_rows_come_by_endpoint_by_arm_and_in_the_order_of_the_periods() -> None:
    frames = [
        rows([20, 22, 24], [18, 19, 20], period=number, arm=arm) for arm in ("B", "A") for number in (5, 1, 0)
    ]
    for i, frame in enumerate(frames):
        frame["patient_id"] = frame["patient_id"] + ("B" if i < 3 else "A")
    got = change(pd.concat(frames), by="arm").to_frame()
    assert got["arm"].tolist() == ["A", "A", "B", "B"]
    assert got["period"].astype(str).tolist() == ["days 1-28", "days 113-140"] * 2
    assert "baseline" not in got["period"].astype(str).tolist()
    assert change(pd.concat(frames)).to_frame()["n"].tolist() == [6, 6]


def test_patient_without_an_arm_is_a_group_and_not_lost() -> None:
    frame = rows([20, 22, 24, 21], [18, 19, 20, 20], arm=["A", "A", None, None])
    got = change(frame, by=["arm"]).to_frame()
    assert got["N"].tolist() == [2, 2]
    assert got["arm"].isna().tolist() == [False, True]


def test_patient_twice_in_a_period_is_refused() -> None:
    frame = pd.concat([rows([20], [18], course=1), rows([20], [18], course=2)])
    with pytest.raises(DataError) as error:
        change(frame)
    assert str(error.value) == (
        "a patient has more than one row in a period. got: 1 row too many. "
        "choose one course with periods(study, course=...), or estimate by course: by='course'."
    )
    assert change(frame, by="course").to_frame()["n"].tolist() == [1, 1]


def test_arguments_that_are_wrong_are_refused() -> None:
    frame = rows([20], [18])
    with pytest.raises(ArgumentError, match=r"^periods has no column 'arn'\."):
        change(frame, by="arn")
    with pytest.raises(ArgumentError, match=r"^periods has no column 'change'\."):
        change(frame.drop(columns="change"))
    with pytest.raises(ArgumentError):
        change(frame, level=95)


def test_no_rows_no_estimates() -> None:
    result = change(rows([], []))
    assert len(result) == 0
    assert result.status == "no estimate with an interval"


def test_input_stays_as_it_was() -> None:
    frame = rows(FIRST, SECOND)
    before = frame.copy(deep=True)
    change(frame)
    pd.testing.assert_frame_equal(frame, before)
