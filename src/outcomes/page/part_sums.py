"""What the page needs of a study's periods, as sums: of a study in partitions no row comes to the page."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from outcomes.derive.periods import periods, with_every_name
from outcomes.derive.remember import from_each_part
from outcomes.models.headache.change_sums import ChangeSums, add_changes, change_sums
from outcomes.models.headache.responders import ResponderCounts, add_responders, responder_counts
from outcomes.study import Study

__all__ = ["PageSums", "page_sums", "sums_of_part"]


@dataclass(frozen=True, slots=True, eq=False)
class PageSums:
    """Sums over the periods of the first course, the baseline among them.

    Parameters
    ----------
    change : ChangeSums
        Of the mean changes.
    responders : ResponderCounts
        Of the responders.
    recorded, possible : int
        Days that were recorded, and that could be.
    """

    change: ChangeSums
    responders: ResponderCounts
    recorded: int
    possible: int

    @property
    def first_changes(self) -> tuple[str, pd.Series] | None:
        """The first period in which somebody has a change, and the changes; None without any."""
        row = self.change.row
        if not len(row):
            return None
        first = row.min()
        return str(self.change.frame["period"].iloc[first]), pd.Series(self.change.change[row == first])


def sums_of_part(study: Study) -> PageSums:
    """Return the sums of one partition; periods have every category, so that the sums of all can be added."""
    rows = with_every_name(periods(study, baseline_as_row=True), study.rules)
    recorded, possible = (int(rows[name].sum()) for name in ("days_recorded", "days_possible"))
    return PageSums(change_sums(rows)[0], responder_counts(rows)[0], recorded, possible)


def page_sums(study: Study) -> PageSums | None:
    """Return the sums over all partitions of a study; None for one that is in one place."""
    parts = from_each_part(study, sums_of_part)
    if parts is None:
        return None
    some = [part for part in parts if len(part.change.frame)] or parts[:1]
    return PageSums(
        add_changes([part.change for part in some]),
        add_responders([part.responders for part in some]),
        sum(part.recorded for part in parts),
        sum(part.possible for part in parts),
    )
