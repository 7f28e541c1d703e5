"""From a probability per day to headache days that carry over from one day to the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["daily_effect", "daily_p", "renewed_uniforms"]

Array = NDArray[np.float64]

HALF = 0.5  # during the course half of the change has come


def renewed_uniforms(
    patients: int, days: int, carry_over: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return a uniform number per patient and day that is kept to the next day with chance `carry_over`.

    Notes
    -----
    ``x_t = 1[u_t < p_t]`` has the mean ``p_t`` on every day, whatever the day before; while p is constant
    it is the first-order Markov chain with ``P(1|1) = p + r (1 - p)`` and ``P(1|0) = p (1 - r)``, whose
    lag-1 correlation is ``r``.
    """
    fresh = rng.random((patients, days))
    renewed = rng.random((patients, days)) >= carry_over
    renewed[:, 0] = True
    last = np.maximum.accumulate(np.where(renewed, np.arange(days), 0), axis=1)
    return np.take_along_axis(fresh, last, axis=1)


def daily_effect(
    *, first_days: Array, second_start: Array, second_days: Array, lasts: Array, days: int
) -> tuple[Array, Array]:
    """Return the share of drift and the share of drug effect that is there on each day.

    Parameters
    ----------
    first_days : ndarray, shape (n,)
        Days of the first course; it starts on day 0.
    second_start, second_days : ndarray, shape (n,)
        First day and days of the second course; NaN without one.
    lasts : ndarray, shape (n, 2)
        Days that the effect lasts after each course.
    days : int
        Days from day 0 on.

    Returns
    -------
    drift, effect : ndarray, shape (n, days)
        Half during a course; drift is whole after the first one, the effect until it is lost.
    """
    day = np.arange(days, dtype=np.float64)[None, :]
    after_first = day >= first_days[:, None]
    drift = np.where(after_first, 1.0, HALF)
    with_effect = after_first & (day < (first_days + lasts[:, 0])[:, None])
    during = ~after_first | ((day >= second_start[:, None]) & (day < (second_start + second_days)[:, None]))
    end = (second_start + second_days)[:, None]
    with_effect |= (day >= end) & (day < end + lasts[:, 1][:, None])
    return drift, np.where(with_effect, 1.0, np.where(during, HALF, 0.0))


def daily_p(p: Array, fall: float, reduction: Array, drift: Array, effect: Array) -> Array:
    """Return ``p (1 - fall x drift) (1 - reduction x effect)``; p (n,), or (n, days) where days differ."""
    level = p[:, None] if p.ndim == 1 else p
    return np.asarray(level * (1 - fall * drift) * (1 - reduction[:, None] * effect))
