"""Rows of a table as layers of levels, counted together for patients and sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from outcomes.models.harm.at_risk.cells import Cells, behind_rows, cells_of
from outcomes.models.harm.at_risk.events import Counted
from outcomes.models.harm.at_risk.levels import Levels, levels_of
from outcomes.models.harm.at_risk.names import PATIENT
from outcomes.models.harm.incidence import incidence_frame
from outcomes.models.harm.tables.prepared import Denominator, SafetyData
from outcomes.models.stats.kernels.cells import highest
from outcomes.results import Estimates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.integer[Any]]
    Mask = NDArray[np.bool_]

__all__ = ["Layer", "layer", "lines_of", "tabulate"]


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Levels that some events belong to; arrays have one entry per event of the layer.

    Parameters
    ----------
    position : ndarray of int
        Position of the event.
    codes : ndarray of int
        Its level.
    table : DataFrame
        One row per level.
    within : ndarray of int or None
        For a table by worst grade: the level without its grade, inside which the worst is sought.
    """

    position: Codes
    codes: Codes
    table: pd.DataFrame
    within: Codes | None = None

    def only(self, kept: Codes) -> Layer:
        """Return the layer of some of its events."""
        within = None if self.within is None else self.within[kept]
        return Layer(self.position[kept], self.codes[kept], self.table, within)


def layer(
    data: SafetyData, by: list[str], mask: Mask | None = None, *, worst: bool = False, **fixed: str
) -> Layer:
    """Return the layer of the events that `mask` picks, by columns, with fixed words in other columns."""
    # half the memory, and the time, of positions that every table sorts
    every = np.arange(len(data.events)) if mask is None else np.flatnonzero(mask)
    picked = every.astype(np.int32)
    keys = data.keys[by] if mask is None else data.keys[by].iloc[picked]
    levels = levels_of(keys, by)
    codes, table = _present(levels.codes, levels.table) if len(by) == 1 else (levels.codes, levels.table)
    within = levels_of(keys, by[:-1]).codes if worst else None
    return Layer(picked, codes, table.assign(**fixed) if fixed else table, within)


def lines_of(lines: dict[str, Mask]) -> Layer:
    """Return one layer of lines that an event may be in several of: by their words, the events of each."""
    places = [np.flatnonzero(mask).astype(np.int32) for mask in lines.values()]
    codes = np.repeat(np.arange(len(lines), dtype=np.int32), [len(place) for place in places])
    return Layer(np.concatenate(places), codes, pd.DataFrame({"term": list(lines)}))


def _present(codes: Codes, table: pd.DataFrame) -> tuple[Codes, pd.DataFrame]:
    """Leave out the categories of which no event was picked."""
    used = np.bincount(codes, minlength=len(table)) > 0
    return (np.cumsum(used, dtype=np.int32) - 1)[codes], table[used].reset_index(drop=True)


def tabulate(
    data: SafetyData, layers: list[Layer], *, columns: list[str], title: str, order: list[str] | None = None
) -> Estimates:
    """Count all layers for every denominator; rows are sorted by `order`, else stay layer by layer."""
    table = pd.concat([part.table for part in layers], ignore_index=True)[columns]
    rank = np.arange(len(table), dtype=np.int32)
    if order and len(table):
        sorted_rows = table.sort_values(order, kind="stable", na_position="last").index.to_numpy()
        rank = np.argsort(sorted_rows, kind="stable").astype(np.int32)
        table = table.iloc[sorted_rows].reset_index(drop=True)
    frames, behind, first = [], [], 0
    for part in data.denominators:
        cells = _cells(part, layers, table, rank)
        frame = incidence_frame(cells, part.units, data.arm, data.level, clustered=part.unit == "session")
        frame.insert(0, "unit", part.unit)
        row, unit, position = behind_rows(cells)
        row += first
        behind.append((row, part.people.codes.take(unit), position))
        frames.append(frame)
        first += len(frame)
    return Estimates(
        pd.concat(frames, ignore_index=True),
        title=title,
        method="n / N with clopper-pearson interval; cluster limits of sessions: Korn-Graubard",
        level=data.level,
        notes=tuple(dict.fromkeys(note for part in data.denominators for note in part.notes)),
        meta={part.unit + "s": len(part.units) for part in data.denominators} | {"arm": data.arm},
        members=_members(behind, data.denominators[0].people.dtype),
    )


def _members(behind: list[tuple[Codes, Codes, Codes]], patients: pd.CategoricalDtype) -> pd.DataFrame:
    """Return who and which event stands behind each row: long tables hold a number for each patient."""
    row, patient, position = map(np.concatenate, zip(*behind, strict=True))
    people = pd.Categorical.from_codes(patient, dtype=patients, validate=False)
    return pd.DataFrame({"row": row, PATIENT: people, "event_row": position}, copy=False)


def _cells(part: Denominator, layers: list[Layer], table: pd.DataFrame, rank: Codes) -> Cells:
    positions, units, codes, behind, offset = [], [], [], [], 0
    for one in layers:
        unit = part.unit_of[one.position]
        if not (unit >= 0).all():
            one, unit = one.only(np.flatnonzero(unit >= 0)), unit[unit >= 0]
        positions.append(one.position)
        units.append(unit)
        codes.append(rank[offset : offset + len(one.table)][one.codes])
        behind.append(_behind(one, unit, len(part.units)))
        offset += len(one.table)
    counted = Counted(np.concatenate(positions), np.concatenate(units))
    levels = Levels(np.concatenate(codes), table)
    return cells_of(counted, levels, np.concatenate(behind), part.units)


def _behind(one: Layer, unit: Codes, units: int) -> Mask:
    if one.within is None:
        return np.ones(len(unit), dtype=bool)
    # A missing grade is the mildest.
    of_level = one.table["grade"].to_numpy(dtype=np.float64, na_value=-np.inf)
    grades, rank = np.unique(of_level, return_inverse=True)
    rank = rank.astype(np.int8) if len(grades) <= np.iinfo(np.int8).max else rank
    return highest(rank[one.codes], one.within, unit, units)
