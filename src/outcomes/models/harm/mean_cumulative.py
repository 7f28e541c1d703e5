"""How many events a patient has had on average, by session number or by time since the first infusion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from outcomes.errors import ArgumentError, DataError, name_rows, one_of, plural
from outcomes.models.harm.at_risk.clock import check_one_clock, microseconds
from outcomes.models.harm.at_risk.events import counted_events
from outcomes.models.harm.at_risk.names import END, ONSET, PATIENT, SESSION, START
from outcomes.models.harm.at_risk.time import TIME_UNITS
from outcomes.models.harm.at_risk.units import at_risk_units, find, find_rows
from outcomes.models.stats.input_frames import check_columns, names
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.kernels.mean_cumulative import mean_cumulative_function
from outcomes.models.stats.reserved import check_reserved
from outcomes.results import Estimates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["mean_cumulative"]

NUMBER, ENDED_BY = "session_number", "ended_by"
STOPPED = "the mean among those still treated or followed: stopping and death end it, they are not modelled"

#: A standard error below this share of the mean is what rounding leaves of none.
EQUAL = 1e-12


def mean_cumulative(
    events: pd.DataFrame,
    at_risk: pd.DataFrame,
    *,
    by: str = "session",
    arm: str | None = None,
    where: str | Sequence[str] = (),
    at: Sequence[float] | None = None,
    terminal: str | Sequence[str] = (),
    level: float = 0.95,
) -> Estimates:
    """Estimate the mean number of events a patient has had by each session, or each time.

    Parameters
    ----------
    events : DataFrame
        One row per event: ``patient_id`` with ``session_id`` (by session) or ``onset`` (by time).
    at_risk : DataFrame
        By session: one row per session with ``patient_id, session_id, session_number`` (`oc.exposure`). By
        time: one row per patient with ``patient_id, start, end`` (`oc.follow_up`).
    by : {"session", "hours", "days", "months", "years"}
        The scale: number of the session, or time since ``start``.
    arm : str, optional
        Column of `at_risk`; one curve each.
    where : str or sequence of str
        Boolean columns of `events`: only events with all of them are counted.
    at : sequence of float, optional
        Session numbers or times; default: every one with an event.
    terminal : str or sequence of str
        By time: values of the column ``ended_by`` of `at_risk` (``"death"``) after which nothing can happen.
        Default: patients who left are simply no longer observed, and would have continued like the others.
    level : float
        Confidence level of the pointwise limits.

    Returns
    -------
    Estimates
        One row per arm and time: ``time``, ``N`` patients still at risk, ``events`` so far, ``estimate``
        (mean events per patient), ``std_error, lower, upper`` (on the log scale), ``status``.

    Raises
    ------
    ArgumentError
        For columns and options that do not exist, and times of which some have a zone and some have none.
    DataError
        For duplicate patients, follow-up that ends before it starts, sessions without a number, a missing
        arm, and a patient whose sessions are of more than one arm.

    Notes
    -----
    Nelson's estimator; standard errors allow for clustered events of a patient (Lawless and Nadeau), and
    equal those of R's survfit with an id. With a terminal event Ghosh and Lin's: the mean over all patients,
    with no further events after death. Without censoring it is the plain mean with its standard error. Events
    outside the session or the follow-up are counted in a note.

    References
    ----------
    Nelson W. Confidence limits for recurrence data applied to cost or number of product repairs.
    Technometrics 1995;37:147-157. doi:10.1080/00401706.1995.10484299

    Ghosh D, Lin DY. Nonparametric analysis of recurrent events and death. Biometrics 2000;56:554-562.
    doi:10.1111/j.0006-341X.2000.00554.x

    Lawless JF, Nadeau C. Some simple robust methods for the analysis of recurrent events. Technometrics
    1995;37:158-168. doi:10.1080/00401706.1995.10484300

    Examples
    --------
    >>> import pandas as pd
    >>> sessions = pd.DataFrame({"patient_id": list("aabbc"), "session_id": range(5),
    ...     "session_number": [1, 2, 1, 2, 1]})
    >>> events = pd.DataFrame({"patient_id": list("aab"), "session_id": [0, 1, 2]})
    >>> mean_cumulative(events, sessions)[["time", "N", "events", "estimate"]].round(3)
       time  N  events  estimate
    0   1.0  3       2     0.667
    1   2.0  2       3     1.167
    """
    one_of("by", by, ("session", *TIME_UNITS))
    check_level(level)
    check_reserved([arm], own=("time",))
    where, ends = names(where, "where"), names(terminal, "terminal")
    if ends and by == "session":
        raise ArgumentError("a terminal event needs time", got="by='session'", allowed=", ".join(TIME_UNITS))
    if arm is not None:
        check_columns("at_risk", at_risk, [arm])
        missing = at_risk[arm].isna().to_numpy(dtype=bool)
        _refuse(missing, f"row of at_risk has no {arm}", f"rows of at_risk have no {arm}")
    if by == "session":
        people, who, when, notes = _by_session(events, at_risk, arm, where)
    else:
        people, who, when, notes = _by_time(events, at_risk, arm, where, by)
        people = people.assign(dead=_terminal(at_risk, ends))
    blocks = []
    for value in sorted(pd.unique(people["arm"]), key=str):
        mine = (people["arm"] == value).to_numpy()
        number = np.cumsum(mine) - 1
        kept = mine[who]
        block = _curve(people[mine], number[who[kept]], when[kept], at, level)
        blocks.append(block if arm is None else block.assign(**{arm: value}))
    frame = pd.concat(blocks, ignore_index=True) if blocks else _curve(people, who, when, at, level)
    return Estimates(
        frame[[*([arm] if arm else []), *(c for c in frame.columns if c != arm)]],
        title=f"Mean events per patient by {'session number' if by == 'session' else by}",
        method=f"Ghosh and Lin's mean cumulative function, terminal: {', '.join(ends)}; robust variance"
        if ends
        else "Nelson's mean cumulative function; variance robust by patient (Lawless and Nadeau)",
        level=level,
        notes=(*notes, *(() if ends else (STOPPED,))),
        status="ok" if len(people) else "nobody at risk",
        meta={"kind": "mean_cumulative", "by": by, "arm": arm, "N": len(people)},
    )


def _by_session(
    events: pd.DataFrame, sessions: pd.DataFrame, arm: str | None, where: list[str]
) -> tuple[pd.DataFrame, Codes, Floats, list[str]]:
    """Return the patients with entry and leave on the scale of session numbers, and their events."""
    check_columns("at_risk", sessions, [PATIENT, SESSION, NUMBER, *([arm] if arm else [])], numbers=[NUMBER])
    _refuse(sessions[NUMBER].isna().to_numpy(), "session has no number", "sessions have no number")
    units = at_risk_units(sessions, SESSION, None)
    counted, notes, _ = counted_events(events, units, "session", None, where, "note")
    place = find_rows(sessions, events.iloc[counted.position])
    by = sessions.groupby(PATIENT, sort=False)
    if arm:
        several = by[arm].transform("nunique", dropna=False).gt(1).to_numpy()
        _refuse(
            several,
            f"session of a patient with more than one {arm}: a curve follows whole patients",
            f"sessions of patients with more than one {arm}: a curve follows whole patients",
        )
    people = by[NUMBER].max().rename("leave").astype(float).reset_index()
    people["entry"] = by[NUMBER].min().to_numpy(dtype=np.float64) - 1
    people["arm"] = by[arm].first().to_numpy() if arm else ""
    people["dead"] = False
    who = find(pd.Index(people[PATIENT]), sessions[PATIENT].iloc[place]).astype(np.int64)
    when = sessions[NUMBER].to_numpy(dtype=np.float64)[place]
    return people, who, when, notes


def _by_time(
    events: pd.DataFrame, follow_up: pd.DataFrame, arm: str | None, where: list[str], by: str
) -> tuple[pd.DataFrame, Codes, Floats, list[str]]:
    """Return the patients with the end of their follow-up, and the events in it."""
    check_columns("at_risk", follow_up, [PATIENT, START, END, *([arm] if arm else [])])
    check_columns("events", events, [PATIENT, ONSET])
    check_one_clock(("events", events, ONSET), ("at_risk", follow_up, START), ("at_risk", follow_up, END))
    twice = follow_up[PATIENT].duplicated(keep=False).to_numpy()
    _refuse(twice, f"row of at_risk shares its {PATIENT}", f"rows of at_risk share their {PATIENT}")
    start, end = microseconds(follow_up, START), microseconds(follow_up, END)
    _refuse(
        (end < start) | follow_up[[START, END]].isna().any(axis=1).to_numpy(),
        "follow-up has no end, or one before its start",
        "follow-ups have no end, or one before their start",
    )
    units = at_risk_units(follow_up, PATIENT, None)
    counted, notes, _ = counted_events(events, units, "patient", None, where, "note")
    rows = events.iloc[counted.position]
    who, onset = np.asarray(counted.unit, dtype=np.int64), microseconds(rows, ONSET)
    dated = rows[ONSET].notna().to_numpy(dtype=bool)
    inside = dated & (onset >= start[who]) & (onset <= end[who])
    for count, words in (
        (int((~dated).sum()), "without an onset cannot be placed in time"),
        (int((dated & ~inside).sum()), "outside the patient's follow-up: counted separately"),
    ):
        notes += [f"{plural(count, 'event')} {words}"] if count else []
    scale = TIME_UNITS[by]
    people = pd.DataFrame({"entry": -1.0, "leave": (end - start) / scale, "arm": ""}, index=follow_up.index)
    people["arm"] = follow_up[arm] if arm else ""
    return people, who[inside], (onset[inside] - start[who[inside]]) / scale, notes


def _terminal(at_risk: pd.DataFrame, ends: list[str]) -> NDArray[np.bool_]:
    """Return whose follow-up ended with a terminal event."""
    if not ends:
        return np.zeros(len(at_risk), dtype=bool)
    check_columns("at_risk", at_risk, [ENDED_BY])
    return np.asarray(at_risk[ENDED_BY].isin(ends))


def _refuse(wrong: NDArray[np.bool_], one: str, many: str) -> None:
    if wrong.any():
        raise DataError(plural(int(wrong.sum()), one, many), got=name_rows(np.flatnonzero(wrong)))


def _curve(
    people: pd.DataFrame, who: Codes, when: Floats, at: Sequence[float] | None, level: float
) -> pd.DataFrame:
    asked = np.unique(when) if at is None else np.sort(np.asarray(at, dtype=np.float64))
    entry, leave = (people[name].to_numpy(dtype=np.float64) for name in ("entry", "leave"))
    dead = people["dead"].to_numpy(dtype=bool)
    left, count, mean, error = mean_cumulative_function(entry, leave, who, when, asked, dead)
    # after the last patient has died nothing more happens: the mean is known for good
    last = leave.max() if len(leave) else -np.inf
    late = asked > (np.inf if len(leave) and dead[leave == last].all() else last)
    z, some = float(ndtri(0.5 + level / 2)), mean > 0
    spread_known = some & (error > EQUAL * mean)
    spread = np.exp(z * error / np.where(some, mean, 1.0))
    numbers: dict[str, Any] = {"estimate": mean, "std_error": error}
    numbers |= {
        "lower": np.where(spread_known, mean / spread, np.nan),
        "upper": np.where(spread_known, mean * spread, np.nan),
    }
    frame = pd.DataFrame({"time": asked, "N": left, "events": count})
    for name, values in numbers.items():
        frame[name] = np.where(late, np.nan, values)
    frame["status"] = np.select(
        [late, ~some, ~spread_known],
        [
            "nobody observed so long",
            "no event yet: no interval",
            "all have the same number of events: no interval",
        ],
        default="ok",
    ).astype(object)
    return frame
