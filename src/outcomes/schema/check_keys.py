"""Checks on keys: two rows for one patient-day, one id twice, the same event entered twice."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.schema.findings import Fault
from outcomes.schema.look_up import coded
from outcomes.schema.rules import Rules
from outcomes.schema.tables import KEYS

__all__ = ["check_keys", "numbered_apart"]

RULES = {
    "patients": "duplicate_patient",
    "sessions": "duplicate_session",
    "titration": "duplicate_time",
    "diary": "duplicate_day",
    "adverse_events": "duplicate_event_id",
    "assessments": "duplicate_assessment",
    "laboratory": "duplicate_value",
}


def check_keys(
    table: str,
    frame: pd.DataFrame,
    *,
    rules: Rules,
    sound: NDArray[np.bool_],
    faulty: NDArray[np.bool_],
) -> list[Fault]:
    """Return the faults of rows that share a key.

    Both rows of a pair are rejected: nothing says which one is right. For the diary the rule
    `resolve` can name the row that is kept. Events of several patients that share a number were numbered
    within each patient or site: only the number is not used.

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
    key = list(KEYS[table])
    known = frame[key].notna().all(axis=1)
    double = _duplicated(frame, key) & known
    hint = "correct the source" + ("; or set rules.resolve" if table == "diary" else "")
    names = " and ".join(key)
    faults = []
    if table == "diary" and rules.resolve != "reject":
        kept = _kept(frame, double & sound, rules.resolve)
        text = f"two rows for one patient-day: this one is kept (resolve = {rules.resolve})"
        faults.append(Fault(table, "duplicate_day_kept", text, np.flatnonzero(kept), "date", "warning"))
        double &= ~kept
    if table == "adverse_events":
        shared = double & ~(_duplicated(frame, ["patient_id", "event_id"]) & frame["patient_id"].notna())
        text = "events of several patients have this event_id"
        rows = np.flatnonzero(shared)
        hint = "number events through the whole study, or leave event_id out: the file's row is used then"
        faults.append(Fault(table, RULES[table], text, rows, "event_id", hint=hint, costs="cell"))
        double &= ~shared
        hint = "correct the source"
    message = f"more than one row has this {names}"
    if table != "diary" or rules.resolve == "reject":
        message += ": nothing says which is right, so none of them is used"
    rows = np.flatnonzero(double)
    faults.append(Fault(table, RULES[table], message, rows, key[-1], hint=hint, costs="row"))
    if table == "adverse_events":
        faults.append(_same_event(frame.loc[sound & ~double], faulty=faulty))
    return faults


def numbered_apart(events: pd.DataFrame, origin: pd.DataFrame, faults: list[Fault]) -> pd.DataFrame:
    """Return the events with file and row in the place of each number that several patients share."""
    rows = [fault.rows for fault in faults if fault.rule == RULES["adverse_events"] and fault.cost == "cell"]
    places = np.concatenate([np.empty(0, dtype=np.intp), *rows])
    if not len(places):
        return events
    where = origin.iloc[places]
    ids = events["event_id"].copy()
    ids.iloc[places] = (where["file"] + ":" + where["row"].astype("str")).to_numpy()
    return events.assign(event_id=ids)


def _duplicated(frame: pd.DataFrame, key: list[str]) -> NDArray[np.bool_]:
    """Return which rows share a key; of rows by patient and date it is known without a hash of each."""
    number, size = np.zeros(len(frame), dtype=np.int64), 1
    for name in key:
        column = frame[name]
        texts = isinstance(column.dtype, pd.StringDtype)
        codes, distinct = coded(column) if texts else pd.factorize(column, sort=True)
        number, size = number * (len(distinct) + 1) + codes + 1, size * (len(distinct) + 1)
    if size >= 2**63:  # more than such a number can tell apart
        return np.asarray(frame.duplicated(key, keep=False))
    if (number[1:] > number[:-1]).all():
        return np.zeros(len(frame), dtype=bool)
    return np.asarray(pd.Series(number).duplicated(keep=False))


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

    Of these the one stays that has no fault of its own, of such the one that is serious, else the first.
    """
    columns = ["patient_id", "term", "onset", "grade"]
    known = frame.loc[frame[columns[:3]].notna().all(axis=1), [*columns, "serious"]]
    rank = 2 * faulty[known.index] + ~known["serious"].eq(True).fillna(False).to_numpy(dtype=bool)
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
