"""Which partition a row goes into: one for all of a patient, and for those who share an identifier."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import DataError
from outcomes.schema.likeness_key import likeness_key

__all__ = ["Placing", "own_key", "place"]

Numbers = NDArray[np.int64]
#: Identifiers of which each belongs to one patient.
OWNED = ("session_id", "event_id")
#: Patients who share identifiers of sessions or events go together; so many are no slip.
MOST_TOGETHER = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Placing:
    """The rule by which rows find their partition.

    Parameters
    ----------
    partitions : int
        How many there are.
    together : Series of str
        Key of a patient -> the key whose partition is taken; only those who share an identifier.
    sessions : Series of str
        Session -> key of its patient: the pump's log knows sessions only.
    """

    partitions: int
    together: pd.Series
    sessions: pd.Series

    def of(self, table: str, ids: pd.DataFrame) -> Numbers:
        """Return the partition of each row of a table by its identifiers."""
        return (
            self.of_sessions(ids["session_id"])
            if table == "titration"
            else self.of_patients(ids["patient_id"])
        )

    def of_patients(self, patients: pd.Series) -> Numbers:
        """Return the partition of each row by its patient's identifier as text."""
        codes, texts = pd.factorize(own_key(patients))
        return np.asarray(self._of_keys(pd.Series(texts))[codes], dtype=np.int64)

    def of_sessions(self, sessions: pd.Series) -> Numbers:
        """Return the partition of each row by its session; those of no session go into the first."""
        codes, texts = pd.factorize(sessions.fillna(""))
        key = self.sessions.reindex(texts)
        found = self._of_keys(pd.Series(key.fillna("").to_numpy(), dtype="str"))
        return np.asarray(np.where(key.notna(), found, 0)[codes], dtype=np.int64)

    def _of_keys(self, keys: pd.Series) -> Numbers:
        led = (
            keys.map(self.together) if len(self.together) else pd.Series(None, index=keys.index, dtype="str")
        )
        leader = led.fillna(keys).to_numpy(dtype=object)
        number = pd.util.hash_array(leader, categorize=False) % np.uint64(self.partitions)
        return np.asarray(number, dtype=np.int64)


def own_key(patients: pd.Series) -> pd.Series:
    """Return what stands for a patient: identifiers that look alike have one key, so they lie together."""
    codes, texts = pd.factorize(patients.fillna(""))
    return pd.Series(likeness_key(pd.Series(texts, dtype="str")).to_numpy()[codes], dtype="str")


def place(keys: Iterable[pd.DataFrame], partitions: int) -> Placing:
    """Return where rows go, from the keys of all tables but the diary and the pump's log.

    Parameters
    ----------
    keys : iterable of DataFrame
        patient_id, and session_id and event_id where the table has them, as they are read.
    partitions : int
        How many partitions.

    Raises
    ------
    DataError
        When more than 1,000 patients share identifiers of sessions or events: they are no identifiers.
    """
    sessions, pairs = [], []
    for frame in keys:
        key = own_key(frame["patient_id"])
        for name in (name for name in OWNED if name in frame):
            ids = frame[name].fillna("").reset_index(drop=True)
            known = pd.DataFrame({"key": key, "id": name + "\n" + ids})[(ids != "").to_numpy()]
            pairs.append(known.drop_duplicates())
            if name == "session_id" and frame.attrs["table"] == "sessions":
                sessions.append(pd.Series(key[known.index].to_numpy(), index=ids[known.index]))
    none = pd.Series(dtype="str", index=pd.Index([], dtype="str"))
    together = _leaders(pd.concat(pairs, ignore_index=True).drop_duplicates()) if pairs else none
    found = pd.concat(sessions) if sessions else none
    return Placing(partitions, together, found[~found.index.duplicated()])


def _leaders(pairs: pd.DataFrame) -> pd.Series:
    """Return for each patient who shares an identifier the first key of all who hang together."""
    shared = pairs[pairs["id"].duplicated(keep=False)]
    shared = pairs[pairs["key"].isin(shared["key"])].assign(leader=lambda rows: rows["key"])
    while True:  # each turn carries the first key one identifier further
        leader = shared.groupby("id")["leader"].transform("min")
        leader = leader.groupby(shared["key"]).transform("min")
        if leader.equals(shared["leader"]):
            break
        shared = shared.assign(leader=leader)
    leaders = shared.drop_duplicates("key").set_index("key")["leader"]
    most = int(leaders.value_counts().max()) if len(leaders) else 0
    if most > MOST_TOGETHER:
        raise DataError(
            "identifiers of sessions or events are shared by many patients: their rows cannot be partitioned",
            got=f"{most:,} patients are linked",
            allowed="each session_id, and each event_id, belongs to one patient",
            hint="join the patient's identifier to it in the source",
        )
    return leaders
