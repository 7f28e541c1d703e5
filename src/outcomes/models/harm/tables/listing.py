"""Serious events one by one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.errors import plural
from outcomes.models.harm.at_risk.names import EVENT, PATIENT, SESSION
from outcomes.models.harm.tables.prepared import SafetyData, check_data
from outcomes.results import Estimates

__all__ = ["serious_listing"]

#: Columns of the listing that the events may have, in this order.
LISTED = (
    "term",
    "group",
    "grade",
    "onset",
    "resolved",
    "hours_since_start",
    "window",
    "related",
    "medical_attention",
    "action",
    "outcome",
)


def serious_listing(data: SafetyData) -> Estimates:
    """Return every serious event as a row of its own, by patient and onset.

    Parameters
    ----------
    data : SafetyData
        From `safety_data`; the events have ``serious``.

    Returns
    -------
    Estimates
        Patient, session, event and what the events hold of term, group, grade, onset, end, relation, action
        and outcome. Events without an answer to ``serious`` are counted in a note. For the clinic's own eyes:
        a listing shows single patients.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes.models.harm.tables import safety_data
    >>> events = pd.DataFrame({"patient_id": ["b", "a"], "term": ["syncope", "nausea"],
    ...     "serious": [True, False]})
    >>> serious_listing(safety_data(events, events[["patient_id"]]))[["patient_id", "term"]]
      patient_id     term
    0          b  syncope
    """
    check_data(data)
    mask, note = data.flag("serious")
    position = np.flatnonzero(mask)
    events = data.events.iloc[position]
    known = [c for c in (PATIENT, SESSION, EVENT, *LISTED) if c in events.columns]
    by = [c for c in (PATIENT, "onset") if c in known]
    frame = events[known].reset_index(drop=True).sort_values(by, kind="stable")
    behind = {"row": np.arange(len(frame)), PATIENT: frame[PATIENT].array}
    members = pd.DataFrame({**behind, "event_row": position[frame.index.to_numpy()]})
    patients = frame[PATIENT].nunique()
    found = f"{plural(len(frame), 'serious event')} of {plural(patients, 'patient')}"
    answered = data.recorded("serious")
    return Estimates(
        frame,
        title="Serious adverse events",
        method="listing, one row an event",
        level=None,
        notes=(found if answered else "serious is not recorded for any event", *([note] if note else [])),
        status="ok" if answered else "serious is not recorded",
        meta={"events": len(frame), "patients": patients},
        members=members,
    )
