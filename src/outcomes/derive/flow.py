"""Flow of patients: how many were received, and how many are left at each step to the comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from outcomes.derive.courses import courses as derive_courses
from outcomes.derive.days import days as derive_days
from outcomes.derive.periods import periods
from outcomes.derive.remember import from_parts
from outcomes.derive.tally import ENDPOINTS
from outcomes.errors import one_of

if TYPE_CHECKING:
    from outcomes.schema.study_data import StudyData

__all__ = ["flow", "flow_of"]


def flow(study: StudyData, *, endpoint: str | None = None) -> pd.DataFrame:
    """Return how many patients are left at each step to the primary comparison.

    Parameters
    ----------
    study : Study
        A checked study.
    endpoint : str, optional
        By default rule ``endpoint``.

    Returns
    -------
    DataFrame
        stage, patients, of (patients of the stage before). Each stage is a part of the one before. The
        first course of each patient counts.
    """
    if endpoint is not None:
        one_of("endpoint", endpoint, ENDPOINTS)
    made = from_parts(study, "flow", endpoint=endpoint)
    if made is not None:
        return made
    frame = periods(study, endpoint=endpoint, baseline_as_row=True)
    received = pd.concat(
        [study.patients["patient_id"], study.diary["patient_id"], study.sessions["patient_id"]]
    )
    return flow_of(derive_days(study), derive_courses(study), frame, received)


def flow_of(
    days: pd.DataFrame, courses: pd.DataFrame, periods: pd.DataFrame, received: pd.Series
) -> pd.DataFrame:
    """Return `flow` from days, courses, periods with the baseline as a row, and every patient's id."""
    baseline = periods[periods["period_number"] == 0]
    later = periods[periods["period_number"] > 0]
    first = later[later["period_number"] == 1]
    stages = {
        "patients received": received,
        "with any diary day": days["patient_id"],
        "with an infusion or index date": courses["patient_id"],
        "with any diary day before the course": days.loc[days["phase"].eq("before"), "patient_id"],
        "with any day in the baseline window": baseline.loc[_entries(baseline) > 0, "patient_id"],
        "with an eligible baseline": baseline.loc[baseline["baseline_eligible"], "patient_id"],
        "with any follow-up day": later.loc[_entries(later) > 0, "patient_id"],
        "with a follow-up period of enough days": later.loc[later["value"].notna(), "patient_id"],
        "in the primary comparison": first.loc[first["change"].notna(), "patient_id"],
    }
    left = pd.Index(received.dropna().unique())
    counts = []
    for ids in stages.values():
        left = left[left.isin(ids.unique())]  # pandas takes each text of a list in its hands
        counts.append(len(left))
    before = np.array([counts[0], *counts[:-1]], dtype=np.int64)
    return pd.DataFrame(
        {"stage": pd.Series(list(stages), dtype="str"), "patients": np.array(counts), "of": before}
    )


def _entries(periods: pd.DataFrame) -> pd.Series:
    """Return the days with an entry."""
    return periods["days_recorded"] + periods["days_unclear"]
