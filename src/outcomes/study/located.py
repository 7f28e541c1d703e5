"""Findings with whose row they are in, of which site and which month."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from outcomes.schema.findings import Received

__all__ = ["located"]

#: Table -> the column whose month is that of the row.
DAY_OF = {
    "diary": "date",
    "sessions": "start",
    "titration": "time",
    "adverse_events": "onset",
    "assessments": "date",
    "laboratory": "date",
    "patients": "index_date",
}


def located(findings: pd.DataFrame, received: Mapping[str, Received]) -> pd.DataFrame:
    """Return the findings of rows with patient_id, site and month; missing where that is not known.

    Parameters
    ----------
    findings : DataFrame
        All findings of a study.
    received : mapping of str to Received
        Its tables.
    """
    rows = findings[findings["row"].notna()]
    parts = [_places(name, table) for name, table in received.items()]
    places = pd.concat(parts, ignore_index=True)
    sessions = received.get("sessions")
    if sessions is not None:
        whose = sessions.frame.drop_duplicates("session_id").set_index("session_id")["patient_id"]
        places["patient_id"] = places["patient_id"].fillna(places["session_id"].map(whose))
    found = rows.merge(places.drop(columns="session_id"), on=["table", "file", "row"], how="left")
    patients = received.get("patients")
    site = pd.Series(dtype="str")
    if patients is not None:
        site = patients.frame.drop_duplicates("patient_id").set_index("patient_id")["site"]
    return found.assign(site=found["patient_id"].map(site).astype("str"))


def _places(name: str, table: Received) -> pd.DataFrame:
    frame, none = table.frame, pd.Series(None, index=table.frame.index, dtype="str")
    return pd.DataFrame(
        {
            "table": name,
            "file": table.origin["file"],
            "row": table.origin["row"],
            "patient_id": frame.get("patient_id", none),
            "session_id": frame.get("session_id", none),
            "month": frame[DAY_OF[name]].dt.strftime("%Y-%m").astype("str"),
        }
    )
