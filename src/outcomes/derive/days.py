"""Days: one row per recorded patient-day that counts, with what it was by the study's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.derive.clock import FAR, day_numbers
from outcomes.derive.courses import courses
from outcomes.derive.entries import Entries, counted_entries
from outcomes.derive.headache import headache_day, moderate_severe_day
from outcomes.derive.medication import medication_days
from outcomes.derive.migraine import migraine_day
from outcomes.derive.remember import once

if TYPE_CHECKING:
    from outcomes.schema.rules import Rules
    from outcomes.schema.study_data import StudyData

__all__ = ["days", "days_of"]

PHASES = ("", "before", "during", "after")


def days(study: StudyData) -> pd.DataFrame:
    """Return what each recorded patient-day was, and where it lies in the patient's courses.

    Parameters
    ----------
    study : Study
        A checked study.

    Returns
    -------
    DataFrame
        One row per patient-day that counts, by patient and date: course (the latest that has begun;
        the first for days before it; missing without any), day (0 = first infusion day or index
        date), phase (``before``, ``during``, ``after``; ``""`` without a course), day_after
        (1 = the day after the course ended), headache_reported (the diary's answer), headache,
        moderate_severe, migraine (by the rules; missing where what is recorded cannot decide),
        acute_medication, triptan_ergot, overuse_triptan_like, overuse_simple (a drug of these classes
        was taken), hours (h), pain (0-10), late, source (``assumed`` for a day without a row).

    Notes
    -----
    migraine => headache and moderate_severe => headache on every row. Dates are local dates as typed.
    A study may carry `rejected_days` (patient_id, date): days whose row was rejected are never
    taken as free of headache.
    """
    return once(study, "days", lambda: _days(study))


def _days(study: StudyData) -> pd.DataFrame:
    begun = courses(study)  # refuses anything but a study
    fills_absent_days = study.rules.absent_means != "missing"
    return days_of(
        _with_unread_drugs(study),
        begun,
        rules=study.rules,
        timezone=study.timezone,
        cutoff=study.cutoff,
        rejected=getattr(study, "rejected_days", None) if fills_absent_days else None,
    )


def _with_unread_drugs(study: StudyData) -> pd.DataFrame:
    """Return the diary; a study that knows which drugs could not be read marks them as `drug_unread`."""
    blank_rows = getattr(study, "blank_rows", None)
    if blank_rows is None:
        return study.diary
    unread = blank_rows("diary", "acute_medication")
    return study.diary.assign(drug_unread=pd.array(unread, dtype="boolean")) if unread.any() else study.diary


def days_of(
    diary: pd.DataFrame,
    courses: pd.DataFrame,
    *,
    rules: Rules,
    timezone: str,
    cutoff: pd.Timestamp | None = None,
    rejected: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return `days` from the diary and the courses."""
    entries = counted_entries(diary, rules=rules, timezone=timezone, cutoff=cutoff, rejected=rejected)
    rows = entries.diary.reset_index(drop=True)
    place = _place(entries, courses)
    frame = pd.DataFrame({"patient_id": rows["patient_id"], "date": rows["date"]} | place, copy=False)
    unread = rows["drug_unread"].fillna(False).to_numpy(dtype=bool) if "drug_unread" in rows else None
    drugs = medication_days(rows["acute_medication"], rows["headache"], entries.patient, unread)
    frame["headache_reported"] = rows["headache"].astype("boolean")
    headache = headache_day(rows, drugs, rules.headache_day)
    answers = {
        "headache": headache,
        "moderate_severe": moderate_severe_day(
            rows, drugs, headache, rules.moderate_severe, rules.moderate_from
        ),
        "migraine": migraine_day(rows, drugs, headache, rules.migraine_day, rules.moderate_from),
    }
    # Without an answer about headache the day is unknown, also where a detail alone would rule it out.
    silent = frame["headache_reported"].isna().to_numpy()
    for name, answer in answers.items():
        answer[silent] = pd.NA
        frame[name] = answer
    for name in ("acute_medication", "triptan_ergot", "overuse_triptan_like", "overuse_simple"):
        frame[name] = drugs[name]
    free = frame["headache_reported"].eq(False).to_numpy(dtype=bool, na_value=False)
    frame["hours"] = np.where(free, 0.0, rows["duration_h"].to_numpy(dtype=float, na_value=np.nan))
    return frame.assign(pain=rows["pain"].astype(float), late=rows["late"], source=rows["source"])


def _place(entries: Entries, courses: pd.DataFrame) -> dict[str, pd.Series]:
    """Find each day's course, its day in it, and its phase."""
    chosen = _course_rows(entries, courses)
    found = chosen >= 0
    start, end, number = (
        np.append(values, FAR)[chosen]
        for values in (
            day_numbers(courses["course_start"]),
            day_numbers(courses["course_end"]),
            courses["course"].to_numpy(dtype=np.int64),
        )
    )
    phase = np.where(entries.day < start, 1, np.where(entries.day <= end, 2, 3)) * found
    return {
        "course": _nullable(number, found),
        "day": _nullable(entries.day - start, found),
        "phase": pd.Series(pd.array(PHASES, dtype="str").take(phase)),
        "day_after": _nullable(entries.day - end, phase == 3),
    }


def _course_rows(entries: Entries, courses: pd.DataFrame) -> NDArray[np.int64]:
    """Return the position in `courses` of each day's course, -1 for a patient without one."""
    # entries.patient counts the patients of the diary: read their ids at each one's first row.
    first = np.flatnonzero(np.append(True, np.diff(entries.patient) != 0)[: len(entries.patient)])
    ids = pd.Index(entries.diary["patient_id"].iloc[first])
    where = ids.get_indexer(courses["patient_id"]).astype(np.int64)
    known = np.flatnonzero(where >= 0)
    patient = entries.patient[first][where[known]] if len(first) else where[known]
    start = day_numbers(courses["course_start"])[known]
    order = np.lexsort((start, patient))
    owner, row = patient[order], known[order]
    begun = np.searchsorted(owner * np.int64(FAR) + start[order], entries.key, side="right") - 1
    # A day before the patient's first course lands on another patient's course: the next one is its own.
    other = (begun < 0) | (np.append(owner, -1)[begun] != entries.patient)
    begun = begun + other
    own = np.append(owner, -1)[begun] == entries.patient
    return np.asarray(np.where(own, np.append(row, -1)[begun], -1), dtype=np.int64)


def _nullable(values: NDArray[np.int64], known: NDArray[np.bool_]) -> pd.Series:
    """Return Int64 values, missing where not known."""
    return pd.Series(pd.arrays.IntegerArray(values, ~known), copy=False)
