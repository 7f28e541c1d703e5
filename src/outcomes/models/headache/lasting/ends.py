"""What became of those who fell: still better, back, treated again; counted, and by hidden levels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betaincinv

from outcomes.models.stats.few_patients import FEW, FEW_WORDS, without_interval
from outcomes.models.stats.kernels.hidden_return import Hazards, Weeks, fit, fit_samples, weeks_of
from outcomes.models.stats.kernels.level_return import Diaries
from outcomes.models.stats.survival import quantile, survival_curve

__all__ = ["BACK", "BETTER", "COURSE", "counted", "hidden", "looks"]

Array = NDArray[np.float64]

BETTER, BACK, COURSE = "still better", "back", "treated again"
#: Samples of patients behind the interval of the hidden levels, and patients beyond which there is no model.
SAMPLES, MOST_PATIENTS = 200, 5_000
#: Samples are fitted together up to this many cells (patients by weeks): 16 MB an array.
MOST_CELLS = 2_000_000
START = 4
#: Of the rows that show where those went who are no longer better.
BESIDE = "without an interval: it stands beside the share still better"


def looks(horizon: int) -> list[int]:
    """Return the ends of the second and later periods up to the last day that somebody is followed."""
    return list(range(56, horizon + 1, 28))


def counted(rows: pd.DataFrame, level: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return rows of each look and the curve, from each patient's end as the rule dates it.

    Still better is one minus the Aalen-Johansen estimates of both ends: the Kaplan-Meier estimate of "either
    end", with its limits. Beside it: back and treated again (Aalen-Johansen), and not back if nobody were
    treated again (Kaplan-Meier, which takes the two as unrelated).
    """
    day = rows["day"].to_numpy(dtype=float)
    code = rows["outcome"].map({BETTER: 0, BACK: 1, COURSE: 2}).to_numpy(dtype=np.intp)
    either = survival_curve(day, (code > 0).astype(np.intp), level)
    apart = survival_curve(day, code, level)
    curve = either[["time", "at_risk", "estimate", "lower", "upper", "status"]].assign(
        back=apart["cumulative_relapse"],
        treated_again=apart["cumulative_competing"],
        if_nobody_were_treated_again=apart["estimate"],
        backs=apart["relapses"],
        courses=apart["competing"],
    )
    parts = [_at(curve, day, code, look) for look in looks(int(day.max()))]
    half = quantile(either, code > 0, 0.5)
    median = {"term": "median days still better", **half, "n": int((code > 0).sum()), "at_risk": len(rows)}
    table = pd.DataFrame([median, *[line for part in parts for line in part]])
    if len(rows) < FEW:
        table = without_interval(table, np.ones(len(table), dtype=bool))
        curve = without_interval(curve, np.ones(len(curve), dtype=bool))
    return table, curve


def _at(curve: pd.DataFrame, day: Array, code: NDArray[np.intp], look: int) -> list[dict[str, object]]:
    before = int((curve["time"] <= look).sum())  # times are in order
    now = curve.iloc[before - 1] if before else None
    start = {"estimate": 1.0, "back": 0.0, "treated_again": 0.0, "if_nobody_were_treated_again": 1.0}
    value = start if now is None else now
    limits = (np.nan, np.nan) if now is None else (now["lower"], now["upper"])
    at_risk, ended = int((day > look).sum()), day <= look
    status = "ok" if np.isfinite(limits[0]) else "no interval at 0 or 1"
    line = {"at_risk": at_risk, "lower": np.nan, "upper": np.nan, "status": BESIDE}
    return [
        line
        | {"term": f"{BETTER} on day {look}", "estimate": value["estimate"], "n": at_risk}
        | {"lower": limits[0], "upper": limits[1], "status": status},
        line
        | {"term": f"{BACK} by day {look}", "estimate": value["back"], "n": int((ended & (code == 1)).sum())},
        line
        | {
            "term": f"{COURSE} by day {look}",
            "estimate": value["treated_again"],
            "n": int((ended & (code == 2)).sum()),
        },
        line
        | {
            "term": f"not back on day {look}, if nobody were treated again",
            "estimate": value["if_nobody_were_treated_again"],
            "n": at_risk,
        },
    ]


def hidden(
    diaries: Diaries, carry: float, rows: pd.DataFrame, fell: float, rng: np.random.Generator, level: float
) -> pd.DataFrame:
    """Return the share still better at each look, from the days themselves, without dating anybody's return.

    The interval is Clopper and Pearson's at the number of patients that has the variance of samples of
    patients.
    """
    horizon = int(rows["last"].max())
    at = looks(horizon)
    terms = pd.DataFrame({"term": [f"{BETTER} on day {look}, by hidden levels" for look in at]})
    if not at or len(rows) < FEW or len(rows) > MOST_PATIENTS:
        why = FEW_WORDS if len(rows) < FEW else f"more than {MOST_PATIENTS} patients"
        return terms.assign(estimate=np.nan, lower=np.nan, upper=np.nan, n=len(rows), status=why)
    again = rows["treated_again"].to_numpy(dtype=bool)
    weeks = weeks_of(diaries, carry, rows["last"].to_numpy(np.intp), again, start=START, fell=fell)
    best = fit(weeks)
    estimate = best.still_better(START, np.array(at))[0]
    spread = _samples(weeks, best, at, rng).var(axis=0)
    lower, upper = _limits(estimate, spread, len(rows), level)
    still = [(rows["last"] > look).sum() for look in at]
    return terms.assign(estimate=estimate, lower=lower, upper=upper, n=len(rows), at_risk=still, status="ok")


def _samples(weeks: Weeks, best: Hazards, at: Sequence[int], rng: np.random.Generator) -> Array:
    """Return the share still better at each look in samples of the patients, (samples, looks)."""
    n, _, changes = weeks.likelihood.shape
    counts = np.array([rng.multinomial(n, np.full(n, 1 / n)) for _ in range(SAMPLES)], dtype=np.float64)
    parts = np.array_split(counts, max(1, SAMPLES * n * changes // MOST_CELLS))
    days = np.array(at)
    return np.concatenate([fit_samples(weeks, part, best).still_better(START, days) for part in parts])


def _limits(estimate: Array, spread: Array, n: int, level: float) -> tuple[Array, Array]:
    share = np.clip(estimate, 1e-9, 1 - 1e-9)
    size = np.where(spread > 0, np.minimum(n, share * (1 - share) / np.maximum(spread, 1e-12)), n)
    size = np.maximum(size, 1.0)
    tail = (1 - level) / 2
    x = share * size
    lower = betaincinv(x, size - x + 1, tail)
    upper = betaincinv(x + 1, size - x, 1 - tail)
    return np.where(x < 1e-6, 0.0, lower), np.where(size - x < 1e-6, 1.0, upper)
