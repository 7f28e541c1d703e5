"""Interval and test of the mean of values that lie in a known range, whatever their distribution."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from outcomes.errors import ArgumentError
from outcomes.models.stats.intervals.arguments import check_level, numbers
from outcomes.models.stats.kernels.dirichlet_mean import quantile, share_below

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["BoundedMean", "bounded_mean"]

#: Values outside the range by less than this share of it are there by rounding.
ROUNDING = 1e-9


class BoundedMean(NamedTuple):
    """Limits of a mean, and the two-sided P value of the null value that was asked for."""

    lower: float
    upper: float
    p_value: float


def bounded_mean(
    values: ArrayLike, *, low: float, high: float, level: float = 0.95, null: float = 0.0
) -> BoundedMean:
    """Return Gaffke's limits of the mean of values between `low` and `high`.

    Parameters
    ----------
    values : array_like
        Independent values, such as one change from baseline a patient.
    low, high : float
        The range that a value can have; known beforehand, not read off the values.
    level : float
        Confidence level.
    null : float
        The mean that is tested.

    Returns
    -------
    BoundedMean
        lower, upper, p_value; all missing without a value.

    Raises
    ------
    ArgumentError
        For values that are not numbers or lie outside the range.

    Notes
    -----
    The upper limit is the ``1 - (1 - level) / 2`` quantile of ``sum D_i x_i + D_0 high``, with D uniform on
    the simplex: one more patient, not seen, has the worst value there can be. The lower limit likewise, with
    ``low``. P is twice the smaller of the shares of the two distributions beyond `null`.
    Where all values are `low` or `high` these are the limits of Clopper and Pearson, which cover always;
    no distribution is known for which the others do not [2]_. No distribution is assumed, so a few large
    responders who happen not to be in the sample are reckoned with: the t interval leaves them out.

    References
    ----------
    .. [1] Gaffke N. Three test statistics for a nonparametric one-sided hypothesis on the mean of a
       nonnegative variable. Math Methods Stat 2005;14:451-467.
    .. [2] Phan M, Thomas P, Learned-Miller E. Towards practical mean bounds for small samples.
       Proc 38th Int Conf Mach Learn 2021:8567-8576. doi:10.48550/arXiv.2106.03163

    Examples
    --------
    >>> changes = [-1.0, 0, -2, 1, -20, 0, -3, -1, 2, -2]
    >>> found = bounded_mean(changes, low=-28, high=28)
    >>> round(found.lower, 1), round(found.upper, 1)
    (-11.2, 7.2)
    """
    check_level(level)
    x = np.atleast_1d(numbers("values", values)).ravel()
    spread = float(high) - float(low)
    if not (np.isfinite(spread) and spread > 0):
        raise ArgumentError("low and high are not a range", got=f"{low!r} to {high!r}")
    outside = int(((x < low - ROUNDING * spread) | (x > high + ROUNDING * spread)).sum())
    if outside:
        raise ArgumentError(
            f"{outside} of {len(x)} values lie outside the range", allowed=f"{low:g} to {high:g}"
        )
    if not len(x):
        return BoundedMean(np.nan, np.nan, np.nan)
    x = np.clip(x, low, high)
    tail = (1 - level) / 2
    least, most = np.append(x, low), np.append(x, high)
    beyond = min(share_below(least, null), 1 - share_below(most, null))
    lower, upper = _quantile(least.tobytes(), tail), _quantile(most.tobytes(), 1 - tail)
    return BoundedMean(lower, upper, min(1.0, 2 * beyond))


@lru_cache(maxsize=1024)
def _quantile(of: bytes, p: float) -> float:
    """Return the p quantile of the mean of float64 values with uniform random weights.

    A report asks for that of the same values many times: of all patients, under each strategy, by subgroup.
    """
    values = np.frombuffer(of, dtype=np.float64)
    low, high = float(values.min()), float(values.max())
    if high - low <= ROUNDING * max(1.0, abs(low), abs(high)):
        return low
    return quantile(values, p, precise=1e-10 * (high - low))
