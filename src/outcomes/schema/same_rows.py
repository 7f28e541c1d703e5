"""Rows that stand twice, as in exports that overlap: every other check sees each of them once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.schema.contract import specs
from outcomes.schema.findings import Fault, Received
from outcomes.schema.look_up import coded
from outcomes.schema.tables import KEYS

__all__ = ["OVERLAP", "SAME_ROW", "duplicated", "given_once", "places_as_given"]

#: Rule of a row that says what another row has said.
SAME_ROW = "same_row_again"
OVERLAP = "nothing; exports that overlap hold such rows"
#: What tells rows apart in a source that gives them no number.
WITHOUT_NUMBER = {"sessions": ("patient_id", "start"), "adverse_events": ("patient_id", "term", "onset")}


def given_once(
    received: Mapping[str, Received],
) -> tuple[dict[str, Received], dict[str, NDArray[np.intp]], list[Fault], frozenset[str]]:
    """Return the tables without rows that say again what a row above them says.

    Two rows are the same when they share the key and agree in every cell that the study reads: in the value
    as it is read, or as it is written where it cannot be read. A blank is not the same as a value.

    Parameters
    ----------
    received : mapping of str to Received
        The tables that were given.

    Returns
    -------
    once : dict of str to Received
        The tables; one without such rows is what was given.
    places : dict of str to ndarray of int
        Of the other tables, where each row stands in the table as given.
    faults : list of Fault
        The rows that are left out, by their place in the table as given.
    distinct : frozenset of str
        The tables in which no two rows share the key.
    """
    once, places, faults, distinct = dict(received), {}, [], []
    for name, table in received.items():
        shared, again = _again(name, table)
        distinct += [] if len(shared) or name in WITHOUT_NUMBER else [name]
        if len(again):
            places[name] = np.delete(np.arange(len(table)), again)
            once[name] = _rows_of(table, places[name])
            faults.append(_left_out(name, again))
    return once, places, faults, frozenset(distinct)


def places_as_given(faults: list[Fault], places: Mapping[str, NDArray[np.intp]]) -> list[Fault]:
    """Return faults of the tables without repeated rows, with the rows' places in the tables as given."""
    return [
        replace(fault, rows=places[fault.table][fault.rows]) if fault.table in places else fault
        for fault in faults
    ]


def duplicated(frame: pd.DataFrame, key: list[str]) -> NDArray[np.bool_]:
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


def _left_out(table: str, rows: NDArray[np.intp]) -> Fault:
    text = "a row above says the same in every cell that is read: this one is left out, and nothing is lost"
    return Fault(table, SAME_ROW, text, rows, severity="warning", hint=OVERLAP, costs="copy")


def _again(table: str, received: Received) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows that share a key, and of them those that are the same as a row above."""
    frame, key = received.frame, list(KEYS[table])
    told = [name for name in key if not specs(table)[name].nullable]
    if table in WITHOUT_NUMBER:  # a number that was made of the file's row is none
        made = frame[key[0]].eq(received.origin["file"] + ":" + received.origin["row"].astype("str"))
        frame = frame.assign(**{key[0]: frame[key[0]].mask(made.to_numpy())})
        key, told = [*key, *WITHOUT_NUMBER[table]], list(WITHOUT_NUMBER[table])
    rows = np.flatnonzero(duplicated(frame, key))
    if not len(rows):
        return rows, rows
    some = frame.iloc[rows]
    known = some[told].notna().all(axis=1)
    known |= some[KEYS[table][0]].notna() if table in WITHOUT_NUMBER else False
    cells = pd.concat([some, _unread(received, rows)], axis=1)
    return rows, rows[(cells.duplicated() & known).to_numpy(dtype=bool)]


def _unread(received: Received, rows: NDArray[np.intp]) -> pd.DataFrame:
    """Return what is written in the cells that cannot be read, for some of the rows."""
    texts = {}
    for number, fault in enumerate(received.faults):
        if fault.column in received.raw and fault.severity == "error":
            raw = received.raw[fault.column].iloc[rows].astype("str")
            texts[number] = raw.where(np.isin(rows, fault.rows), "")
    return pd.DataFrame(texts, index=received.frame.index[rows])


def _rows_of(table: Received, places: NDArray[np.intp]) -> Received:
    """Return some rows of a table, with what reading found in them."""
    faults = []
    for fault in table.faults:
        mine = np.isin(fault.rows, places)
        faults.append(replace(fault, rows=np.searchsorted(places, fault.rows[mine])))
    frame, raw, origin = (
        part.iloc[places].reset_index(drop=True) for part in (table.frame, table.raw, table.origin)
    )
    return Received(frame, raw, origin, table.files, tuple(faults))
