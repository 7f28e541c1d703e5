"""Attacks: runs of migraine days with less than 24 hours between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.derive.clock import day_numbers
from outcomes.derive.days import days as derive_days

if TYPE_CHECKING:
    from outcomes.schema.study_data import StudyData

__all__ = ["attacks", "attacks_of"]


def attacks(study: StudyData) -> pd.DataFrame:
    """Return the attacks of each patient.

    Parameters
    ----------
    study : Study
        A checked study.

    Returns
    -------
    DataFrame
        One row per attack: patient_id, attack (1, 2, ... per patient), course (of its first day),
        first_date, last_date, days, start_seen and end_seen.

    Notes
    -----
    A diary records days, not hours: two migraine days on consecutive dates have less than 24 h between
    them and are one attack, so an attack over midnight counts on each day that it touches and is one
    attack. A day that is not recorded, or that cannot be determined, ends an attack; start_seen or
    end_seen is then False: the neighbouring day is not known to be free of migraine.
    """
    return attacks_of(derive_days(study))


def attacks_of(days: pd.DataFrame) -> pd.DataFrame:
    """Return `attacks` from the days frame."""
    rows = days.sort_values(["patient_id", "date"], ignore_index=True)
    patient, date = pd.factorize(rows["patient_id"])[0], day_numbers(rows["date"])
    migraine = rows["migraine"].astype("boolean")
    yes = migraine.eq(True).to_numpy(dtype=bool, na_value=False)
    free = migraine.eq(False).to_numpy(dtype=bool, na_value=False)
    follows = _next_day(patient, date)
    before_yes, before_free = _shifted(yes, follows), _shifted(free, follows)
    # Seen from the row after: the same links, read backwards.
    after_yes, after_free = (np.append(flags[1:] & follows[1:], False)[: len(rows)] for flags in (yes, free))
    first = np.flatnonzero(yes & ~before_yes)
    last = np.flatnonzero(yes & ~after_yes)
    frame = rows.loc[first, ["patient_id", "course", "date"]].reset_index(drop=True)
    frame = frame.rename(columns={"date": "first_date"})
    frame["last_date"] = rows["date"].to_numpy()[last]
    frame["days"] = last - first + 1
    frame["start_seen"], frame["end_seen"] = before_free[first], after_free[last]
    frame.insert(1, "attack", frame.groupby("patient_id", sort=False).cumcount() + 1)
    return frame


def _next_day(patient: NDArray[np.int64], date: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say for each row whether the row before is the same patient's day before."""
    follows = np.zeros(len(patient), dtype=bool)
    follows[1:] = (patient[1:] == patient[:-1]) & (date[1:] - date[:-1] == 1)
    return follows


def _shifted(flags: NDArray[np.bool_], follows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return what the day before was, False where it is not there."""
    return np.asarray(np.append(False, flags)[: len(flags)] & follows)
