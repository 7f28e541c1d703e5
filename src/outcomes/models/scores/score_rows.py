"""Assessments mapped to periods: a row per patient, questionnaire and period, and why a score is missing."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["score_rows"]

DAY = pd.Timedelta("1D")
#: Why a score is missing, in the order in which it is asked; the last is of all others.
REASONS = ("no score before the course", "", "treated again", "not yet due", "no score")


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
    shape = (len(patients), len(instruments), last)
    who, which, period = (place.ravel() for place in np.indices(shape))
    before, after = _last_scores(assessments, patients, instruments, until, month, shape)
    rows = patients.take(who).reset_index(drop=True).assign(
        instrument=pd.Series(instruments, dtype="str").array.take(which), period_number=period + 1,
        baseline=before[who, which], value=after.ravel(),
    )  # fmt: skip
    begins = rows["course_end"] + pd.to_timedelta((rows["period_number"] - 1) * month + 1, unit="D")
    ends = begins + (month - 1) * DAY
    retreated = rows["next_course_start"].notna() & (rows["next_course_start"] <= ends)
    lacks = rows["baseline"].isna() & (rows["instrument"] != "PGIC")
    reason = np.select(
        [lacks, rows["value"].notna(), retreated, ends > _of_patient(until, rows)],
        range(len(REASONS) - 1),
        default=len(REASONS) - 1,
    )
    names = [f"days {(k - 1) * month + 1}-{k * month}" for k in range(1, last + 1)]
    return rows.assign(
        period=pd.Categorical.from_codes(period, names, ordered=True),
        change=rows["value"] - rows["baseline"],
        reason=pd.array(REASONS, dtype="str").take(reason),
    )[["patient_id", "instrument", "period", "period_number", "baseline", "value", "change", "reason"]]


def _last_scores(
    assessments: pd.DataFrame,
    patients: pd.DataFrame,
    instruments: list[str],
    until: pd.Timestamp | pd.Series,
    month: int,
    shape: tuple[int, int, int],
) -> tuple[np.ndarray, np.ndarray]:
    """Return the last score before the course by patient and questionnaire, and that of each period."""
    columns = ["patient_id", "instrument", "date", "score"]
    known = assessments.loc[assessments["score"].notna(), columns].sort_values("date", kind="stable")
    who = pd.Index(patients["patient_id"]).get_indexer(known["patient_id"])
    which = pd.Index(instruments).get_indexer(known["instrument"])
    asked = (who >= 0) & (which >= 0)
    known, who, which = known[asked], who[asked], which[asked]
    date, score = known["date"], known["score"].to_numpy(np.float64)
    start, end, again = (
        patients[name].take(who).set_axis(known.index)
        for name in ("course_start", "course_end", "next_course_start")
    )
    before, after = np.full(shape[:2], np.nan), np.full(shape, np.nan)
    early = (date <= start).to_numpy()
    before[who[early], which[early]] = score[early]  # of several the last one stays
    period = (((date - end) / DAY - 1) // month).to_numpy()
    own = (
        (date > end)
        & ~(date >= again)
        & (date <= _of_patient(until, known))
        & (period >= 0)
        & (period < shape[2])
    )
    after[who[own], which[own], period[own].astype(int)] = score[own]
    return before, after


def _of_patient(until: pd.Timestamp | pd.Series, rows: pd.DataFrame) -> pd.Timestamp | pd.Series:
    return until if isinstance(until, pd.Timestamp) else rows["patient_id"].map(until)
