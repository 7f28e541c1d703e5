"""What a caller may ask of the event tables: names that exist, once, and events entered once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError, DataError, name_rows, plural
from outcomes.models.harm.event_frames import AtRisk, all_distinct
from outcomes.models.stats.input_frames import check_columns

__all__ = ["check_request", "check_worst", "refuse_repeated"]


def check_request(
    events: pd.DataFrame, by: list[str], arm: str | None, event: str, own: Sequence[str]
) -> None:
    """Refuse columns that are not there or would have two meanings, and events entered twice."""
    check_columns("events", events, by)
    taken = [name for name in [*by, arm or ""] if name in own]
    if taken or arm in by:
        raise ArgumentError(
            "a column of the table would have two meanings",
            got=", ".join(map(repr, taken or [str(arm)])),
            hint="rename the column of the events",
        )
    if event in events.columns and not all_distinct(events[event]):
        twice = events[event].duplicated(keep=False) & events[event].notna()
        if twice.any():
            raise DataError(
                f"{plural(int(twice.sum()), 'event shares its', 'events share their')} {event} with another",
                got=name_rows(np.flatnonzero(twice)),
                hint="the same event was entered twice, or an event was split: keep one row each",
            )


def refuse_repeated(sessions: pd.DataFrame, units: AtRisk, session: str, subject: str) -> None:
    """Refuse sessions that are there twice: a model would take each row as a session of its own."""
    if units.repeated:
        twice = sessions.duplicated([session, subject]).to_numpy()
        what = plural(units.repeated, "session is", "sessions are")
        raise DataError(f"{what} there twice", got=name_rows(np.flatnonzero(twice)))


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
