"""Events per exposure: all events (EAER), or first events per time to them (EAIR)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

import numpy as np
import pandas as pd

from outcomes.errors import one_of, plural
from outcomes.models.harm.at_risk.cells import Cells, count_cells, members_of
from outcomes.models.harm.at_risk.clock import check_one_clock
from outcomes.models.harm.at_risk.events import Counted, counted_events, in_session, outside_notes
from outcomes.models.harm.at_risk.names import END, ONSET, PATIENT, SESSION, START
from outcomes.models.harm.at_risk.request import CountOptions, check_request, read_options
from outcomes.models.harm.at_risk.strata import apart, joined
from outcomes.models.harm.at_risk.time import Exposure, checked_exposure
from outcomes.models.harm.at_risk.units import find_rows
from outcomes.models.harm.at_risk.unknown import unknown_lines
from outcomes.models.harm.cluster_interval import cluster_rate
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
OWN_COLUMNS = ("exposure", "rate")


def rates(
    events: pd.DataFrame,
    exposure: pd.DataFrame,
    *,
    by: str | Sequence[str] = (),
    arm: str | None = None,
    per: float = 100,
    kind: str = "eaer",
    unit: str | None = None,
    **options: Unpack[CountOptions],
) -> Estimates:
    """Return events per exposure, for every level of the events and arm.

    Parameters
    ----------
    events : DataFrame
        One row per event: ``patient_id``; where they are used ``session_id``, ``event_id`` and ``onset`` (a
        timestamp; a number from the start of exposure where the exposure is a number).
    exposure : DataFrame
        Time at risk: one row per patient, session or interval; patients without any event belong in it.
        The time is the column ``exposure``, else one named like the unit, else ``end - start``. `at_risk`
        closes intervals that are given with dates or go on.
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
        else months. Over sessions only those events count that `oc.emergent` says are ``in_session``; over
        the follow-up of `oc.follow_up` only those that began in it. The others are counted in a note.
    **options : CountOptions
        ``where``: boolean columns of `events`, only events with all of them are counted; ``strata``: column
        of `exposure` within which the arms are counted and `compare_arms` compares; ``level``: confidence
        level, 0.95; ``unknown``: ``"raise"`` or ``"note"``, what becomes of events of patients without a row
        of exposure.

    Returns
    -------
    Estimates
        One row per level and arm with ``n, N, events, exposure, rate, lower, upper, status``, for ``eaer``
        also ``lower_cluster, upper_cluster``. Patients without an end of exposure are on a separate line
        (status ``exposure unknown``, levels empty): they and their events are in no rate and never dropped.
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
    Limits are those of a Poisson count. Events of one patient cluster:
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
    check_per(per)
    by, asked = names(by), read_options(options)
    check_request(events, by, arm, OWN_COLUMNS, strata=asked.strata)
    exposure, column, pairs = joined(exposure, arm, asked.strata)
    checked = checked_exposure(exposure, arm=column, unit=unit)
    check_one_clock(("events", events, ONSET), ("exposure", exposure, START), ("exposure", exposure, END))
    events = _with_arm(events, exposure, checked, column)
    counted, notes, facts = counted_events(
        events, checked.units, "patient", column, asked.where, asked.unknown
    )
    counted, set_apart, apart_notes = _in_time(events, exposure, checked, counted)
    known = checked.known[counted.unit]
    cells = count_cells(events, counted.only(known), checked.units, by, None)
    at_risk, first_notes = _time_at_risk(events, cells, checked, kind)
    frame = _frame(cells, checked, at_risk, column, per, kind, asked.level)
    if absent := facts["flags_not_recorded"]:
        # No event has an answer: a rate of 0 would say that there was none.
        frame[[c for c in RATE_COLUMNS if c in frame]] = np.nan
        frame = frame.assign(**dict.fromkeys(("n", "events"), pd.array([pd.NA] * len(frame), dtype="Int64")))
        frame.loc[frame["status"] == "ok", "status"] = f"{absent} is not recorded"
    members = members_of(events, cells, checked.units)
    lines, theirs = unknown_lines(events, counted.only(~known), checked, column, len(frame))
    return Estimates(
        apart(pd.concat([frame, lines], ignore_index=True) if len(lines) else frame, pairs),
        title=f"{_what(kind)} per {per:g} {checked.label}",
        method=f"{kind.upper()}; garwood interval"
        + ("; cluster limits: robust by patient, on the log scale" if kind == "eaer" else ""),
        level=asked.level,
        notes=(*notes, *apart_notes, *first_notes, *_unknown_notes(checked), *_cluster_notes(frame)),
        status="ok" if checked.known.any() else "no exposure",
        meta={
            "unit": "patient",
            "exposure_unit": checked.unit,
            "per": per,
            "kind": kind,
            "by": tuple(by),
            "arm": arm,
            "strata": asked.strata,
            "subject": PATIENT,
            "N": len(checked.units),
            "N_exposure_unknown": int((~checked.known).sum()),
            **facts,
            "events_counted": len(counted.position),
            **set_apart,
        },
        members=pd.concat([members, theirs], ignore_index=True) if len(theirs) else members,
    )


def _with_arm(
    events: pd.DataFrame, exposure: pd.DataFrame, checked: Exposure, arm: str | None
) -> pd.DataFrame:
    """Return the events with the arm of their session, where patients change arms and events do not say."""
    if arm is None or checked.units.unique or arm in events.columns:
        return events
    check_columns("events", events, [PATIENT, SESSION])
    check_columns("exposure", exposure, [PATIENT, SESSION])
    at = find_rows(exposure, events)
    return events.assign(**{arm: exposure[arm].array.take(at, allow_fill=True)})


def _in_time(
    events: pd.DataFrame, exposure: pd.DataFrame, checked: Exposure, counted: Counted
) -> tuple[Counted, dict[str, int], list[str]]:
    """Return the events that began while their patient was at risk; the others are counted apart."""
    if SESSION in exposure.columns:
        outside = ~in_session(events)[counted.position]
        return (
            counted.only(~outside), {"events_outside_session": int(outside.sum())}, outside_notes(outside)
        )  # fmt: skip
    if "ended_by" not in exposure.columns or END not in exposure.columns or ONSET not in events.columns:
        return counted, {}, []
    last = exposure[END].groupby(checked.row_unit).max().reindex(range(len(checked.units)))
    late = (
        events[ONSET].iloc[counted.position].reset_index(drop=True)
        > last.iloc[counted.unit].reset_index(drop=True)
    ).to_numpy(dtype=bool)
    words = plural(int(late.sum()), "event began", "events began")
    notes = [f"{words} after the patient's follow-up: counted separately"] if late.any() else []
    return counted.only(~late), {"events_after_follow_up": int(late.sum())}, notes


def _time_at_risk(
    events: pd.DataFrame, cells: Cells, checked: Exposure, kind: str
) -> tuple[Floats, list[str]]:
    """Return the exposure of every cell, in the order of its rows."""
    units, arms = checked.units, len(checked.units.arms)
    total = np.bincount(units.arm, weights=np.nan_to_num(checked.time), minlength=arms)
    every = np.tile(total.astype(np.float64), len(cells.levels))
    if kind == "eaer":
        return every, []
    pairs, until, notes = time_to_first(events, cells, checked)
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
) -> pd.DataFrame:
    arms, levels = len(checked.units.arms), len(cells.levels)
    people = np.bincount(checked.units.arm[checked.known], minlength=arms).astype(np.int64)
    some = at_risk > 0
    hits = cells.events if kind == "eaer" else cells.n
    found = np.where(some, per * hits / np.where(some, at_risk, 1.0), np.nan)
    lower, upper = (per * limit for limit in rate(hits, at_risk, level=level))
    columns = cells.names(checked.units, arm) | {
        "n": cells.n, "N": np.tile(people, levels), "events": cells.events,
        "exposure": at_risk, "rate": found, "lower": lower, "upper": upper,
    }  # fmt: skip
    if kind == "eaer":
        low, high = cluster_rate(cells, checked.units, checked.time, found / per, at_risk, level)
        known = cells.events > 0
        columns["lower_cluster"] = np.where(known, per * low, lower)
        columns["upper_cluster"] = np.where(known, per * high, upper)
    return pd.DataFrame(columns | {"status": np.where(some, "ok", "no exposure")})


def _what(kind: str) -> str:
    return "Events" if kind == "eaer" else "Patients with a first event"


def _unknown_notes(checked: Exposure) -> list[str]:
    unknown = int((~checked.known).sum())
    if not unknown:
        return []
    if unknown == 1:
        return ["1 patient has no end of exposure: on a separate line and in no rate"]
    return [f"{unknown} patients have no end of exposure: on a separate line and in no rate"]


def _cluster_notes(frame: pd.DataFrame) -> list[str]:
    """Say why a rate has no limits by patient."""
    if "lower_cluster" not in frame or not (frame["lower_cluster"].isna() & frame["rate"].notna()).any():
        return []
    return ["limits by patient need two patients: they are missing where one patient has all the exposure"]
