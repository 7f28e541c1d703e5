"""The cut-off: what happened after it is received, counted and not used."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from outcomes.schema.findings import Fault
from outcomes.schema.local_time import known_span, local_dates

__all__ = ["check_cutoff"]

#: Table -> the column that dates a row.
DATED = {
    "sessions": "start",
    "diary": "date",
    "adverse_events": "onset",
    "assessments": "date",
    "laboratory": "date",
}


def check_cutoff(
    tables: Mapping[str, pd.DataFrame], cutoff: pd.Timestamp | None, *, timezone: str
) -> list[Fault]:
    """Return the rows that are dated after the cut-off, by local date."""
    if cutoff is None:
        return []
    faults = []
    for table, name in DATED.items():
        when = tables[table][name]
        if table == "adverse_events":  # all of a month that is known must lie after it
            events = tables[table]
            when = when.fillna(known_span(events["onset_from"], events["onset_precision"], timezone)[0])
        if isinstance(when.dtype, pd.DatetimeTZDtype):
            when = local_dates(when, timezone)
        rows = np.flatnonzero(when > cutoff)
        hint = "it is used once the cut-off is later"
        text = f"{name} is after the cut-off"
        faults.append(Fault(table, "after_cutoff", text, rows, name, hint=hint, costs="row"))
    return faults
