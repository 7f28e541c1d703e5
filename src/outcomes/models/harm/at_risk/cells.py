"""Which events count in which cell of a table, and who stands behind each cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from outcomes.models.harm.at_risk.events import Counted
from outcomes.models.harm.at_risk.levels import Levels, levels_of
from outcomes.models.harm.at_risk.names import EVENT, PATIENT, SESSION
from outcomes.models.harm.at_risk.units import AtRisk
from outcomes.models.stats.kernels.cells import Distinct, count, distinct, highest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.integer[Any]]

__all__ = ["Cells", "behind_rows", "cells_of", "count_cells", "members_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Counts of every cell and the events behind them.

    ``levels`` has one code a counted event, as has ``cell``, the row it falls into; ``behind`` says which of
    these events put its unit into the cell; ``pairs`` are the levels and units that occur; ``n`` and
    ``events`` have one entry per cell.
    """

    counted: Counted
    levels: Levels
    cell: Codes
    behind: NDArray[np.bool_]
    n: Codes
    events: Codes
    pairs: Distinct

    def names(self, units: AtRisk, arm: str | None) -> dict[str, Any]:
        """Return the level and arm of every cell: columns with one entry per cell."""
        arms, levels = len(units.arms), len(self.levels)
        level = np.repeat(np.arange(levels), arms)
        columns: dict[str, Any] = {
            str(name): column.array.take(level) for name, column in self.levels.table.items()
        }
        if arm is not None:
            columns[arm] = units.arms.take(np.tile(np.arange(arms), levels))
        return columns


def count_cells(
    events: pd.DataFrame, counted: Counted, units: AtRisk, by: list[str], worst: str | None
) -> Cells:
    """Count units and events in every cell of level x arm; with `worst`, each unit at its worst grade."""
    columns = [*by, *([worst] if worst else [])]
    rows = events[columns].iloc[counted.position]
    levels = levels_of(rows, columns)
    behind = np.ones(len(rows), dtype=bool)
    if worst is not None:
        _, rank = np.unique(_order(rows[worst]), return_inverse=True)
        behind = highest(rank, levels_of(rows, by).codes, counted.unit, len(units))
    return cells_of(counted, levels, behind, units)


def cells_of(counted: Counted, levels: Levels, behind: NDArray[np.bool_], units: AtRisk) -> Cells:
    """Count the cells of events whose levels are known; `behind` marks those that put their unit there."""
    arms = len(units.arms)
    every = behind.all()
    level, unit = (part if every else part[behind] for part in (levels.codes, counted.unit))
    pairs = distinct(level, unit, len(units))
    arm_of = (units.arm if len(units) else np.zeros(1)).astype(levels.codes.dtype)
    # With one arm there is nothing to look up.
    cell = levels.codes if arms == 1 else levels.codes * arms + arm_of[counted.unit]
    return Cells(
        counted=counted,
        levels=levels,
        cell=cell,
        behind=behind,
        n=count(pairs.level, arm_of[pairs.unit], len(levels), arms),
        events=np.bincount(cell, minlength=len(levels) * arms).astype(np.int64),
        pairs=pairs,
    )


def _order(column: pd.Series) -> NDArray[np.float64]:
    """Return grades as numbers; a missing grade is the mildest."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.cat.codes.to_numpy().astype(np.float64))
    grade = column.to_numpy(dtype=np.float64, na_value=-np.inf)
    return np.where(np.isnan(grade), -np.inf, grade)


def members_of(events: pd.DataFrame, cells: Cells, units: AtRisk, *, sessions: bool = False) -> pd.DataFrame:
    """Return which patients and events stand behind each row: one row per event that put its unit there."""
    row, unit, position = behind_rows(cells)
    members: dict[str, Any] = {"row": row}
    members[PATIENT] = units.patients.take(units.cluster[unit] if len(unit) else unit)
    if sessions:
        members[SESSION] = units.key.take(unit)
    members["event_row"] = position
    if EVENT in events.columns:
        members[EVENT] = events[EVENT].array.take(position)
    return pd.DataFrame(members)


def behind_rows(cells: Cells) -> tuple[Codes, Codes, Codes]:
    """Return row, unit and position of each event that put its unit into a row, row by row."""
    position, unit, row = cells.counted.position, cells.counted.unit, cells.cell
    if not cells.behind.all():
        position, unit, row = (part[cells.behind] for part in (position, unit, row))
    # Small integers sort by counting; wider ones by comparing.
    small = len(row) and row.max() <= np.iinfo(np.uint16).max
    order = np.argsort(row.astype(np.uint16) if small else row, kind="stable")
    sizes = np.bincount(row, minlength=len(cells.n))
    return np.repeat(np.arange(len(sizes)), sizes), unit[order], position[order]
