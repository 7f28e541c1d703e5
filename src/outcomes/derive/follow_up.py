"""How long each patient was followed for adverse events, and what ended it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from outcomes.derive.courses import courses
from outcomes.derive.remember import from_parts, once
from outcomes.schema.local_time import local_dates
from outcomes.schema.study_data import check_study

if TYPE_CHECKING:
    from outcomes.schema.study_data import StudyData

__all__ = ["follow_up"]

DAY = pd.Timedelta(days=1)


def follow_up(study: StudyData) -> pd.DataFrame:
    """Return from when to when each treated patient was followed for adverse events.

    Parameters
    ----------
    study : Study
        A checked study.

    Returns
    -------
    DataFrame
        One row per treated patient: ``patient_id``; ``start`` and ``end`` (timestamps in the study's zone:
        the start of the day of the first infusion, or of the index date, and the moment at which the last
        day is over); ``first_day`` and ``last_day`` (local dates); ``ended_by``: ``last_contact``, ``cutoff``
        or ``death``.

    Notes
    -----
    Nobody looks for events in a patient who is no longer seen. So follow-up ends with the last contact:
    the last diary entry, session, assessment or event. A study in which events are looked for until the
    cut-off says so (rule ``follow_up = "cutoff"``; without a cut-off the last day of any patient's data is
    taken).
    A death ends follow-up where no contact is recorded after it.

    Examples
    --------
    >>> import outcomes as oc
    >>> found = oc.follow_up(oc.load_example())
    >>> found[["patient_id", "first_day", "last_day", "ended_by"]].head(2)
      patient_id  first_day   last_day      ended_by
    0       0001 2025-08-25 2026-02-13  last_contact
    1       0002 2025-10-17 2026-04-08  last_contact
    """
    check_study(study)
    made: pd.DataFrame | None = from_parts(study, "follow_up")
    return once(study, "follow_up", lambda: _follow_up(study)) if made is None else made


def _follow_up(study: StudyData) -> pd.DataFrame:
    found = courses(study)
    first = found.groupby("patient_id")["course_start"].min()
    frame = pd.DataFrame({"patient_id": first.index.astype("str"), "first_day": first.array})
    seen, deaths = _contacts(study), _deaths(study)
    last, died = (days.reindex(frame["patient_id"]).array for days in (seen, deaths))
    frame["last_day"] = frame["first_day"].where(frame["first_day"] > last, last).fillna(frame["first_day"])
    frame["ended_by"] = "last_contact"
    if study.rules.follow_up == "cutoff":
        end = study.cutoff if study.cutoff is not None else frame["last_day"].max()
        frame["last_day"] = frame["last_day"].clip(lower=_day(end, study.timezone))
        frame["ended_by"] = "cutoff"
    # Contacts after a death contradict it: then it ends nothing, and the coding is to be checked.
    dead = pd.Series(died).notna() & ~(pd.Series(last) > pd.Series(died)) & (died >= frame["first_day"])
    frame.loc[dead, "last_day"] = pd.Series(died)[dead]
    frame.loc[dead, "ended_by"] = "death"
    frame["start"] = _midnight(frame["first_day"], study.timezone)
    frame["end"] = _midnight(frame["last_day"] + DAY, study.timezone)
    return frame[["patient_id", "start", "end", "first_day", "last_day", "ended_by"]]


def _day(moment: pd.Timestamp, timezone: str) -> pd.Timestamp:
    stamp = pd.Timestamp(moment)
    return (stamp if stamp.tzinfo is None else stamp.tz_convert(timezone).tz_localize(None)).normalize()


def _contacts(study: StudyData) -> pd.Series:
    """Return the last local date on which each patient was heard of, by any table but a fatal event's end."""
    sessions, events, zone = study.sessions, study.adverse_events, study.timezone
    left = sessions["end"].fillna(sessions["start"])
    alive = events[~events["outcome"].eq("fatal").fillna(False)] if "outcome" in events else events
    parts = [
        (sessions["patient_id"], local_dates(left, zone)),
        (study.diary["patient_id"], study.diary["date"]),
        (study.assessments["patient_id"], study.assessments["date"]),
        (alive["patient_id"], local_dates(alive["onset"], zone)),
    ]
    rows = pd.concat([pd.DataFrame({"patient_id": who, "day": day}) for who, day in parts])
    return rows.groupby("patient_id")["day"].max()


def _deaths(study: StudyData) -> pd.Series:
    """Return the local date of each recorded death: the end of the fatal event, else its onset."""
    events = study.adverse_events
    if "outcome" not in events:
        return pd.Series(dtype="datetime64[us]")
    fatal = events[events["outcome"].eq("fatal").fillna(False)]
    day = local_dates(fatal["resolved"].fillna(fatal["onset"]), study.timezone)
    return day.groupby(fatal["patient_id"]).max()


def _midnight(days: pd.Series, timezone: str) -> pd.Series:
    first_of_two = np.ones(len(days), dtype=bool)
    zoned = days.dt.tz_localize(timezone, nonexistent="shift_forward", ambiguous=first_of_two)
    return zoned.astype(f"datetime64[us, {timezone}]")
