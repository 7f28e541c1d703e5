"""What a patient's own days say of each period: the beta posterior, and the change from baseline."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv

from outcomes.models.stats.kernels.root import narrowed

__all__ = ["Shapes", "change_of", "posterior"]

Array = NDArray[np.float64]
Shapes = tuple[float, float]
#: Jeffreys' prior.
PRIOR = (0.5, 0.5)
#: Points of the baseline's distribution over which a comparison is averaged: its error is below 1e-4.
GRID = 2_000
#: To which a limit of the change of the probability is found.
PRECISE = 1e-6
#: Between these a distribution is taken for straight, which moves a limit by less than 1e-5 days: they are
#: dense at both ends, where Jeffreys' prior is steep.
_PLACES: Array = np.sin(np.linspace(0, np.pi / 2, 4_001)) ** 2


def posterior(events: int, days: int, carry_over: float) -> Shapes:
    """Return the two shapes of the posterior of the probability of an event on a day."""
    k = np.arange(1, days)
    effect = 1 + 2 * float(((1 - k / days) * carry_over**k).sum()) if days else 1.0
    return PRIOR[0] + events / effect, PRIOR[1] + (days - events) / effect


def change_of(shapes: Shapes, base: Shapes, tail: float, month: int) -> dict[str, Any]:
    """Return mean and limits of month x (p - p0), P(p < p0) and P(p <= p0 / 2)."""
    quantiles = _quantiles(base)
    places, shares = _PLACES, betainc(*shapes, _PLACES)

    def less_than(difference: Array) -> Array:
        below = np.interp(quantiles[:, None] + difference, places, shares).mean(axis=0)
        return np.asarray(below - [tail, 1 - tail])

    (low, high), _ = narrowed(less_than, np.full(2, -1.0), np.full(2, 1.0), PRECISE)
    mean = shapes[0] / sum(shapes) - base[0] / sum(base)
    return {
        "change": month * mean,
        "change_lower": month * float(low),
        "change_upper": month * float(high),
        "p_lower": float(betainc(*shapes, quantiles).mean()),
        "p_half": float(betainc(*shapes, quantiles / 2).mean()),
    }


@lru_cache(maxsize=32)
def _quantiles(base: Shapes) -> Array:
    """Return evenly spaced quantiles of the baseline, which all periods of a patient are compared with."""
    spread: Array = betaincinv(*base, (np.arange(GRID) + 0.5) / GRID)
    return spread
