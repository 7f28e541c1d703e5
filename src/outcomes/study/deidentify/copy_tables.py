"""The tables of a study without what names people."""

from __future__ import annotations

import pandas as pd

from outcomes.errors import DataError
from outcomes.schema.contract import specs
from outcomes.study.deidentify.keyed import new_ids, weeks
from outcomes.study.deidentify.local_clock import with_offset_of
from outcomes.study.deidentify.treatment import treatment_of
from outcomes.study.study import Study

__all__ = ["deidentified"]

WEEK = pd.Timedelta(days=7)
#: Patients that must share a text.
SHARED = 5
OLDEST = 89
ID_LETTERS = {"patient_id": "P", "session_id": "S", "event_id": "E"}
#: How long after a session an event keeps the session's clock.
NEAR = pd.Timedelta(days=30)


def deidentified(study: Study, key: bytes) -> dict[str, pd.DataFrame]:
    """Return the accepted rows of each table without names, places, real dates and free text.

    Parameters
    ----------
    study : Study
        A checked study.
    key : bytes
        Secret from which identifiers and shifts are made; whoever has it can find them again.

    Raises
    ------
    DataError
        When days that were rejected would count as free of headache.
    """
    if study.rules.absent_means != "missing" and len(study.rejected_days):
        raise DataError(
            "days with a rejected row would count as headache-free in the copy",
            hint="correct these rows first: outcomes check lists them",
        )
    tables = {name: study.table(name) for name in sorted({*study.given, "patients"})}
    tables["patients"] = _everybody(study, tables)
    clocks = _clocks(tables, study.timezone)
    whose = _whose(tables)
    moved = weeks(pd.Index(tables["patients"]["patient_id"]), key) * WEEK
    return {name: _treated(name, clocks[name], whose[name], moved, key, study) for name in tables}


def _everybody(study: Study, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return a row per patient of any table, with the last day of which data could be here."""
    ids = pd.concat([frame["patient_id"] for frame in tables.values() if "patient_id" in frame])
    known = tables["patients"].drop_duplicates("patient_id").set_index("patient_id")
    everybody = known.reindex(sorted(ids.dropna().unique())).reset_index(names="patient_id")
    until = study.cutoff if study.cutoff is not None else study.diary["date"].max()
    return everybody.assign(data_until=everybody["data_until"].fillna(until))


def _clocks(tables: dict[str, pd.DataFrame], timezone: str) -> dict[str, pd.DataFrame]:
    """Return the tables with their times by the clinic's clock."""
    sessions = tables.get("sessions")
    starts = None
    if sessions is not None:
        starts = sessions.drop_duplicates("session_id").set_index("session_id")["start"]
    found = {}
    for name, frame in tables.items():
        times = [one for one, spec in specs(name).items() if spec.kind == "timestamp"]
        at = {one: frame[one] for one in times}
        if name == "sessions":
            at = dict.fromkeys(times, frame["start"])
        elif name == "titration" and starts is not None:
            at = dict.fromkeys(times, frame["session_id"].map(starts))
        elif name == "adverse_events" and sessions is not None:
            timed = frame["onset_precision"].eq("time").fillna(False).astype(bool)
            at["onset"] = _last_start(frame, sessions).where(timed, frame["onset"])
        found[name] = frame.assign(
            **{one: with_offset_of(frame[one], at[one].astype(frame[one].dtype), timezone) for one in times}
        )
    return found


def _last_start(events: pd.DataFrame, sessions: pd.DataFrame) -> pd.Series:
    """Return the start of the patient's last session before each event, if it is not long ago."""
    left = events[["patient_id", "onset"]].assign(row=range(len(events))).dropna(subset=["onset"])
    right = sessions[["patient_id", "start"]].dropna().sort_values("start")
    found = pd.merge_asof(
        left.sort_values("onset"), right, left_on="onset", right_on="start", by="patient_id", tolerance=NEAR
    )
    start = found.set_index("row")["start"].reindex(range(len(events))).set_axis(events.index)
    return start.fillna(events["onset"])


def _whose(tables: dict[str, pd.DataFrame]) -> dict[str, pd.Series]:
    """Return the patient of each row."""
    found = {name: frame["patient_id"] for name, frame in tables.items() if "patient_id" in frame}
    if "titration" in tables:
        of = tables["sessions"].drop_duplicates("session_id").set_index("session_id")["patient_id"]
        found["titration"] = tables["titration"]["session_id"].map(of)
    return found


def _treated(
    table: str, frame: pd.DataFrame, whose: pd.Series, moved: pd.Series, key: bytes, study: Study
) -> pd.DataFrame:
    found = {}
    for name in specs(table):
        cells = frame[name]
        what = treatment_of(table, name)
        if what == "new":
            found[name] = new_ids(cells, key, what=ID_LETTERS[name])
        elif what == "shifted":
            found[name] = cells + whose.map(moved)
        elif what == "over 89":
            found[name] = cells.mask(cells > OLDEST, OLDEST + 1)
        elif what == "recoded":
            labels = sorted(cells.dropna().unique())
            found[name] = cells.map({one: f"{name} {n}" for n, one in enumerate(labels, start=1)})
        elif what == "shared":
            found[name] = _shared(cells, whose, frame)
        elif what == "kept":
            found[name] = cells
    treated = pd.DataFrame(found, index=frame.index)
    if table == "titration":
        treated["rate_unit"] = "mg/kg/h"
    if table == "diary" and study.rules.pain_scale == "0-100":  # the rule divides when it is read again
        treated["pain"] = treated["pain"] * 10
    keys = [name for name in ("patient_id", "session_id", "date", "time", "start") if name in treated]
    return treated.sort_values(keys, kind="stable", ignore_index=True)


def _shared(cells: pd.Series, whose: pd.Series, frame: pd.DataFrame) -> pd.Series:
    """Return texts that several patients share; a term that few have is called by its group."""
    people = whose.groupby(cells).transform("nunique")
    rare = cells.notna() & ~people.ge(SHARED).fillna(False)
    other = frame["group"].astype("str") + " (term not kept)" if "group" in frame else None
    return cells.mask(rare, other).astype("str")
