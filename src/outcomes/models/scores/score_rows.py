"""Assessments mapped to periods: a row per patient, questionnaire and period, and why a score is missing."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["score_rows"]

DAY = pd.Timedelta("1D")


def score_rows(
    assessments: pd.DataFrame,
    courses: pd.DataFrame,
    *,
    instruments: list[str],
    until: pd.Timestamp | pd.Series,
    month: int = 28,
    last: int = 6,
) -> pd.DataFrame:
    """Return the score of each patient in the baseline and in each period after the first course.

    Parameters
    ----------
    assessments : DataFrame
        patient_id, date, instrument, score.
    courses : DataFrame
        First courses: patient_id, course_start, course_end, next_course_start.
    instruments : list of str
        Which questionnaires.
    until : Timestamp, or Series of Timestamp by patient_id
        Last day of the data.
    month, last : int
        Days of a period, and how many periods.

    Returns
    -------
    DataFrame
        patient_id, instrument, period, period_number, baseline, value, change, reason.

    Notes
    -----
    Baseline: the last score on or before the first day of the course. A period's score is the last one dated
    in it, before a next course begins: the one that looks back on most of it.
    """
    patients = courses.drop_duplicates("patient_id").reset_index(drop=True)
    grid = patients.merge(pd.DataFrame({"instrument": pd.Series(instruments, dtype="str")}), how="cross")
    grid = grid.merge(pd.DataFrame({"period_number": np.arange(1, last + 1)}), how="cross")
    known = assessments[assessments["score"].notna() & assessments["instrument"].isin(instruments)]
    dated = known.merge(patients, on="patient_id").sort_values("date", kind="stable")
    key = ["patient_id", "instrument"]
    before = dated[dated["date"] <= dated["course_start"]].groupby(key)["score"].last().rename("baseline")
    own = dated["next_course_start"].isna() | (dated["date"] < dated["next_course_start"])
    after = dated[(dated["date"] > dated["course_end"]) & own & (dated["date"] <= _of_patient(until, dated))]
    number = ((after["date"] - after["course_end"]) / DAY - 1) // month + 1
    value = after.assign(period_number=number.astype(int)).groupby([*key, "period_number"])["score"].last()
    rows = grid.join(before, on=key).join(value.rename("value"), on=[*key, "period_number"])
    begins = rows["course_end"] + pd.to_timedelta((rows["period_number"] - 1) * month + 1, unit="D")
    ends = begins + (month - 1) * DAY
    retreated = rows["next_course_start"].notna() & (rows["next_course_start"] <= ends)
    reason = np.select(
        [rows["value"].notna(), retreated, ends > _of_patient(until, rows)],
        ["", "treated again", "not yet due"],
        default="no score",
    )
    lacks = rows["baseline"].isna() & (rows["instrument"] != "PGIC")
    names = [f"days {(k - 1) * month + 1}-{k * month}" for k in range(1, last + 1)]
    return rows.assign(
        period=pd.Categorical.from_codes(rows["period_number"] - 1, names, ordered=True),
        change=rows["value"] - rows["baseline"],
        reason=np.where(lacks, "no score before the course", reason),
    )[["patient_id", "instrument", "period", "period_number", "baseline", "value", "change", "reason"]]


def _of_patient(until: pd.Timestamp | pd.Series, rows: pd.DataFrame) -> pd.Timestamp | pd.Series:
    return until if isinstance(until, pd.Timestamp) else rows["patient_id"].map(until)
