"""Intervals for the ratio and the difference of two rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaincinv, ndtri

from outcomes.errors import one_of
from outcomes.models.stats.intervals.arguments import broadcast, check_level, counts, exposures, limits
from outcomes.models.stats.intervals.one_proportion import mid_p_log_odds
from outcomes.models.stats.intervals.roots import bisect

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["METHODS", "rate_difference", "rate_ratio"]

METHODS = ("exact", "mid-p")


def rate_ratio(
    x1: ArrayLike,
    t1: ArrayLike,
    x2: ArrayLike,
    t2: ArrayLike,
    *,
    method: str = "exact",
    level: float = 0.95,
) -> tuple[Floats, Floats]:
    """Return the limits for the ratio of two rates, (x1/t1) / (x2/t2).

    Parameters
    ----------
    x1, t1 : array_like
        Events (whole numbers) and exposure of group 1.
    x2, t2 : array_like
        The same of group 2, exposure in the same unit.
    method : {"exact", "mid-p"}
        Both are conditional on the total number of events.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    tuple of ndarray
        Lower and upper limits; lower is 0 where x1 is 0, upper infinite where x2 is 0;
        NaN where a group has no exposure.

    Raises
    ------
    ArgumentError
        For impossible counts or exposures, or a level outside 0 to 1.

    Notes
    -----
    Given x1 + x2, x1 is binomial with odds ``ratio * t1 / t2``: the limits of those odds
    (Clopper-Pearson or mid-p) are multiplied by t2 / t1.

    References
    ----------
    Przyborowski J, Wilenski H. Homogeneity of results in testing samples from Poisson series.
    Biometrika 1940;31:313-323. doi:10.1093/biomet/31.3-4.313

    Examples
    --------
    >>> lower, upper = rate_ratio(41, 28010, 15, 19017)
    >>> round(float(lower), 4), round(float(upper), 4)
    (1.0057, 3.6093)
    """
    one_of("method", method, METHODS)
    check_level(level)
    a, s, b, t = broadcast(
        {"x1": counts("x1", x1), "t1": exposures("t1", t1), "x2": counts("x2", x2), "t2": exposures("t2", t2)}
    )
    defined = (s > 0) & (t > 0)
    s, t = np.where(defined, s, 1.0), np.where(defined, t, 1.0)
    odds_low = _odds_lower(a, b, method, level)
    turned = _odds_lower(b, a, method, level)
    odds_high = np.where(turned > 0, 1 / np.where(turned > 0, turned, 1.0), np.inf)
    with np.errstate(over="ignore", invalid="ignore"):  # beyond every float: infinite, and 0 stays 0
        scale = t / s
        lower = np.where(odds_low == 0, 0.0, odds_low * scale)
        return limits(lower, np.where(np.isinf(odds_high), np.inf, odds_high * scale), defined)


def _odds_lower(x: Floats, others: Floats, method: str, level: float) -> Floats:
    """Return the lower limit of the odds that an event is one of the `x`."""
    if method == "mid-p":
        return np.asarray(np.exp(mid_p_log_odds(x, x + others, level)))
    tail = (1 - level) / 2
    inside = np.where(x == 0, 1.0, x)
    # Both sides of the odds come from their own quantile: no 1 - p with p close to 1.
    share = betaincinv(inside, others + 1, tail)
    rest = betaincinv(others + 1, inside, 1 - tail)
    return np.where(x == 0, 0.0, share / rest)


def rate_difference(
    x1: ArrayLike, t1: ArrayLike, x2: ArrayLike, t2: ArrayLike, *, method: str = "score", level: float = 0.95
) -> tuple[Floats, Floats]:
    """Return the limits for the difference of two rates, x1/t1 - x2/t2.

    Parameters
    ----------
    x1, t1, x2, t2 : array_like
        As for `rate_ratio`.
    method : {"score", "wald"}
        Miettinen and Nurminen's score limits, or the normal approximation, which fails at few events.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    tuple of ndarray
        Lower and upper limits; NaN where a group has no exposure.

    Notes
    -----
    Score: the differences d with ``|r1 - r2 - d| <= z sqrt((r + d) / t1 + r / t2)``, r the most likely rate
    of group 2 under d.

    References
    ----------
    Miettinen O, Nurminen M. Comparative analysis of two rates. Stat Med 1985;4:213-226.
    doi:10.1002/sim.4780040211

    Examples
    --------
    >>> lower, upper = rate_difference(0, 10, 0, 10)
    >>> round(float(lower), 4), round(float(upper), 4)
    (-0.3841, 0.3841)
    """
    one_of("method", method, ("score", "wald"))
    check_level(level)
    a, s, b, t = broadcast(
        {"x1": counts("x1", x1), "t1": exposures("t1", t1), "x2": counts("x2", x2), "t2": exposures("t2", t2)}
    )
    defined, z = (s > 0) & (t > 0), float(ndtri(0.5 + level / 2))
    s, t = np.where(defined, s, 1.0), np.where(defined, t, 1.0)
    gap = a / s - b / t
    if method == "wald":
        half = z * np.sqrt(a / s**2 + b / t**2)
        return limits(gap - half, gap + half, defined)
    reach = 4 * (z**2 + 2 * z * np.sqrt(a + b + 1)) * (1 / s + 1 / t)

    def above(d: Floats, sign: float) -> NDArray[np.bool_]:
        return np.asarray(gap - d > sign * z * _score_error(a, s, b, t, d))

    lower = bisect(lambda d: above(d, 1.0), gap - reach, gap)
    upper = bisect(lambda d: above(d, -1.0), gap, gap + reach)
    return limits(lower, upper, defined)


def _score_error(a: Floats, s: Floats, b: Floats, t: Floats, d: Floats) -> Floats:
    """Return the standard error of the difference where it is d; solved for the lower of both rates."""
    swap = d < 0
    x, u, y, v = (np.where(swap, p, q) for p, q in ((b, a), (t, s), (a, b), (s, t)))
    gap, total = np.abs(d), s + t
    half = total * gap - x - y
    root = np.sqrt(half**2 + 4 * total * y * gap)
    # Of the two forms of the root the one without a difference of equal numbers.
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = np.where(half > 0, 2 * y * gap / (half + root), (root - half) / (2 * total))
    return np.sqrt((rate + gap) / u + rate / v)
