"""Safety tables by unit: what both views begin with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from outcomes.results import Estimates

__all__ = ["by_unit", "unclustered"]


def by_unit(found: Estimates, unit: str, **fixed: str) -> Estimates:
    """Return the rows of patients or of sessions: of any group, or with `fixed` values of other columns.

    Patients have no limits for units that are alike, and no columns for them.
    """
    frame = found.to_frame()
    wanted = fixed or ({"group": "any"} if "group" in frame else {})
    keep = (frame["unit"] == unit).to_numpy()
    for column, value in wanted.items():
        keep = keep & (frame[column] == value).to_numpy()
    picked = _pick(found, keep)
    return picked if unit == "session" else unclustered(picked)


def _pick(result: Estimates, keep: np.ndarray) -> Estimates:
    """Return some rows with the members of these rows."""
    place = np.full(len(keep), -1)
    place[keep] = np.arange(int(keep.sum()))
    members = result.members
    if members is not None:
        row = place[members["row"].to_numpy()]
        members = members[row >= 0].assign(row=row[row >= 0])
    return replace(result, frame=result.frame[keep], members=members)


def unclustered(result: Estimates) -> Estimates:
    """Leave out the limits for sessions, which patients do not have."""
    frame = result.frame.drop(columns=["lower_cluster", "upper_cluster"], errors="ignore")
    return replace(result, frame=frame)
