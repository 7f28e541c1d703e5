"""The frame of periods goes into the mixed model as it is."""

from __future__ import annotations

import numpy as np
import pandas as pd

import outcomes as oc
from derive_study import SmallStudy, diary, study


def cohort(patients: int) -> SmallStudy:
    """Return patients with a baseline and two months, some of the last ones missing."""
    rng = np.random.default_rng(12)
    rows = []
    for i in range(patients):
        length = 85 if i % 4 else 60
        rows.append(diary(f"p{i:02d}", "2026-02-01", (rng.random(length) < rng.beta(4, 2)).tolist()))
    return study(
        patients={
            "patient_id": [f"p{i:02d}" for i in range(patients)],
            "index_date": ["2026-03-01"] * patients,
        },
        diary=pd.concat(rows, ignore_index=True),
    )


def test_change_from_baseline_by_period() -> None:
    frame = oc.periods(cohort(24))
    assert frame["change"].isna().any()
    fit = oc.mmrm("change ~ baseline * period", data=frame, subject="patient_id", visit="period")
    assert fit.converged
    got = fit.emmeans("period").to_frame()
    # Two visits: the model's means lie within a day of the plain means of those who have them.
    plain = frame.groupby("period", observed=True)["change"].mean().dropna()
    assert len(got) == len(plain)
    assert np.abs(got["estimate"].to_numpy() - plain.to_numpy()).max() < 1.0


def test_baseline_as_a_response_row() -> None:
    frame = oc.periods(cohort(24), baseline_as_row=True)
    fit = oc.mmrm("value ~ period", data=frame, subject="patient_id", visit="period")
    assert fit.converged
