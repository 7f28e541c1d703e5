"""Which session of its own patient an event belongs to, on integer codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]
    Mask = NDArray[np.bool_]

__all__ = ["NEVER", "Starts", "find", "microseconds", "session_of", "session_starts"]

#: Stands for "no end" in comparisons of microseconds, and is later than any of them.
NEVER = np.iinfo(np.int64).max
#: Where the session of an event comes from.
SOURCES = pd.array(["none", "derived", "conflict", "unknown", "reported"], dtype="str")


@dataclass(frozen=True, slots=True, eq=False)
class Starts:
    """Sessions ordered by patient and start; positions count in that order.

    ``start``, ``end`` (`NEVER` where it is not known) and ``patient`` have one entry per session and one more
    at the end, for no session; ``order`` (the row of each in the frame given) and ``session_id`` (in the
    order of that frame) one a session; ``own`` and ``first`` one an event: the code of its patient, and the
    position of that patient's first session (-1 for none); ``asking`` are the events by patient.
    """

    start: Codes
    end: Codes
    session_id: pd.api.extensions.ExtensionArray
    order: Codes
    rank: Codes
    times: Codes
    patient: Codes
    own: Codes
    first: Codes
    asking: Codes

    def count_until(self, moment: Codes) -> Codes:
        """Return the position after the patient's last start at or before each moment; 0 for none."""
        width = len(self.times) + 1
        asked = self.own * width + np.searchsorted(self.times, moment, side="right")
        # Asked patient by patient, the search walks through the sessions instead of jumping about in memory.
        after = np.empty(len(asked), dtype=np.int64)
        after[self.asking] = np.searchsorted(self.rank, asked[self.asking], side="left")
        return np.where((self.first >= 0) & (after > self.first), after, 0)

    def identifiers(self, session: Codes) -> pd.api.extensions.ExtensionArray:
        """Return the identifier of the session at each position; missing for -1."""
        row = np.append(self.order, -1)[session]
        return self.session_id.take(row, allow_fill=True)


def session_starts(events: pd.DataFrame, sessions: pd.DataFrame) -> Starts:
    """Order the sessions, and find the patient of each event among theirs."""
    codes, patients = pd.factorize(sessions["patient_id"])
    start = microseconds(sessions["start"])
    order = _in_order(codes, start)
    codes, start = codes[order].astype(np.int64), start[order]
    times, rank = np.unique(start, return_inverse=True)
    own = find(pd.Series(patients), events["patient_id"])
    first_of = np.searchsorted(codes, np.arange(len(patients)))
    end = np.full(len(order), NEVER)
    if "end" in sessions.columns:
        end = np.where(sessions["end"].isna(), NEVER, microseconds(sessions["end"]))[order]
    return Starts(
        start=np.append(start, 0),
        end=np.append(end, NEVER),
        session_id=sessions["session_id"].array,
        order=order,
        rank=codes * (len(times) + 1) + rank,
        times=times,
        patient=np.append(codes, -2),
        own=own,
        first=np.append(first_of, -1)[own],
        asking=np.argsort(own),
    )


def _in_order(patient: Codes, start: Codes) -> Codes:
    """Return the order by patient and start; sessions mostly come in it, which is seen without sorting."""
    same, later = patient[1:] == patient[:-1], start[1:] >= start[:-1]
    if bool(((patient[1:] > patient[:-1]) | (same & later)).all()):
        return np.arange(len(patient))
    return np.lexsort((start, patient))


def session_of(
    events: pd.DataFrame, starts: Starts, found: Codes, latest: Codes
) -> tuple[Codes, pd.api.extensions.ExtensionArray]:
    """Return the position of each event's session (-1 for none) and where that comes from, in words.

    The session that the source names is looked for among those of the event's own patient: clinics number
    sessions within a patient.
    """
    if "session_id" not in events.columns:
        return found, SOURCES.take((found >= 0).view(np.int8))
    stated = events["session_id"].notna().to_numpy(dtype=bool)
    named = _named(events["session_id"], starts)
    fits = (named >= 0) & (starts.start[named] <= latest)
    where = [fits, stated & (named < 0), stated, found >= 0]
    source = np.select(where, [np.int8(place) for place in (4, 3, 2, 1)], np.int8(0))
    return np.where(fits, named, found), SOURCES.take(source)


def _named(ids: pd.Series, starts: Starts) -> Codes:
    """Return the first session of the patient with the identifier that the event names; -1 for none."""
    count = len(starts.session_id)
    if count == 0 or len(ids) == 0:
        return np.full(len(ids), -1, dtype=np.int64)
    codes, distinct = pd.factorize(pd.concat([pd.Series(starts.session_id), ids], ignore_index=True))
    theirs = starts.patient[:-1] * len(distinct) + codes[:count][starts.order]
    asked = np.where((codes[count:] >= 0) & (starts.own >= 0), starts.own * len(distinct) + codes[count:], -1)
    order = np.argsort(theirs, kind="stable")
    at = np.minimum(np.searchsorted(theirs[order], asked, side="left"), count - 1)
    return np.where(theirs[order][at] == asked, order[at], -1)


def microseconds(moment: pd.Series) -> Codes:
    """Return zoned times as integers; a missing one is the smallest integer."""
    return np.asarray(
        moment.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[us]").astype(np.int64)
    )


def find(keys: pd.Series, values: pd.Series) -> Codes:
    """Return the position of each value among unique keys; -1 where it is missing or not one of them."""
    if len(keys) == 0 or len(values) == 0:
        return np.full(len(values), -1, dtype=np.int64)
    codes, _ = pd.factorize(pd.concat([keys, values], ignore_index=True))
    found = codes[len(keys) :].astype(np.int64)
    return np.where(found < len(keys), found, -1)
