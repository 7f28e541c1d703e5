"""Patients who fell, and return to their baseline on a day that is known here: nobody's model is assumed.

Levels normal on the logit scale (mean 1.3, SD 0.8); falls of one size, or Beta(5, 5) with three patients in
ten who do not fall at all; days carry over (0.35); a tenth of the days are not recorded. Patients may be
treated again from day 35 on, with 8 % a day, while their last 14 days reach 70 % of their baseline, or (who
decides sees the level itself, which no diary holds) while their level is back, and with 0.5 % a day before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

BASE, DAYS = 28, 168
RECORDED, CARRY_OVER = 0.9, 0.35
NEVER, NOT_AGAIN = 10**6, 10**6
DAILY, FIRST_AGAIN = 0.08, 35


@dataclass(frozen=True)
class World:
    """A fall (None: of many sizes), the daily hazard of returning (0: permanent), treatment again or not.

    sees_level: who treats again decides by the level, not by the days.
    """

    fall: float | None = None
    returning: float = 0.008
    treated_again: bool = True
    carry_over: float = CARRY_OVER
    sees_level: bool = False


@dataclass(frozen=True, eq=False)
class Drawn:
    """days and periods as `still_better` takes them, courses, and the day of each patient's return."""

    days: pd.DataFrame
    periods: pd.DataFrame
    courses: pd.DataFrame
    returned: np.ndarray
    again: np.ndarray


def draw(rng: np.random.Generator, patients: int, world: World) -> Drawn:
    """Return a study of so many patients."""
    base = np.clip(expit(rng.normal(1.3, 0.8, patients)), 0.3, 0.98)
    fall = np.full(patients, world.fall) if world.fall else rng.beta(5, 5, patients)
    if world.fall is None:
        fall = np.where(rng.random(patients) < 0.3, 0.0, fall)
    hazard = world.returning
    returned = np.ceil(rng.exponential(1 / hazard, patients)) if hazard else np.full(patients, NEVER)
    returned = np.where(fall == 0, 0, returned).astype(int)
    day = np.arange(1 - BASE, DAYS + 1)
    lower = (day > 0) & (day <= returned[:, None])
    level = np.where(lower, (base * (1 - fall))[:, None], base[:, None])
    x = _chain(rng, level, world.carry_over)
    seen = rng.random(x.shape) < RECORDED
    counts = seen[:, :BASE].sum(axis=1)
    share = (x & seen)[:, :BASE].sum(axis=1) / counts
    chance = _chance(x & seen, seen, share)
    if world.sees_level:
        chance = np.where(lower[:, BASE:], 0.005, DAILY)
    again = _again(rng, chance) if world.treated_again else np.full(patients, NOT_AGAIN)
    return Drawn(*_frames(x, seen, day, share, counts, again), returned, again)


def _chain(rng: np.random.Generator, level: np.ndarray, r: float) -> np.ndarray:
    x = np.zeros(level.shape, dtype=bool)
    for day in range(level.shape[1]):
        p = level[:, day]
        now = np.where(x[:, day - 1], p + (1 - p) * r, p * (1 - r)) if day else p
        x[:, day] = rng.random(len(x)) < now
    return x


def _chance(hit: np.ndarray, seen: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return each day's chance of a next course among those whose days get worse."""
    total = [np.cumsum(part[:, BASE:], axis=1) for part in (hit, seen)]
    last = [part[:, 14:] - part[:, :-14] for part in total]
    worse = last[0] / np.maximum(last[1], 1) >= 0.7 * share[:, None]
    return np.pad(DAILY * worse, ((0, 0), (15, 0)))[:, :DAYS]


def _again(rng: np.random.Generator, chance: np.ndarray) -> np.ndarray:
    """Return the day of the next course."""
    go = (rng.random(chance.shape) < chance) & (np.arange(1, DAYS + 1) >= FIRST_AGAIN)
    return np.where(go.any(axis=1), go.argmax(axis=1) + 1, NOT_AGAIN)


def _frames(
    x: np.ndarray, seen: np.ndarray, day: np.ndarray, share: np.ndarray, counts: np.ndarray, again: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    kept = seen & (day > 0) & (day < again[:, None])
    at, column = np.nonzero(kept)
    days = pd.DataFrame({"patient_id": at, "course": 1, "day_after": day[column], "headache": x[kept]})
    patient = np.arange(len(x))
    periods = pd.DataFrame(
        {
            "patient_id": patient,
            "course": 1,
            "baseline": BASE * share,
            "baseline_days_recorded": counts,
            "baseline_eligible": True,
        }
    )
    end = pd.Timestamp("2026-01-01")
    gap = pd.to_timedelta(np.where(again < NOT_AGAIN, again, 0), unit="D")
    start = pd.Series(end + gap).where(again < NOT_AGAIN)
    courses = pd.DataFrame(
        {"patient_id": patient, "course": 1, "course_end": end, "next_course_start": start}
    )
    return days, periods, courses
