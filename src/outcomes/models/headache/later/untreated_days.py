"""The days of each patient until the next course, as the model of hidden levels takes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.models.stats.kernels.hidden_levels import WEEK, Weeks, design_effect
from outcomes.models.stats.kernels.level_return import Diaries, carry_over
from outcomes.models.stats.kernels.next_course import Courses, bands

__all__ = ["UntreatedDays", "next_course_day", "untreated_days"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]
#: Days before treatment that say a patient's level, and days after it that say how a day carries over.
BASELINE = FIRST_DAYS = 28


@dataclass(frozen=True, slots=True, eq=False)
class UntreatedDays:
    """Days of n patients from the baseline to the next course.

    after (n, days): answers after treatment, NaN where not recorded. events_before, days_before (n, 4): by
    week of the baseline. again (n,): day of the next course, 1 for the first day; infinite without one.
    """

    after: Array
    events_before: Array
    days_before: Array
    again: Array

    @property
    def start(self) -> Index:
        """The day after the last recorded one, 0 for the first."""
        seen = ~np.isnan(self.after)
        width = self.after.shape[1]
        return np.where(seen.any(axis=1), width - seen[:, ::-1].argmax(axis=1), 0).astype(np.intp)

    @property
    def weeks(self) -> Weeks:
        """The days by week, with what became of the next course."""
        n, width = self.after.shape
        padded = np.full((n, -(-width // WEEK) * WEEK), np.nan)
        padded[:, :width] = self.after
        by_week = padded.reshape(n, -1, WEEK)
        recorded = (~np.isnan(by_week)).sum(axis=2).astype(np.float64)
        events, known = np.nan_to_num(self.after) > 0, ~np.isnan(self.after)
        before = self.events_before.sum(axis=1), self.days_before.sum(axis=1)
        carry = carry_over(Diaries(events, known, *before), 1, FIRST_DAYS)
        base = np.maximum(before[0], 0.5) / np.maximum(before[1], 1)
        band = bands(events, known, base, self.again, by_week.shape[1])
        again = self.again <= width
        last = np.where(again, self.again, self.start)
        end = np.ceil(last / WEEK).astype(np.intp)
        return Weeks(
            self.events_before,
            self.days_before,
            np.nansum(by_week, axis=2),
            recorded,
            Courses(band, end, again),
            design_effect(carry),
        )


def next_course_day(periods: pd.DataFrame, ids: pd.Index, month: int) -> Array:
    """Return the day after the first course on which each patient's next one began; infinite without one."""
    cut = periods[periods["cut_by"].eq("next_course").to_numpy(dtype=bool)]
    possible = cut["days_possible"].to_numpy(dtype=np.float64, na_value=np.nan)
    day = (cut["period_number"].to_numpy(dtype=np.float64) - 1) * month + possible + 1
    first = pd.Series(day, index=cut["patient_id"].to_numpy()).groupby(level=0).min()
    return np.asarray(first.reindex(ids).fillna(np.inf).to_numpy(dtype=np.float64))


def untreated_days(
    ids: pd.Index, days: pd.DataFrame, event: str, column: str, again: Array, width: int
) -> UntreatedDays:
    """Return the days of the first course of patients `ids`, before it and up to `width` days after it."""
    known = days[days["course"].eq(1).fillna(False).to_numpy(dtype=bool) & days[event].notna().to_numpy()]
    row = ids.get_indexer(known["patient_id"])
    hit = known[event].to_numpy(dtype=np.float64)
    number = known[column].to_numpy(dtype=np.float64, na_value=np.nan)
    inside = (row >= 0) & (number >= 1) & (number <= width)
    after = np.full((len(ids), width), np.nan)
    after[row[inside], number[inside].astype(np.int64) - 1] = hit[inside]
    day = known["day"].to_numpy(dtype=np.float64, na_value=np.nan)
    before = (row >= 0) & (day < 0) & (day >= -BASELINE)
    week = np.where(before, np.floor((-1 - day) / WEEK), 0).astype(np.int64)
    weeks = BASELINE // WEEK
    events, recorded = np.zeros((len(ids), weeks)), np.zeros((len(ids), weeks))
    # the week just before treatment is the last
    np.add.at(events, (row[before], weeks - 1 - week[before]), hit[before])
    np.add.at(recorded, (row[before], weeks - 1 - week[before]), 1.0)
    return UntreatedDays(after, events, recorded, again)
