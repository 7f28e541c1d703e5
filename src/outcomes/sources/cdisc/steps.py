"""Records of EX and EC that are parts of an infusion: steps of the pump, and the session that they make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from outcomes.sources.raw import RawTable
from outcomes.sources.shaping.rows import take

__all__ = ["log_of_steps", "one_session"]

#: Reads a column of texts as times.
Times = Callable[[pd.Series], pd.Series]
#: Between two steps of one infusion nothing is longer.
PAUSE = pd.Timedelta(hours=1)


def one_session(raw: RawTable, times: Times) -> RawTable:
    """Return EX with one record per session: records of a group, or else those that follow each other.

    Records that overlap are never put together: one of them is wrong, and the checks say so.

    Parameters
    ----------
    raw : RawTable
        Records of EX; EXGRPID names the session, where it is there.
    times : callable
        From texts to times.
    """
    frame = raw.frame
    known = pd.DataFrame({"start": times(frame["EXSTDTC"]), "end": times(frame["EXENDTC"])})
    known["group"] = _groups(frame, known)
    if not known["group"].duplicated().any():
        return raw
    known["place"] = np.arange(len(frame))
    first = known.sort_values("start", kind="stable").drop_duplicates("group").sort_values("place")
    last = known.sort_values("end", kind="stable", na_position="first").drop_duplicates("group", keep="last")
    ends = frame["EXENDTC"].iloc[last["place"].to_numpy()].set_axis(last["group"])
    made = take(raw, first["place"].to_numpy(dtype=np.intp))
    changed = {"EXENDTC": ends.loc[first["group"]].to_numpy()}
    if "EXDOSE" in frame:
        dose = pd.to_numeric(frame["EXDOSE"], errors="coerce").groupby(known["group"])
        whole = dose.sum(min_count=1).where(dose.count() == dose.size())
        if "EXTRT" in frame:  # milligrams of two substances are no sum
            by = frame["EXTRT"].groupby(known["group"])
            whole = whole.where(by.min() == by.max())
        text = whole.loc[first["group"]].astype("str").mask(whole.loc[first["group"]].isna(), "")
        alone = ~first["group"].isin(known["group"][known["group"].duplicated()])
        changed["EXDOSE"] = np.where(alone, made.frame["EXDOSE"], text)
    return replace(made, frame=made.frame.assign(**changed).astype("str"))


def _groups(frame: pd.DataFrame, known: pd.DataFrame) -> pd.Series:
    """Return which session each record is a part of."""
    named = frame["EXGRPID"].str.strip() if "EXGRPID" in frame else pd.Series("", index=frame.index)
    base = frame["USUBJID"] + "\n" + named
    order = known.assign(base=base).sort_values(["base", "start"], kind="stable")
    before = order.groupby("base")["end"].cummax().groupby(order["base"]).shift()
    apart = before.isna() | (order["start"] < before)
    odd = (order["start"] < before).groupby(order["base"]).transform("any")
    begins = apart | (order["start"] > before + PAUSE)
    begins = begins.where(order["base"].str.endswith("\n"), ~order["base"].duplicated() | odd)
    return begins.cumsum().reindex(frame.index)


def log_of_steps(raw: RawTable, sessions: pd.DataFrame, times: Times) -> RawTable:
    """Return a log of the pump of steps with begin and end: a rate holds until the next one, or is 0.

    Parameters
    ----------
    raw : RawTable
        Records with ``patient_id, time, until, rate`` and more of our columns.
    sessions : DataFrame
        The sessions that were read: a step without one belongs to the one that runs at its time.
    times : callable
        From texts to times.
    """
    frame = raw.frame
    begin, until = times(frame["time"]), times(frame["until"])
    if "session_id" not in frame or frame["session_id"].eq("").all():
        frame = frame.assign(session_id=_running(frame["patient_id"], begin, sessions))
    order = pd.DataFrame({"session": frame["session_id"], "begin": begin}).sort_values(
        ["session", "begin"], kind="stable"
    )
    following = order.groupby("session", sort=False)["begin"].shift(-1).reindex(frame.index)
    first = ~order["session"].duplicated().reindex(frame.index)
    if "action" not in frame:
        frame = frame.assign(action=np.where(first, "start", "rate"))
    ends = until.gt(begin) & (following.isna() | (following > until)) & frame["session_id"].ne("")
    # each step, and behind it the end of the rate where nothing follows at once
    places = np.repeat(np.arange(len(frame)), 1 + ends.to_numpy(dtype=np.intp))
    made = take(replace(raw, frame=frame), places)
    added = np.concatenate([[False], places[1:] == places[:-1]])[: len(places)]
    stops = added & following.isna().to_numpy()[places]
    text = made.frame
    text = text.assign(
        time=np.where(added, text["until"], text["time"]),
        rate=np.where(added, "0", text["rate"]),
        action=np.where(stops, "stop", np.where(added, "rate", text["action"])),
    )
    return replace(made, frame=text.drop(columns=["patient_id", "until"]).astype("str"))


def _running(patient: pd.Series, begin: pd.Series, sessions: pd.DataFrame) -> np.ndarray:
    """Return the session of each patient that runs at a time; empty where none does."""
    steps = pd.DataFrame({"patient_id": patient, "at": begin, "place": np.arange(len(patient))}).dropna()
    known = (
        sessions[["patient_id", "session_id", "start", "end"]].dropna(subset=["start"]).sort_values("start")
    )
    found = pd.merge_asof(steps.sort_values("at"), known, left_on="at", right_on="start", by="patient_id")
    runs = found["session_id"].notna() & (found["end"].isna() | (found["at"] <= found["end"]))
    ids = np.full(len(patient), "", dtype=object)
    ids[found["place"][runs]] = found["session_id"][runs]
    return ids
