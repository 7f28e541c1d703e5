"""Confidence sequence for a mean from sums: by betting within bounds, else through the t statistic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from outcomes.errors import ArgumentError
from outcomes.models.stats.intervals.arguments import broadcast, check_level, counts, exposures, numbers
from outcomes.models.stats.kernels import betting
from outcomes.models.stats.sequential.looks import FEW, check_cumulative, possible, running
from outcomes.results import Estimates

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["mean_limits", "mean_sequence", "tuning"]

#: The sequence is tightest near this many patients unless told otherwise.
TIGHTEST_AT = 50
#: Changes in headache days per 28.
DAYS = (-28.0, 28.0)
#: Below this many patients the sequence says nothing: skewed changes need some before they average out.
FIRST_AT = 20
#: A sum of squared distances below this share of the squares is what rounding leaves.
ROUNDING = 1e-14


def tuning(tightest_at: float, level: float) -> float:
    """Return rho, with which the sequence is about tightest when `tightest_at` patients were seen.

    Notes
    -----
    ``rho^2 = (-2 log alpha + log(-2 log alpha + 1)) / n``, alpha = 1 - level (Waudby-Smith et al. 2024).
    """
    twice = -2 * np.log(1 - level)
    return float(np.sqrt((twice + np.log(twice + 1)) / tightest_at))


def mean_limits(
    mean: ArrayLike,
    sd: ArrayLike,
    n: ArrayLike,
    *,
    level: float = 0.95,
    tightest_at: float = TIGHTEST_AT,
    first_at: int = FIRST_AT,
) -> tuple[Floats, Floats]:
    """Return the limits of a mean at each look, not intersected over looks.

    Parameters
    ----------
    mean, sd : array_like
        Mean and standard deviation of all values up to each look.
    n : array_like of int
        Independent values up to each look.
    level : float
        Probability with which all looks together cover the truth, as the first look's n grows.
    tightest_at : float
        Number of values at which the sequence should be tightest; chosen before the data.
    first_at : int
        Looks with fewer values have infinite limits; so have those at which all values are equal.

    Returns
    -------
    tuple of ndarray
        Lower and upper limits.

    Notes
    -----
    The values with ``[(1 + t^2 / v) / (1 + t^2 / (v (1 + n g)))]^(n / 2) < (1 + n g)^(1/2) / (1 - level)``,
    t the one-sample t statistic, v = n - 1, g = `tuning` squared: standardised effects are mixed over
    Normal(0, g). For normal values this is exact at every n; for others it holds as n grows, where the
    limits become ``mean +- sd sqrt(2 (n g + 1) / (n^2 g) log(sqrt(n g + 1) / (1 - level)))``.

    References
    ----------
    Wang H, Ramdas A. Anytime-valid t-tests and confidence sequences for Gaussian means with unknown
    variance. doi:10.48550/arXiv.2310.03722

    Waudby-Smith I, Arbour D, Sinha R, Kennedy EH, Ramdas A. Time-uniform central limit theory and asymptotic
    confidence sequences. Ann Stat 2024;52:2613-2640. doi:10.1214/24-AOS2408

    Examples
    --------
    >>> lower, upper = mean_limits(-4.3, 6.0, 50)
    >>> round(float(lower), 2), round(float(upper), 2)
    (-6.99, -1.61)
    """
    check_level(level)
    if not tightest_at > 0:
        raise ArgumentError("tightest_at is not above 0", got=repr(tightest_at))
    centre, spread, size = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (mean, sd, n)))
    # Equal values show no spread; their mean looks certain only because nothing is known about the spread.
    enough = (size >= max(first_at, 2)) & np.isfinite(spread) & (spread > 0)
    m = np.where(enough, size, 2.0)
    grown = 1 + m * tuning(tightest_at, level) ** 2
    raised = np.exp(np.log(grown / (1 - level) ** 2) / m)
    # With few values no t, however large, excludes anything: the limits are then infinite.
    bounded = enough & (raised < grown)
    squared = (raised - 1) / np.where(bounded, 1 - raised / grown, 1.0)
    half = np.where(bounded, spread, 0.0) * np.sqrt(squared * (m - 1) / m)
    inside = np.where(bounded, centre, 0.0)
    return np.where(bounded, inside - half, -np.inf)[()], np.where(bounded, inside + half, np.inf)[()]


def mean_sequence(
    total: ArrayLike,
    squares: ArrayLike,
    n: ArrayLike,
    *,
    level: float = 0.95,
    bounds: tuple[float, float] | None = DAYS,
    tightest_at: float = TIGHTEST_AT,
    first_at: int = FIRST_AT,
) -> Estimates:
    """Return the confidence sequence of a mean from sums, for example of the change in headache days.

    Parameters
    ----------
    total, squares : array_like
        Sum of the values and of their squares up to each look, as `cumulative_looks` gives them.
    n : array_like of int
        Number of values (patients) up to each look.
    level : float
        Probability with which all looks together cover the mean.
    bounds : tuple of float or None
        The range that a value can have; for changes in days per 28 from -28 to 28. With it the sequence holds
        for every distribution and every n. None: values without known bounds, for which the sequence
        holds as n grows only (with few values and a few large responders it fails).
    tightest_at, first_at
        Without bounds: see `mean_limits`.

    Returns
    -------
    Estimates
        One row per look: ``look, N, estimate, sd, lower, upper`` (the sequence, intersected over looks),
        ``lower_single, upper_single`` (t interval; none under 5 values or beyond the bounds), ``status``.

    Raises
    ------
    ArgumentError
        For anything but numbers, counts that fall, a level outside 0 to 1, or sums that values within
        the bounds cannot have.

    Notes
    -----
    With bounds: the betting sequence of `bounded_mean_sequence` with a bound of its capital in the two
    sums [1]_ [2]_, which is wider: with the values at hand use that function.

    References
    ----------
    .. [1] Waudby-Smith I, Ramdas A. Estimating means of bounded random variables by betting.
       J R Stat Soc B 2024;86:1-27. doi:10.1093/jrsssb/qkad009
    .. [2] Fan X, Grama I, Liu Q. Exponential inequalities for martingales with applications.
       Electron J Probab 2015;20:1-22. doi:10.1214/EJP.v20-3496

    Examples
    --------
    >>> import numpy as np
    >>> values = np.tile([-6.0, -2.0, -5.0, -3.0], 15)
    >>> at = [30, 60]
    >>> looks = mean_sequence(values.cumsum()[[29, 59]], (values**2).cumsum()[[29, 59]], at)
    >>> looks[["N", "estimate", "lower", "upper"]].round(1)
        N  estimate  lower  upper
    0  30      -4.0  -11.2    5.5
    1  60      -4.0   -7.3    0.3
    """
    given = {"total": numbers("total", total), "squares": exposures("squares", squares), "n": counts("n", n)}
    s, q, size = (np.atleast_1d(part) for part in broadcast(given))
    check_cumulative("n", size)
    check_cumulative("squares", q)
    some, several = size > 0, size > 1
    mean = np.where(some, s / np.where(some, size, 1.0), np.nan)
    scatter = np.maximum(q - size * np.nan_to_num(mean) ** 2, 0.0)
    scatter = np.where(scatter <= ROUNDING * q, 0.0, scatter)
    sd = np.where(several, np.sqrt(scatter / np.where(several, size - 1, 1.0)), np.nan)
    if bounds is None:
        pair = mean_limits(mean, sd, size, level=level, tightest_at=tightest_at, first_at=first_at)
    else:
        check_level(level)
        pair = _bounded(s, q, size, bounds, level)
    lower, upper = running(*pair)
    equal = several & (sd == 0)
    half = (
        stdtrit(np.where(several, size - 1, 1.0), 0.5 + level / 2) * sd / np.sqrt(np.where(some, size, 1.0))
    )
    frame = pd.DataFrame(
        {"look": np.arange(1, len(size) + 1), "N": size.astype(int), "estimate": mean, "sd": sd}
    )
    frame["lower"], frame["upper"] = lower, upper
    half = np.where(equal | (size < FEW), np.nan, half)
    frame["lower_single"], frame["upper_single"] = possible(mean - half, mean + half, bounds)
    frame["status"] = np.where(lower > upper, "empty: the looks contradict each other", "ok")
    frame.loc[equal, "status"] = "all values are equal: no interval of this look"
    if bounds is None:
        frame.loc[size < max(first_at, 2), "status"] = f"fewer than {first_at} values"
    return Estimates(
        frame,
        title="Mean at every look",
        method=_words(bounds, tightest_at, first_at),
        level=level,
        notes=(
            "the sequence covers at all looks together; the single-look interval at one planned look only",
        ),
        meta={
            **({"tightest_at": tightest_at, "first_at": first_at} if bounds is None else {}),
            **({} if bounds is None else {"low": bounds[0], "high": bounds[1]}),
            "looks": len(frame),
            "kind": "mean",
        },
    )


def _words(bounds: tuple[float, float] | None, tightest_at: float, first_at: int) -> str:
    if bounds is not None:
        return (
            f"betting confidence sequence of values between {bounds[0]:g} and {bounds[1]:g}, "
            "from their sums; single look: t interval"
        )
    return (
        f"normal-mixture confidence sequence of the t statistic, tightest at {tightest_at:g} values, "
        f"from {first_at} values on; single look: t interval"
    )


def _bounded(
    total: Floats, squares: Floats, n: Floats, bounds: tuple[float, float], level: float
) -> tuple[Floats, Floats]:
    """Return the betting limits of values within the bounds."""
    low, high = bounds
    if not low < high:
        raise ArgumentError("bounds are not a range", got=repr(bounds), allowed="for example (-28, 28)")
    width = high - low
    z, zz = (total - n * low) / width, (squares - 2 * low * total + n * low**2) / width**2
    slack = 1e-9 * np.maximum(n, 1)
    # Of values in 0 to 1 each square is at most the value.
    if ((z < -slack) | (z > n + slack) | (zz > z + slack)).any():
        raise ArgumentError(
            "the sums are not of values within the bounds",
            allowed=f"values from {low:g} to {high:g}",
            hint="pass the range that a value can have as bounds=(low, high)",
        )
    lower, upper = betting.limits_from_sums(z.clip(0, n), zz.clip(0), n, np.log(2 / (1 - level)))
    return low + width * lower, low + width * upper
