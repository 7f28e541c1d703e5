"""Events matched once to patients and sessions; every safety table counts from this."""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError, instance_of, one_of, plural
from outcomes.models.harm.at_risk.events import IN_SESSION, counted_events, in_session
from outcomes.models.harm.at_risk.names import PATIENT, SESSION
from outcomes.models.harm.at_risk.request import check_request
from outcomes.models.harm.at_risk.units import AtRisk, at_risk_units
from outcomes.models.stats.input_frames import check_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.integer[Any]]
    Mask = NDArray[np.bool_]

__all__ = ["Denominator", "SafetyData", "check_data", "safety_data"]

#: Windows of `oc.emergent`, each within the next.
ORDER = ("<=24h", "<=7d", "<=30d", ">30d")
OWN_COLUMNS = ("unit", "term", "group", "grade")


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
    people : Categorical, shape (units,)
        Patient of each unit; the categories are those of all denominators.
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
    level : float
        Confidence level.
    """

    events: pd.DataFrame
    keys: pd.DataFrame
    denominators: tuple[Denominator, ...]
    arm: str | None
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
    window: str | float | None = "session",
    level: float = 0.95,
    unknown: str = "raise",
) -> SafetyData:
    """Match events to patients and sessions once, for all safety tables.

    Parameters
    ----------
    events : DataFrame
        Emergent adverse events, one row each, as `oc.emergent` attributes them to sessions.
    patients : DataFrame
        One row per patient at risk.
    sessions : DataFrame, optional
        One row per session at risk; with `arm`, it holds that column too.
    arm : str, optional
        Column of `patients` that makes the columns of the tables.
    window : {"session", "<=24h", "<=7d", "<=30d"} or float, hours, optional
        Which events a session has: those that belong to it as `oc.emergent` says (``in_session``: from line
        in until some hours after line out); those that began within another time after its end (after its
        start, where no end is known); None: any that are attributed to it. Used where `events` has them;
        an event of a session without hours is within.
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
    check_request(events, [], arm, OWN_COLUMNS)
    parts = [_denominator(events, patients, "patient", arm, unknown)]
    if sessions is not None:
        # the window is held below, with its own words
        part = _denominator(
            events.drop(columns=IN_SESSION, errors="ignore"), sessions, "session", arm, unknown
        )
        parts.append(_with_open_ends(_within(part, events, window), sessions))
    return SafetyData(events, _keys(events), _with_people(parts), arm, level)


def _denominator(
    events: pd.DataFrame,
    at_risk: pd.DataFrame,
    unit: str,
    arm: str | None,
    unknown: str,
) -> Denominator:
    units = at_risk_units(at_risk, PATIENT if unit == "patient" else SESSION, arm)
    counted, notes, _ = counted_events(events, units, unit, arm, [], unknown)
    unit_of = np.full(len(events), -1, dtype=np.int32)  # half the memory of every table's counts
    unit_of[counted.position] = counted.unit
    return Denominator(unit, units, unit_of, pd.Categorical([]), tuple(notes))


def _with_people(parts: list[Denominator]) -> tuple[Denominator, ...]:
    """Number the patients of all denominators alike: tables then hold a number for each patient."""
    patients = [pd.Series(part.units.patients) for part in parts]
    every = pd.Categorical(pd.concat(patients, ignore_index=True))
    split = np.split(np.arange(len(every)), np.cumsum([len(some) for some in patients])[:-1])
    return tuple(
        replace(part, people=every.take(place).take(part.units.cluster))
        for part, place in zip(parts, split, strict=True)
    )


def _keys(events: pd.DataFrame) -> pd.DataFrame:
    """Return the columns by which tables are made; text as categories, which keep their order."""
    known = events[[column for column in ("group", "term", "grade") if column in events.columns]]
    text = [c for c in known.columns if c != "grade" and not isinstance(known[c].dtype, pd.CategoricalDtype)]
    return known.astype(dict.fromkeys(text, "category"))


def _within(part: Denominator, events: pd.DataFrame, window: str | float | None) -> Denominator:
    """Return the denominator with the events that began within the window of their session."""
    if window is None:
        return part
    inside, words = _inside(events, window)
    late = int((~inside & (part.unit_of >= 0)).sum())
    words += f"; {late} began later" if late else ""
    notes = (*part.notes, *([words] if words else []))
    return replace(part, unit_of=np.where(inside, part.unit_of, np.int32(-1)), notes=notes)


def _inside(events: pd.DataFrame, window: str | float) -> tuple[Mask, str]:
    """Return which events are within the window, and what to say of it."""
    if isinstance(window, str):
        one_of("window", window, ("session", *ORDER[:-1]))
        if window == "session" and IN_SESSION in events.columns:
            words = "sessions: events from line in until the infusion-related hours after line out"
            return in_session(events), words
        window = ORDER[0] if window == "session" else window
        if "window" not in events.columns:
            return np.ones(len(events), dtype=bool), ""
        words = f"sessions: events from line in until {window[2:]} after line out"
        return events["window"].isin(ORDER[: ORDER.index(window) + 1]).to_numpy(dtype=bool), words
    instance_of("window", window, Real, hint="give 'session', '<=24h', '<=7d', '<=30d', hours or None")
    known = [c for c in ("hours_since_end", "hours_since_start") if c in events.columns]
    if not known:
        check_columns("events", events, ["hours_since_start"])
    check_columns("events", events, known, numbers=known)
    hours = events[known].astype(np.float64).bfill(axis=1).iloc[:, 0].to_numpy()
    return ~(hours > window), f"sessions: events from line in until {window:g}h after line out"


def _with_open_ends(part: Denominator, sessions: pd.DataFrame) -> Denominator:
    """Say how many sessions have no known end: their hours are counted from the start."""
    if "end" not in sessions.columns or not (open_ends := int(sessions["end"].isna().sum())):
        return part
    words = plural(open_ends, "session has", "sessions have")
    note = f"{words} no recorded end: there the hours are counted from the start"
    return replace(part, notes=(*part.notes, note))
