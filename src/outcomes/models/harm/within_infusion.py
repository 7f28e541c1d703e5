"""When during an infusion events begin: per running hour, hour by hour from line in and by pump rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError, plural
from outcomes.models.harm.at_risk.clock import check_one_clock
from outcomes.models.harm.at_risk.names import END, ONSET, PATIENT, SESSION, START
from outcomes.models.harm.at_risk.units import find_rows
from outcomes.models.harm.rates import rates as events_per_time
from outcomes.models.stats.input_frames import check_columns
from outcomes.results import Estimates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]

__all__ = ["within_infusion"]

HOUR = pd.Timedelta(hours=1)
#: Where the pump rate is not known: no log, or none yet.
NOT_RECORDED = "rate not recorded"
CELL = "hour and\nrate"


def within_infusion(
    events: pd.DataFrame,
    sessions: pd.DataFrame,
    *,
    titration: pd.DataFrame | None = None,
    pump_rates: Sequence[float] = (),
    hours: float = 1.0,
    level: float = 0.95,
) -> Estimates:
    """Count the events that began during an infusion, per hour that infusions ran, by hour from line in.

    Parameters
    ----------
    events : DataFrame
        ``patient_id, session_id, onset``, as `oc.emergent` returns them.
    sessions : DataFrame
        ``patient_id, session_id, start, end``; those without an end are left out and counted.
    titration : DataFrame, optional
        The pump's log: ``session_id, time, rate`` (mg/kg/h), ``action``. A rate holds until the next row.
    pump_rates : sequence of float, mg/kg/h
        Bounds of the groups of pump rates, ascending; needs `titration`. None: not divided by rate.
    hours : float
        Length of the steps from line in.
    level : float
        Confidence level.

    Returns
    -------
    Estimates
        One row per step and group of rates in which an infusion ran: ``hour`` (its beginning, from line in),
        ``pump_rate``, ``sessions`` that ran in it and ``running`` at any rate, ``n`` patients with an event
        of ``N``, ``events``, ``exposure`` (hours), ``rate, lower, upper, lower_cluster, upper_cluster,
        status`` as `oc.rates`.

    Raises
    ------
    ArgumentError
        For columns that do not exist, bounds that do not ascend, or bounds without a log.
    DataError
        For sessions of one patient that overlap, or end before they begin.

    Notes
    -----
    An event at the very moment of a change counts before it: a rate that is lowered because of an event did
    not cause it. Later hours are those of infusions that went on, and a rate is raised in patients who
    tolerate it: an association, not the effect of the rate.

    Examples
    --------
    >>> import pandas as pd
    >>> sessions = pd.DataFrame({"patient_id": ["a", "b"], "session_id": [1, 1],
    ...     "start": pd.to_datetime(["2026-03-02 09:00Z"] * 2),
    ...     "end": pd.to_datetime(["2026-03-02 11:00Z", "2026-03-02 10:00Z"])})
    >>> onset = pd.to_datetime(["2026-03-02 10:30Z"])
    >>> events = pd.DataFrame({"patient_id": ["a"], "session_id": [1], "onset": onset})
    >>> within_infusion(events, sessions)[["hour", "sessions", "events", "exposure", "rate"]]
       hour  sessions  events  exposure   rate
    0   0.0         2       0       2.0    0.0
    1   1.0         1       1       1.0  100.0
    """
    _check(events, sessions, titration, pump_rates, hours)
    ended = sessions[sessions[END].notna()].reset_index(drop=True)
    stretches = _stretches(ended, titration, hours)
    bands = _bands(stretches["pump"], pump_rates)
    stretches[CELL] = stretches["step"] * (len(pump_rates) + 2) + bands
    inside, notes = _placed(events, ended, stretches)
    if left := len(sessions) - len(ended):
        notes.append(
            f"{plural(left, 'session without an end is', 'sessions without an end are')} not included"
        )
    found = events_per_time(inside, stretches, arm=CELL, unit="hours", level=level)
    frame = found.to_frame()
    step, band = np.divmod(frame.pop(CELL).to_numpy(dtype=np.int64), len(pump_rates) + 2)
    frame.insert(0, "hour", step * float(hours))
    if pump_rates:
        frame.insert(1, "pump_rate", pd.Categorical.from_codes(band, _names(pump_rates), ordered=True))
    ran = stretches.drop_duplicates([CELL, "row"]).groupby(CELL).size()
    frame.insert(len(frame.columns) - 9, "sessions", ran.to_numpy())
    running = stretches.drop_duplicates(["step", "row"]).groupby("step").size()
    frame.insert(len(frame.columns) - 9, "running", running.reindex(step).to_numpy())
    return replace(
        found,
        frame=frame,
        title="Events that began during an infusion, per 100 hours that infusions ran",
        notes=(*notes, *found.notes),
        meta={**found.meta, "arm": None, "hours": float(hours), "sessions": len(ended)},
    )


def _check(
    events: pd.DataFrame,
    sessions: pd.DataFrame,
    titration: pd.DataFrame | None,
    pump_rates: Sequence[float],
    hours: float,
) -> None:
    check_columns("events", events, [PATIENT, SESSION, ONSET])
    check_columns("sessions", sessions, [PATIENT, SESSION, START, END])
    clocks = [("events", events, ONSET), ("sessions", sessions, START), ("sessions", sessions, END)]
    if titration is not None:
        check_columns("titration", titration, [SESSION, "time", "rate"], numbers=["rate"])
        clocks.append(("titration", titration, "time"))
    check_one_clock(*clocks)
    if not hours > 0:
        raise ArgumentError("hours is not a length", got=repr(hours), allowed="above 0")
    if pump_rates and (titration is None or not (np.diff([0.0, *pump_rates]) > 0).all()):
        raise ArgumentError(
            "pump_rates needs the pump's log and ascending bounds",
            got=f"{', '.join(map(str, pump_rates))}; titration: {'none' if titration is None else 'given'}",
            allowed="rates above 0 in mg/kg/h, each larger than the one before",
        )
    if pump_rates and "dose_factor" not in sessions and "substance" in sessions:
        named = sorted(sessions["substance"].dropna().unique())
        if len(named) > 1:
            raise ArgumentError(
                "the rates are of several substances: as they stand they make no groups",
                got=", ".join(named),
                hint="give oc.exposure(study), which counts as [rules] esketamine_as_racemic declares",
            )


def _stretches(sessions: pd.DataFrame, titration: pd.DataFrame | None, hours: float) -> pd.DataFrame:
    """Return one row per stretch of a session within one step and of one pump rate."""
    length = ((sessions[END] - sessions[START]) / HOUR).to_numpy(dtype=np.float64)
    steps = np.maximum(np.ceil(length / hours), 1).astype(np.int64)
    row = np.repeat(np.arange(len(sessions)), steps)
    step = np.arange(len(row)) - np.repeat(np.cumsum(steps) - steps, steps)
    cuts = pd.DataFrame({"row": row, "at": step * hours, "pump": np.nan, "logged": False})
    if titration is not None:
        cuts = pd.concat([cuts, _logged(sessions, titration, length)], ignore_index=True)
    # at one moment the log's own row comes last: it holds from there
    cuts = cuts.sort_values(["row", "at", "logged"], kind="stable", ignore_index=True)
    last = pd.Series(np.where(cuts["logged"], cuts.index, np.nan)).groupby(cuts["row"]).ffill()
    cuts["pump"] = cuts["pump"].reindex(last).to_numpy()
    after = cuts.groupby("row")["at"].shift(-1).to_numpy(dtype=np.float64)
    until = np.where(np.isnan(after), length[cuts["row"]], after)
    cuts["step"] = np.floor(cuts["at"] / hours + 1e-9).astype(np.int64)
    start = sessions[START].array.take(cuts["row"])
    cuts[START], cuts[END] = start + cuts["at"].to_numpy() * HOUR, start + until * HOUR
    for column in (PATIENT, SESSION):
        cuts[column] = sessions[column].array.take(cuts["row"])
    return cuts[until > cuts["at"].to_numpy()].reset_index(drop=True)


def _logged(sessions: pd.DataFrame, titration: pd.DataFrame, length: NDArray[np.float64]) -> pd.DataFrame:
    """Return the rows of the log as cuts; what was set before line in holds from there."""
    keys = [key for key in (PATIENT, SESSION) if key in titration.columns]
    if sessions.duplicated(keys).any():
        raise ArgumentError(
            "the pump's log does not say whose session it is",
            got="sessions numbered within each patient, a log without patient_id",
            hint="add patient_id to the log",
        )
    log = titration.reset_index(drop=True).merge(
        sessions[[*keys, START]].assign(row=range(len(sessions)), factor=sessions.get("dose_factor", 1.0)),
        on=keys,
        how="inner",
    )
    at = ((log["time"] - log[START]) / HOUR).clip(lower=0.0)
    stopped = log["action"].eq("stop").fillna(False) if "action" in log else False
    # rates of a substance without a declared equivalence are not known as those of the other
    pump = (log["rate"].astype("Float64").astype(float) * log["factor"]).mask(stopped, 0.0)
    cuts = pd.DataFrame({"row": log["row"], "at": at, "pump": pump, "logged": True})
    return cuts[at.to_numpy() < length[log["row"]]]


def _names(bounds: Sequence[float]) -> list[str]:
    between = [f"{low:g} to below {high:g}" for low, high in pairwise(bounds)]
    return [f"below {bounds[0]:g}", *between, f"{bounds[-1]:g} or more", NOT_RECORDED] if bounds else []


def _bands(pump: pd.Series, bounds: Sequence[float]) -> Codes:
    """Return the group of each rate; the last one, where there are groups, is that of unknown rates."""
    rate = pump.to_numpy(dtype=np.float64)
    found = np.searchsorted(np.asarray(bounds, dtype=np.float64), rate, side="right")
    return np.where(np.isnan(rate) & bool(bounds), len(bounds) + 1, found if bounds else 0).astype(np.int64)


def _placed(
    events: pd.DataFrame, sessions: pd.DataFrame, stretches: pd.DataFrame
) -> tuple[pd.DataFrame, list[str]]:
    """Return the events that began during their session with their stretch's cell, and what of the others."""
    events = events.reset_index(drop=True)
    row = find_rows(sessions, events)
    start, end = (sessions[column].array.take(row, allow_fill=True) for column in (START, END))
    during = ((events[ONSET] >= start) & (events[ONSET] <= end)).to_numpy(dtype=bool)
    notes = []
    if "onset_precision" in events.columns:
        by_day = events["onset_precision"].eq("day").fillna(False).to_numpy(dtype=bool)
        timing = events["timing"] if "timing" in events.columns else pd.Series("during", index=events.index)
        within = by_day & timing.eq("during").fillna(False).to_numpy(dtype=bool)
        if (vague := int((within & (row >= 0)).sum())) > 0:
            notes.append(
                f"{plural(vague, 'event')} during a session of which only the day is known: not included"
            )
        during = during & ~by_day
    inside = events[during].assign(row=row[during]).sort_values(ONSET, kind="stable")
    inside[ONSET] = inside[ONSET].astype(sessions[START].dtype)  # one zone: the same moments
    begins = stretches[["row", START, CELL]].sort_values(START, kind="stable")
    # A change at the moment of the event comes after it, but for line in.
    found = pd.merge_asof(inside, begins, left_on=ONSET, right_on=START, by="row", allow_exact_matches=False)
    first = begins.drop_duplicates("row").set_index("row")[CELL]
    found[CELL] = found[CELL].fillna(found["row"].map(first)).astype(np.int64)
    return found.drop(columns=["row", START, "in_session"], errors="ignore"), notes
