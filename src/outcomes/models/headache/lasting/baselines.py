"""What a patient's later days are compared with: the baseline, and where the days after the course lie."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.models.headache.period_rows import MAKE, NUMBERS, eligible, one_endpoint
from outcomes.models.stats.input_frames import check_columns, check_yes_no

__all__ = ["baseline_rows", "days_after"]


def baseline_rows(periods: pd.DataFrame, by: str | None, *, doing: str) -> pd.DataFrame:
    """Return one row per patient and course with its baseline, and the reason why one is not followed.

    Parameters
    ----------
    periods : DataFrame
        As `oc.periods` makes them.
    by : str, optional
        Column of groups.
    doing : str
        What a baseline of 0 leaves no room for, for instance ``"fall from"``.
    """
    names = ["patient_id", "course", "baseline", "baseline_eligible", *([by] if by else [])]
    check_columns("periods", periods, names, numbers=NUMBERS, hint=MAKE)
    one_endpoint(periods)
    kept = [*names, *(["baseline_days_recorded"] if "baseline_days_recorded" in periods else [])]
    one = periods[kept].drop_duplicates(["patient_id", "course"]).reset_index(drop=True)
    reason = np.select(
        [
            one["baseline"].isna() | ~eligible(one),
            one["baseline"] == 0,
            one[by].isna() if by else np.zeros(len(one), dtype=bool),
        ],
        ["no eligible baseline", f"baseline is 0: nothing to {doing}", f"no {by}"],
        default="",
    )
    return one.assign(reason=reason.astype(object))


def days_after(
    patients: pd.DataFrame, days: pd.DataFrame, event: str
) -> tuple[pd.DataFrame, NDArray[np.intp]]:
    """Return the days after a course whose event is known, and each one's place among the patients, or -1."""
    needed, hint = ["patient_id", "course", "day_after", event], "make the frame with oc.days(study)"
    check_columns("days", days, needed, numbers=["day_after"], hint=hint)
    check_yes_no("days", days, event)
    known = days[days["day_after"].notna() & days[event].notna()]
    key = pd.MultiIndex.from_frame(patients[["patient_id", "course"]])
    return known, key.get_indexer(pd.MultiIndex.from_frame(known[["patient_id", "course"]]))
