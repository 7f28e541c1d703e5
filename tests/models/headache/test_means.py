"""Mean value of each period: against scipy, and where there is no interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from outcomes.errors import DataError
from outcomes.models.headache.means import means
from outcomes.models.stats.intervals import bounded_mean


def test_mean_and_limits_are_those_of_scipy() -> None:
    values = np.tile([10.0, 14.0, 28.0, 21.0, 3.5], 20)
    rows = pd.DataFrame({"patient_id": range(101), "period": "days 1-28", "value": [*values, np.nan]})
    found = means(rows, level=0.9).to_frame().iloc[0]
    low, high = stats.t.interval(0.9, 99, values.mean(), stats.sem(values))
    np.testing.assert_allclose(found[["lower", "upper"]].to_numpy(dtype=float), [low, high], rtol=1e-12)
    assert (found["n"], found["N"], found["interval"], found["status"]) == (100, 101, "t", "ok")


def test_few_patients_get_limits_that_reckon_with_values_nobody_had() -> None:
    values = [10.0, 14.0, 28.0, 21.0, 3.5]
    rows = pd.DataFrame({"patient_id": list("abcde"), "period": "days 1-28", "value": values})
    found = means(rows).to_frame().iloc[0]
    own = bounded_mean(values, low=0, high=28)
    assert (found["lower"], found["upper"], found["interval"]) == (own.lower, own.upper, "bounded mean")
    assert means(rows.iloc[:4])["status"].tolist() == ["fewer than 5 patients: no interval"]


def test_patients_of_several_courses_are_refused_as_they_are_not_independent() -> None:
    rows = pd.DataFrame({"patient_id": list("abcab"), "period": "days 1-28", "value": [9.0, 8, 7, 6, 5]})
    with pytest.raises(DataError, match=r"more than one row in a period\. got: 2 rows too many"):
        means(rows)


def test_a_mean_stuck_at_every_day_has_no_interval_of_width_zero() -> None:
    rows = pd.DataFrame({"patient_id": list("abc"), "period": "days 1-28", "value": 28.0})
    found = means(rows).to_frame().iloc[0]
    assert (found["mean"], found["sd"]) == (28.0, 0.0)
    assert found[["std_error", "lower", "upper"]].isna().all()
    assert found["status"] == "all values are equal: no interval"
