"""How long the fall lasts: time from the end of a course until headache is back."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, instance_of
from outcomes.models.headache.lasting.relapse import (
    CENSORED,
    NEXT_COURSE,
    RELAPSE,
    patients_of,
    with_outcome,
    with_returns,
)
from outcomes.models.stats.few_patients import FEW, without_interval
from outcomes.models.stats.input_frames import TESTED, in_order, without_group
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.models.stats.reserved import check_reserved
from outcomes.models.stats.survival import log_rank, quantile, survival_curve
from outcomes.results import Estimates, Tabular

__all__ = ["Durability", "Relapse", "durability"]

Array = NDArray[np.float64]

#: Columns of the patients, the summary and the curve, or made on the way to them.
OWN = (
    *("patient_id", "course", "baseline", "baseline_eligible", "day", "outcome", "reason", "limit", "back"),
    *("first", "last", "term", "n", "N", "at_risk", "time", "relapses", "competing", "cumulative_relapse"),
    *("cumulative_competing", "status", *TESTED),
)


@dataclass(frozen=True, slots=True)
class Relapse:
    """When a fall is over.

    Parameters
    ----------
    share : float
        The rolling value reaches this share of the patient's own baseline.
    window, min_days : int
        Length of the rolling window, and fewest recorded days in it.

    Raises
    ------
    ArgumentError
        For a share out of range, and days that do not fit the window.

    Examples
    --------
    >>> Relapse(share=0.5)
    Relapse(share=0.5, window=28, min_days=14)
    """

    share: float = 0.75
    window: int = 28
    min_days: int = 14

    def __post_init__(self) -> None:
        instance_of("share", self.share, Real, hint="give a share of baseline, for example 0.75")
        for name in ("window", "min_days"):
            instance_of(name, getattr(self, name), Integral, hint="give a number of days")
        if not 0 < self.share <= 1:
            raise ArgumentError(
                "share is not a share of baseline", got=str(self.share), allowed="above 0, at most 1"
            )
        if not 1 <= self.min_days <= self.window:
            raise ArgumentError(
                "min_days does not fit the window", got=str(self.min_days), allowed=f"1 to {self.window}"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Durability(Tabular):
    """Time to relapse: the summary, the curve, and the patients behind them.

    Parameters
    ----------
    summary : Estimates
        Per group: median time with limits, share relapse-free at the end of each 28 days, n at risk.
    curve : Estimates
        Per group and day with an event: n at risk, relapses, next courses, Kaplan-Meier estimate with
        limits, and the cumulative incidence of relapse and of a next course as competing events.
    patients : DataFrame
        One row per patient and course: day (time) and outcome (relapse, next_course, censored), or the reason
        why it is not followed.
    comparison : Estimates or None
        Log-rank test between groups.
    """

    summary: Estimates
    curve: Estimates
    patients: pd.DataFrame
    comparison: Estimates | None = None

    def to_frame(self) -> pd.DataFrame:
        """Return the summary's rows: median and shares."""
        return self.summary.to_frame()

    def to_ard(self) -> pd.DataFrame:
        """Return the summary's statistics, one row each."""
        return self.summary.to_ard()

    def __str__(self) -> str:
        return self.summary.summary()

    def __repr__(self) -> str:
        return f"<Durability {self.summary.title!r}, status: {self.summary.status}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self) if cycle else str(self))

    def _repr_html_(self) -> str:
        return self.summary._repr_html_()


def durability(
    days: pd.DataFrame,
    periods: pd.DataFrame,
    *,
    courses: pd.DataFrame | None = None,
    by: str | None = None,
    event: str = "headache",
    relapse: Relapse | None = None,
    responders_only: bool = False,
    level: float = 0.95,
) -> Durability:
    """Estimate the time from the end of a course until the rolling 28-day value is back near baseline.

    Parameters
    ----------
    days : DataFrame
        From `outcomes.days`: patient_id, course, day_after (1 = the day after the course ended), the event.
    periods : DataFrame
        From `outcomes.periods`, one endpoint: patient_id, course, baseline, baseline_eligible; `by` too.
    courses : DataFrame, optional
        From `outcomes.courses`: course_end and next_course_start, for the competing event. Without it
        nobody is taken to have had a next course.
    by : str, optional
        Column of `periods` (arm, cohort) to estimate separately by and compare by the log-rank test.
    event : str
        Column of `days` that the endpoint counts.
    relapse : Relapse, optional
        When a fall is over: the share of baseline that the rolling value reaches again (0.75), and the
        window that it is counted in (28 days, 14 of them recorded).
    responders_only : bool
        Follow only patients whose first window is under the share: how long a response lasts. Default:
        everybody, and a patient who never fell counts as relapsed at the first look.
    level : float
        Confidence level.

    Returns
    -------
    Durability

    Raises
    ------
    ArgumentError
        For a missing column, more than one endpoint, or a share, window or level out of range.
    DataError
        When a course is in `courses` twice.

    Notes
    -----
    The first look is day 28: earlier, no whole window lies after the course. Time is the last day of the
    first window that is back. Censored: the last day that could be judged. A next course before
    relapse ends the follow-up: the Kaplan-Meier curve takes it as censored (the hazard of relapse while not
    treated again), the Aalen-Johansen estimate as a competing event (the share who will have relapsed).
    When patients are treated again because they are getting worse, the first is too optimistic; both are
    given. Limits: Greenwood on the log(-log) scale; the median's by Brookmeyer and Crowley [1]_.

    References
    ----------
    .. [1] Brookmeyer R, Crowley J. A confidence interval for the median survival time.
       Biometrics 1982;38:29-41. https://doi.org/10.2307/2530286

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> free_until = {"a": 20, "b": 60, "c": 90}
    >>> days = pd.DataFrame([
    ...     {"patient_id": p, "course": 1, "day_after": d, "headache": d > until}
    ...     for p, until in free_until.items() for d in range(1, 113)])
    >>> periods = pd.DataFrame({"patient_id": list("abc"), "course": 1, "baseline": 28.0,
    ...                         "baseline_eligible": True, "period_number": 1})
    >>> durability(days, periods).patients[["patient_id", "day", "outcome"]].values.tolist()
    [['a', 41, 'relapse'], ['b', 81, 'relapse'], ['c', 111, 'relapse']]
    """
    check_level(level)
    _check(by)
    instance_of("relapse", relapse, Relapse | None, hint="give Relapse(share=0.75)")
    rule = relapse or Relapse()
    share, window, min_days = rule.share, rule.window, rule.min_days
    patients = patients_of(periods, by, share)
    patients = with_returns(patients, days, event, window, min_days)
    patients = with_outcome(patients, courses, window, responders_only)
    groups = [None] if by is None else in_order(patients[by].dropna().unique())
    followed = patients[patients["reason"] == ""]
    title = f"Days from the end of the course until {share:.0%} of baseline is reached again"
    notes = (*_notes(patients, share, window, min_days, responders_only), *without_group(patients, by))
    horizon = int(followed["day"].max()) if len(followed) else window
    parts = [
        _group(followed if g is None else followed[followed[by] == g], by, g, window, horizon, level)
        for g in groups
    ]
    summary = pd.concat([part[0] for part in parts], ignore_index=True) if parts else pd.DataFrame()
    curve = pd.concat([part[1] for part in parts], ignore_index=True) if parts else pd.DataFrame()
    status = "ok" if len(followed) else "no patient could be followed"
    facts = {"followed": len(followed), "not_followed": int((patients["reason"] != "").sum())}
    method = "Kaplan-Meier; Aalen-Johansen with a next course as competing event"
    shown = ["patient_id", "course", *([by] if by else []), "baseline", "day", "outcome", "reason"]
    return Durability(
        Estimates(summary, title, method, level, notes, status, facts),
        Estimates(curve, title, method, level, notes, status, facts),
        patients[shown].reset_index(drop=True),
        log_rank(followed["day"], followed["outcome"] == RELAPSE, followed[by], title) if by else None,
    )


def _check(by: str | None) -> None:
    instance_of("by", by, str | None, hint="it names a column of periods")
    check_reserved([by], own=OWN)


def _group(
    rows: pd.DataFrame, by: str | None, name: Any, window: int, horizon: int, level: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    label = {} if by is None else {by: name}
    looks = range(window, horizon + 1, 28)
    if not len(rows):
        terms = ["median", *(f"relapse-free on day {look}" for look in looks)]
        empty = pd.DataFrame(
            {"term": terms, "estimate": np.nan, "n": 0, "N": 0, "status": "nobody to follow"}
        )
        return empty.assign(**label), pd.DataFrame()
    day = rows["day"].to_numpy(dtype=float)
    code = rows["outcome"].map({CENSORED: 0, RELAPSE: 1, NEXT_COURSE: 2}).to_numpy(dtype=np.intp)
    curve = survival_curve(day, code, level)
    middle = quantile(curve, code == 1, 0.5)
    lines = [{"term": "median", **middle, "n": int((code == 1).sum()), "at_risk": len(rows)}]
    for look in looks:
        before = curve[curve["time"] <= look]
        at_risk = int((day > look).sum())
        now = before.iloc[-1] if len(before) else None
        values = (1.0, np.nan, np.nan) if now is None else (now["estimate"], now["lower"], now["upper"])
        reached = day.max() >= look
        if not reached:
            values = (np.nan, np.nan, np.nan)
        lines.append(
            {
                "term": f"relapse-free on day {look}",
                "estimate": values[0],
                "lower": values[1],
                "upper": values[2],
                "n": int(((code == 1) & (day <= look)).sum()),
                "at_risk": at_risk,
                "status": _share_status(reached=bool(reached), limit=float(values[1])),
            }
        )
    summary = pd.DataFrame(lines).assign(N=len(rows), **label)
    if len(rows) < FEW:
        summary = without_interval(summary, np.ones(len(summary), dtype=bool))
        curve = without_interval(curve, np.ones(len(curve), dtype=bool))
    return summary, curve.assign(**label)


def _share_status(*, reached: bool, limit: float) -> str:
    if not reached:
        return "nobody was followed that long"
    return "ok" if np.isfinite(limit) else "no interval at 0 or 1"


def _notes(
    patients: pd.DataFrame, share: float, window: int, min_days: int, responders_only: bool
) -> tuple[str, ...]:
    left_out = patients.loc[patients["reason"] != "", "reason"].value_counts()
    whom = (
        "patients below the share at the first look"
        if responders_only
        else "all patients with an eligible baseline"
    )
    at_once = int(
        ((patients["reason"] == "") & (patients["first"] > 0) & (patients["back"] == patients["first"])).sum()
    )
    never = (
        (f"Not below the share at the first look, and counted as relapsed there: {at_once}.",)
        if at_once
        else ()
    )
    return (
        f"Relapse: {share:.0%} of the patient's own baseline is reached in a {window}-day window with "
        "at least "
        f"{min_days} recorded days.",
        f"Followed: {whom}.",
        *never,
        f"The first look is day {window}. n: relapses; at_risk: followed beyond the day.",
        *(f"{count} left out: {reason}." for reason, count in left_out.items()),
    )
