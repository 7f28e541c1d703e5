"""Checks between tables: unknown patients and sessions, order in time, overlap."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.schema.check_rows import LONGEST
from outcomes.schema.check_titration import check_dose, check_log
from outcomes.schema.findings import Fault
from outcomes.schema.local_time import known_span
from outcomes.schema.look_up import known_keys, look_up

__all__ = ["check_across"]


def check_across(
    tables: Mapping[str, pd.DataFrame],
    *,
    given: frozenset[str],
    timezone: str,
    unread_bolus: NDArray[np.bool_],
) -> list[Fault]:
    """Return the faults that only two tables together show.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        All seven tables as parsed; a table that was not given has no rows.
    given : frozenset of str
        The tables that were given: nothing is unknown in a table that does not exist.
    timezone : str
        The study's zone, for the local date of sessions.
    unread_bolus : ndarray of bool
        Sessions of which a bolus was entered that is not used.
    """
    faults: list[Fault] = []
    if "patients" in given:
        for name in ("sessions", "diary", "adverse_events", "assessments", "laboratory"):
            faults.append(
                _unknown(name, tables[name], tables["patients"], "patient_id", "unknown_patient", "error")
            )
        faults.append(_before_contact(tables["diary"], tables["patients"]))
    if "sessions" in given:
        args = (tables["sessions"], "session_id", "unknown_session")
        faults.append(_unknown("titration", tables["titration"], *args, "error"))
        faults += [
            _not_the_patients(name, tables[name], tables["sessions"])
            for name in ("adverse_events", "assessments", "laboratory")
        ]
        faults += [
            _overlap(tables["sessions"]),
            _event_before_session(tables["adverse_events"], tables["sessions"], timezone),
        ]
        faults += check_log(tables["titration"], tables["sessions"])
        faults += check_dose(tables["sessions"], tables["titration"], unread_bolus)
    faults.append(_after_death(tables["adverse_events"]))
    return faults


def _unknown(
    table: str, rows: pd.DataFrame, known: pd.DataFrame, key: str, rule: str, severity: str
) -> Fault:
    unknown = rows[key].notna().to_numpy() & ~known_keys(rows[key], known[key])
    where = "patients" if key == "patient_id" else "sessions"
    return Fault(
        table,
        rule,
        f"{key} is not in the table {where}",
        np.flatnonzero(unknown),
        key,
        severity,  # type: ignore[arg-type]
        f"add the row to {where}, or correct the identifier (leading zeros matter)",
    )


def _not_the_patients(table: str, rows: pd.DataFrame, sessions: pd.DataFrame) -> Fault:
    """Return the rows that name a session which the patient of the row did not have."""
    known = sessions.dropna(subset=["session_id"]).drop_duplicates("session_id").set_index("session_id")
    had_by = look_up(rows["session_id"], known["patient_id"])
    wrong = rows["session_id"].notna() & (had_by.isna() | (had_by != rows["patient_id"]))
    text = "session_id is not a session of this patient in the table sessions"
    hint = "kept without it; add the session, or correct one of the identifiers (leading zeros matter)"
    return Fault(table, "unknown_session", text, np.flatnonzero(wrong), "session_id", "warning", hint)


def _before_contact(diary: pd.DataFrame, patients: pd.DataFrame) -> Fault:
    contact = patients.dropna(subset=["patient_id", "first_contact"]).drop_duplicates("patient_id")
    first = contact.set_index("patient_id")["first_contact"]
    early = diary["date"] < look_up(diary["patient_id"], first) if len(first) else np.empty(0)
    text = "the day is before the patient's first contact"
    return Fault(
        "diary", "before_first_contact", text, np.flatnonzero(early), "date", "warning", "kept as entered"
    )


def _overlap(sessions: pd.DataFrame) -> Fault:
    """Return the sessions that begin before an earlier one of the same patient has ended."""
    order = sessions.dropna(subset=["patient_id", "start"]).sort_values(
        ["patient_id", "start"], kind="stable"
    )
    by = order.groupby("patient_id", sort=False)
    # An open end hides nothing, nor does one that is refused: it is taken as the start, so that one wrong
    # year does not cost every later session.
    length = order["end"] - order["start"]
    sound = (length > pd.Timedelta(0)) & (length <= LONGEST)
    ended = order["end"].where(sound, order["start"])
    latest_end = ended.groupby(order["patient_id"], sort=False).cummax().groupby(order["patient_id"]).shift()
    late = order["start"] < latest_end
    same_start = by["start"].diff() == pd.Timedelta(0)
    rows = np.sort(order.index[late | same_start].to_numpy(dtype=np.intp))
    return Fault(
        "sessions",
        "session_overlap",
        "the session begins before an earlier session of the same patient has ended",
        rows,
        "start",
        hint="correct the times; a transfer is two sessions that touch",
    )


def _event_before_session(events: pd.DataFrame, sessions: pd.DataFrame, timezone: str) -> Fault:
    first = sessions.groupby("patient_id")["start"].min()
    start = look_up(events["patient_id"], first)
    by_day = events["onset_precision"] == "day"
    local_day = start.dt.tz_convert(timezone).dt.normalize().dt.tz_convert("UTC")
    early = events["onset"] < start.mask(by_day, local_day)
    _, last = known_span(events["onset_from"], events["onset_precision"], timezone)
    early |= last < start
    dated = events["onset"].notna() | last.notna()
    never = events["patient_id"].notna() & start.isna() & dated
    return Fault(
        "adverse_events",
        "before_any_session",
        "the event begins before any session of the patient",
        np.flatnonzero((early | never).fillna(False)),
        "onset",
        "warning",
        "kept; it is not emergent",
    )


def _after_death(events: pd.DataFrame) -> Fault:
    fatal = events.loc[events["outcome"] == "fatal", ["patient_id", "onset", "resolved"]]
    death = fatal["resolved"].fillna(fatal["onset"]).groupby(fatal["patient_id"]).min()
    late = events["onset"] > look_up(events["patient_id"], death)
    text = "the event begins after an event of the same patient with outcome fatal"
    return Fault(
        "adverse_events", "after_death", text, np.flatnonzero(late.fillna(False)), "onset", "warning"
    )
