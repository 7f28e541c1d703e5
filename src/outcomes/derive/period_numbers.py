"""The numbers of periods without their texts: what models of single patients need of partitions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from outcomes.derive.periods import periods, with_every_name
from outcomes.derive.remember import from_each_part
from outcomes.derive.sets import SETS

if TYPE_CHECKING:
    from outcomes.schema.study_data import StudyData

__all__ = ["PartNumbers", "PeriodNumbers", "numbers_of_part", "period_numbers"]

#: Columns that are kept, by the type that they take: some 60 bytes a row, where a row of periods has 500.
KEPT = {
    "course": "int16",
    "period": "category",
    "period_number": "int8",
    "days_recorded": "int16",
    "days_with_event": "int16",
    "value": "float64",
    "baseline": "float64",
    "change": "float64",
    "percent_change": "float64",
    "set": pd.CategoricalDtype(list(SETS)),
}


@dataclass(frozen=True, slots=True, eq=False)
class PeriodNumbers:
    """Periods of the first course, the baseline as a row.

    Parameters
    ----------
    rows : DataFrame
        As `outcomes.periods` makes them, or some columns of these.
    ids : Series or None
        The patient whom each number in ``patient_id`` means, in the order of their identifiers; None where
        the rows name their patients themselves.
    """

    rows: pd.DataFrame
    ids: pd.Series | None = None

    @property
    def patients(self) -> pd.Series:
        """Each patient once."""
        return self.rows["patient_id"].drop_duplicates() if self.ids is None else self.ids

    def named(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return some of the rows with the identifiers of their patients."""
        if self.ids is None:
            return rows
        return rows.assign(patient_id=self.ids.take(rows["patient_id"].to_numpy()).array)

    @property
    def first_period(self) -> pd.DataFrame:
        """The rows of the first period after the first course, with identifiers."""
        rows = self.rows[self.rows["period_number"] > 0]
        first = rows[rows["period_number"] == rows["period_number"].min()]
        return self.named(first.assign(period=first["period"].cat.remove_unused_categories()))


@dataclass(frozen=True, slots=True, eq=False)
class PartNumbers:
    """The numbers of one partition: ``number`` in the rows is the place of their patient in `patients`."""

    rows: pd.DataFrame
    patients: pd.DataFrame


def numbers_of_part(study: StudyData) -> PartNumbers:
    """Return the numbers of one partition; periods have every category: those of all can be joined."""
    made = with_every_name(periods(study, baseline_as_row=True), study.rules)
    number, ids = pd.factorize(made["patient_id"])
    rows = made[[*KEPT]].astype({name: kind for name, kind in KEPT.items() if name != "period"})
    rows.insert(0, "number", number.astype(np.int32))
    return PartNumbers(rows, pd.DataFrame({"patient_id": ids}))


def period_numbers(study: StudyData) -> PeriodNumbers | None:
    """Return the numbers of all partitions, patient by patient; None for a study that is in one place."""
    parts = from_each_part(study, numbers_of_part)
    if parts is None:
        return None
    parts = [part for part in parts if len(part.rows)] or parts[:1]
    ids = pd.concat([part.patients["patient_id"] for part in parts], ignore_index=True)
    order = np.asarray(ids.array.argsort(kind="stable"))
    place = np.empty(len(ids), np.int32)
    place[order] = np.arange(len(ids), dtype=np.int32)
    begin = np.cumsum([0, *(len(part.patients) for part in parts[:-1])])
    who = np.concatenate(
        [place[part.rows["number"].to_numpy() + start] for start, part in zip(begin, parts, strict=True)]
    )
    rows = pd.concat([part.rows for part in parts], ignore_index=True).drop(columns="number")
    rows.insert(0, "patient_id", who)
    rows = rows.take(np.argsort(who, kind="stable")).reset_index(drop=True)
    named = pd.array([study.rules.endpoint], dtype="str").repeat(len(rows))
    rows = rows.assign(period=rows["period"].cat.remove_unused_categories(), endpoint=named)
    return PeriodNumbers(rows, ids.take(order).reset_index(drop=True))
