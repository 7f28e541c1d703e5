"""Patients whose exposure has no end: a line of their own, in no rate and never dropped."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from outcomes.models.harm.at_risk.events import Counted
from outcomes.models.harm.at_risk.names import EVENT, PATIENT
from outcomes.models.harm.at_risk.time import Exposure

__all__ = ["unknown_lines"]


def unknown_lines(
    events: pd.DataFrame,
    counted: Counted,
    checked: Exposure,
    arm: str | None,
    first_row: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one line per arm for the patients without an end of exposure, and who they are."""
    units, unknown = checked.units, ~checked.known
    if not unknown.any():
        return pd.DataFrame(), pd.DataFrame()
    arms = np.unique(units.arm[unknown])
    lines: dict[str, Any] = {arm: units.arms.take(arms)} if arm else {}
    count = len(units.arms)
    hit = np.unique(counted.unit)
    lines["n"] = np.bincount(units.arm[hit], minlength=count)[arms]
    lines["N"] = np.bincount(units.arm[unknown], minlength=count)[arms]
    lines["events"] = np.bincount(units.arm[counted.unit], minlength=count)[arms]
    for column in ("exposure", "rate", "lower", "upper"):
        lines[column] = np.nan
    lines["status"] = "exposure unknown"
    frame = pd.DataFrame(lines)
    row_of_arm = np.full(count, -1)
    row_of_arm[arms] = first_row + np.arange(len(arms))
    # The patients themselves stand behind the line, with or without an event.
    without = np.setdiff1d(np.flatnonzero(unknown), hit)
    unit = np.concatenate([counted.unit, without])
    position = np.concatenate([counted.position, np.full(len(without), -1)])
    members = pd.DataFrame({"row": row_of_arm[units.arm[unit]]})
    members[PATIENT] = units.patients.take(units.cluster[unit])
    members["event_row"] = pd.array(position, dtype="Int64")
    members.loc[members["event_row"] < 0, "event_row"] = pd.NA
    if EVENT in events.columns:
        members[EVENT] = events[EVENT].array.take(position, allow_fill=True)
    return frame, members
