"""Mean value of each period: against scipy, and where there is no interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from outcomes.models.headache.means import means


def test_mean_and_limits_are_those_of_scipy() -> None:
    values = np.array([10.0, 14.0, 28.0, 21.0, 3.5])
    rows = pd.DataFrame({"patient_id": list("abcdef"), "period": "days 1-28", "value": [*values, np.nan]})
    found = means(rows, level=0.9).to_frame().iloc[0]
    low, high = stats.t.interval(0.9, 4, values.mean(), stats.sem(values))
    np.testing.assert_allclose(found[["lower", "upper"]].to_numpy(dtype=float), [low, high], rtol=1e-12)
    assert (found["n"], found["N"], found["status"]) == (5, 6, "ok")


def test_a_mean_stuck_at_every_day_has_no_interval_of_width_zero() -> None:
    rows = pd.DataFrame({"patient_id": list("abc"), "period": "days 1-28", "value": 28.0})
    found = means(rows).to_frame().iloc[0]
    assert (found["mean"], found["sd"]) == (28.0, 0.0)
    assert found[["std_error", "lower", "upper"]].isna().all()
    assert found["status"] == "all values are equal: no interval"
