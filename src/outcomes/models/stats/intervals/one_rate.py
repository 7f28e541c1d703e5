"""Intervals for one rate of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammainc, gammaincc, gammainccinv, gammaincinv

from outcomes.errors import one_of
from outcomes.models.stats.intervals.arguments import (
    broadcast,
    check_level,
    counts,
    exposures,
    limits,
    normal_quantile,
)
from outcomes.models.stats.intervals.roots import LOG_BRACKET, bisect

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["METHODS", "rate"]


def rate(
    events: ArrayLike, exposure: ArrayLike, *, method: str = "garwood", level: float = 0.95
) -> tuple[Floats, Floats]:
    """Return the limits of the interval for events per unit of exposure.

    Parameters
    ----------
    events : array_like of int
        Number of events.
    exposure : array_like, any unit of time or sessions
        Time at risk; the limits are per one such unit.
    method : {"garwood", "mid-p", "score"}
        ``garwood`` is exact; ``mid-p`` and ``score`` cover `level` on average.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    tuple of ndarray
        Lower and upper limits; NaN where the exposure is 0: a rate without exposure is undefined.

    Raises
    ------
    ArgumentError
        For events that are negative, not whole or missing, for negative exposure and for a bad level.

    Notes
    -----
    Garwood solves ``P(X >= x | m) = P(X <= x | m) = (1 - level) / 2`` for the Poisson mean m, mid-p
    with half of ``P(X = x)``, the score interval ``|x - m| = z sqrt(m)``; each is divided by the exposure.

    References
    ----------
    Garwood F. Fiducial limits for the Poisson distribution. Biometrika 1936;28:437-442.
    doi:10.1093/biomet/28.3-4.437

    Examples
    --------
    >>> lower, upper = rate(3, 120.0)
    >>> round(float(lower), 5), round(float(upper), 5)
    (0.00516, 0.07306)
    """
    one_of("method", method, METHODS)
    check_level(level)
    count, time = broadcast({"events": counts("events", events), "exposure": exposures("exposure", exposure)})
    defined = time > 0
    lower, upper = METHODS[method](count, level)
    time = np.where(defined, time, 1.0)
    with np.errstate(over="ignore"):  # over almost no exposure the limit is beyond every float: infinite
        return limits(lower / time, upper / time, defined)


def _garwood(x: Floats, level: float) -> tuple[Floats, Floats]:
    tail = (1 - level) / 2
    lower = np.where(x == 0, 0.0, gammaincinv(np.where(x == 0, 1.0, x), tail))
    return lower, gammainccinv(x + 1, tail)


def _score(x: Floats, level: float) -> tuple[Floats, Floats]:
    z = normal_quantile(level)
    upper = x + z**2 / 2 + z * np.sqrt(x + z**2 / 4)
    # The product of both roots is x^2: no cancellation in the lower one.
    return np.where(x == 0, 0.0, x**2 / np.where(upper > 0, upper, 1.0)), upper


def _mid_p(x: Floats, level: float) -> tuple[Floats, Floats]:
    tail = (1 - level) / 2
    inside = np.where(x == 0, 1.0, x)

    def low_is_higher(log_mean: Floats) -> NDArray[np.bool_]:
        mean = np.exp(log_mean)
        return np.asarray(0.5 * (gammainc(inside, mean) + gammainc(inside + 1, mean)) < tail)

    def high_is_higher(log_mean: Floats) -> NDArray[np.bool_]:
        mean = np.exp(log_mean)
        below = np.where(x == 0, 0.0, gammaincc(inside, mean))
        return np.asarray(0.5 * (below + gammaincc(x + 1, mean)) > tail)

    edge = np.full(np.shape(x), LOG_BRACKET)
    lower = np.where(x == 0, 0.0, np.exp(bisect(low_is_higher, -edge, edge)))
    return lower, np.exp(bisect(high_is_higher, -edge, edge))


METHODS: dict[str, Callable[[Floats, float], tuple[Floats, Floats]]] = {
    "garwood": _garwood,
    "mid-p": _mid_p,
    "score": _score,
}
