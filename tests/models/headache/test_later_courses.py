"""Later courses against the first: Anderson's closed form, the truth under selection, and refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import outcomes as oc
from outcomes.errors import ArgumentError, DataError

TRUTH = np.array([-6.0, -4.5])


def _rows(rng: np.random.Generator, n: int, *, all_treated: bool = False) -> pd.DataFrame:
    """Return values after two courses; who fell least is treated again."""
    y = rng.multivariate_normal(TRUTH, [[16, 10], [10, 16]], n)
    base = rng.normal(22, 2, n)
    rows = pd.DataFrame({"patient_id": np.repeat(np.arange(n), 2), "course": np.tile([1, 2], n)})
    rows = rows.assign(period_number=1, value=(base[:, None] + y).ravel(), baseline=np.repeat(base, 2))
    # a baseline between the courses is of treated patients, and is not used
    rows.loc[rows["course"] == 2, "baseline"] -= 5
    rows["baseline_eligible"] = rows["course"] == 1
    again = np.repeat(y[:, 0] > np.median(y[:, 0]), 2) | all_treated
    return rows[(rows["course"] == 1) | again].reset_index(drop=True)


def _wide(rows: pd.DataFrame) -> pd.DataFrame:
    wide = rows.pivot_table(index="patient_id", columns="course", values="value")
    return wide.sub(rows[rows["course"] == 1].set_index("patient_id")["baseline"], axis=0)


def test_the_mean_of_the_second_course_is_andersons() -> None:
    rows = _rows(np.random.default_rng(1), 60)
    found = oc.later_courses(rows).to_frame().set_index("term")
    wide = _wide(rows)
    both = wide.dropna()
    slope = np.cov(both[1], both[2])[0, 1] / both[1].var()
    second = both[2].mean() + slope * (wide[1].mean() - both[1].mean())
    assert found.loc["course 2", "estimate"] == pytest.approx(second, abs=1e-5)  # the fit's own tolerance
    assert found.loc["course 1", "estimate"] == pytest.approx(wide[1].mean(), abs=1e-5)
    assert found.loc["course 2 - course 1", "estimate"] == pytest.approx(second - wide[1].mean(), abs=1e-5)
    # its error by the delta method: the regression's, and the mean of the first course times the slope
    left = both[2] - both[2].mean() - slope * (both[1] - both[1].mean())
    gap = wide[1].mean() - both[1].mean()
    variance = left.var(ddof=2) * (1 / len(both) + gap**2 / ((len(both) - 1) * both[1].var()))
    variance += slope**2 * wide[1].var() / len(wide)
    assert found.loc["course 2", "std_error"] == pytest.approx(np.sqrt(variance), rel=0.03)  # REML: df
    assert found.loc["course 2", ["n", "N"]].tolist() == [30, 30]
    assert found.loc["course 1", ["n", "N"]].tolist() == [60, 60]


def test_with_both_courses_in_everybody_it_is_the_paired_t_test() -> None:
    rows = _rows(np.random.default_rng(2), 25, all_treated=True)
    found = oc.later_courses(rows).to_frame().set_index("term").loc["course 2 - course 1"]
    wide = _wide(rows)
    test = stats.ttest_rel(wide[2], wide[1])
    interval = test.confidence_interval(0.95)
    assert found["p_value"] == pytest.approx(test.pvalue, rel=1e-3)
    assert [found["lower"], found["upper"]] == pytest.approx([interval.low, interval.high], abs=1e-3)


def test_the_truth_is_covered_although_those_who_fell_least_were_treated_again() -> None:
    """The plain mean of second courses is off by 2 days: it is of those who fell least."""
    rng = np.random.default_rng(3)
    covered, plain = 0, []
    for _ in range(30):
        rows = _rows(rng, 40)
        row = oc.later_courses(rows).to_frame().set_index("term").loc["course 2"]
        covered += row["lower"] <= TRUTH[1] <= row["upper"]
        plain.append(_wide(rows)[2].mean())
    assert np.mean(plain) > TRUTH[1] + 1.5
    assert covered >= 25  # 95 % of 30 studies, less three Monte Carlo errors


def test_without_a_second_course_there_is_no_number() -> None:
    rows = _rows(np.random.default_rng(4), 20)
    found = oc.later_courses(rows[rows["course"] == 1])
    assert found.status.startswith("no number")
    assert found.to_frame()["estimate"].isna().all()
    few = oc.later_courses(rows[(rows["course"] == 1) | (rows["patient_id"] < 4)])
    assert any("left out" in note for note in few.notes)


def test_wrong_input_is_refused() -> None:
    rows = _rows(np.random.default_rng(4), 20)
    with pytest.raises(ArgumentError, match="no row has this period"):
        oc.later_courses(rows, period=3)
    with pytest.raises(DataError, match="two rows"):
        oc.later_courses(pd.concat([rows, rows]))
    with pytest.raises(ArgumentError, match="value"):
        oc.later_courses(rows.drop(columns="value"))


def test_from_a_study_with_several_courses() -> None:
    found = oc.later_courses(oc.periods(oc.load_example(), course="all"))
    frame = found.to_frame()
    assert (frame["n"] <= frame["N"]).all()
    assert frame["term"].iloc[0] == "course 1"


def test_limits_are_changes_that_days_can_have() -> None:
    """Six patients of a fourth course: 22 of 28 days cannot fall by 32."""
    rng = np.random.default_rng(6)
    n, of = 12, [12, 12, 8, 5]
    rows = pd.DataFrame(
        [(patient, course, 1) for course in range(1, 5) for patient in range(n) if patient < of[course - 1]],
        columns=["patient_id", "course", "period_number"],
    )
    value = np.where(rng.random(len(rows)) < 0.5, 0.0, 28.0)
    rows = rows.assign(value=value, baseline=22.0, baseline_eligible=True)
    rows.loc[3, "value"] = np.nan
    frame = oc.later_courses(rows).to_frame()
    single = frame["contrast"].isna() if "contrast" in frame else ~frame["term"].str.contains(" - ")
    plain = stats.t.ppf(0.975, frame["df"]) * frame["std_error"]
    assert (frame["estimate"] + plain > 28 - 22)[single].any()
    assert (frame["lower"][single] >= -22).all()
    assert (frame["upper"][single] <= 28 - 22).all()
    assert (frame[["lower", "upper"]][~single].abs() <= 28).all(axis=None)


def test_a_simpler_covariance_is_said_in_every_row() -> None:
    """Five courses of few patients: the unstructured covariance has no maximum, which nobody was told."""
    rng = np.random.default_rng(0)
    own = rng.normal(12, 4, 14)
    pairs = [(p, k + 1) for k, had in enumerate([14, 12, 10, 8, 6, 5]) for p in range(had)]
    rows = pd.DataFrame(pairs, columns=["patient_id", "course"])
    value = np.clip(np.round(own[rows["patient_id"]] + rng.normal(0, 3, len(rows))), 0, 28)
    rows = rows.assign(value=value, period_number=1, baseline=22.0, baseline_eligible=True)
    found = oc.later_courses(rows)
    assert found.status.startswith("fallback to ")
    assert (found.to_frame()["status"] == found.status).all()


def test_pairs_are_counted_with_the_course_they_are_compared_with() -> None:
    """A first course without values: the second is then the one compared with."""
    rows = _rows(np.random.default_rng(5), 20, all_treated=True)
    third = rows[rows["course"] == 2].assign(course=3, value=lambda f: f["value"] + 1)
    rows = pd.concat([rows, third], ignore_index=True)
    rows.loc[rows["course"] == 1, "value"] = np.nan
    frame = oc.later_courses(rows).to_frame().set_index("term")
    assert frame.loc["course 3 - course 2", ["n", "N"]].tolist() == [20, 20]
