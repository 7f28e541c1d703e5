"""A part of a study: some patients with all their rows; what it tells of whole tables adds up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from outcomes.schema.declared import Unread
from outcomes.schema.findings import Received
from outcomes.schema.likeness import Likeness
from outcomes.schema.usable import Meeting, meeting_of
from outcomes.study.settings import Settings, Whole
from outcomes.study.study import Study

__all__ = ["PartFacts", "facts_of", "part_of", "patients_of"]


@dataclass(frozen=True, slots=True, eq=False)
class PartFacts:
    """What decides about whole tables and columns; parts add up."""

    unread: Mapping[tuple[str, str], Unread]
    likeness: Likeness
    meeting: Meeting

    def __add__(self, other: PartFacts) -> PartFacts:
        """Return the facts of both parts."""
        unread = dict(self.unread)
        for key, cells in other.unread.items():
            unread[key] = unread[key] + cells if key in unread else cells
        return PartFacts(unread, self.likeness + other.likeness, self.meeting + other.meeting)


def part_of(received: Mapping[str, Received], settings: Settings, whole: Whole) -> Study:
    """Return the study of some patients of a larger one, checked as a part of it."""
    return Study._made_of(received, settings, whole)


def facts_of(study: Study) -> PartFacts:
    """Return what a study, or a part of one, tells of its tables as a whole."""
    checked, received = study._checked, study._received
    return PartFacts(checked.unread, checked.likeness, meeting_of(received))


def patients_of(study: Study) -> pd.Series:
    """Return every identifier of a patient that the tables hold, also those of rejected rows."""
    frames = [table.frame for table in study._received.values()]
    ids = [frame["patient_id"].dropna() for frame in frames if "patient_id" in frame]
    return pd.concat(ids).drop_duplicates()
