"""Intervals for the odds ratio of two proportions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from outcomes.errors import one_of
from outcomes.models.stats.intervals.arguments import check_level, limits, normal_quantile
from outcomes.models.stats.intervals.hypergeometric import conditional_lower
from outcomes.models.stats.intervals.restricted import given_odds_ratio
from outcomes.models.stats.intervals.roots import LOG_BRACKET, bisect
from outcomes.models.stats.intervals.two_proportions import two_groups

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["METHODS", "odds_ratio"]

METHODS = ("exact", "miettinen-nurminen", "score")


def odds_ratio(
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    *,
    method: str = "exact",
    level: float = 0.95,
) -> tuple[Floats, Floats]:
    """Return the limits for the odds ratio of two independent proportions, group 1 over group 2.

    Parameters
    ----------
    x1, n1 : array_like of int
        Number with the property and number looked at in group 1.
    x2, n2 : array_like of int
        The same in group 2.
    method : {"exact", "miettinen-nurminen", "score"}
        ``exact`` is conditional on all margins; ``miettinen-nurminen`` inverts the score test with its
        variance times N / (N - 1), ``score`` without that factor.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    tuple of ndarray
        Lower and upper limits; 0 and infinity where the margins allow nothing else on that side;
        NaN where a group holds nobody.

    Raises
    ------
    ArgumentError
        For impossible counts or a level outside 0 to 1.

    Notes
    -----
    ``exact`` solves ``P(X >= x1 | psi) = P(X <= x1 | psi) = (1 - level) / 2`` in the non-central
    hypergeometric distribution. R's ``fisher.test`` solves the same equations to four digits only.
    The score limits solve ``(x1 - n1 r1)^2 [1/(n1 r1 q1) + 1/(n2 r2 q2)] = z^2 N / (N - 1)``.

    References
    ----------
    Cornfield J. A statistical problem arising from retrospective studies. Proc Third Berkeley Symp
    1956;4:135-148.

    Miettinen O, Nurminen M. Comparative analysis of two rates. Stat Med 1985;4:213-226.
    doi:10.1002/sim.4780040211

    Examples
    --------
    >>> lower, upper = odds_ratio(5, 56, 0, 29)
    >>> round(float(lower), 4), float(upper)
    (0.4833, inf)
    """
    one_of("method", method, METHODS)
    check_level(level)
    (a, m, b, n), defined = two_groups(x1, n1, x2, n2)
    lower, turned = _lower(a, m, b, n, method, level), _lower(b, n, a, m, method, level)
    upper = np.where(turned > 0, 1 / np.where(turned > 0, turned, 1.0), np.inf)
    return limits(lower, upper, defined)


def _lower(x1: Floats, n1: Floats, x2: Floats, n2: Floats, method: str, level: float) -> Floats:
    """Return the lower limit; 0 where group 1 has nobody with the property or group 2 nobody without."""
    bounded = (x1 > 0) & (x2 < n2)
    # Where the limit is 0 a table of ones and twos keeps the equations finite.
    a, m = np.where(bounded, x1, 1.0), np.where(bounded, n1, 2.0)
    b, n = np.where(bounded, x2, 1.0), np.where(bounded, n2, 2.0)
    if method == "exact":
        found = conditional_lower(a, m, b, n, level)
    else:
        found = _score_lower(a, m, b, n, level, corrected=method == "miettinen-nurminen")
    return np.where(bounded, found, 0.0)


def _score_lower(x1: Floats, n1: Floats, x2: Floats, n2: Floats, level: float, *, corrected: bool) -> Floats:
    z = normal_quantile(level)
    total = n1 + n2
    inflation = total / np.maximum(total - 1, 1.0) if corrected else np.ones_like(total)

    def too_low(log_psi: Floats) -> NDArray[np.bool_]:
        r1, r2 = given_odds_ratio(x1, n1, x2, n2, np.exp(log_psi))
        information1, information2 = n1 * r1 * (1 - r1), n2 * r2 * (1 - r2)
        # 1/information1 + 1/information2 multiplied out: no division by zero at the bracket's ends.
        left = np.maximum(x1 - n1 * r1, 0.0) ** 2 * (information1 + information2)
        return np.asarray(left > z**2 * inflation * information1 * information2)

    edge = np.full(np.shape(x1), LOG_BRACKET / 2)
    return np.exp(bisect(too_low, -edge, edge))
