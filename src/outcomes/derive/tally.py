"""Counts of each window: entries, events, days that cannot be determined, and sums."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.derive.clock import day_numbers
from outcomes.derive.windows import Windows, cell_of_days
from outcomes.schema.look_up import coded

__all__ = ["DAY_ENDPOINTS", "ENDPOINTS", "Tally", "cells", "tally"]

#: Endpoint that counts days -> column of the days frame.
DAY_ENDPOINTS = {
    "headache_days": "headache",
    "moderate_severe_days": "moderate_severe",
    "migraine_days": "migraine",
    "acute_medication_days": "acute_medication",
}
ENDPOINTS = (*DAY_ENDPOINTS, "headache_hours", "mean_pain")


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Counts of one endpoint, each of shape (courses, periods + 1).

    Parameters
    ----------
    recorded : ndarray of float64
        Days whose endpoint is known.
    unclear : ndarray of float64
        Days with an entry whose endpoint cannot be determined.
    reported : ndarray of float64
        Days of headache as the diary reports it.
    events : ndarray of float64
        Days with event; for hours and pain the headache days that they were recorded on.
    total : ndarray of float64
        What is summed: events, hours or pain.
    """

    recorded: NDArray[np.float64]
    unclear: NDArray[np.float64]
    reported: NDArray[np.float64]
    events: NDArray[np.float64]
    total: NDArray[np.float64]


def cells(
    days: pd.DataFrame, courses: pd.DataFrame, layout: Windows, month_days: int
) -> list[NDArray[np.int64]]:
    """Return for each course number the flat window of each day, -1 outside.

    A day may lie in a window of more than one course (after one, before the next), so there is one array
    a course number; inside one array each day has one place at most.
    """
    patient, ids = coded(days["patient_id"])
    owner = pd.Index(ids).get_indexer(courses["patient_id"])
    number = courses["course"].to_numpy(dtype=np.int64)
    day = day_numbers(days["date"])
    found = []
    for course in np.unique(number):
        rows = np.flatnonzero((number == course) & (owner >= 0))
        row_of = np.full(len(ids), -1, dtype=np.int64)
        row_of[owner[rows]] = rows
        found.append(cell_of_days(row_of[patient], day, layout, month_days))
    return found


def tally(
    days: pd.DataFrame, endpoint: str, places: list[NDArray[np.int64]], shape: tuple[int, int]
) -> Tally:
    """Count one endpoint, or one yes/no column of the days frame, in every window."""
    reported = _flags(days["headache_reported"])
    event, total = _answers(days, endpoint)
    # On a day without an answer about headache nothing is known of the endpoint.
    entry = ~np.isnan(reported)
    known = entry & ~np.isnan(total)
    counts = {
        "recorded": known,
        "unclear": entry & ~known,
        "reported": reported == 1,
        "events": known & (event == 1),
        "total": np.where(known, total, 0.0),
    }
    return Tally(**{name: _sums(weights, places, shape) for name, weights in counts.items()})


def _answers(days: pd.DataFrame, endpoint: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return whether each day has the event, and what is summed; NaN sums where that is not known."""
    if endpoint == "headache_hours":
        return _flags(days["headache_reported"]), days["hours"].to_numpy(dtype=float)
    if endpoint == "mean_pain":
        headache = _flags(days["headache"])
        pain = np.where(headache == 1, days["pain"].to_numpy(dtype=float), np.nan)
        # A day that is no headache day has no pain to average, and is recorded all the same.
        return headache, np.where(headache == 0, 0.0, pain)
    flags = _flags(days[DAY_ENDPOINTS.get(endpoint, endpoint)])
    return flags, flags


def _flags(column: pd.Series) -> NDArray[np.float64]:
    """Return a nullable boolean column as 1, 0, NaN."""
    return np.asarray(column.array.to_numpy(dtype=float, na_value=np.nan))


def _sums(
    weights: NDArray[np.generic], places: list[NDArray[np.int64]], shape: tuple[int, int]
) -> NDArray[np.float64]:
    """Add the weights of the days of each window."""
    total = np.zeros(shape[0] * shape[1] + 1)
    for place in places:
        # Position 0 takes the days outside every window.
        total += np.bincount(place + 1, weights=weights, minlength=len(total))
    return total[1:].reshape(shape)
