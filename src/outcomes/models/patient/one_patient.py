"""One patient: every period against the patient's own baseline, as certain as its diary days allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from outcomes.errors import ArgumentError, DataError, instance_of
from outcomes.models.patient.cohort import WAVE_SD, Cohort, chance_alone, cohort_of
from outcomes.models.patient.own_days import Shapes, change_of, posterior
from outcomes.models.patient.patient_rules import PatientRules, patient_rules
from outcomes.models.patient.timeline import timeline
from outcomes.models.stats.input_frames import check_columns, check_yes_no
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.results import Estimates, Tabular

__all__ = ["OnePatient", "one_patient", "own_periods"]

#: Correlation of one day with the next within a patient, from a public diary of 133 patients (4,152 days).
CARRY_OVER = 0.2
NUMBERS = (
    "value",
    "estimate",
    "lower",
    "upper",
    "change",
    "change_lower",
    "change_upper",
    "p_lower",
    "p_half",
    "expected",
    "expected_lower",
    "expected_upper",
)


@dataclass(frozen=True, slots=True, eq=False)
class OnePatient(Tabular):
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

    def to_frame(self) -> pd.DataFrame:
        """Return the periods, one row each."""
        return self.periods.to_frame()

    def to_ard(self) -> pd.DataFrame:
        """Return the periods' statistics, one row each."""
        return self.periods.to_ard()

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
    rules: Any = None,
    carry_over: float = CARRY_OVER,
    exposure: pd.DataFrame | None = None,
    adverse_events: pd.DataFrame | None = None,
    timezone: str = "UTC",
    level: float = 0.95,
) -> OnePatient:
    """Compare a patient's periods with the patient's own baseline, and with what chance alone would bring.

    Parameters
    ----------
    days : DataFrame
        From `outcomes.days`, of all patients: the distribution of chance comes from their baselines. The
        patient's first course is used: ``days[days["course"] == 2]`` shows the second. Its `headache` is
        counted: ``days.assign(headache=days["migraine"])`` counts migraines.
    patient_id : str
        The patient.
    rules : Rules or mapping, optional
        ``study.rules``: month, anchor, length of the baseline, fewest days and entry rule; or a mapping of
        some of them. By default 28 days from the end of the course, and no fewest days.
    carry_over : float
        Correlation of one day with the next, 0 to below 1: days that carry over count for fewer. 0: all days
        independent.
    exposure, adverse_events : DataFrame, optional
        From `outcomes.exposure`, and the checked events, for the timeline.
    timezone : str
        IANA name of the study's zone: the timeline's dates are local.
    level : float
        Level of the intervals.

    Returns
    -------
    OnePatient
        Its `periods` hold three kinds of number that are not to be mixed: what was recorded (`n`,
        `days_recorded`, `value`); what the patient's own days say of the level (`estimate`, `lower`, `upper`,
        `change` and its limits, `p_half`; shrunk a little towards the middle); and what chance alone would
        have brought (`expected` and its limits, `p_lower`).

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
    `estimate` and the limits are its mean and quantiles times the month. Change: difference from the
    baseline's independent posterior, by integration over the baseline's quantiles, without random numbers.

    `expected` is what the period would have had if nothing but time had passed, given the patient's baseline:
    the beta distribution of the cohort's levels, fitted by maximum likelihood given the entry rule, a Markov
    chain of days, and a slow wave (0.7 on the logit scale, 40 days) between the windows. `p_lower` is the
    probability that this would have given more days than were recorded (half of the equal ones): 97.5 % or
    more in 2.5 % of patients to whom nothing happened. With fewer than 10 baselines there is no such
    distribution: `p_lower` is then P(fewer than at baseline) by the patient's own days, which is too certain
    after entry at a bad time (7 to 10 % instead of 2.5 %), and the notes say so. It never says why a change
    came.

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
    _check(days, carry_over)
    _check_zone(timezone)
    held = patient_rules(rules)
    mine = days[days["patient_id"] == patient_id]
    result = own_periods(mine, cohort_of(days, held), held, carry_over=carry_over, level=level)
    return OnePatient(result, timeline(_own(mine, held), exposure, adverse_events, patient_id, timezone))


def _own(mine: pd.DataFrame, rules: PatientRules) -> pd.DataFrame:
    """Return the recorded days of the patient's first course with their period, in the order of time."""
    known = mine[mine["course"].notna()]
    own = known[(known["course"] == known["course"].min()) & known["headache"].notna()]
    if not len(own):
        raise DataError(
            "the frame has no recorded day of this patient in a course", hint="check patient_id and the days"
        )
    return own.assign(period=_period(own, rules)).sort_values("day", kind="stable")


def _check(days: pd.DataFrame, carry_over: float) -> None:
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
    if not 0 <= carry_over < 1:
        raise ArgumentError(
            "carry_over is not a correlation of days", got=str(carry_over), allowed="0 to below 1"
        )


def _check_zone(timezone: str) -> None:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise ArgumentError(
            "timezone names no zone", got=repr(timezone), allowed="an IANA name such as 'Europe/Berlin'"
        ) from None


def _period(own: pd.DataFrame, rules: PatientRules) -> pd.Series:
    """Name each day's period: baseline, earlier, during, days 1-28, ...; counted from the rules' anchor."""
    day = own["day"].astype("Float64")
    after = own["day_after"].astype("Float64") if rules.anchor == "course_end" else day.where(day > 0)
    first = rules.month_days * ((after - 1) // rules.month_days).astype("Int64") + 1
    label = "days " + first.astype("string") + "-" + (first + rules.month_days - 1).astype("string")
    phase = own["phase"].astype("string")
    named = label.where(after.notna(), phase)
    before = (phase == "before").astype(bool)
    recent = (day >= -rules.baseline_days).fillna(False).astype(bool)
    return named.mask(before & recent, "baseline").mask(before & ~recent, "earlier")


def own_periods(
    mine: pd.DataFrame,
    cohort: Cohort,
    rules: PatientRules,
    *,
    carry_over: float = CARRY_OVER,
    level: float = 0.95,
) -> Estimates:
    """Return the periods of the patient whose days are given; see `one_patient`."""
    own = _own(mine, rules)
    counts = _counts(own)
    base = counts[counts["term"] == "baseline"].iloc[0]
    known = base["days_recorded"] >= rules.min_baseline_days and base["days_recorded"] > 0
    prior = posterior(int(base["n"]), int(base["days_recorded"]), carry_over) if known else None
    rows = [_row(row, prior, carry_over, rules, level) for row in counts.to_dict("records")]
    if cohort.laws and prior is not None:
        before = own[own["period"] == "baseline"]
        for row in rows:
            row["p_lower"] = np.nan
            if str(row["term"]).startswith("days ") and row["status"] == "ok":
                mine = own[own["period"] == row["term"]]
                row.update(chance_alone(cohort.laws, before, mine, rules, level))
    return Estimates(
        frame=pd.DataFrame(rows),
        title=f"headache days per {rules.month_days} of one patient, and the change from the patient's "
        "own baseline",
        method=f"beta-binomial posterior, Jeffreys prior, carry-over {carry_over:g}; {_law(cohort)}",
        level=level,
        notes=(
            "Limits are credible limits: how certain the recorded days make each value.",
            "A change in one patient is not an effect of the treatment: it includes regression to the mean.",
            *_doubts(cohort, rules),
        ),
        status="ok" if prior is not None else "no baseline: no change can be given",
        meta={
            "carry_over": carry_over,
            "course": int(own["course"].iloc[0]),
            "patients_in_law": cohort.patients,
        },
    )


def _law(cohort: Cohort) -> str:
    if not cohort.laws:
        return f"no model of chance alone: {cohort.reason}"
    return f"chance alone from a model of {cohort.patients} baselines, with a slow wave of {WAVE_SD:g}"


def _doubts(cohort: Cohort, rules: PatientRules) -> tuple[str, ...]:
    if not cohort.laws:
        return (
            "p_lower uses the patient's own days only: it is too certain when the patient came at a "
            "bad time.",
        )
    if rules.entry_days is None:
        return ("No entry rule is declared: patients who came at a bad time also get better by chance.",)
    return ()


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


def _row(
    row: Mapping[str, Any], base: Shapes | None, carry_over: float, rules: PatientRules, level: float
) -> dict[str, Any]:
    n, month = int(row["days_recorded"]), rules.month_days
    out: dict[str, Any] = {"term": row["term"], "start": row["start"], "n": int(row["n"]), "days_recorded": n}
    out |= dict.fromkeys(NUMBERS, np.nan)
    least = rules.min_baseline_days if row["term"] == "baseline" else rules.min_days
    if n < least:
        return out | {"status": "no day recorded" if n == 0 else f"fewer than {least} days recorded"}
    a, b = posterior(int(row["n"]), n, carry_over)
    tail = (1 - level) / 2
    lower, upper = betaincinv(a, b, [tail, 1 - tail])
    out |= {
        "value": month * row["n"] / n,
        "estimate": month * a / (a + b),
        "lower": month * lower,
        "upper": month * upper,
    }
    if row["term"] == "baseline":
        return out | {"status": "ok"}
    if base is None:
        return out | {"status": "no baseline: no change can be given"}
    return out | change_of((a, b), base, tail, month) | {"status": "ok"}
