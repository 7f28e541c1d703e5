"""What a run knows of its study, derived once for all items of a checklist."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from outcomes.derive.courses import courses
from outcomes.derive.follow_up import follow_up
from outcomes.derive.periods import periods
from outcomes.errors import OutcomesError
from outcomes.estimate import estimate
from outcomes.results import Estimates
from outcomes.study import Study

__all__ = ["Fact", "Known"]


@dataclass(frozen=True, slots=True)
class Fact:
    """What can be said of an item, and where it is shown; `whole` when nothing has to be added."""

    text: str
    shown: str
    whole: bool = False


class Known:
    """A study with what several items need."""

    def __init__(self, study: Study) -> None:
        self.study = study

    @cached_property
    def courses(self) -> pd.DataFrame:
        """Courses of infusions."""
        return courses(self.study)

    @cached_property
    def treated(self) -> int:
        """Patients with a course."""
        return int(self.courses["patient_id"].nunique())

    @cached_property
    def first(self) -> pd.DataFrame:
        """The first period after the first course."""
        return periods(self.study).query("period_number == 1")

    @cached_property
    def follow_up(self) -> pd.DataFrame:
        """From when to when each patient was followed."""
        return follow_up(self.study)

    @cached_property
    def answer(self) -> Estimates | None:
        """The answer to the primary question; None where there is none."""
        try:
            return estimate(self.study)
        except OutcomesError:
            return None

    @cached_property
    def arms(self) -> list[str]:
        """Names of the arms."""
        return sorted(self.study.patients["arm"].dropna().unique())
