"""The analysis of a partitioned data set: the functions of one machine, on sums and period rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TypeVar, cast

import pandas as pd

from outcomes.derive.courses import courses
from outcomes.derive.emergent import emergent
from outcomes.derive.estimand_periods import rows_asked, rows_of_part
from outcomes.derive.flow import flow
from outcomes.derive.follow_up import follow_up
from outcomes.derive.periods import periods
from outcomes.errors import named_path
from outcomes.estimate import estimate
from outcomes.models.harm.incidence import incidence
from outcomes.models.harm.mean_cumulative import mean_cumulative
from outcomes.models.harm.rates import rates
from outcomes.models.headache.means import means
from outcomes.models.mmrm import MMRMResult, Products
from outcomes.results import Estimates
from outcomes.results.carried import carried
from outcomes.scale.parted_study import PartedStudy
from outcomes.scale.read_part import Asked
from outcomes.scale.work import Task, task
from outcomes.study import Study

__all__ = ["FIRST_PERIODS", "NOT_MADE", "Analysis", "other_strategies", "parted"]

R = TypeVar("R")

#: The periods of the first course, the baseline as a row.
FIRST_PERIODS = (task("periods", endpoint=None, baseline_as_row=True, course="first", rules=()),)

#: What needs the days of all patients in one place, and is not made from partitions.
NOT_MADE = {
    "days": "one row per patient-day stays in its partition",
    "still_better": "how long it lasts is found day by day",
    "later_periods": "as if nobody had been treated again is a model of single days",
    "one_patient": "read the study of that patient",
    "titration": "the pump's log stays in its partition; doses are in the exposure",
}


@dataclass(frozen=True, eq=False)
class Analysis:
    """The results of a partitioned data set; each is made when it is first asked for.

    Parameters
    ----------
    study : Study
        What every function of this package takes: its small tables, checks and settings. `oc.periods`,
        `oc.estimate`, `oc.flow` and the rest take it; what needs single days is refused, and `not_made` says
        what that is.
    """

    study: PartedStudy

    @property
    def not_made(self) -> Mapping[str, str]:
        """What cannot be made from partitions, and why."""
        return dict(NOT_MADE)

    @cached_property
    def periods(self) -> pd.DataFrame:
        """Periods of the first course, the baseline as a row; see `oc.periods`."""
        return periods(self.study, baseline_as_row=True)

    @cached_property
    def flow(self) -> pd.DataFrame:
        """Patients at each step; see `oc.flow`."""
        return flow(self.study)

    @cached_property
    def estimand(self) -> Estimates:
        """The answer to the primary question; see `oc.estimate`."""
        return self._said(estimate(self.study))

    @cached_property
    def means(self) -> Estimates:
        """Mean per period; see `oc.means`."""
        return self._said(means(self.periods))

    @cached_property
    def products(self) -> Products:
        """Cross products of the mixed model of all periods, added over the partitions."""
        found: Products = self.study.from_parts("products")
        return found

    @cached_property
    def mixed(self) -> MMRMResult:
        """The mixed model of all periods, fitted to the cross products."""
        found: MMRMResult = self.products.fit()
        return self._said(found)

    @cached_property
    def events(self) -> pd.DataFrame:
        """Adverse events with emergence and attribution; see `oc.emergent`."""
        return emergent(self.study)

    @cached_property
    def incidence(self) -> Estimates:
        """Treated patients with an emergent event, by group; see `oc.incidence`."""
        treated = courses(self.study)[["patient_id"]].drop_duplicates(ignore_index=True)
        return self._said(incidence(self._emergent, treated, by="group", unknown="note"))

    @cached_property
    def rates(self) -> Estimates:
        """Emergent events per 100 patient-years of follow-up, by group; see `oc.rates`."""
        followed = follow_up(self.study)
        return self._said(rates(self._emergent, followed, by="group", unit="years", unknown="note"))

    @cached_property
    def mean_cumulative(self) -> Estimates:
        """Mean emergent events per patient by months of follow-up; see `oc.mean_cumulative`."""
        followed = follow_up(self.study)
        known = self._emergent[self._emergent["patient_id"].isin(followed["patient_id"])]
        return self._said(mean_cumulative(known, followed, by="months", at=range(1, 13)))

    def _said(self, result: R) -> R:
        """Return a result that says what its study says of columns that are declared wrongly."""
        words = self.study.declared_wrongly
        return cast("R", carried(result, words)) if words else result

    @cached_property
    def _emergent(self) -> pd.DataFrame:
        return self.events[self.events["emergent"]].reset_index(drop=True)


def other_strategies(study: Study) -> tuple[Task, ...]:
    """Return what the primary question needs under the strategies for a next course that are not its own."""
    own = rows_asked(study.estimand)
    asked = (
        rows_asked(study.estimand.model_copy(update={"next_course": name}))
        for name in ("while_untreated", "treatment_policy")
    )
    return tuple(task(rows_of_part, **one) for one in asked if one != own)


def parted(
    dataset: str | Path,
    scheduler: str | None,
    more: Callable[[Study], tuple[Task, ...]],
    *,
    as_of: str | date | pd.Timestamp | None = None,
    rules: Mapping[str, object] | None = None,
) -> PartedStudy:
    """Return the study of a partitioned data set.

    The first pass over its partitions also makes what `more` says of the study, of which only the settings
    are known then.
    """
    folder = named_path("dataset", dataset, hint="the folder that `outcomes partition` wrote").resolve()
    always = (task("flow", endpoint=None), task("products"))
    return PartedStudy(folder, scheduler, Asked(as_of, rules), lambda study: (*always, *more(study)))
