"""Intervals for one proportion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betainc, betaincinv, expit

from outcomes.errors import one_of
from outcomes.models.stats.intervals.arguments import check_level, limits, normal_quantile, pairs
from outcomes.models.stats.intervals.roots import LOG_BRACKET, bisect

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["METHODS", "clopper_pearson", "mid_p_log_odds", "proportion", "wilson", "wilson_cc"]


def proportion(
    x: ArrayLike, n: ArrayLike, *, method: str = "clopper-pearson", level: float = 0.95
) -> tuple[Floats, Floats]:
    """Return the limits of the interval for a proportion x/n.

    Parameters
    ----------
    x : array_like of int
        Number with the property.
    n : array_like of int
        Number looked at.
    method : {"clopper-pearson", "wilson", "wilson-cc", "jeffreys", "agresti-coull", "mid-p"}
        ``clopper-pearson`` never covers less than `level`; ``wilson`` covers it on average.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    tuple of ndarray
        Lower and upper limits, both within 0 and 1; NaN where n is 0.

    Raises
    ------
    ArgumentError
        For counts that are negative, not whole, missing or above `n`, and for a level outside 0 to 1.

    Notes
    -----
    Clopper-Pearson solves ``P(X >= x | p) = P(X <= x | p) = (1 - level) / 2``; mid-p counts half of
    ``P(X = x)``. Wilson solves ``|x/n - p| = z sqrt(p (1 - p) / n)``, ``wilson-cc`` with 1/(2n) taken from
    the left side. Jeffreys takes the quantiles of Beta(x + 1/2, n - x + 1/2). Where x is 0 the lower limit is
    0 and where x is n the upper limit is 1, for every method. Agresti-Coull limits are cut at 0 and 1.

    References
    ----------
    Newcombe RG. Two-sided confidence intervals for the single proportion. Stat Med 1998;17:857-872.
    doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E

    Brown LD, Cai TT, DasGupta A. Interval estimation for a binomial proportion. Stat Sci 2001;16:101-133.
    doi:10.1214/ss/1009213286

    Examples
    --------
    >>> lower, upper = proportion([0, 14], [20, 33])
    >>> lower.round(4).tolist(), upper.round(4).tolist()
    ([0.0, 0.2548], [0.1684, 0.6078])
    """
    one_of("method", method, METHODS)
    check_level(level)
    count, size = pairs("x", x, "n", n)
    defined = size > 0
    size_or_one = np.where(defined, size, 1.0)
    lower, upper = METHODS[method](count, size_or_one, level)
    lower = np.where(count == 0, 0.0, np.clip(lower, 0, 1))
    upper = np.where(count == size_or_one, 1.0, np.clip(upper, 0, 1))
    return limits(lower, upper, defined)


def clopper_pearson(x: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the limits that invert two one-sided binomial tests."""
    tail = (1 - level) / 2
    # At x = 0 and x = n one limit is known; 1 keeps the beta function's arguments valid there.
    lower = betaincinv(np.where(x == 0, 1.0, x), n - x + 1, tail)
    # The complement of the lower limit for n - x: exact also where the limit is close to 1.
    upper = 1 - betaincinv(np.where(x == n, 1.0, n - x), x + 1, tail)
    return np.where(x == 0, 0.0, lower), np.where(x == n, 1.0, upper)


def wilson(x: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the limits that invert the score test."""
    return _wilson_lower(x, n, level), 1 - _wilson_lower(n - x, n, level)


def _wilson_lower(x: Floats, n: Floats, level: float) -> Floats:
    # The smaller root from the product of both roots, x^2 / (n (n + z^2)): no cancellation near 0.
    z = normal_quantile(level)
    larger = x + z**2 / 2 + z * np.sqrt(x * (n - x) / n + z**2 / 4)
    return np.where(x == 0, 0.0, x**2 / n / np.where(larger > 0, larger, 1.0))


def wilson_cc(x: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the continuity-corrected score limits (Newcombe 1998, method 4)."""
    return _wilson_cc_lower(x, n, level), 1 - _wilson_cc_lower(n - x, n, level)


def _wilson_cc_lower(x: Floats, n: Floats, level: float) -> Floats:
    z = normal_quantile(level)
    p = x / n
    inner = np.maximum(z**2 - 2 - 1 / n + 4 * p * (n * (1 - p) + 1), 0.0)
    lower = (2 * x + z**2 - 1 - z * np.sqrt(inner)) / (2 * (n + z**2))
    return np.where(x == 0, 0.0, np.clip(lower, 0, 1))


def _jeffreys(x: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    tail = (1 - level) / 2
    lower = betaincinv(x + 0.5, n - x + 0.5, tail)
    return lower, 1 - betaincinv(n - x + 0.5, x + 0.5, tail)


def _agresti_coull(x: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    z = normal_quantile(level)
    size = n + z**2
    centre = (x + z**2 / 2) / size
    half = z * np.sqrt(centre * (1 - centre) / size)
    return centre - half, centre + half


def _mid_p(x: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    return expit(mid_p_log_odds(x, n, level)), 1 - expit(mid_p_log_odds(n - x, n, level))


def mid_p_log_odds(x: Floats, n: Floats, level: float) -> Floats:
    """Return the log odds of the lower mid-p limit; minus infinity where x is 0."""
    tail = (1 - level) / 2
    inside = np.where(x == 0, 1.0, x)
    total = np.where(x == 0, np.maximum(n, 1.0), n)

    def too_low(log_odds: Floats) -> NDArray[np.bool_]:
        p = expit(log_odds)
        at_least = betainc(inside, total - inside + 1, p)
        full = inside == total
        more = np.where(full, 0.0, betainc(inside + 1, np.where(full, 1.0, total - inside), p))
        return np.asarray(0.5 * (at_least + more) < tail)

    edge = np.full(np.shape(x), LOG_BRACKET)
    return np.where(x == 0, -np.inf, bisect(too_low, -edge, edge))


METHODS: dict[str, Callable[[Floats, Floats, float], tuple[Floats, Floats]]] = {
    "clopper-pearson": clopper_pearson,
    "wilson": wilson,
    "wilson-cc": wilson_cc,
    "jeffreys": _jeffreys,
    "agresti-coull": _agresti_coull,
    "mid-p": _mid_p,
}
