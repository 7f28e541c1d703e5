"""How many patients, or sessions, had an event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import numpy as np
import pandas as pd

from outcomes.errors import one_of, plural
from outcomes.models.harm.at_risk.cells import Cells, count_cells, members_of
from outcomes.models.harm.at_risk.events import counted_events
from outcomes.models.harm.at_risk.names import PATIENT, SESSION
from outcomes.models.harm.at_risk.request import CountOptions, check_request, check_worst, read_options
from outcomes.models.harm.at_risk.strata import apart, joined
from outcomes.models.harm.at_risk.units import AtRisk, at_risk_units
from outcomes.models.harm.cluster_interval import cluster_proportion
from outcomes.models.stats.input_frames import names
from outcomes.models.stats.intervals import proportion
from outcomes.models.stats.kernels.cells import cluster_sums
from outcomes.results import Estimates

__all__ = ["incidence", "incidence_frame"]

UNITS = ("patient", "session")
LIMITS = ("lower", "upper", "lower_cluster", "upper_cluster")


def incidence(
    events: pd.DataFrame,
    at_risk: pd.DataFrame,
    *,
    by: str | Sequence[str] = (),
    arm: str | None = None,
    unit: str = "patient",
    worst: str | None = None,
    **options: Unpack[CountOptions],
) -> Estimates:
    """Count the patients or sessions with at least one event, for every level of the events and arm.

    Parameters
    ----------
    events : DataFrame
        One row per event: ``patient_id``; for sessions ``session_id``; ``event_id`` where there is one. For
        sessions only those events count that `oc.emergent` says are ``in_session``, where it was asked.
    at_risk : DataFrame
        The denominator: one row per patient, or per session for ``unit="session"``, found by patient and
        session. Patients without any event belong in it.
    by : str or sequence of str
        Columns of `events` that make the rows, for example ``["group", "term"]``; none: any event.
    arm : str, optional
        Column of `at_risk` that makes the columns: arm, first or later session, sex.
    unit : {"patient", "session"}
        What is counted.
    worst : str, optional
        Column with a grade (a number or an ordered category): each unit counts once per level, at its worst
        grade, and the grade becomes the last of the `by` columns. ``events`` stays the number of events
        of that grade.
    **options : CountOptions
        ``where``: boolean columns of `events`, only events with all of them are counted (``"serious"``);
        ``strata``: column of `at_risk` within which the arms are counted and `compare_arms` compares;
        ``level``: confidence level, 0.95; ``unknown``: ``"raise"`` or ``"note"``, what becomes of events
        whose patient (or session) is not at risk.

    Returns
    -------
    Estimates
        One row per level and arm with ``n, N, percent, events, lower, upper, status`` (limits in percent);
        for sessions also
        ``lower_cluster, upper_cluster``. A level that an arm does not have is a row with n = 0.
        ``members`` holds, for each row, the patients (and sessions) and the positions of their events.

    Raises
    ------
    ArgumentError
        For a column or option that does not exist.
    DataError
        For an event of an unknown patient or session, an event entered twice, an event that names another arm
        or patient than `at_risk` does, and for a grade that cannot be ordered.

    Notes
    -----
    ``percent = 100 n / N``. The interval is exact for independent units. Sessions of one patient are not:
    ``lower_cluster, upper_cluster`` are Clopper-Pearson limits at the effective sample size
    (Korn and Graubard 1998). Where nobody is at risk the percentage is undefined and the status says so.

    References
    ----------
    Newcombe RG. Two-sided confidence intervals for the single proportion. Stat Med 1998;17:857-872.
    doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E

    Examples
    --------
    >>> import pandas as pd
    >>> events = pd.DataFrame({"patient_id": ["a", "a", "b"], "term": ["nausea", "nausea", "dizziness"]})
    >>> patients = pd.DataFrame({"patient_id": ["a", "b", "c", "d"]})
    >>> incidence(events, patients, by=["term"])[["term", "n", "N", "percent", "events"]]
            term  n  N  percent  events
    0  dizziness  1  4     25.0       1
    1     nausea  1  4     25.0       2
    """
    one_of("unit", unit, UNITS)
    by, asked = names(by), read_options(options)
    check_request(events, by, arm, worst=worst, strata=asked.strata)
    if worst is not None:
        check_worst(events, worst)
    at_risk, column, pairs = joined(at_risk, arm, asked.strata)
    units = at_risk_units(at_risk, PATIENT if unit == "patient" else SESSION, column)
    counted, notes, facts = counted_events(events, units, unit, column, asked.where, asked.unknown)
    cells = count_cells(events, counted, units, by, worst)
    frame = incidence_frame(cells, units, column, asked.level, clustered=unit == "session")
    frame = apart(frame, pairs)
    if facts["flags_not_recorded"]:
        # No event has an answer: a share of 0 would say that there was none.
        frame[[c for c in ("percent", *LIMITS) if c in frame]] = np.nan
        frame = frame.assign(**dict.fromkeys(("n", "events"), pd.array([pd.NA] * len(frame), dtype="Int64")))
        frame["status"] = f"{facts['flags_not_recorded']} is not recorded"
    what = "Patients" if unit == "patient" else "Sessions"
    return Estimates(
        frame,
        title=f"{what} with at least one event{_filtered(asked.where)}",
        method="n / N with clopper-pearson interval" + _cluster_words(unit),
        level=asked.level,
        notes=(*notes, *_unit_notes(units, unit)),
        status="ok" if len(units) else "nobody at risk",
        meta={
            "kind": "incidence",
            "unit": unit,
            "N": len(units),
            "by": (*by, *([worst] if worst else [])),
            "arm": arm,
            "strata": asked.strata,
            "subject": PATIENT,
            **facts,
        },
        members=members_of(events, cells, units, sessions=unit == "session"),
    )


def incidence_frame(
    cells: Cells, units: AtRisk, arm: str | None, level: float, *, clustered: bool
) -> pd.DataFrame:
    """Return one row per cell with counts, percentage, intervals and status."""
    arms, levels = len(units.arms), len(cells.levels)
    at_risk = np.tile(np.bincount(units.arm, minlength=arms), levels).astype(np.int64)
    somebody = at_risk > 0
    columns = cells.names(units, arm) | {
        "n": cells.n,
        "N": at_risk,
        "percent": np.where(somebody, 100 * cells.n / np.where(somebody, at_risk, 1), np.nan),
        "events": cells.events,
    }
    # the limits of a percentage are percentages: a row has one scale
    limits = {("lower", "upper"): proportion(cells.n, at_risk, level=level)}
    if clustered:
        limits["lower_cluster", "upper_cluster"] = cluster_proportion(
            cells.n.astype(np.float64),
            at_risk.astype(np.float64),
            cluster_sums(cells.pairs, units.arm, units.cluster, levels, arms),
            level,
        )
    for (low, high), (lower, upper) in limits.items():
        columns |= {low: 100 * lower, high: 100 * upper}
    return pd.DataFrame(columns | {"status": np.where(somebody, "ok", "nobody at risk")})


def _filtered(where: list[str]) -> str:
    return f" ({' and '.join(where)})" if where else ""


def _cluster_words(unit: str) -> str:
    words = "; cluster limits: Korn-Graubard, patients as clusters"
    return words if unit == "session" else ""


def _unit_notes(units: AtRisk, unit: str) -> list[str]:
    if not units.repeated:
        return []
    one, many = f"row of at_risk repeats a {unit} and is", f"rows of at_risk repeat a {unit} and are"
    return [f"{plural(units.repeated, one, many)} counted once"]
