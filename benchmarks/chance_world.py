"""Patients who come at their worst, in a world that no estimator assumes: nothing happens to them but time.

Levels are normal on the logit scale, with an Ornstein-Uhlenbeck wave of 40 days; days carry over; a tenth of
the days are not recorded; patients are taken with so many recorded headache days; a course may last until two
of three days are free (titration to response).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

BEFORE, AFTER, MONTH = 112, 150, 28
RECORDED, CARRY_OVER, WAVE_DAYS = 0.9, 0.15, 40
LAST_TITRATION, MIN_DAYS = 20, 20


@dataclass(frozen=True)
class World:
    """How patients come: entry (days per month), wave (SD, logit scale), titrated, two windows recorded."""

    entry: float
    wave: float
    titrated: bool = False
    two_windows: bool = True


def study(rng: np.random.Generator, patients: int, world: World) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return periods (two months) and days of a study without any effect."""
    candidates = patients * 6
    days = np.arange(-BEFORE, AFTER)
    x, seen = _diaries(rng, candidates, len(days), world.wave)
    window = slice(BEFORE - MONTH, BEFORE)
    recorded = seen[:, window].sum(axis=1)
    value = MONTH * (x & seen)[:, window].sum(axis=1) / np.maximum(recorded, 1)
    taken = np.flatnonzero((value >= world.entry) & (recorded >= MIN_DAYS))[:patients]
    x, seen, baseline = x[taken], seen[taken], value[taken]
    last = _course(x) if world.titrated else np.zeros(len(x), dtype=int)
    after = days - last[:, None]
    frame = pd.DataFrame(
        {
            "patient_id": np.repeat(np.arange(len(x)), len(days)),
            "day": np.tile(days, len(x)),
            "headache": x.ravel(),
            "day_after": np.where(after > 0, after, np.nan).ravel(),
        }
    )[seen.ravel()]
    if not world.two_windows:
        frame = frame[frame["day"] >= -MONTH]
    months = [_month(x, seen, last, baseline, number) for number in (1, 2)]
    return pd.concat(months, ignore_index=True), frame


def _diaries(rng: np.random.Generator, n: int, days: int, wave: float) -> tuple[np.ndarray, np.ndarray]:
    level, kept = rng.normal(1.0, 1.0, n), np.exp(-1 / WAVE_DAYS)
    now = rng.normal(0, wave, n)
    x = np.zeros((n, days), dtype=bool)
    for day in range(days):
        p = expit(level + now)
        chance = np.where(x[:, day - 1], p + (1 - p) * CARRY_OVER, p * (1 - CARRY_OVER)) if day else p
        x[:, day] = rng.random(n) < chance
        now = kept * now + rng.normal(0, wave * np.sqrt(1 - kept**2), n)
    return x, rng.random(x.shape) < RECORDED


def _course(x: np.ndarray) -> np.ndarray:
    """Return the last day of each course: the first on which two of three days were free."""
    free = ~x[:, BEFORE : BEFORE + LAST_TITRATION + 1]
    good = free[:, :-2].astype(int) + free[:, 1:-1] + free[:, 2:] >= 2
    return np.where(good.any(axis=1), good.argmax(axis=1) + 2, LAST_TITRATION)


def _month(
    x: np.ndarray, seen: np.ndarray, last: np.ndarray, baseline: np.ndarray, number: int
) -> pd.DataFrame:
    days = BEFORE + last[:, None] + 1 + MONTH * (number - 1) + np.arange(MONTH)
    events = np.take_along_axis(x & seen, days, axis=1).sum(axis=1)
    value = MONTH * events / np.take_along_axis(seen, days, axis=1).sum(axis=1)
    first = MONTH * (number - 1) + 1
    return pd.DataFrame(
        {
            "patient_id": np.arange(len(x)),
            "period": f"days {first}-{first + MONTH - 1}",
            "period_number": number,
            "baseline": baseline,
            "change": value - baseline,
        }
    )
