"""Blood pressure of sessions: grades at their limits, change, clustered mean."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from outcomes.errors import ArgumentError
from outcomes.models.harm.vital_signs import session_vital_signs, vital_signs


@pytest.mark.parametrize(
    ("systolic", "diastolic", "grade"),
    [
        (119, 79, 0),
        (120, 79, 1),
        (119, 80, 1),
        (139, 89, 1),
        (140, 70, 2),
        (130, 90, 2),
        (159, 99, 2),
        (160, 70, 3),
        (110, 100, 3),
        (None, 95, 2),
        (150, None, 2),
    ],
)
def test_the_grade_is_the_higher_one_of_both_pressures(systolic, diastolic, grade) -> None:
    row = pd.DataFrame(
        {"sbp_before": [118.0], "dbp_before": [75.0], "sbp_max": [systolic], "dbp_max": [diastolic]}
    )
    frame = session_vital_signs(row.astype("float64"))
    assert frame["grade_max"].tolist() == [grade]
    assert frame["grade_rose"].tolist() == [grade > 0]


def test_what_was_not_taken_is_missing_not_normal() -> None:
    frame = session_vital_signs(
        pd.DataFrame({c: [np.nan] for c in ("sbp_before", "sbp_max", "dbp_before", "dbp_max")})
    )
    assert frame[["grade_before", "grade_max", "grade_rose", "sbp_change"]].isna().all(axis=None)


def test_the_mean_change_is_that_of_a_clustered_regression() -> None:
    rng = np.random.default_rng(1)
    patient = np.repeat(np.arange(30), rng.integers(1, 7, 30))
    rise = rng.normal(16, 6, 30)[patient] + rng.normal(0, 9, len(patient))
    sessions = pd.DataFrame({"patient_id": patient, "sbp_before": 125.0, "sbp_max": 125 + rise})
    sessions = sessions.assign(dbp_before=80.0, dbp_max=np.nan)
    row = vital_signs(sessions).frame.iloc[0]
    fit = sm.OLS(rise, np.ones(len(rise))).fit(
        cov_type="cluster", cov_kwds={"groups": patient, "use_correction": False}
    )
    assert row["estimate"] == pytest.approx(fit.params[0])
    assert row["std_error"] == pytest.approx(fit.bse[0] * np.sqrt(30 / 29))
    assert row["df"] == 29
    empty = vital_signs(sessions).frame.iloc[1]
    assert (empty["n"], empty["N"], empty["status"]) == (0, len(patient), "not recorded")
    assert np.isnan(empty["estimate"])


def test_words_and_missing_columns_are_refused() -> None:
    frame = pd.DataFrame({"sbp_before": ["high"], "sbp_max": [1.0], "dbp_before": [1.0], "dbp_max": [1.0]})
    with pytest.raises(ArgumentError, match="column 'sbp_before' of sessions is not made of numbers"):
        session_vital_signs(frame)
    with pytest.raises(ArgumentError, match="sessions has no column 'sbp_before'"):
        session_vital_signs(frame.drop(columns="sbp_before"))


def test_changes_that_are_all_alike_have_no_interval_of_width_zero() -> None:
    sessions = pd.DataFrame(
        {
            "patient_id": list("abc"),
            "sbp_before": 120.0,
            "sbp_max": 130.0,
            "dbp_before": 80.0,
            "dbp_max": 90.0,
        }
    )
    found = vital_signs(sessions).to_frame()
    assert found["estimate"].tolist() == [10.0, 10.0]
    assert found[["std_error", "lower", "upper"]].isna().all(axis=None)
    assert set(found["status"]) == {"no spread between patients: no interval"}
