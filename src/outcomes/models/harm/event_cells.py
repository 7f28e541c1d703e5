"""Which events count in which cell of a table, and who stands behind each cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from outcomes.errors import DataError, name_rows, plural
from outcomes.models.harm.event_frames import AtRisk, Levels, flagged, levels_of, match
from outcomes.models.stats.kernels.cells import Distinct, count, distinct, highest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.integer[Any]]

__all__ = ["Cells", "Counted", "cells_of", "count_cells", "counted_events", "members_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Events that count: positions in `events` and unit of each, shape (events counted,)."""

    position: Codes
    unit: Codes

    def only(self, mask: NDArray[np.bool_]) -> Counted:
        """Return the events that the mask picks."""
        return Counted(self.position[mask], self.unit[mask])


def counted_events(
    events: pd.DataFrame,
    units: AtRisk,
    unit: str,
    subject: str,
    session: str,
    arm: str | None,
    where: list[str],
    unknown: str,
) -> tuple[Counted, list[str], dict[str, Any]]:
    """Return the events that count, and what became of every other one."""
    keep, unanswered = flagged(events, where)
    key = subject if unit == "patient" else session
    found, absent = match(events, units, key, subject, arm)
    notes = [
        plural(number, f"event without an answer to {flag!r} is", f"events without an answer to {flag!r} are")
        + " not counted"
        for flag, number in unanswered.items()
    ]
    if event_free := int(absent.sum()) if unit == "session" else 0:
        words = "belongs to no session and is" if event_free == 1 else "belong to no session and are"
        notes.append(f"{plural(event_free, 'event')} {words} not counted here")
    lost = (found < 0) & ~(absent & (unit == "session"))
    if lost.any():
        who = "a patient" if unit == "patient" else "a session"
        text = f"{plural(int(lost.sum()), 'event')} of {who} that is not at risk"
        if unknown == "raise":
            raise DataError(
                text,
                got=name_rows(np.flatnonzero(lost)),
                hint=f"add the missing rows to at_risk, compare the types of {key}, or pass unknown='note'",
            )
        notes.append(f"{text}: {name_rows(np.flatnonzero(lost))}; not counted in any row")
    position = np.flatnonzero(keep & (found >= 0))
    facts = {
        "events_received": len(events),
        "events_counted": len(position),
        "events_unknown": int(lost.sum()),
        "events_without_session": event_free,
        "events_filtered": int((~keep & (found >= 0)).sum()),
        "flags_not_recorded": ", ".join(flag for flag, n in unanswered.items() if n == len(events)),
    }
    return Counted(position, found[position]), notes, facts


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Counts of every cell and the events behind them.

    ``levels`` has one code a counted event, as has ``cell``, the row it falls into; ``behind`` says which of
    these events put its unit into the cell; ``pairs`` are the levels and units that occur; ``n`` and
    ``events`` have one entry a cell.
    """

    counted: Counted
    levels: Levels
    cell: Codes
    behind: NDArray[np.bool_]
    n: Codes
    events: Codes
    pairs: Distinct

    def rows(self, units: AtRisk, arm: str | None) -> pd.DataFrame:
        """Return the level and arm of every cell: one row a cell."""
        arms, levels = len(units.arms), len(self.levels)
        frame = self.levels.table.loc[np.repeat(np.arange(levels), arms)].reset_index(drop=True)
        if arm is not None:
            frame[arm] = units.arms.take(np.tile(np.arange(arms), levels))
        return frame


def count_cells(
    events: pd.DataFrame, counted: Counted, units: AtRisk, by: list[str], worst: str | None
) -> Cells:
    """Count units and events in every cell of level x arm; with `worst`, each unit at its worst grade."""
    columns = [*by, *([worst] if worst else [])]
    rows = events[columns].iloc[counted.position]
    levels = levels_of(rows, columns)
    behind = np.ones(len(rows), dtype=bool)
    if worst is not None:
        behind = highest(_order(rows[worst]), levels_of(rows, by).codes, counted.unit, len(units))
    return cells_of(counted, levels, behind, units)


def cells_of(counted: Counted, levels: Levels, behind: NDArray[np.bool_], units: AtRisk) -> Cells:
    """Count the cells of events whose levels are known; `behind` marks those that put their unit there."""
    arms = len(units.arms)
    every = behind.all()
    level, unit = (part if every else part[behind] for part in (levels.codes, counted.unit))
    pairs = distinct(level, unit, len(units))
    arm_of = units.arm if len(units) else np.zeros(1, dtype=np.int64)
    # With one arm there is nothing to look up.
    cell = (
        levels.codes if arms == 1 else levels.codes * arms + arm_of.astype(levels.codes.dtype)[counted.unit]
    )
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


def members_of(
    events: pd.DataFrame,
    cells: Cells,
    units: AtRisk,
    subject: str,
    session: str | None,
    event: str | None,
    people: pd.Categorical | None = None,
) -> pd.DataFrame:
    """Return which patients and events stand behind each row: one row an event that put its unit there.

    With `people`, the patients as a category, long tables hold a number instead of text for each patient.
    """
    position, unit, row = cells.counted.position, cells.counted.unit, cells.cell
    if not cells.behind.all():
        position, unit, row = (part[cells.behind] for part in (position, unit, row))
    # Small integers sort by counting; wider ones by comparing.
    small = len(row) and row.max() <= np.iinfo(np.uint16).max
    order = np.argsort(row.astype(np.uint16) if small else row, kind="stable")
    position, unit = position[order], unit[order]
    members = pd.DataFrame({"row": row[order].astype(np.int64)})
    patients = units.patients if people is None else people
    members[subject] = patients.take(units.cluster[unit] if len(unit) else unit)
    if session is not None:
        members[session] = units.key.take(unit)
    members["event_row"] = position
    if event is not None and event in events.columns:
        members[event] = events[event].array.take(position)
    return members
