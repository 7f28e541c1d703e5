"""Which days are compared: the month, the baseline, and the lag of the follow-up behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import DataError
from outcomes.models.stats.input_frames import check_columns, check_yes_no

__all__ = ["Model", "Span", "days_in_window", "recorded_days"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Span:
    """Days of a month, days of the baseline, and fewest days recorded in either."""

    month: int
    baseline: int
    min_days: int


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """What predicts later days from the baseline, and how each patient moves its parameters.

    Parameters
    ----------
    method : str
        In words.
    ids : Index, (patients,)
        The patients whose baseline the model reads.
    expected : ndarray, (patients,)
        Days per month that chance alone would bring later.
    gradient, influence : ndarray, (patients, q)
        Slopes of `expected` by the q parameters; each patient's effect on them.
    facts : dict
        For the metadata of the result.
    notes : tuple of str
        What a reader has to know.
    reason : str
        Why there is no number; else empty.
    patients : int
        Patients behind the parameters.
    """

    method: str
    ids: pd.Index
    expected: Array
    gradient: Array
    influence: Array
    facts: dict[str, object]
    notes: tuple[str, ...] = ()
    reason: str = ""
    patients: int = 0


def recorded_days(days: pd.DataFrame, event: str) -> pd.DataFrame:
    """Return patient_id, day, event (and day_after where it is known) of the days that are recorded."""
    needed, hint = ["patient_id", "day", event], "make the frame with oc.days(study)"
    check_columns("days", days, needed, numbers=["day"], hint=hint)
    check_yes_no("days", days, event)
    kept = [*dict.fromkeys(needed), *(["day_after"] if "day_after" in days else [])]
    known = days.loc[days["day"].notna() & days[event].notna(), kept]
    if known.loc[known["day"] < 0].duplicated(["patient_id", "day"]).any():
        raise DataError("a patient has two rows for one day", hint="choose one course of oc.days(study)")
    known = known.sort_values(["patient_id", "day"], kind="stable")
    after = known["day_after"] if "day_after" in known else pd.Series(np.nan, index=known.index)
    return pd.DataFrame(
        {
            "patient_id": known["patient_id"].to_numpy(),
            "day": known["day"].astype(np.int64).to_numpy(),
            "event": known[event].astype(bool).to_numpy(),
            "day_after": after.astype("float64").to_numpy(),
        }
    )


def days_in_window(recorded: pd.DataFrame, first: int, last: int, span: Span) -> pd.Series:
    """Return days with the event per month of each patient with enough days from `first` to `last`."""
    day = recorded["day"].to_numpy()
    inside = (day >= first) & (day <= last)
    codes, ids = pd.factorize(recorded["patient_id"][inside])  # in the order of patients, as they are sorted
    size = np.bincount(codes + 1, minlength=len(ids) + 1)[1:]
    events = np.bincount(codes + 1, recorded["event"].to_numpy()[inside], minlength=len(ids) + 1)[1:]
    enough = size >= span.min_days
    values = events[enough] / size[enough] * span.month
    return pd.Series(values, index=pd.Index(ids[enough], name="patient_id"), name="event")
