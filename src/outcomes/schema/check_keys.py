"""Checks on keys: two rows for one patient-day, one id twice, the same event entered twice."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.schema.findings import Fault
from outcomes.schema.rules import Rules
from outcomes.schema.same_rows import duplicated
from outcomes.schema.tables import KEYS

__all__ = ["check_keys", "numbered_apart"]

RULES = {
    "patients": "duplicate_patient",
    "sessions": "duplicate_session",
    "titration": "duplicate_time",
    "diary": "duplicate_day",
    "assessments": "duplicate_assessment",
    "laboratory": "duplicate_value",
}
#: Rule of a number that several events have, and what to do.
NUMBER = "duplicate_event_id"
APART = "number events through the whole study, or leave event_id out: the file's row is used then"
SAME_NUMBER = "correct one of the numbers; if the rows are one event that was changed, keep the newer row"


def check_keys(
    table: str,
    frame: pd.DataFrame,
    *,
    rules: Rules,
    sound: NDArray[np.bool_],
    faulty: NDArray[np.bool_],
) -> list[Fault]:
    """Return the faults of rows that share a key and do not say the same.

    Both rows of a pair are rejected: nothing says which one is right. For the diary the rule `resolve` can
    name the row that is kept. Events that share a number are events: only the number is not used.

    Parameters
    ----------
    table : str
        Name of the table.
    frame : DataFrame
        Parsed columns; index 0..rows-1.
    rules : Rules
        The study's rules: `resolve`.
    sound : ndarray of bool, shape (rows,)
        Rows that nothing has cost so far: only these can be the one that is kept.
    faulty : ndarray of bool, shape (rows,)
        Rows of which a cell is not used.
    """
    if table == "adverse_events":
        again = _same_event(frame.loc[sound], faulty=faulty)
        return [*_shared_numbers(frame.drop(index=again.rows)), again]
    key = list(KEYS[table])
    double = duplicated(frame, key) & frame[key].notna().all(axis=1).to_numpy()
    hint = "correct the source" + ("; or set rules.resolve" if table == "diary" else "")
    faults = []
    if table == "diary" and rules.resolve != "reject":
        kept = _kept(frame, double & sound, rules.resolve)
        text = f"two rows for one patient-day: this one is kept (resolve = {rules.resolve})"
        faults.append(Fault(table, "duplicate_day_kept", text, np.flatnonzero(kept), "date", "warning"))
        double &= ~kept
    message = f"more than one row has this {' and '.join(key)}"
    if table != "diary" or rules.resolve == "reject":
        message += ", and they differ: nothing says which is right, so none of them is used"
    rows = np.flatnonzero(double)
    faults.append(Fault(table, RULES[table], message, rows, key[-1], hint=hint, costs="row"))
    return faults


def _shared_numbers(events: pd.DataFrame) -> list[Fault]:
    """Return the events whose number is that of another event: of another patient, or of the same one."""
    double = duplicated(events, ["event_id"]) & events["event_id"].notna().to_numpy()
    of_one = double & duplicated(events, ["patient_id", "event_id"]) & events["patient_id"].notna().to_numpy()
    kinds = (
        (double & ~of_one, "events of several patients have this event_id", APART),
        (of_one, "several events of this patient have this event_id: each is counted", SAME_NUMBER),
    )
    return [
        Fault(
            "adverse_events", NUMBER, text, events.index[mask].to_numpy(), "event_id", hint=hint, costs="cell"
        )
        for mask, text, hint in kinds
    ]


def numbered_apart(events: pd.DataFrame, origin: pd.DataFrame, faults: list[Fault]) -> pd.DataFrame:
    """Return the events with file and row in the place of each number that several of them share."""
    rows = [fault.rows for fault in faults if fault.rule == NUMBER]
    places = np.concatenate([np.empty(0, dtype=np.intp), *rows])
    if not len(places):
        return events
    where = origin.iloc[places]
    ids = events["event_id"].copy()
    ids.iloc[places] = (where["file"] + ":" + where["row"].astype("str")).to_numpy()
    return events.assign(event_id=ids)


def _kept(frame: pd.DataFrame, candidates: pd.Series, resolve: str) -> NDArray[np.bool_]:
    """Return which of the rows that share a patient-day is kept: the latest entry, or the worst day."""
    by = ["entered_at"] if resolve == "latest_entry" else ["headache", "pain", "duration_h"]
    rows = frame.loc[candidates, ["patient_id", "date", *by]].sort_values(
        by, na_position="first", kind="stable"
    )
    last = rows.loc[~rows.duplicated(["patient_id", "date"], keep="last")].index
    kept = np.zeros(len(frame), dtype=bool)
    kept[last] = True
    return kept


def _same_event(frame: pd.DataFrame, *, faulty: NDArray[np.bool_]) -> Fault:
    """Return the rows that enter an event once more: same patient, term, onset and grade.

    Of these the one stays that has no fault of its own, of such the one that is serious or fatal, else the
    first.
    """
    columns = ["patient_id", "term", "onset", "grade"]
    known = frame.loc[frame[columns[:3]].notna().all(axis=1), [*columns, "serious", "outcome"]]
    grave = known["serious"].eq(True).fillna(False) | known["outcome"].eq("fatal").fillna(False)
    rank = 2 * faulty[known.index] + ~grave.to_numpy(dtype=bool)
    by_rank = known.iloc[np.argsort(rank, kind="stable")]
    again = by_rank.assign(term=by_rank["term"].str.casefold()).duplicated(columns)
    return Fault(
        "adverse_events",
        "duplicate_event",
        "the same patient, term, onset and grade appear in another row too, and that row is used",
        np.sort(again.index[again].to_numpy(dtype=np.intp)),
        "term",
        hint="only this row is left out: of the duplicates, the one without another fault stays, or else "
        "the first",
        costs="row",
    )
