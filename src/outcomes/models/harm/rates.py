"""Events per exposure: all events (EAER), or first events per time to them (EAIR)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from outcomes.errors import one_of
from outcomes.models.harm.cluster_interval import cluster_rate
from outcomes.models.harm.event_cells import Cells, count_cells, counted_events, members_of
from outcomes.models.harm.event_request import check_request
from outcomes.models.harm.exposure import Exposure, checked_exposure
from outcomes.models.harm.exposure_unknown import unknown_lines
from outcomes.models.harm.time_to_first import time_to_first
from outcomes.models.stats.input_frames import check_columns, names
from outcomes.models.stats.intervals import rate
from outcomes.models.stats.intervals.arguments import check_per
from outcomes.results import Estimates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["rates"]

KINDS = ("eaer", "eair")
RATE_COLUMNS = ("rate", "lower", "upper", "lower_cluster", "upper_cluster")
OWN_COLUMNS = ("n", "N", "events", "exposure", "rate", "lower", "upper", "status", "row", "event_row")


def rates(
    events: pd.DataFrame,
    exposure: pd.DataFrame,
    *,
    by: str | Sequence[str] = (),
    arm: str | None = None,
    per: float = 100,
    kind: str = "eaer",
    unit: str | None = None,
    time: str | None = None,
    subject: str = "patient_id",
    session: str = "session_id",
    event: str = "event_id",
    start: str = "start",
    end: str = "end",
    onset: str = "onset",
    inclusive: bool = False,
    cutoff: pd.Timestamp | None = None,
    where: str | Sequence[str] = (),
    level: float = 0.95,
    method: str = "garwood",
    unknown: str = "raise",
) -> Estimates:
    """Return events per exposure, for every level of the events and arm.

    Parameters
    ----------
    events : DataFrame
        One row an event.
    exposure : DataFrame
        Time at risk: one row a patient, a session, or an interval; patients without any event belong in it.
    by : str or sequence of str
        Columns of `events` that make the rows; none: any event.
    arm : str, optional
        Column of `exposure` that makes the columns. Where it changes within a patient (first or later
        session) an event is counted where its session, or its own column of that name, puts it.
    per : float
        Units of exposure to which the rate refers, for example 100.
    kind : {"eaer", "eair"}
        ``eaer``: all events over all exposure. ``eair``: patients with an event over the exposure up to
        their first one.
    unit : {"hours", "days", "months", "years", "sessions"}, optional
        Unit of exposure. A month is 28 days, a year 365.25. ``sessions`` counts rows of `exposure`.
        Default: the unit that the time column is named for; for intervals hours where they are sessions,
        else months.
    time : str, optional
        Column of `exposure` with time at risk as a number, in `unit`. Default: ``exposure``, else a
        column named like the unit, else ``end - start``.
    subject, session, event, onset : str
        Names of the identifying columns, and of the events' onset (a timestamp; for a numeric `time` and
        ``eair``, a number from the start of exposure in the same unit).
    start, end : str
        Timestamps of `exposure`.
    inclusive : bool
        The day of `end` belongs to the exposure: ``end - start + 1 day``, as in trials with dates.
    cutoff : Timestamp, optional
        Ends the exposure of those without an end; with `inclusive` its day belongs to it too.
    where : str or sequence of str
        Boolean columns of `events`: only events with all of them are counted.
    level : float
        Confidence level.
    method : str
        Interval: see `outcomes.models.stats.intervals.rate`.
    unknown : {"raise", "note"}
        What becomes of events of patients without a row of exposure.

    Returns
    -------
    Estimates
        One row a level and arm with ``n, N, events, exposure, rate, lower, upper, status``, for ``eaer`` also
        ``lower_cluster, upper_cluster``. Patients without an end of exposure are a line of their own (status
        ``exposure unknown``, levels empty): they and their events are in no rate and never dropped.
        Without exposure the rate is undefined, and the status says so.

    Raises
    ------
    ArgumentError
        For a column or option that does not exist.
    DataError
        For negative, overlapping or missing exposure, and events that cannot be counted, with rows named.

    Notes
    -----
    ``rate = per * events / exposure`` (EAER) or ``per * n / (time to the first event, or all of it)`` (EAIR).
    Limits are those of a Poisson count. Events of one patient come in runs:
    ``lower_cluster, upper_cluster`` are ``rate * exp(-+ t SE / rate)`` with
    ``SE^2 = K / (K - 1) sum (y - r T)^2 / (sum T)^2`` over K patients and t on K - 1 degrees of freedom;
    where there is no event they are the Poisson limits.

    References
    ----------
    Stegherr R, Schmoor C, Beyersmann J, et al. Survival analysis for AdVerse events with VarYing follow-up
    times (SAVVY). Trials 2021;22:420. doi:10.1186/s13063-021-05354-x

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({"patient_id": ["a", "a", "b"], "term": ["nausea", "nausea", "rash"]})
    >>> exposure = pd.DataFrame({"patient_id": ["a", "b", "c"], "hours": [40.0, 50.0, 10.0]})
    >>> rates(events, exposure, by=["term"])[["term", "n", "N", "events", "exposure", "rate"]]
         term  n  N  events  exposure  rate
    0  nausea  1  3       2     100.0   2.0
    1    rash  1  3       1     100.0   1.0
    """
    one_of("kind", kind, KINDS)
    one_of("unknown", unknown, ("raise", "note"))
    check_per(per)
    by, where = names(by), names(where, "where")
    check_request(events, by, arm, event, OWN_COLUMNS)
    checked = checked_exposure(
        exposure,
        subject=subject,
        arm=arm,
        unit=unit,
        time=time,
        start=start,
        end=end,
        inclusive=inclusive,
        cutoff=cutoff,
    )
    events = _with_arm(events, exposure, checked, session, arm)
    counted, notes, facts = counted_events(
        events, checked.units, "patient", subject, session, arm, where, unknown
    )
    known = checked.known[counted.unit]
    cells = count_cells(events, counted.only(known), checked.units, by, None)
    at_risk, first_notes = _time_at_risk(events, cells, checked, kind, onset)
    frame = _frame(cells, checked, at_risk, arm, per, kind, level, method)
    if absent := facts["flags_not_recorded"]:
        # No event has an answer: a rate of 0 would say that there was none.
        frame[[c for c in RATE_COLUMNS if c in frame]] = np.nan
        frame.loc[frame["status"] == "ok", "status"] = f"{absent} is not recorded"
    members = members_of(events, cells, checked.units, subject, None, event)
    lines, theirs = unknown_lines(events, counted.only(~known), checked, arm, subject, event, len(frame))
    return Estimates(
        pd.concat([frame, lines], ignore_index=True) if len(lines) else frame,
        title=f"{_what(kind)} per {per:g} {checked.label}",
        method=f"{kind.upper()}; {method} interval"
        + ("; cluster limits: robust by patient, on the log scale" if kind == "eaer" else ""),
        level=level,
        notes=(*notes, *first_notes, *_unknown_notes(checked), *_cluster_notes(frame)),
        status="ok" if checked.known.any() else "no exposure",
        meta={
            "unit": "patient",
            "exposure_unit": checked.unit,
            "per": per,
            "kind": kind,
            "by": tuple(by),
            "arm": arm,
            "subject": subject,
            "N": len(checked.units),
            "N_exposure_unknown": int((~checked.known).sum()),
            **facts,
        },
        members=pd.concat([members, theirs], ignore_index=True) if len(theirs) else members,
    )


def _with_arm(
    events: pd.DataFrame, exposure: pd.DataFrame, checked: Exposure, session: str, arm: str | None
) -> pd.DataFrame:
    """Return the events with the arm of their session, where patients change arms and events do not say."""
    if arm is None or checked.units.unique or arm in events.columns:
        return events
    check_columns("events", events, [session])
    check_columns("exposure", exposure, [session])
    of_session = exposure.drop_duplicates(session).set_index(session)[arm]
    return events.assign(**{arm: events[session].map(of_session)})


def _time_at_risk(
    events: pd.DataFrame, cells: Cells, checked: Exposure, kind: str, onset: str
) -> tuple[Floats, list[str]]:
    """Return the exposure of every cell, in the order of its rows."""
    units, arms = checked.units, len(checked.units.arms)
    total = np.bincount(units.arm, weights=np.nan_to_num(checked.time), minlength=arms)
    every = np.tile(total.astype(np.float64), len(cells.levels))
    if kind == "eaer":
        return every, []
    pairs, until, notes = time_to_first(events, cells, checked, onset)
    saved = checked.time[pairs.unit] - until
    cell = pairs.level * arms + units.arm[pairs.unit]
    lost = np.bincount(cell, weights=saved, minlength=len(every)) if len(cell) else 0.0
    return np.maximum(every - lost, 0.0), notes


def _frame(
    cells: Cells,
    checked: Exposure,
    at_risk: Floats,
    arm: str | None,
    per: float,
    kind: str,
    level: float,
    method: str,
) -> pd.DataFrame:
    frame = cells.rows(checked.units, arm)
    arms, levels = len(checked.units.arms), len(cells.levels)
    people = np.bincount(checked.units.arm[checked.known], minlength=arms).astype(np.int64)
    frame["n"], frame["N"], frame["events"] = cells.n, np.tile(people, levels), cells.events
    frame["exposure"] = at_risk
    some = at_risk > 0
    hits = cells.events if kind == "eaer" else cells.n
    frame["rate"] = np.where(some, per * hits / np.where(some, at_risk, 1.0), np.nan)
    lower, upper = rate(hits, at_risk, method=method, level=level)
    frame["lower"], frame["upper"] = per * lower, per * upper
    if kind == "eaer":
        low, high = cluster_rate(
            cells, checked.units, checked.time, frame["rate"].to_numpy() / per, at_risk, level
        )
        known = frame["events"].to_numpy() > 0
        frame["lower_cluster"] = np.where(known, per * low, frame["lower"])
        frame["upper_cluster"] = np.where(known, per * high, frame["upper"])
    frame["status"] = np.where(some, "ok", "no exposure")
    return frame


def _what(kind: str) -> str:
    return "Events" if kind == "eaer" else "Patients with a first event"


def _unknown_notes(checked: Exposure) -> list[str]:
    unknown = int((~checked.known).sum())
    if not unknown:
        return []
    if unknown == 1:
        return ["1 patient has no end of exposure, is a line of its own and in no rate"]
    return [f"{unknown} patients have no end of exposure: they are a line of their own and in no rate"]


def _cluster_notes(frame: pd.DataFrame) -> list[str]:
    """Say why a rate has no limits by patient."""
    if "lower_cluster" not in frame or not (frame["lower_cluster"].isna() & frame["rate"].notna()).any():
        return []
    return ["limits by patient need two patients: they are missing where one patient has all the exposure"]
