"""One patient: every period against the patient's own baseline, as certain as its diary days allow."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, stats

from outcomes.errors import ArgumentError, DataError, instance_of
from outcomes.models.stats.input_frames import check_columns, check_yes_no
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.results import Estimates

__all__ = ["OnePatient", "one_patient"]

Array = NDArray[np.float64]

PERIOD_DAYS = 28
#: Correlation of one day with the next within a patient, from a public diary of 133 patients (4,152 days).
CARRY_OVER = 0.2
#: Jeffreys' prior.
PRIOR = (0.5, 0.5)
#: Points of the baseline's distribution over which a comparison is averaged: its error is below 1e-4.
GRID = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class OnePatient:
    """One patient's periods and everything that happened, on one axis of time.

    Parameters
    ----------
    periods : Estimates
        Baseline, during and every follow-up period: days per 28 with credible limits, change from baseline.
    timeline : DataFrame
        date, day (0 = first infusion day), end, kind (period, phase, session, event), label, in the order
        of time.
    """

    periods: Estimates
    timeline: pd.DataFrame

    def __str__(self) -> str:
        return self.periods.summary()

    def __repr__(self) -> str:
        return f"<OnePatient {self.periods.title!r}, status: {self.periods.status}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self) if cycle else str(self))

    def _repr_html_(self) -> str:
        return self.periods._repr_html_()


def one_patient(
    days: pd.DataFrame,
    patient_id: str,
    *,
    carry_over: float = CARRY_OVER,
    min_days: int = 1,
    exposure: pd.DataFrame | None = None,
    adverse_events: pd.DataFrame | None = None,
    timezone: str = "UTC",
    level: float = 0.95,
) -> OnePatient:
    """Compare a patient's periods with the patient's own baseline, day by day.

    Parameters
    ----------
    days : DataFrame
        From `outcomes.days`. The patient's first course in it is used: ``days[days["course"] == 2]`` shows
        the second. Its `headache` is counted: ``days.assign(headache=days["migraine"])`` counts migraines.
    patient_id : str
        The patient.
    carry_over : float
        Correlation of one day with the next, 0 to below 1: days that carry over count for fewer. 0: all days
        independent.
    min_days : int
        Fewest recorded days of a period.
    exposure, adverse_events : DataFrame, optional
        From `outcomes.exposure`, and the checked events, for the timeline.
    timezone : str
        IANA name of the study's zone: the timeline's dates are local.
    level : float
        Level of the credible intervals.

    Returns
    -------
    OnePatient

    Raises
    ------
    ArgumentError
        For a missing column or an option out of range.
    DataError
        When the frame has no day of this patient and course.

    Notes
    -----
    y events in n recorded days count as y / d in n / d days, d = 1 + 2 sum_k (1 - k / n) r^k the design
    effect of carry-over r. Posterior of the period's probability: Beta(1/2 + y/d, 1/2 + (n - y)/d);
    `estimate` and the limits are its mean and quantiles times 28. Change: difference from the baseline's
    independent posterior; its limits, `p_lower` = P(fewer headache days than at baseline) and `p_half` = P(at
    least 50 % fewer) by integration over the baseline's quantiles, without random numbers. It says how
    sure the diary makes a
    change of this patient, not why it came: a patient chosen at a bad time improves by regression to the
    mean.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.DataFrame({"patient_id": "p", "course": 1, "day": range(-28, 28)})
    >>> days["date"] = pd.Timestamp("2025-03-01") + pd.to_timedelta(days["day"], unit="D")
    >>> days["phase"] = ["before"] * 28 + ["during"] + ["after"] * 27
    >>> days["day_after"] = [None] * 29 + list(range(1, 28))
    >>> days["headache"] = [True] * 24 + [False] * 4 + [True] + [True] * 9 + [False] * 18
    >>> found = one_patient(days, "p").periods
    >>> found[["term", "value", "change"]].round(1).values.tolist()[-1]
    ['days 1-28', 9.3, -13.9]
    """
    check_level(level)
    instance_of("patient_id", patient_id, str | int | np.integer, hint="give one value of days['patient_id']")
    _check(days, carry_over, min_days)
    _check_zone(timezone)
    mine = days[(days["patient_id"] == patient_id) & days["course"].notna()]
    own = mine[(mine["course"] == mine["course"].min()) & mine["headache"].notna()]
    if not len(own):
        raise DataError(
            "the frame has no recorded day of this patient in a course", hint="check patient_id and the days"
        )
    own = own.assign(period=_period(own))
    counts = _counts(own)
    base = counts[counts["term"] == "baseline"]
    prior = (
        _posterior(base.iloc[0], carry_over)
        if len(base) and base.iloc[0]["days_recorded"] >= min_days
        else None
    )
    rows = [_row(row, prior, carry_over, min_days, level) for row in counts.to_dict("records")]
    result = Estimates(
        frame=pd.DataFrame(rows),
        title="headache days per 28 of one patient, and the change from the patient's own baseline",
        method=f"beta-binomial posterior, Jeffreys prior, day-to-day carry-over {carry_over:g}",
        level=level,
        notes=(
            "Limits are credible limits: how certain the recorded days make each value.",
            "A change in one patient is not an effect of the treatment: it includes regression to the mean.",
        ),
        status="ok" if prior is not None else "no baseline: no change can be given",
        meta={"carry_over": carry_over, "course": int(own["course"].iloc[0])},
    )
    return OnePatient(result, _timeline(own, exposure, adverse_events, patient_id, timezone))


def _check(days: pd.DataFrame, carry_over: float, min_days: int) -> None:
    needed = ["patient_id", "course", "day", "date", "phase", "day_after", "headache"]
    check_columns(
        "days", days, needed, numbers=["day", "day_after"], hint="make the frame with oc.days(study)"
    )
    check_yes_no("days", days, "headache")
    if not pd.api.types.is_datetime64_any_dtype(days["date"]):
        raise ArgumentError(
            "column 'date' of days does not hold dates",
            got=str(days["date"].dtype),
            hint="convert it with pandas.to_datetime first",
        )
    instance_of("carry_over", carry_over, Real, hint="give a number from 0 to below 1")
    instance_of("min_days", min_days, Integral, hint="give a number of days")
    if not 0 <= carry_over < 1:
        raise ArgumentError(
            "carry_over is not a correlation of days", got=str(carry_over), allowed="0 to below 1"
        )
    if min_days < 1:
        raise ArgumentError("min_days is too small", got=str(min_days), allowed="1 or more")


def _check_zone(timezone: str) -> None:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise ArgumentError(
            "timezone names no zone", got=repr(timezone), allowed="an IANA name such as 'Europe/Berlin'"
        ) from None


def _period(own: pd.DataFrame) -> pd.Series:
    """Name each day's period: baseline, earlier, during, days 1-28, ..."""
    after = ((own["day_after"].astype("Float64") - 1) // PERIOD_DAYS).astype("Int64")
    first = PERIOD_DAYS * after + 1
    label = "days " + first.astype("string") + "-" + (first + PERIOD_DAYS - 1).astype("string")
    phase = own["phase"].astype("string")
    named = label.where(phase == "after", phase)
    before = (phase == "before").astype(bool)
    recent = (own["day"].astype("Float64") >= -PERIOD_DAYS).fillna(False).astype(bool)
    return named.mask(before & recent, "baseline").mask(before & ~recent, "earlier")


def _counts(own: pd.DataFrame) -> pd.DataFrame:
    """Return events and recorded days of each period, in the order of time."""
    flagged = own.assign(hit=own["headache"].astype(bool))
    grouped = flagged.groupby("period", sort=False)
    frame = pd.DataFrame(
        {"start": grouped["date"].min(), "n": grouped["hit"].sum(), "days_recorded": grouped.size()}
    ).reset_index(names="term")
    if not (frame["term"] == "baseline").any():
        nothing = pd.DataFrame({"term": ["baseline"], "start": [pd.NaT], "n": [0], "days_recorded": [0]})
        frame = pd.concat([nothing.astype(frame.dtypes.to_dict()), frame], ignore_index=True)
    return frame.sort_values("start", kind="stable", na_position="first", ignore_index=True)


def _posterior(row: Any, carry_over: float) -> tuple[float, float]:
    """Return the two shapes of the posterior of the probability of an event on a day."""
    n = int(row["days_recorded"])
    k = np.arange(1, n)
    effect = 1 + 2 * float(((1 - k / n) * carry_over**k).sum()) if n else 1.0
    return PRIOR[0] + row["n"] / effect, PRIOR[1] + (n - row["n"]) / effect


def _row(
    row: dict[str, Any], base: tuple[float, float] | None, carry_over: float, min_days: int, level: float
) -> dict[str, Any]:
    n = int(row["days_recorded"])
    out: dict[str, Any] = {"term": row["term"], "start": row["start"], "n": int(row["n"]), "days_recorded": n}
    numbers = (
        "value",
        "estimate",
        "lower",
        "upper",
        "change",
        "change_lower",
        "change_upper",
        "p_lower",
        "p_half",
    )
    out |= dict.fromkeys(numbers, np.nan)
    if n < min_days:
        return out | {"status": "no day recorded" if n == 0 else f"fewer than {min_days} days recorded"}
    a, b = _posterior(row, carry_over)
    tail = (1 - level) / 2
    lower, upper = stats.beta.ppf([tail, 1 - tail], a, b)
    out |= {
        "value": PERIOD_DAYS * row["n"] / n,
        "estimate": PERIOD_DAYS * a / (a + b),
        "lower": PERIOD_DAYS * lower,
        "upper": PERIOD_DAYS * upper,
    }
    if row["term"] == "baseline":
        return out | {"status": "ok"}
    if base is None:
        return out | {"status": "no baseline: no change can be given"}
    return out | _change((a, b), base, tail) | {"status": "ok"}


def _change(shapes: tuple[float, float], base: tuple[float, float], tail: float) -> dict[str, float]:
    """Return mean and limits of 28 (p - p0), P(p < p0) and P(p <= p0 / 2)."""
    quantiles = stats.beta.ppf((np.arange(GRID) + 0.5) / GRID, *base)

    def below(difference: float) -> float:
        return float(stats.beta.cdf(quantiles + difference, *shapes).mean())

    low, high = (
        float(optimize.brentq(lambda d, q=q: below(d) - q, -1, 1, xtol=1e-9)) for q in (tail, 1 - tail)
    )
    mean = shapes[0] / sum(shapes) - base[0] / sum(base)
    return {
        "change": PERIOD_DAYS * mean,
        "change_lower": PERIOD_DAYS * low,
        "change_upper": PERIOD_DAYS * high,
        "p_lower": below(0.0),
        "p_half": float(stats.beta.cdf(quantiles / 2, *shapes).mean()),
    }


def _timeline(
    own: pd.DataFrame,
    exposure: pd.DataFrame | None,
    events: pd.DataFrame | None,
    patient_id: str,
    timezone: str,
) -> pd.DataFrame:
    """Put periods, phases, sessions and events on one axis of time."""
    zero = (own["date"] - pd.to_timedelta(own["day"].astype("int64"), unit="D")).iloc[0]
    parts = [_spans(own, "period", "period"), _spans(own, "phase", "phase")]
    if exposure is not None:
        needed, hint = (
            ["patient_id", "session_number", "start", "end"],
            "make the frame with oc.exposure(study)",
        )
        check_columns("exposure", exposure, needed, hint=hint)
        mine = exposure[exposure["patient_id"] == patient_id]
        label = [f"session {number}" for number in mine["session_number"]]
        parts.append(_marks(mine["start"], mine["end"], "session", label, timezone))
    if events is not None:
        needed = ["patient_id", "onset", "resolved", "term"]
        check_columns("adverse_events", events, needed, hint="pass study.adverse_events")
        mine = events[events["patient_id"] == patient_id]
        parts.append(_marks(mine["onset"], mine["resolved"], "event", mine["term"].tolist(), timezone))
    frame = pd.concat(parts, ignore_index=True).sort_values("date", kind="stable", ignore_index=True)
    return frame.assign(day=(frame["date"].dt.normalize() - zero).dt.days.astype("Int64"))


def _spans(own: pd.DataFrame, column: str, kind: str) -> pd.DataFrame:
    grouped = own.groupby(column, sort=False)["date"]
    return _marks(grouped.min(), grouped.max(), kind, list(grouped.groups))


def _marks(
    start: pd.Series, end: pd.Series, kind: str, label: list[Any], timezone: str = "UTC"
) -> pd.DataFrame:
    frame = pd.DataFrame({"date": start.to_numpy(), "end": end.to_numpy()})
    for name in frame.columns:
        column = pd.to_datetime(frame[name])
        frame[name] = column if column.dt.tz is None else column.dt.tz_convert(timezone).dt.tz_localize(None)
    frame = frame.astype({"date": "datetime64[us]", "end": "datetime64[us]"})
    return frame.assign(kind=kind, label=pd.Series(label, dtype="str"))
