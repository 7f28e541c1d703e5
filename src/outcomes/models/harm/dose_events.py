"""How often sessions of a low and of a high dose have an event, the sessions of a patient clustered."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError, DataError, instance_of, name_rows, one_of, plural
from outcomes.models.harm.at_risk.names import PATIENT, SESSION
from outcomes.models.harm.at_risk.request import CountOptions
from outcomes.models.harm.at_risk.units import find_rows
from outcomes.models.harm.incidence import incidence
from outcomes.models.harm.rates import rates
from outcomes.models.harm.sessions import event_sessions
from outcomes.models.stats.dose_note import dose_note
from outcomes.models.stats.input_frames import check_columns
from outcomes.results import Estimates

__all__ = ["DOSE_UNITS", "dose_events"]

#: Column of a dose -> its unit.
DOSE_UNITS = {
    "dose_mg": "mg",
    "dose_mg_per_kg": "mg/kg",
    "peak_rate": "mg/kg/h",
    "mean_rate": "mg/kg/h",
    "hours": "h",
}
GROUP = "dose_group"
#: What is measured -> its words.
MEASURES = {"probability": "Percent of sessions with an event", "rate": "Events per 100 infusion-hours"}
CAUTION = "an association, not an effect: the dose follows what a patient tolerates and needs"


def dose_events(
    events: pd.DataFrame,
    sessions: pd.DataFrame,
    *,
    dose: str = "dose_mg_per_kg",
    groups: int = 4,
    measure: str = "probability",
    where: str | Sequence[str] = (),
    level: float = 0.95,
    unknown: str = "raise",
) -> Estimates:
    """Return the probability of an event in a session, or events per infusion-hour, by the session's dose.

    Parameters
    ----------
    events : DataFrame
        One row per event with its session; events without a session are counted in a note.
    sessions : DataFrame
        One row per session with the dose (`oc.exposure`); for ``measure="rate"`` with ``hours``.
    dose : str
        Column of `sessions`: ``dose_mg_per_kg``, ``dose_mg``, ``peak_rate``, ``mean_rate``.
    groups : int
        Groups of equal size by dose; fewer where many sessions have the same dose.
    measure : {"probability", "rate"}
        Sessions with at least one event, or all events per 100 infusion-hours.
    where : str or sequence of str
        Boolean columns of `events`: only events with all of them are counted.
    level : float
        Confidence level.
    unknown : {"raise", "note"}
        What becomes of events in sessions that are not in `sessions`.

    Returns
    -------
    Estimates
        One row per group of doses: ``term`` (the range with its unit), ``dose`` (median), ``dose_low,
        dose_high``, ``n`` sessions with an event of ``N`` (patients for a rate), ``events``, ``estimate``
        (percent of sessions, or the rate), ``lower, upper`` (cluster-robust by patient), ``status``. ``meta``
        holds the odds ratio per unit of dose from `event_sessions` with its limits; ``members`` the patients
        and events of every row.

    Raises
    ------
    ArgumentError
        For columns and options that do not exist.
    DataError
        When no session has a dose, or a dose is negative.

    Notes
    -----
    Limits of a probability: Clopper-Pearson at the effective number of sessions (Korn and Graubard); of a
    rate: robust by patient on the log scale. Sessions without a dose are left out and counted.

    References
    ----------
    Korn EL, Graubard BI. Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data. Survey Methodology 1998;24:193-201.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> sessions = pd.DataFrame({"session_id": range(40), "patient_id": np.repeat(range(10), 4),
    ...     "dose_mg_per_kg": np.tile([0.2, 0.4, 0.6, 0.8], 10)})
    >>> events = sessions[(sessions["session_id"] % 4) * 3 > sessions["patient_id"]]
    >>> dose_events(events, sessions, groups=2)[["term", "n", "N", "estimate"]]
                   term   n   N  estimate
    0  0.2 to 0.4 mg/kg   3  20      15.0
    1  0.6 to 0.8 mg/kg  15  20      75.0
    """
    one_of("measure", measure, MEASURES)
    instance_of("groups", groups, Integral, hint="give a number of groups")
    if groups < 1:
        raise ArgumentError("groups is not 1 or more", got=repr(groups), allowed="1 or more")
    check_columns("events", events, [PATIENT, SESSION])
    times = ["hours"] if measure == "rate" else []
    check_columns("sessions", sessions, [PATIENT, SESSION, dose, *times], numbers=[dose, *times])
    asked: CountOptions = {"where": where, "level": level, "unknown": unknown}
    known, left_out = _with_dose(sessions, dose)
    unit = DOSE_UNITS.get(dose, dose)
    table, code = _groups(known[dose].to_numpy(dtype=np.float64), groups, unit)
    at_risk = known.assign(**{GROUP: pd.Categorical.from_codes(code, ordered=True, categories=table["term"])})
    inside = events[find_rows(left_out, events) < 0]
    found = _counted(inside, at_risk, measure, asked)
    slope, words = _slope(inside, known, dose, where, level, unknown)
    lost = plural(len(left_out), "session without a dose is", "sessions without a dose are")
    notes = [f"{lost} left out"] if len(left_out) else []
    facts = {"dose": dose, "dose_unit": unit, "measure": measure}
    return Estimates(
        _rows(table, found, measure),
        title=f"{MEASURES[measure]} by {dose.replace('_', ' ')}",
        method=f"{found.method}; {words}",
        level=level,
        notes=(*found.notes, *notes, *dose_note(sessions), CAUTION),
        status=found.status,
        meta=facts | {"N": len(known), "sessions_left_out": len(left_out), **slope},
        members=found.members,
    )


def _counted(events: pd.DataFrame, at_risk: pd.DataFrame, measure: str, asked: CountOptions) -> Estimates:
    """Return the sessions with an event, or all events per 100 hours, by group of dose."""
    if measure == "probability":
        return incidence(events, at_risk, arm=GROUP, unit="session", **asked)
    group = at_risk[GROUP].astype("str").array.take(find_rows(at_risk, events), allow_fill=True)
    return rates(events.assign(**{GROUP: group}), at_risk, arm=GROUP, unit="hours", **asked)


def _rows(table: pd.DataFrame, found: Estimates, measure: str) -> pd.DataFrame:
    """Return the ranges of dose with what was counted in them, limits by patient."""
    counted = found.to_frame().rename(columns={GROUP: "term"}).drop(columns=["lower", "upper"])
    value = "percent" if measure == "probability" else "rate"
    names = {value: "estimate", "lower_cluster": "lower", "upper_cluster": "upper"}
    frame = table.merge(counted.rename(columns=names), on="term", how="left")
    extra = ["exposure"] if measure == "rate" else []
    columns = ["term", "dose", "dose_low", "dose_high", "n", "N", "events", *extra, "estimate"]
    return frame[[*columns, "lower", "upper", "status"]]


def _with_dose(sessions: pd.DataFrame, dose: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    has = sessions[dose].notna().to_numpy(dtype=bool)
    if not has.any():
        raise DataError(f"no session has a {dose}", got=plural(len(sessions), "session"))
    negative = np.flatnonzero((sessions[dose] < 0).fillna(False).to_numpy(dtype=bool))
    if len(negative):
        what = plural(len(negative), "dose is", "doses are")
        raise DataError(f"{what} negative", got=name_rows(negative))
    return sessions[has].reset_index(drop=True), sessions[~has]


def _groups(dose: np.ndarray, groups: int, unit: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the ranges of dose and the group of each session; equal doses are never split."""
    edges = np.unique(np.quantile(dose, np.linspace(0, 1, groups + 1)[1:-1], method="lower"))
    code = np.searchsorted(edges, dose, side="left")
    _, code = np.unique(code, return_inverse=True)
    by = pd.Series(dose).groupby(code)
    table = pd.DataFrame({"dose": by.median(), "dose_low": by.min(), "dose_high": by.max()})
    same = table["dose_low"] == table["dose_high"]
    low, high = table["dose_low"].map("{:.4g}".format), table["dose_high"].map("{:.4g}".format)
    table.insert(0, "term", low.where(same, low + " to " + high) + f" {unit}")
    if table["term"].duplicated().any():
        table["term"] = table["term"] + " (" + (np.arange(len(table)) + 1).astype(str) + ")"
    return table.reset_index(drop=True), code


def _slope(
    events: pd.DataFrame,
    sessions: pd.DataFrame,
    dose: str,
    where: str | Sequence[str],
    level: float,
    unknown: str,
) -> tuple[dict[str, float], str]:
    """Return the odds ratio per unit of dose with its limits, and what to say of it."""
    if sessions[dose].nunique() < 2:
        return {}, "one dose: no slope"
    fit = event_sessions(events, sessions, covariates=[dose], where=where, level=level, unknown=unknown)
    row = fit.to_frame().set_index("term").loc[dose]
    if row["status"] != "ok":
        return {}, f"no slope: {row['status']}"
    names = ("odds_ratio", "odds_ratio_lower", "odds_ratio_upper")
    slope = {name: float(row[name]) for name in names}
    unit = DOSE_UNITS.get(dose, dose)
    words = "odds ratio of an event per {} {:.3g} ({:.3g} to {:.3g}), logistic GEE by patient".format(
        unit, *slope.values()
    )
    return slope, words
