"""What a caller may ask of the event tables: names that exist, once, and events entered once."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from outcomes.errors import DataError, name_rows, plural
from outcomes.models.harm.at_risk.names import EVENT, PATIENT, SESSION
from outcomes.models.harm.at_risk.units import AtRisk, all_distinct
from outcomes.models.stats.input_frames import check_columns
from outcomes.models.stats.reserved import check_reserved

__all__ = ["check_request", "check_worst", "refuse_repeated"]


def check_request(
    events: pd.DataFrame,
    by: list[str],
    arm: str | None,
    own: Collection[str] = (),
    *,
    worst: str | None = None,
    strata: str | None = None,
) -> None:
    """Refuse columns that are not there or would have two meanings, and events entered twice."""
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
