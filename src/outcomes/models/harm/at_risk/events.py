"""Which events count for whom, and what became of every other one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError, DataError, name_rows, plural
from outcomes.models.harm.at_risk.names import PATIENT, SESSION
from outcomes.models.harm.at_risk.units import AtRisk, match
from outcomes.models.stats.input_frames import check_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.integer[Any]]
    Mask = NDArray[np.bool_]

__all__ = ["IN_SESSION", "Counted", "counted_events", "in_session", "outside_notes"]

#: Column of `oc.emergent`: the event begins from line in until some hours after line out of its session.
IN_SESSION = "in_session"


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
    arm: str | None,
    where: list[str],
    unknown: str,
) -> tuple[Counted, list[str], dict[str, Any]]:
    """Return the events that count for patients or sessions, and what became of every other one."""
    keep, unanswered = _flagged(events, where)
    of_session = unit == "session"
    found, absent = match(events, units, SESSION if of_session else PATIENT, arm)
    notes = [
        plural(number, f"event without an answer to {flag!r} is", f"events without an answer to {flag!r} are")
        + " not counted"
        for flag, number in unanswered.items()
    ]
    free = int(absent.sum()) if of_session else 0
    if free:
        words = "belongs to no session and is" if free == 1 else "belong to no session and are"
        notes.append(f"{plural(free, 'event')} {words} not counted here")
    lost = (found < 0) & ~(absent & of_session)
    if lost.any():
        notes.append(_lost(lost, of_session, unknown))
    outside = np.zeros(len(events), dtype=bool)
    if of_session:
        outside = ~in_session(events) & (found >= 0)
        notes += outside_notes(outside)
    position = np.flatnonzero(keep & (found >= 0) & ~outside)
    facts = {
        "events_received": len(events),
        "events_counted": len(position),
        "events_unknown": int(lost.sum()),
        "events_without_session": free,
        "events_outside_session": int(outside.sum()),
        "events_filtered": int((~keep & (found >= 0)).sum()),
        "flags_not_recorded": ", ".join(flag for flag, n in unanswered.items() if n == len(events)),
    }
    return Counted(position, found[position]), notes, facts


def in_session(events: pd.DataFrame) -> Mask:
    """Return which events belong to their session in time; all of them where nobody has said.

    The one definition is that of `oc.emergent`: from line in until some hours after line out.
    """
    if IN_SESSION not in events.columns:
        return np.ones(len(events), dtype=bool)
    return np.asarray(events[IN_SESSION].fillna(False), dtype=bool)


def outside_notes(outside: Mask) -> list[str]:
    """Say how many events began too long after their session to belong to it."""
    late = int(outside.sum())
    if not late:
        return []
    words = plural(late, "event began", "events began")
    return [f"{words} too long after line out to belong to a session: not counted here"]


def _lost(lost: Mask, of_session: bool, unknown: str) -> str:
    """Refuse the events of those who are not at risk, or say which they are."""
    who = "a session" if of_session else "a patient"
    text = f"{plural(int(lost.sum()), 'event')} of {who} that is not at risk"
    if unknown == "raise":
        key = SESSION if of_session else PATIENT
        raise DataError(
            text,
            got=name_rows(np.flatnonzero(lost)),
            hint=f"add the missing rows to at_risk, compare the types of {key}, or pass unknown='note'",
        )
    return f"{text}: {name_rows(np.flatnonzero(lost))}; not counted in any row"


def _flagged(events: pd.DataFrame, where: Sequence[str]) -> tuple[Mask, dict[str, int]]:
    """Return which events have every flag of `where`, and how many had no answer, by flag."""
    check_columns("events", events, where)
    keep = np.ones(len(events), dtype=bool)
    unanswered: dict[str, int] = {}
    for column in where:
        if not pd.api.types.is_bool_dtype(events[column]):
            raise ArgumentError(
                f"events column {column!r} is not yes or no",
                got=str(events[column].dtype),
                allowed="a column of booleans",
                hint="make one, for example events[column] == 'Y'",
            )
        missing = events[column].isna().to_numpy(dtype=bool)
        if missing.any():
            unanswered[column] = int(missing.sum())
        keep &= events[column].fillna(False).to_numpy(dtype=bool)
    return keep, unanswered
