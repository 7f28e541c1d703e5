"""Log odds that come and go: slow waves of patients, weekends and seasons."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.simulate.clock import weekday
from outcomes.simulate.disturbances import Calendar, Waves

__all__ = ["calendar_log_odds", "draw_waves", "shifted"]

Array = NDArray[np.float64]
YEAR = 365.25


def draw_waves(
    waves: Waves, patients: int, days: int, rng: np.random.Generator, *, before: Array | None = None
) -> Array:
    """Return the waves of patients, shape (patients, days).

    Parameters
    ----------
    before : ndarray, shape (patients,), optional
        Wave on the day before the first; without it the first day is stationary.

    Notes
    -----
    ``w_t = r w_(t-1) + sd sqrt(1 - r^2) e_t`` with ``r = exp(-1 / days)``: an Ornstein-Uhlenbeck process seen
    once a day. All days at once, as the product of the innovations with a triangle of powers of r.
    """
    r = waves.carried
    step = waves.sd * rng.normal(size=(patients, days))
    scale = np.full(days, np.sqrt(1 - r**2))
    if before is None:
        scale[0] = 1.0
    lag = np.arange(days)[:, None] - np.arange(days)[None, :]
    carried = np.where(lag >= 0, r ** np.maximum(lag, 0), 0.0)
    wave = (step * scale) @ carried.T
    return np.asarray(wave if before is None else wave + before[:, None] * r ** np.arange(1, days + 1))


def calendar_log_odds(calendar: Calendar, date: NDArray[np.datetime64]) -> Array:
    """Return the log odds that weekday and season add on each date."""
    year = date.astype("datetime64[Y]")
    day = (date.astype("datetime64[D]") - year.astype("datetime64[D]")).astype(np.int64) + 1
    season = calendar.season * np.cos(2 * np.pi * (day - calendar.worst_day) / YEAR)
    return np.asarray(calendar.weekend * (weekday(date) >= 5) + season)


def shifted(p: Array, log_odds: Array) -> Array:
    """Return the probability whose logit is that of p (n,) plus `log_odds` (n, days)."""
    odds = (p / np.maximum(1 - p, np.finfo(float).tiny))[:, None] * np.exp(log_odds)
    return np.asarray(1 - 1 / (1 + odds))
