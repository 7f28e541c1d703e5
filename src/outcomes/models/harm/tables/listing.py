"""Serious events one by one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.errors import plural
from outcomes.models.harm.at_risk.names import EVENT, PATIENT, SESSION
from outcomes.models.harm.coding import CHECK, coding_to_check
from outcomes.models.harm.tables.prepared import SafetyData, check_data
from outcomes.results import Estimates

__all__ = ["serious_listing"]

#: Columns of the listing that the events may have, in this order.
LISTED = (
    "term",
    "group",
    "grade",
    "serious",
    "onset",
    "resolved",
    "hours_since_start",
    "window",
    "related",
    "medical_attention",
    "action",
    "outcome",
    CHECK,
)


def serious_listing(data: SafetyData) -> Estimates:
    """Return every serious event, and every event whose coding is to be checked, by patient and onset.

    Parameters
    ----------
    data : SafetyData
        From `safety_data`; the events have ``serious``.

    Returns
    -------
    Estimates
        Patient, session, event and what the events hold of term, group, grade, onset, end, relation, action
        and outcome; ``coding to be checked`` (see `outcomes.models.harm.coding`) where an event is fatal
        without being serious, of grade 5 without being fatal, or has no answer to ``serious`` when others
        have. ``meta`` counts ``events`` (serious), ``patients`` (with one) and ``to_check``. For the clinic's
        own eyes: a listing shows single patients.

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
    to_check = coding_to_check(data.events)
    position = np.flatnonzero(mask | to_check.ne("").to_numpy())
    events = data.events.iloc[position]
    if to_check.ne("").any():
        events = events.assign(**{CHECK: to_check.iloc[position]})
    known = [c for c in (PATIENT, SESSION, EVENT, *LISTED) if c in events.columns]
    by = [c for c in (PATIENT, "onset") if c in known]
    frame = events[known].reset_index(drop=True).sort_values(by, kind="stable")
    behind = {"row": np.arange(len(frame)), PATIENT: frame[PATIENT].array}
    members = pd.DataFrame({**behind, "event_row": position[frame.index.to_numpy()]})
    serious, patients = int(mask.sum()), data.events.loc[mask, PATIENT].nunique()
    checked = int(to_check.ne("").sum())
    found = f"{plural(serious, 'serious event')} of {plural(patients, 'patient')}"
    found += f"; {CHECK}: {plural(checked, 'event')}" if checked else ""
    answered = data.recorded("serious")
    return Estimates(
        frame,
        title="Serious adverse events",
        method="listing, one row per event",
        level=None,
        notes=(found if answered else "serious is not recorded for any event", *([note] if note else [])),
        status="ok" if answered else "serious is not recorded",
        meta={"events": serious, "patients": patients, "to_check": checked},
        members=members,
    )
