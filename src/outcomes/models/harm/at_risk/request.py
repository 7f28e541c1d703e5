"""What a caller may ask of the event tables: options they share, names that exist, events entered once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np
import pandas as pd

from outcomes.errors import DataError, name_rows, one_of, plural
from outcomes.models.harm.at_risk.names import EVENT, PATIENT, SESSION
from outcomes.models.harm.at_risk.units import AtRisk, all_distinct
from outcomes.models.stats.input_frames import check_columns, names
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.keywords import check_keywords
from outcomes.models.stats.reserved import check_reserved

__all__ = ["Asked", "CountOptions", "check_request", "check_worst", "read_options", "refuse_repeated"]

UNKNOWN = ("raise", "note")


class CountOptions(TypedDict, total=False):
    """What every table of events may be asked, stated once.

    Parameters
    ----------
    where : str or sequence of str
        Boolean columns of `events`: only events with all of them are counted, for example ``"serious"``.
    strata : str, optional
        Column of those at risk within which the arms are counted, for example the site: `compare_arms` then
        compares them within strata.
    level : float
        Confidence level, 0.95 unless said otherwise.
    unknown : {"raise", "note"}
        What becomes of events whose patient (or session) is not at risk: refuse, or count them in a note.
    """

    where: str | Sequence[str]
    strata: str | None
    level: float
    unknown: str


@dataclass(frozen=True, slots=True)
class Asked:
    """`CountOptions` that were read: flags of events, column of strata, confidence level, unknown events."""

    where: list[str]
    strata: str | None
    level: float
    unknown: str


def read_options(options: Any) -> Asked:
    """Return the options with their defaults.

    Raises
    ------
    ArgumentError
        For an option that does not exist, and a value that it does not take.
    """
    check_keywords(options, CountOptions)
    level = options.get("level", 0.95)
    check_level(level)
    unknown = one_of("unknown", options.get("unknown", "raise"), UNKNOWN)
    return Asked(names(options.get("where", ()), "where"), options.get("strata"), level, unknown)


def check_request(
    events: pd.DataFrame,
    by: list[str],
    arm: str | None,
    own: Collection[str] = (),
    *,
    worst: str | None = None,
    strata: str | None = None,
) -> None:
    """Refuse columns that do not exist or would have two meanings, and events entered twice."""
    check_reserved([*by, arm, strata, worst], own=own, hint="rename the column of the events")
    check_columns("events", events, by)
    if EVENT in events.columns and not all_distinct(events[EVENT]):
        twice = events[EVENT].duplicated(keep=False) & events[EVENT].notna()
        if twice.any():
            raise DataError(
                f"{plural(int(twice.sum()), 'event shares its', 'events share their')} {EVENT} with another",
                got=name_rows(np.flatnonzero(twice)),
                hint="the same event was entered twice, or an event was split: keep one row each",
            )


def refuse_repeated(sessions: pd.DataFrame, units: AtRisk) -> None:
    """Refuse sessions that occur twice: a model would take each row as a session of its own."""
    if units.repeated:
        twice = sessions.duplicated([SESSION, PATIENT]).to_numpy()
        what = plural(units.repeated, "session occurs", "sessions occur")
        raise DataError(f"{what} more than once", got=name_rows(np.flatnonzero(twice)))


def check_worst(events: pd.DataFrame, worst: str) -> None:
    """Refuse a grade that has no order."""
    check_columns("events", events, [worst])
    column = events[worst]
    if isinstance(column.dtype, pd.CategoricalDtype):
        ordered = bool(column.cat.ordered)
    else:
        ordered = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if not ordered:
        raise DataError(
            f"{worst!r} has no order, so there is no worst",
            got=str(column.dtype),
            allowed="numbers, or an ordered category",
            hint="map words such as mild, moderate, severe to grades first",
        )
