"""Follow-up from a day that the diary did not choose.

Where the dose is moved until a patient is better, the course ends on a good day, and the days after it fall
short of the patient's level by chance. Counted from the start of the course by the same number of days for
everybody, they do not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from outcomes.models.headache.chance.span import Span, days_in_window

__all__ = ["FixedDay", "fixed_day"]


@dataclass(frozen=True, slots=True)
class FixedDay:
    """Where everybody's follow-up begins.

    Parameters
    ----------
    gap : int, days
        Days from the baseline's end to the first day of the follow-up, both left out.
    differs : bool
        Courses were not equally long: periods counted from their end begin at a chosen moment.
    """

    gap: int
    differs: bool

    def values(self, recorded: pd.DataFrame, number: int, span: Span) -> pd.Series:
        """Return each patient's value in the `number`-th month from the fixed day."""
        first = self.gap + span.month * (number - 1)
        return days_in_window(recorded, first, first + span.month - 1, span)

    def lag(self, number: int, span: Span) -> int:
        """Return the days between the end of the baseline and the start of the `number`-th month."""
        return self.gap + span.month * (number - 1)


def fixed_day(recorded: pd.DataFrame, span: Span) -> FixedDay:
    """Return the day after the longest course, a month after its start at the latest."""
    after = recorded[recorded["day_after"].notna() & (recorded["day"] >= 0)]
    last = (after["day"] - after["day_after"]).to_numpy()
    if not len(last):
        return FixedDay(0, differs=False)
    gap = int(np.clip(last.max(), 0, span.month - 1)) + 1
    return FixedDay(gap, differs=bool(last.min() != last.max()))
