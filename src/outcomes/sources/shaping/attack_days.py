"""Attacks as days: which days each touches, and its hours on them without overlap."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["DAY", "attack_days", "days_without", "hours_of_days"]

DAY = pd.Timedelta(days=1)


def attack_days(attacks: pd.DataFrame) -> pd.DataFrame:
    """Return one row per attack and day that it touches.

    Parameters
    ----------
    attacks : DataFrame
        Columns row, patient_id, start, end (missing: only the first day is known) and timed: whether both
        ends have a time of day.

    Returns
    -------
    DataFrame
        Columns row, patient_id, date, begin and finish (on that day) and timed, by patient, date and begin.
        An attack that ends at midnight does not touch the day that begins then.

    Examples
    --------
    >>> times = pd.to_datetime(["2025-05-06 22:40", "2025-05-07 01:20"])
    >>> one = pd.DataFrame({"row": [0], "patient_id": ["A"], "start": times[:1], "end": times[1:]})
    >>> attack_days(one.assign(timed=True))["date"].dt.day.tolist()
    [6, 7]
    """
    first = attacks["start"].dt.normalize()
    end = attacks["end"].fillna(attacks["start"])
    last = end.dt.normalize()
    at_midnight = attacks["timed"] & (end == last) & (last > first)
    count = ((last - first) // DAY + 1 - at_midnight).to_numpy(dtype=np.intp)
    places = np.repeat(np.arange(len(attacks)), count)
    pieces = attacks.iloc[places].reset_index(drop=True)
    number = np.arange(len(places)) - np.repeat(np.cumsum(count) - count, count)
    pieces["date"] = first.to_numpy()[places] + number * DAY.to_timedelta64()
    pieces["begin"] = np.maximum(pieces["start"], pieces["date"])
    pieces["finish"] = np.minimum(pieces["end"], pieces["date"] + DAY)
    # the begin is within the date, and two keys of whole numbers sort several times faster than three columns
    patient = pd.factorize(pieces["patient_id"], sort=True)[0]
    order = np.lexsort((pieces["begin"].to_numpy().astype("int64"), patient))
    return pieces.drop(columns=["start", "end"]).take(order).reset_index(drop=True)


def hours_of_days(pieces: pd.DataFrame, key: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the hours with headache of each day, overlap counted once; missing where one is not known.

    Parameters
    ----------
    pieces : DataFrame
        From `attack_days`.
    key : ndarray of int
        Number of the day of each row, from 0 without gaps, in the rows' order.
    """
    group = pieces.groupby(key, sort=True)
    reached = group["finish"].cummax().groupby(key).shift()
    begin = np.maximum(pieces["begin"], reached.fillna(pieces["begin"]))
    added = ((pieces["finish"] - begin).dt.total_seconds() / 3600).clip(lower=0)
    known = (pieces["timed"] & pieces["finish"].notna()).groupby(key).all()
    hours: NDArray[np.float64] = added.groupby(key).sum().where(known).to_numpy(dtype=np.float64)
    return hours


def days_without(
    days: pd.DataFrame, first: pd.Timestamp | None = None, last: pd.Timestamp | None = None
) -> pd.DataFrame:
    """Return patient_id and date of the days of the active window that no attack touches.

    Parameters
    ----------
    days : DataFrame
        Columns patient_id and date of the days with an attack.
    first, last : Timestamp, optional
        The window; by default from each patient's first to the last such day.
    """
    window = days.groupby("patient_id")["date"].agg(["min", "max"])
    begin = window["min"] if first is None else pd.Series(first, index=window.index)
    close = window["max"] if last is None else pd.Series(last, index=window.index)
    count = ((close - begin) // DAY + 1).clip(lower=0).to_numpy(dtype=np.intp)
    number = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    every = pd.DataFrame(
        {
            "patient_id": window.index.repeat(count),
            "date": begin.to_numpy().repeat(count) + number * DAY.to_timedelta64(),
        }
    )
    found = every.merge(days[["patient_id", "date"]], how="left", indicator=True)
    return found.loc[found["_merge"].eq("left_only"), ["patient_id", "date"]].reset_index(drop=True)
