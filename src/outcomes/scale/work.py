"""What is asked of one partition, and what it gives back: sums, and rows of periods, sessions and events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.derive.exposure import exposure
from outcomes.derive.flow import flow
from outcomes.derive.follow_up import follow_up
from outcomes.derive.periods import periods, periods_under, with_every_name
from outcomes.derive.remember import together
from outcomes.models.mmrm import mmrm
from outcomes.models.mmrm.products import Products
from outcomes.scale.data_set import Manifest
from outcomes.scale.read_part import Asked, read_part
from outcomes.schema.findings import FINDING_COLUMNS
from outcomes.study import Study
from outcomes.study.part import PartFacts, facts_of, patients_of

__all__ = ["MODEL", "SMALL", "Checks", "Task", "Work", "task"]

#: Tables whose accepted rows come to the driver: a few for each patient.
SMALL = ("patients", "sessions", "adverse_events", "assessments", "laboratory")
#: The mixed model of all periods, the baseline among them.
MODEL = "value ~ period"
#: What is asked: a name of `MAKERS`, or a function of a module; and its options.
Task = tuple[str | Callable[..., Any], tuple[tuple[str, Any], ...]]


def task(asked: str | Callable[..., Any], **options: Any) -> Task:
    """Return what is asked, as a key."""
    return asked, tuple(sorted(options.items()))


@dataclass(frozen=True, slots=True, eq=False)
class Checks:
    """What the checks left of one partition.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Accepted rows of the small tables.
    flow, cells, findings : DataFrame
        As those of a study; of the findings one row per rule, column and message, with their number.
    facts : PartFacts
        What decides about whole tables and columns.
    patients : ndarray of uint64
        A hash of each patient: no patient may be in two partitions.
    last_day : Timestamp
        The last diary date that is used; missing without any.
    substances : frozenset of str
        Those that its sessions name; of the whole study, where that was told.
    """

    tables: Mapping[str, pd.DataFrame]
    flow: pd.DataFrame
    cells: pd.DataFrame
    findings: pd.DataFrame
    facts: PartFacts
    patients: NDArray[np.uint64]
    last_day: pd.Timestamp
    substances: frozenset[str]


@dataclass(frozen=True, slots=True)
class Work:
    """The same questions to every partition: a function of its number that can be sent to another machine."""

    dataset: Path
    manifest: Manifest
    asked: Asked
    tasks: tuple[Task, ...]

    def __call__(self, number: int) -> dict[Task, Any]:
        """Return the answers of one partition."""
        study = read_part(self.dataset, self.manifest, number, self.asked)
        return {key: _maker(key[0])(study, **dict(key[1])) for key in self.tasks}


def _maker(asked: str | Callable[..., Any]) -> Callable[..., Any]:
    return MAKERS[asked] if isinstance(asked, str) else asked


def _checks(study: Study) -> Checks:
    return Checks(
        tables={name: study.table(name) for name in SMALL if name in study.given},
        flow=study.flow,
        cells=study.cells,
        findings=one_row_a_rule([study.findings]),
        facts=facts_of(study),
        patients=np.asarray(
            pd.util.hash_array(patients_of(study).to_numpy(dtype=object), categorize=False), np.uint64
        ),
        last_day=study.diary["date"].max(),
        substances=study.substances,
    )


def one_row_a_rule(findings: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return findings added up by rule, column and message: how many, and where the first stands."""
    rows = together(list(findings))
    same = ["table", "column", "rule", "severity", "cost", "message"]
    rows = rows.sort_values(["file", "row"], kind="stable", na_position="first")
    groups = rows.groupby(same, sort=False, dropna=False)
    first = groups[["file", "row", "line", "raw"]].nth(0)
    found = rows.loc[first.index, list(FINDING_COLUMNS)].assign(raw=None)
    return found.assign(count=groups["count"].transform("sum").loc[first.index]).reset_index(drop=True)


def _periods(study: Study, rules: tuple[tuple[str, Any], ...] = (), **options: Any) -> pd.DataFrame:
    return periods_under(study, study.rules.model_copy(update=dict(rules)), **options)


def _products(study: Study) -> Products:
    """Return the cross products of the mixed model; the visits are all that there can be."""
    rows = with_every_name(periods(study, baseline_as_row=True), study.rules)
    return mmrm.products(MODEL, rows, subject="patient_id", visit="period")


MAKERS: dict[str, Callable[..., Any]] = {
    "checks": _checks,
    "exposure": exposure,
    "follow_up": follow_up,
    "flow": flow,
    "periods": _periods,
    "products": _products,
}
