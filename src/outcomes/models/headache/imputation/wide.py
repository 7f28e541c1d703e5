"""Patients by visits, with what the imputation model adjusts for, and why there may be none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import DataError, name_rows, one_of, plural
from outcomes.models.headache.imputation.imputations import Imputations, no_spread, standardised
from outcomes.models.headache.period_rows import MAKE, NUMBERS
from outcomes.models.stats.input_frames import check_columns
from outcomes.models.stats.kernels.conditioning import independent
from outcomes.models.stats.kernels.normal_draws import Panel

__all__ = ["CELL", "Wide", "wide_of"]

Array = NDArray[np.float64]

#: What names a row.
CELL = ["patient_id", "period"]


@dataclass(frozen=True, slots=True, eq=False)
class Wide:
    """Patients x visits, arms with the reference first, and why nothing can be imputed."""

    y: Array
    baseline: Array
    arm_code: NDArray[np.intp]
    arms: tuple[str, ...]
    base: str | None
    other: Array
    visits: tuple[Any, ...]
    left_out: tuple[Any, ...]
    unrecorded: NDArray[np.bool_]
    ids: pd.Index
    notes: tuple[str, ...]
    reason: str

    @property
    def panel(self) -> Panel:
        """Values and covariates as the imputation model takes them."""
        return Panel(self.y, _crossed(self.baseline, self.arm_code, self.arm_code), self.other)

    @property
    def reference_covariates(self) -> Array:
        """Covariates of the visits as if every patient were of the reference arm."""
        return _crossed(self.baseline, self.arm_code, np.zeros_like(self.arm_code))

    def result(self, about: str, completed: Array, status: str) -> Imputations:
        """Return completed data sets with what they were made from."""
        return Imputations(
            completed=completed,
            observed=self.y,
            baseline=self.baseline,
            covariates=self.other,
            arm_code=self.arm_code,
            arms=self.arms,
            visits=self.visits,
            left_out=self.left_out,
            unrecorded=self.unrecorded,
            subjects=self.ids,
            method=about,
            notes=self.notes,
            status=status,
        )


def _crossed(baseline: Array, own: NDArray[np.intp], code: NDArray[np.intp]) -> Array:
    """Return what acts at every visit on its own: 1, the baseline where it varies, and the arms of `code`."""
    dummies = (code[:, None] == np.arange(1, own.max(initial=0) + 1)).astype(np.float64)
    adjusted = [] if no_spread(baseline, own) else [standardised(baseline)]
    return np.column_stack([np.ones(len(code)), *adjusted, dummies])


def wide_of(data: pd.DataFrame, arm: str | None, covariates: tuple[str, ...], reference: str | None) -> Wide:
    """Return patients by visits, and the reason where nothing can be imputed."""
    facts = list(dict.fromkeys(["baseline", *covariates, *([arm] if arm else [])]))
    check_columns("data", data, [*CELL, "change", *facts], numbers=NUMBERS, hint=MAKE)
    if "period_number" in data.columns:  # a baseline row is no follow-up
        data = data[data["period_number"] > 0]
    absent = np.flatnonzero(data[CELL].isna().any(axis=1))
    if len(absent):
        raise DataError("rows have no patient or no visit", got=name_rows(absent))
    if data.duplicated(CELL).any():
        raise DataError("a patient has two rows at one visit", hint="choose one course and one endpoint")
    first = data.groupby("patient_id", sort=True)[facts].first()
    complete = first[facts].notna().all(axis=1)
    notes = []
    if lost := int((~complete).sum()):
        notes.append(f"{plural(lost, 'patient')} without a baseline, arm or covariate left out")
    first = first[complete]
    cells = data.set_index(CELL)["change"]
    grid = cells.unstack().reindex(first.index)  # noqa: PD010  (no aggregation: each cell is one row)
    grid = _in_time(grid, data)
    empty = grid.columns[grid.isna().all()]
    grid = grid.drop(columns=empty)
    unrecorded = _unrecorded(data, grid)
    arms, code = _arms(first, data, arm, reference)
    y, baseline = grid.to_numpy(dtype=np.float64), first["baseline"].to_numpy(dtype=np.float64)
    crossed = _crossed(baseline, code, code)
    other, dropped = _centred(first[list(covariates)], crossed, y)
    if dropped:
        notes.append(f"covariates that are constant, or determined by arm and baseline, left out: {dropped}")
    if len(first) and no_spread(baseline, code):
        notes.append("All baselines of an arm are equal: changes are not adjusted for them.")
    return Wide(
        y,
        baseline,
        code,
        arms,
        reference,
        other,
        tuple(grid.columns),
        tuple(empty),
        unrecorded,
        first.index,
        (*notes, *_set_notes(grid, unrecorded)),
        _why_not(y, code, arms, crossed),
    )


def _unrecorded(data: pd.DataFrame, grid: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which values are missing for want of diary days, not after a next course or before due."""
    absent = grid.isna().to_numpy(dtype=bool)
    if "set" not in data.columns:
        return np.asarray(absent)
    few = data.set_index(CELL)["set"].eq("too_few_days")
    placed = few.unstack(fill_value=False).reindex(index=grid.index, columns=grid.columns)  # noqa: PD010
    return np.asarray(absent & placed.fillna(False).to_numpy(dtype=bool))


def _set_notes(grid: pd.DataFrame, unrecorded: NDArray[np.bool_]) -> tuple[str, ...]:
    """Say how many of the imputed values are not missing days of the diary."""
    other = int((grid.isna().to_numpy(dtype=bool) & ~unrecorded).sum())
    if not other:
        return ()
    return (
        f"{plural(other, 'value')} imputed after a next course or before they are due: never shifted, as no "
        "diary day is missing",
    )


def _in_time(grid: pd.DataFrame, data: pd.DataFrame) -> pd.DataFrame:
    """Return the visits in the order of their periods, where only the periods' numbers say it."""
    if "period_number" not in data.columns or isinstance(data["period"].dtype, pd.CategoricalDtype):
        return grid
    number = data.groupby("period")["period_number"].min()
    return grid[list(number.reindex(grid.columns).sort_values(kind="stable").index)]


def _centred(covariates: pd.DataFrame, crossed: Array, y: Array) -> tuple[Array, str]:
    """Return numbers and dummies of categories, centred on the patients, and the names of those left out."""
    if not covariates.shape[1] or not len(covariates):
        return np.empty((len(covariates), 0)), ""
    table = pd.get_dummies(covariates, drop_first=True).astype(np.float64)
    numbers = standardised(table.to_numpy())
    seen = np.asarray((~np.isnan(y)).any(axis=1))
    kept = independent(np.column_stack([crossed, numbers]), seen)[0] - crossed.shape[1]
    kept = kept[kept >= 0]
    names = [str(name) for place, name in enumerate(table.columns) if place not in kept]
    return numbers[:, kept], ", ".join(names)


def _arms(
    first: pd.DataFrame, data: pd.DataFrame, arm: str | None, reference: str | None
) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Return the arms of the data, also those of which nobody can be used, and each patient's."""
    if arm is None:
        return ("all",), np.zeros(len(first), dtype=np.intp)
    names = first[arm].astype(str)
    levels = sorted(data[arm].dropna().astype(str).unique())
    if reference is not None:
        one_of("reference", reference, levels)
        levels = [reference, *(name for name in levels if name != reference)]
    return tuple(levels), np.asarray(pd.Categorical(names, categories=levels).codes, dtype=np.intp)


def _why_not(y: Array, code: NDArray[np.intp], arms: tuple[str, ...], crossed: Array) -> str:
    if not y.size:
        return "no patient with a baseline and a value"
    for position, name in enumerate(arms):
        seen = (~np.isnan(y[code == position])).sum(axis=0)
        if (seen < 2).any():
            where = "the cohort" if len(arms) == 1 else f"arm {name}"
            return f"fewer than two patients of {where} have a value at some visit"
    ranks = [np.linalg.matrix_rank(crossed[~np.isnan(y[:, visit])]) for visit in range(y.shape[1])]
    if min(ranks) < crossed.shape[1]:
        return (
            "at some visit all patients of an arm with a value have the same baseline: it cannot be adjusted"
        )
    return ""
