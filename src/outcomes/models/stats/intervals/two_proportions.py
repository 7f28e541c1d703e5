"""Intervals for the difference and the ratio of two proportions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from outcomes.errors import one_of
from outcomes.models.stats.intervals.arguments import broadcast, check_level, limits, normal_quantile, pairs
from outcomes.models.stats.intervals.one_proportion import wilson, wilson_cc
from outcomes.models.stats.intervals.restricted import given_difference, given_ratio
from outcomes.models.stats.intervals.roots import LOG_BRACKET, bisect

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["DIFFERENCE_METHODS", "RATIO_METHODS", "difference", "ratio", "two_groups"]

DIFFERENCE_METHODS = ("miettinen-nurminen", "newcombe", "newcombe-cc", "mee")
RATIO_METHODS = ("koopman", "miettinen-nurminen")


def two_groups(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike
) -> tuple[tuple[Floats, Floats, Floats, Floats], NDArray[np.bool_]]:
    """Return the four counts in one shape, and where both groups hold anybody."""
    a, m = pairs("x1", x1, "n1", n1)
    b, n = pairs("x2", x2, "n2", n2)
    a, m, b, n = broadcast({"x1": a, "n1": m, "x2": b, "n2": n})
    defined = (m > 0) & (n > 0)
    return (a, np.where(m > 0, m, 1.0), b, np.where(n > 0, n, 1.0)), defined


def difference(
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    *,
    method: str = "miettinen-nurminen",
    level: float = 0.95,
) -> tuple[Floats, Floats]:
    """Return the limits for the difference of two independent proportions, x1/n1 - x2/n2.

    Parameters
    ----------
    x1, n1 : array_like of int
        Number with the property and number looked at in group 1.
    x2, n2 : array_like of int
        The same in group 2.
    method : {"miettinen-nurminen", "newcombe", "newcombe-cc", "mee"}
        ``miettinen-nurminen`` and ``mee`` invert the score test, the first with its variance times
        N / (N - 1); ``newcombe`` combines two Wilson intervals (``-cc``: continuity corrected).
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    tuple of ndarray
        Lower and upper limits within -1 and 1; NaN where a group holds nobody.

    Raises
    ------
    ArgumentError
        For impossible counts or a level outside 0 to 1.

    Notes
    -----
    The score limits are the two d with ``(p1 - p2 - d)^2 = z^2 V(d)``, where
    ``V(d) = [r1 (1 - r1) / n1 + r2 (1 - r2) / n2] N / (N - 1)`` at the maximum likelihood
    proportions r1 and r2 that differ by d (Mee: without the last factor).

    References
    ----------
    Miettinen O, Nurminen M. Comparative analysis of two rates. Stat Med 1985;4:213-226.
    doi:10.1002/sim.4780040211

    Newcombe RG. Interval estimation for the difference between independent proportions.
    Stat Med 1998;17:873-890. doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I

    Examples
    --------
    >>> lower, upper = difference(56, 70, 48, 80)
    >>> round(float(lower), 4), round(float(upper), 4)
    (0.0528, 0.3382)
    """
    one_of("method", method, DIFFERENCE_METHODS)
    check_level(level)
    groups, defined = two_groups(x1, n1, x2, n2)
    if method.startswith("newcombe"):
        lower, upper = _newcombe(*groups, level=level, corrected=method == "newcombe-cc")
    else:
        factor = method == "miettinen-nurminen"
        x1, n1, x2, n2 = groups
        lower = _score_difference_lower(*groups, level=level, corrected=factor)
        upper = -_score_difference_lower(x2, n2, x1, n1, level=level, corrected=factor)
    return limits(np.clip(lower, -1, 1), np.clip(upper, -1, 1), defined)


def _newcombe(
    x1: Floats, n1: Floats, x2: Floats, n2: Floats, *, level: float, corrected: bool
) -> tuple[Floats, Floats]:
    single = wilson_cc if corrected else wilson
    (low1, high1), (low2, high2) = single(x1, n1, level), single(x2, n2, level)
    p1, p2 = x1 / n1, x2 / n2
    return (
        p1 - p2 - np.hypot(p1 - low1, high2 - p2),
        p1 - p2 + np.hypot(high1 - p1, p2 - low2),
    )


def _score_difference_lower(
    x1: Floats, n1: Floats, x2: Floats, n2: Floats, *, level: float, corrected: bool
) -> Floats:
    z = normal_quantile(level)
    observed = x1 / n1 - x2 / n2
    inflation = _inflation(n1 + n2, corrected)

    def too_low(delta: Floats) -> NDArray[np.bool_]:
        r1, q1, r2, q2 = given_difference(x1, n1, x2, n2, delta)
        variance = (r1 * q1 / n1 + r2 * q2 / n2) * inflation
        return np.asarray(observed - delta > z * np.sqrt(variance))

    return np.where(observed <= -1, -1.0, bisect(too_low, np.full_like(observed, -1.0), observed))


def _inflation(total: Floats, corrected: bool) -> Floats:
    """Return N / (N - 1), the factor of Miettinen and Nurminen, or ones."""
    return total / np.maximum(total - 1, 1.0) if corrected else np.ones_like(total)


def ratio(
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    *,
    method: str = "koopman",
    level: float = 0.95,
) -> tuple[Floats, Floats]:
    """Return the limits for the ratio of two independent proportions, (x1/n1) / (x2/n2).

    Parameters
    ----------
    x1, n1 : array_like of int
        Number with the property and number looked at in group 1.
    x2, n2 : array_like of int
        The same in group 2.
    method : {"koopman", "miettinen-nurminen"}
        Both invert the score test, the second with its variance times N / (N - 1).
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    tuple of ndarray
        Lower and upper limits; lower is 0 where x1 is 0, upper infinite where x2 is 0;
        NaN where a group holds nobody.

    Raises
    ------
    ArgumentError
        For impossible counts or a level outside 0 to 1.

    Notes
    -----
    The limits are the two t with ``(p1 - t p2)^2 = z^2 [r1 (1 - r1) / n1 + t^2 r2 (1 - r2) / n2]``
    at the maximum likelihood proportions with r1 = t r2.

    References
    ----------
    Koopman PAR. Confidence intervals for the ratio of two binomial proportions.
    Biometrics 1984;40:513-517. doi:10.2307/2531405

    Miettinen O, Nurminen M. Comparative analysis of two rates. Stat Med 1985;4:213-226.
    doi:10.1002/sim.4780040211

    Examples
    --------
    >>> lower, upper = ratio([36, 5], [40, 56], [16, 0], [80, 29])
    >>> lower.round(3).tolist(), upper.round(3).tolist()
    ([2.94, 0.726], [7.152, inf])
    """
    one_of("method", method, RATIO_METHODS)
    check_level(level)
    (a, m, b, n), defined = two_groups(x1, n1, x2, n2)
    corrected = method == "miettinen-nurminen"
    lower = _score_ratio_lower(a, m, b, n, level=level, corrected=corrected)
    # The ratio turned over: its lower limit is one over our upper limit.
    turned = _score_ratio_lower(b, n, a, m, level=level, corrected=corrected)
    upper = np.where(turned > 0, 1 / np.where(turned > 0, turned, 1.0), np.inf)
    return limits(lower, upper, defined)


def _score_ratio_lower(
    x1: Floats, n1: Floats, x2: Floats, n2: Floats, *, level: float, corrected: bool
) -> Floats:
    z = normal_quantile(level)
    inflation = _inflation(n1 + n2, corrected)
    # With x1 = 0 the limit is 0; one in its place keeps the equations finite.
    a = np.where(x1 == 0, 1.0, x1)

    def too_low(log_ratio: Floats) -> NDArray[np.bool_]:
        theta = np.exp(log_ratio)
        r1, q1, r2, q2 = given_ratio(a, n1, x2, n2, log_ratio)
        variance = (r1 * q1 / n1 + theta**2 * r2 * q2 / n2) * inflation
        return np.asarray(a / n1 - theta * x2 / n2 > z * np.sqrt(variance))

    highest = np.log(np.where(x2 > 0, a * n2 / (n1 * np.where(x2 > 0, x2, 1.0)), 1.0))
    edge = np.where(x2 > 0, highest, LOG_BRACKET / 2)
    return np.where(x1 == 0, 0.0, np.exp(bisect(too_low, np.full_like(edge, -LOG_BRACKET / 2), edge)))
