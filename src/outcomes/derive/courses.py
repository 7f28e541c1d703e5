"""Courses: runs of sessions, or the index date of a patient without sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from outcomes.derive.clock import FAR, day_numbers, last_day
from outcomes.derive.exposure import exposure
from outcomes.derive.remember import once
from outcomes.schema.look_up import known_keys

if TYPE_CHECKING:
    from outcomes.schema.study_data import StudyData

__all__ = ["courses", "courses_of"]

COLUMNS = [
    "patient_id",
    "course",
    "course_start",
    "course_end",
    "sessions",
    "setting",
    "infusion_hours",
    "dose_mg",
    "dose_mg_per_kg",
    "dose_substance",
    "next_course_start",
    "anchor",
]


def courses(study: StudyData) -> pd.DataFrame:
    """Return the courses of each patient: sessions with at most ``course_gap_days`` days between.

    Parameters
    ----------
    study : Study
        A checked study.

    Returns
    -------
    DataFrame
        One row per course, by patient: course (1, 2, ...), course_start and course_end (local dates of the
        first infusion's start and the last infusion's end), sessions (rows of the sessions table),
        setting (``mixed`` for several), infusion_hours (h), dose_mg, dose_mg_per_kg (missing when a
        session's is missing), dose_substance (in whose milligrams), next_course_start, anchor
        (``infusion`` or ``index_date``).

    Notes
    -----
    A patient without sessions and with an index date has one course that starts and ends on that
    date: the index date is day 0. Sessions win over an index date.
    """
    return once(
        study,
        "courses",
        lambda: courses_of(exposure(study), study.patients, timezone=study.timezone, cutoff=study.cutoff),
    )


def courses_of(
    exposure: pd.DataFrame, patients: pd.DataFrame, *, timezone: str, cutoff: pd.Timestamp | None = None
) -> pd.DataFrame:
    """Return `courses` from the exposure frame and the patients table."""
    infused = _infusion_courses(exposure)
    indexed = _index_courses(patients, infused, last_day(cutoff, timezone))
    parts = [part for part in (infused, indexed) if len(part)] or [infused]
    frame = pd.concat(parts, ignore_index=True)
    order = np.argsort(frame["course"].to_numpy(), kind="stable")
    # texts are sorted alone: with a second key each would get a number first
    order = order[frame["patient_id"].array.take(order).argsort(kind="stable")]
    frame = frame.take(order).reset_index(drop=True)
    who = frame["patient_id"].array
    again = np.append(np.asarray(who[1:] == who[:-1], dtype=bool), False)[: len(who)]
    return frame.assign(next_course_start=frame["course_start"].shift(-1).where(again))[COLUMNS]


def _infusion_courses(exposure: pd.DataFrame) -> pd.DataFrame:
    """Add up the sessions of each course."""
    # A sum over a missing dose or duration is missing, not the sum of the rest.
    sums = {name: exposure[name].fillna(np.inf) for name in ("hours", "dose_mg", "dose_mg_per_kg")}
    groups = exposure.assign(**sums).groupby(["patient_id", "course"], sort=False)
    frame = groups.agg(
        course_start=("start_date", "min"),
        course_end=("end_date", "max"),
        sessions=("session_id", "size"),
        setting=("setting", "first"),
        settings=("setting", "nunique"),
        infusion_hours=("hours", "sum"),
        dose_mg=("dose_mg", "sum"),
        dose_mg_per_kg=("dose_mg_per_kg", "sum"),
        dose_substance=("dose_substance", "first"),
    ).reset_index()
    totals = ["infusion_hours", "dose_mg", "dose_mg_per_kg"]
    frame[totals] = frame[totals].mask(np.isinf(frame[totals].to_numpy(dtype=float)))
    frame["setting"] = frame["setting"].astype("str").mask(frame.pop("settings") > 1, "mixed")
    return frame.assign(anchor=pd.Series("infusion", index=frame.index, dtype="str"))


def _index_courses(patients: pd.DataFrame, infused: pd.DataFrame, last: int) -> pd.DataFrame:
    """Return one course for each patient who has an index date and no session."""
    eligible = patients["index_date"].notna() & (day_numbers(patients["index_date"], missing=FAR + 1) <= last)
    rows = patients[eligible & ~known_keys(patients["patient_id"], infused["patient_id"])]
    frame = pd.DataFrame({"patient_id": rows["patient_id"], "course": 1}, index=rows.index)
    frame = frame.assign(course_start=rows["index_date"], course_end=rows["index_date"], sessions=0)
    frame["setting"] = pd.Series(np.nan, index=rows.index, dtype="str")
    frame[["infusion_hours", "dose_mg", "dose_mg_per_kg"]] = np.nan
    told = {"anchor": "index_date", "dose_substance": ""}
    return frame.assign(
        **{name: pd.Series(text, index=rows.index, dtype="str") for name, text in told.items()}
    )
