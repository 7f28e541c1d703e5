"""Events matched once to patients and sessions; every safety table counts from this."""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError, instance_of, one_of, plural
from outcomes.models.harm.event_cells import counted_events
from outcomes.models.harm.event_frames import AtRisk, at_risk_units
from outcomes.models.harm.event_request import check_request
from outcomes.models.stats.input_frames import check_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.integer[Any]]
    Mask = NDArray[np.bool_]

__all__ = ["Denominator", "SafetyData", "check_data", "safety_data"]

#: Windows of `oc.emergent`, each within the next.
ORDER = ("<=24h", "<=7d", "<=30d", ">30d")
OWN_COLUMNS = ("unit", "n", "N", "percent", "events", "lower", "upper", "status", "row", "event_row")


@dataclass(frozen=True, slots=True, eq=False)
class Denominator:
    """One kind of unit at risk with the events that count in it.

    Parameters
    ----------
    unit : str
        ``patient`` or ``session``.
    units : AtRisk
        The units.
    unit_of : ndarray of int, shape (events,)
        Unit of each event; -1 for one that does not count.
    people : Categorical
        The patients that `units` numbers.
    notes : tuple of str
        What became of the events that do not count.
    """

    unit: str
    units: AtRisk
    unit_of: Codes
    people: pd.Categorical
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SafetyData:
    """Events, and who is at risk of them.

    Parameters
    ----------
    events : DataFrame
        The events as given; never changed.
    keys : DataFrame
        Group, term and grade of the events as categories: text is numbered once for all tables.
    denominators : tuple of Denominator
        Patients, and sessions where they were given.
    arm : str or None
        Column of the arms.
    subject, session, event : str
        Names of the identifying columns.
    level : float
        Confidence level.
    """

    events: pd.DataFrame
    keys: pd.DataFrame
    denominators: tuple[Denominator, ...]
    arm: str | None
    subject: str
    session: str
    event: str
    level: float

    def flag(self, column: str, value: str | None = None) -> tuple[Mask, str]:
        """Return which events have the flag (or the value), and a note on those without an answer."""
        check_columns("events", self.events, [column])
        answer = self.events[column]
        if value is not None:
            mask = answer.eq(value)
        elif pd.api.types.is_bool_dtype(answer):
            mask = answer
        else:
            raise ArgumentError(
                f"events column {column!r} is not yes or no",
                got=str(answer.dtype),
                allowed="a column of booleans",
            )
        missing = int(answer.isna().sum())
        which = plural(missing, "event") + f" without an answer to {column!r}"
        note = f"{which} {'is' if missing == 1 else 'are'} not counted there" if missing else ""
        return np.asarray(mask.fillna(False), dtype=bool), note

    def recorded(self, column: str) -> bool:
        """Return whether any event has an answer; where none has, a count of 0 would be a guess."""
        return not len(self.events) or bool(self.events[column].notna().any())


def check_data(data: SafetyData) -> None:
    """Raise `ArgumentError` for what `safety_data` has not made."""
    instance_of("data", data, SafetyData, hint="give what safety_data(...) returned")


def safety_data(
    events: pd.DataFrame,
    patients: pd.DataFrame,
    *,
    sessions: pd.DataFrame | None = None,
    arm: str | None = None,
    window: str | float | None = "<=24h",
    subject: str = "patient_id",
    session: str = "session_id",
    event: str = "event_id",
    level: float = 0.95,
    unknown: str = "raise",
) -> SafetyData:
    """Match events to patients and sessions once, for all safety tables.

    Parameters
    ----------
    events : DataFrame
        Emergent adverse events, one row each, as `oc.emergent` attributes them to sessions.
    patients : DataFrame
        One row a patient at risk.
    sessions : DataFrame, optional
        One row a session at risk; with `arm`, it holds that column too.
    arm : str, optional
        Column of `patients` that makes the columns of the tables.
    window : {"<=24h", "<=7d", "<=30d"} or float, hours, optional
        A session has the events that began within this time of its start; None: any that belong to it. Used
        when `events` has the column ``window``. Hours are held against ``hours_since_start``; an event of a
        session without them is within.
    subject, session, event : str
        Names of the identifying columns.
    level : float
        Confidence level.
    unknown : {"raise", "note"}
        What becomes of events of unknown patients and sessions.

    Returns
    -------
    SafetyData
        What every table of `outcomes.models.harm.tables` takes.

    Raises
    ------
    ArgumentError, DataError
        As `outcomes.incidence`.

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({"patient_id": ["a", "b"], "session_id": ["a1", "b1"]})
    >>> sessions = pd.DataFrame({"patient_id": ["a", "a", "b"], "session_id": ["a1", "a2", "b1"]})
    >>> data = safety_data(events, sessions[["patient_id"]], sessions=sessions)
    >>> [(part.unit, len(part.units)) for part in data.denominators]
    [('patient', 2), ('session', 3)]
    """
    one_of("unknown", unknown, ("raise", "note"))
    check_request(events, [], arm, event, OWN_COLUMNS)
    parts = [_denominator(events, patients, "patient", subject, session, arm, unknown)]
    if sessions is not None:
        part = _denominator(events, sessions, "session", subject, session, arm, unknown)
        parts.append(_within(part, events, window))
    return SafetyData(events, _keys(events), tuple(parts), arm, subject, session, event, level)


def _denominator(
    events: pd.DataFrame,
    at_risk: pd.DataFrame,
    unit: str,
    subject: str,
    session: str,
    arm: str | None,
    unknown: str,
) -> Denominator:
    units = at_risk_units(at_risk, subject if unit == "patient" else session, subject, arm)
    counted, notes, _ = counted_events(events, units, unit, subject, session, arm, [], unknown)
    unit_of = np.full(len(events), -1, dtype=np.int32)  # half the memory of every table's counts
    unit_of[counted.position] = counted.unit
    return Denominator(unit, units, unit_of, pd.Categorical(units.patients), tuple(notes))


def _keys(events: pd.DataFrame) -> pd.DataFrame:
    """Return the columns by which tables are made; text as categories, which keep their order."""
    known = events[[column for column in ("group", "term", "grade") if column in events.columns]]
    text = [c for c in known.columns if c != "grade" and not isinstance(known[c].dtype, pd.CategoricalDtype)]
    return known.astype(dict.fromkeys(text, "category"))


def _within(part: Denominator, events: pd.DataFrame, window: str | float | None) -> Denominator:
    """Return the denominator with the events that began within the window of their session."""
    if window is None or "window" not in events.columns:
        return part
    if isinstance(window, str):
        one_of("window", window, ORDER[:-1])
        inside, words = events["window"].isin(ORDER[: ORDER.index(window) + 1]).to_numpy(), window[2:]
    else:
        instance_of("window", window, Real, hint="give '<=24h', '<=7d', '<=30d', hours or None")
        check_columns("events", events, ["hours_since_start"], numbers=["hours_since_start"])
        hours = events["hours_since_start"].to_numpy(dtype=np.float64, na_value=np.nan)
        inside, words = ~(hours > window), f"{window:g}h"
    late = int((~inside & (part.unit_of >= 0)).sum())
    note = f"sessions: events that began within {words} of the session's start"
    left = f"; {late} began later" if late else ""
    return replace(
        part, unit_of=np.where(inside, part.unit_of, np.int32(-1)), notes=(*part.notes, note + left)
    )
