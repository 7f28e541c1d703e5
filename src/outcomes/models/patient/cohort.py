"""What chance alone would bring to one patient, by the law of the cohort that the patient came with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.models.patient.patient_rules import PatientRules
from outcomes.models.stats.kernels.entered_chain import Entered, sequences
from outcomes.models.stats.kernels.markov_beta import fit_markov_beta
from outcomes.models.stats.kernels.wandering_level import Law, days_ahead, laws_of, wandering

__all__ = ["WAVE_SD", "Cohort", "chance_alone", "cohort_of"]

#: Fewer patients do not carry a law with three parameters.
SMALLEST = 10
#: Standard deviation of a patient's slow wave (logit scale): 28 days of baseline cannot tell it.
WAVE_SD = 0.7


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """Laws of levels before treatment, of equal weight, or why there is none."""

    laws: tuple[Law, ...]
    patients: int
    reason: str = ""


def cohort_of(days: pd.DataFrame, rules: PatientRules) -> Cohort:
    """Fit the law of the baselines of all patients in `days`, given that they met the entry rule."""
    in_course = days[days["course"].notna() & days["headache"].notna()]
    first = in_course.groupby("patient_id")["course"].transform("min")
    rows = in_course[(in_course["course"] == first) & in_course["day"].between(-rules.baseline_days, -1)]
    size = rows.groupby("patient_id")["headache"].transform("size")
    hits = rows["headache"].astype(bool).groupby(rows["patient_id"]).transform("sum")
    least = np.ceil((rules.entry_days or 0.0) * size / rules.month_days - 1e-9)
    kept = (size >= rules.min_baseline_days) & (hits >= least)
    rows, least = rows[kept], least[kept]
    rows = rows.assign(least=least).sort_values(["patient_id", "day"], kind="stable")
    codes, ids = pd.factorize(rows["patient_id"])
    event = rows["headache"].to_numpy(dtype=bool)
    if len(ids) < SMALLEST:
        return Cohort((), len(ids), f"fewer than {SMALLEST} patients with a baseline")
    if event.all() or not event.any():
        return Cohort((), len(ids), "all baseline days are alike: day-to-day variation is unknown")
    data = sequences(codes.astype(np.intp), rows["day"].to_numpy(np.intp), event, len(ids))
    at_least = rows.groupby("patient_id")["least"].first().to_numpy().astype(np.intp)
    entered = Entered(at_least, data.length) if at_least.any() else None
    fit = fit_markov_beta(data, entered)
    if not fit.converged:
        return Cohort((), len(ids), "the model of days did not converge")
    selected = entered is not None and entered.at_least_half
    return Cohort(laws_of(fit, selected=selected), len(ids))


def chance_alone(
    laws: tuple[Law, ...], baseline: pd.DataFrame, period: pd.DataFrame, rules: PatientRules, level: float
) -> Mapping[str, Any]:
    """Return the days that a period would have had if nothing but time had passed, and P(more than it had).

    Parameters
    ----------
    laws : tuple of Law
        Of the cohort, of equal weight.
    baseline, period : DataFrame
        The patient's recorded days (day, headache) before treatment, and of the period.
    rules : PatientRules
        The month and the baseline.
    level : float
        Of the interval.
    """
    before = _sequence(baseline)
    day = period["day"].to_numpy(dtype=np.intp)
    n, seen = len(day), int(period["headache"].astype(bool).sum())
    gap = float(np.diff(day).mean()) if n > 1 else 1.0
    moved = 2 * wandering(WAVE_SD, max(0, int(day.min())), rules.month_days)
    chances = np.mean([days_ahead(law, before, moved, n, gap) for law in laws], axis=0)
    chances = chances / chances.sum()
    total = np.cumsum(chances)
    tail, month = (1 - level) / 2, rules.month_days / n
    low, high = (int(np.searchsorted(total, share)) for share in (tail, 1 - tail))
    fewer = total[seen] - chances[seen] / 2
    return {
        "expected": month * float(chances @ np.arange(n + 1)),
        "expected_lower": month * low,
        "expected_upper": month * min(high, n),
        "p_lower": float(1 - fewer),
    }


def _sequence(rows: pd.DataFrame) -> Any:
    rows = rows.sort_values("day", kind="stable")
    event: NDArray[np.bool_] = rows["headache"].to_numpy(dtype=bool)
    return sequences(np.zeros(len(rows), dtype=np.intp), rows["day"].to_numpy(np.intp), event, 1)
