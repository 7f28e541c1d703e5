"""CPU time of the daily logistic GEE: 10,000 patients x 168 days, all three working correlations.

The budget is 10 s CPU a fit, design matrix and small-sample covariance included. Run it with
`python benchmarks/daily.py [patients]`.
"""

from __future__ import annotations

import sys
import time

import harness
import numpy as np
import pandas as pd

from outcomes.models.headache.daily import daily

DAYS = 168
BUDGET_S = 10.0


def make_days(patients: int, seed: int = 20) -> pd.DataFrame:
    """Simulate 56 days before and 112 after treatment, 88 % recorded, each patient a Markov chain."""
    rng = np.random.default_rng(seed)
    day = np.arange(DAYS) - 56
    level = rng.normal(1.0, 1.0, size=(patients, 1)) - 0.8 * (day >= 0)
    p = 1 / (1 + np.exp(-level))
    state = rng.random((patients, DAYS)) < p
    stay = rng.random((patients, DAYS)) < 0.4  # with probability 0.4 a day repeats the one before
    for t in range(1, DAYS):
        state[:, t] = np.where(stay[:, t], state[:, t - 1], state[:, t])
    frame = pd.DataFrame(
        {
            "patient_id": np.repeat([f"P{i:06d}" for i in range(patients)], DAYS),
            "day": np.tile(day, patients),
            "headache": state.ravel(),
        }
    )
    frame["phase"] = np.where(frame["day"] < 0, "1 before", "2 after")
    frame["months"] = frame["day"] / 28
    return frame[rng.random(len(frame)) < 0.88]


def main(patients: int = 10_000) -> int:
    days = make_days(patients)
    print(f"{patients} patients, {len(days)} recorded days")
    slow = 0
    for formula in ("headache ~ phase", "headache ~ phase + months"):
        for correlation in ("independence", "exchangeable", "ar1"):
            start = time.process_time()
            fit = daily(formula, days, correlation=correlation)
            seconds = time.process_time() - start
            slow += seconds > BUDGET_S
            print(f"{formula:28s} {correlation:13s} {seconds:6.2f} s CPU  status {fit.status}")
    return slow


if __name__ == "__main__":
    sys.exit(main(*harness.asked(__doc__, "patients", least=10)[:1]))
