"""CPU time of 1,000 imputations of 200 patients x 6 periods with the pooled analysis: budget 20 s.

Run it with `python benchmarks/imputation.py [imputations]`.
"""

from __future__ import annotations

import sys
import time

import harness
import numpy as np
import pandas as pd

from outcomes.models.headache.imputation import METHODS, impute
from outcomes.models.headache.tipping import tipping_point

BUDGET_S = 20.0


def make_periods(patients: int = 200, visits: int = 6, seed: int = 3) -> pd.DataFrame:
    """Two arms, correlated changes, a fifth of the patients stop, a few periods are missing in between."""
    rng = np.random.default_rng(seed)
    lag = np.abs(np.subtract.outer(np.arange(visits), np.arange(visits)))
    baseline = rng.normal(22, 4, patients)
    arm = np.arange(patients) % 2
    change = rng.normal(size=(patients, visits)) @ np.linalg.cholesky(25 * 0.7**lag).T
    change += 3 - 0.25 * baseline[:, None] - 2.0 * arm[:, None]
    last = np.where(rng.random(patients) < 0.2, rng.integers(1, visits, patients), visits)
    change[np.arange(visits) >= last[:, None]] = np.nan
    change[rng.random(change.shape) < 0.03] = np.nan
    return pd.DataFrame(
        {
            "patient_id": np.repeat(np.arange(patients), visits),
            "period": np.tile(np.arange(1, visits + 1), patients),
            "arm": np.repeat(np.where(arm, "active", "placebo"), visits),
            "baseline": np.repeat(baseline, visits),
            "change": change.ravel(),
        }
    )


def main(imputations: int = 1000) -> int:
    periods = make_periods()
    print(f"{imputations} imputations of {periods['patient_id'].nunique()} patients x 6 periods")
    slow = 0
    for method in METHODS:
        for draws in ("approximate-bayes", *(["bootstrap"] if method == "mar" else [])):
            start = time.process_time()
            found = impute(
                periods, arm="arm", reference="placebo", method=method, imputations=imputations, draws=draws
            )
            found.estimates()
            tipping_point(found)
            seconds = time.process_time() - start
            slow += seconds > BUDGET_S
            print(f"{method:20s} {draws:18s} {seconds:6.2f} s CPU  status {found.status}")
    return slow


if __name__ == "__main__":
    sys.exit(main(*harness.asked(__doc__, "imputations", least=2)[:1]))
