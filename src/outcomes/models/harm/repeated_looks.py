"""One value per patient, looked at again and again: events, pressure, saturation, liver values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError, one_of
from outcomes.models.harm.at_risk.clock import check_one_clock
from outcomes.models.harm.at_risk.names import PATIENT, START
from outcomes.models.harm.laboratory import TRANSAMINASE, check_graded
from outcomes.models.harm.session_signs import SIGNS, sign_of
from outcomes.models.stats.input_frames import check_columns
from outcomes.models.stats.sequential import cumulative_looks, proportion_sequence, signal
from outcomes.results import Estimates

__all__ = ["first_looks", "liver_looks", "vital_looks"]


def first_looks(
    values: pd.DataFrame, *, until: pd.Timestamp | None = None, reference: float | None = None
) -> Estimates:
    """Return week by week the share of patients with a sign, valid at all looks together.

    Parameters
    ----------
    values : DataFrame
        One row per patient: ``known`` (the moment from which it is known) and ``hit`` (whether the sign was
        there). Patients are independent, their sessions are not: so each counts once.
    until : Timestamp, optional
        The end of the data: who is known later is counted in ``meta["waiting"]``.
    reference : float, optional
        The expected share, stated before the data; without it no signal is raised.

    Returns
    -------
    Estimates
        As `outcomes.sequential.proportion_sequence`, with ``signal`` where there is a reference.

    Examples
    --------
    >>> import pandas as pd
    >>> known = pd.date_range("2026-01-01", periods=30, freq="D")
    >>> values = pd.DataFrame({"known": known, "hit": [True, False, True] * 10})
    >>> looks = first_looks(values, reference=0.05)
    >>> looks[["n", "N", "signal"]].tail(1).to_numpy().tolist(), looks.meta["first_signal"]
    ([[20, 30, True]], 2)
    """
    waiting = np.zeros(len(values), dtype=bool) if until is None else (values["known"] > until).to_numpy()
    looks = cumulative_looks(
        values[~waiting].assign(hit=values.loc[~waiting, "hit"].astype(float)), time="known", value="hit"
    )
    found = proportion_sequence(looks["total"], looks["N"])
    found = replace(found, meta={**found.meta, "waiting": int(waiting.sum())})
    return found if reference is None else signal(found, reference=reference)


def vital_looks(sessions: pd.DataFrame, *, sign: str, reference: float | None = None) -> Estimates:
    """Return week by week the share of patients with high pressure or low saturation in their first session.

    Parameters
    ----------
    sessions : DataFrame
        One row per session: ``patient_id, start, end`` and the measurements of `session_signs`.
    sign : {"pressure of grade 3", "saturation below 92 %", "saturation below 88 %"}
        What is looked for.
    reference : float, optional
        The expected share, stated before the data; without it no signal is raised.

    Returns
    -------
    Estimates
        As `first_looks`; a patient is known from the end of the first session. First sessions without the
        measurement are counted in ``meta["not_measured"]``.

    Examples
    --------
    >>> import pandas as pd
    >>> start = pd.date_range("2026-01-01", periods=20, freq="7D", tz="UTC")
    >>> sessions = pd.DataFrame({"patient_id": range(20), "start": start, "end": start,
    ...     "spo2_min": [90.0, 97.0] * 10})
    >>> looks = vital_looks(sessions, sign="saturation below 92 %", reference=0.1)
    >>> looks[["n", "N"]].tail(1).to_numpy().tolist(), looks.meta["first_signal"]
    ([[10, 20]], 7)
    """
    one_of("sign", sign, SIGNS)
    check_columns("sessions", sessions, [PATIENT, START, "end", *SIGNS[sign]], numbers=list(SIGNS[sign]))
    check_one_clock(("sessions", sessions, START), ("sessions", sessions, "end"))
    first = sessions[[PATIENT, START, "end", *SIGNS[sign]]].sort_values(START, kind="stable")
    first = first.drop_duplicates(PATIENT)
    hit, seen = sign_of(first, sign)
    values = pd.DataFrame({"known": first["end"].fillna(first[START]), "hit": hit})[seen]
    found = first_looks(values, reference=reference)
    return replace(found, meta={**found.meta, "not_measured": int((~seen).sum())})


def liver_looks(
    graded: pd.DataFrame, follow_up: pd.DataFrame, *, days: int = 84, reference: float | None = None
) -> Estimates:
    """Return week by week the share of patients whose ALT or AST reached three times the limit.

    Parameters
    ----------
    graded : DataFrame
        From `lab_grades`.
    follow_up : DataFrame
        ``patient_id, first_day, last_day`` (`oc.follow_up`).
    days : int
        Days after that of the first infusion within which a value counts.
    reference : float, optional
        The expected share, stated before the data; without it no signal is raised.

    Returns
    -------
    Estimates
        As `first_looks`. A patient is known when the days have passed, whatever was found: a hit that counted
        at once, and its absence only later, would look like a signal. Those of whom the days have not passed
        by the last day of the data are counted in ``meta["waiting"]``, those without a value of ALT or AST in
        them in ``meta["not_measured"]``.

    Raises
    ------
    ArgumentError
        For values that are not graded and an invalid number of days.

    Examples
    --------
    >>> import pandas as pd
    >>> day = pd.Timestamp("2026-01-01")
    >>> people = pd.DataFrame({"patient_id": list("abc"), "first_day": day,
    ...     "last_day": day + pd.Timedelta(days=200)})
    >>> graded = pd.DataFrame({"patient_id": list("ab"), "test": "alt", "grade": [2, 0],
    ...     "date": day + pd.Timedelta(days=20), "on_treatment": True, "times_limit": [3.5, 0.8]})
    >>> looks = liver_looks(graded, people)
    >>> looks[["n", "N"]].tail(1).to_numpy().tolist(), looks.meta["not_measured"]
    ([[1, 2]], 1)
    """
    check_graded(graded)
    check_columns("follow_up", follow_up, [PATIENT, "first_day", "last_day"])
    if not isinstance(days, int) or days < 1:
        raise ArgumentError("days is not a number of days", got=repr(days), allowed="1 or more")
    people = follow_up.drop_duplicates(PATIENT).set_index(PATIENT)
    liver = graded[graded["test"].isin(["alt", "ast"]) & graded["times_limit"].notna()]
    since = (liver["date"] - people["first_day"].reindex(liver[PATIENT]).set_axis(liver.index)).dt.days
    peak = liver[(since > 0) & (since <= days)].groupby(PATIENT)["times_limit"].max().reindex(people.index)
    values = pd.DataFrame(
        {"known": people["first_day"] + pd.Timedelta(days=days), "hit": peak >= TRANSAMINASE}
    )
    found = first_looks(values[peak.notna()], until=people["last_day"].max(), reference=reference)
    return replace(found, meta={**found.meta, "not_measured": int(peak.isna().sum())})
