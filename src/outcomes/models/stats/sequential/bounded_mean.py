"""Confidence sequence for the mean of values in a known range, by betting: valid for any number of values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from outcomes.errors import ArgumentError
from outcomes.models.stats.intervals import bounded_mean
from outcomes.models.stats.intervals.arguments import check_level, counts, numbers
from outcomes.models.stats.kernels import betting
from outcomes.models.stats.sequential.looks import FEW, check_cumulative, possible, running
from outcomes.results import Estimates

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Pair = tuple[Floats, Floats]

__all__ = ["bounded_mean_sequence"]

#: Interval of a single look: from this many values on t, below Gaffke's, under `FEW` none.
LARGE = 40


def bounded_mean_sequence(
    values: ArrayLike, seen: ArrayLike, *, low: float = -28.0, high: float = 28.0, level: float = 0.95
) -> Estimates:
    """Return the confidence sequence of a mean of bounded values, such as changes in days per 28.

    Parameters
    ----------
    values : array_like
        Independent values in the order in which they became known, for example one change a patient.
    seen : array_like of int
        How many of them were known at each look.
    low, high : float
        The range that a value can have: for changes in days per 28 from -28 to 28.
    level : float
        Probability with which all looks together cover the mean, at least.

    Returns
    -------
    Estimates
        One row per look: ``look, N, estimate, sd, lower, upper`` (the sequence, intersected over looks),
        ``lower_single, upper_single`` (for one look only: t, below 40 values Gaffke's, under 5 none),
        ``status``.

    Raises
    ------
    ArgumentError
        For values outside the range, looks that see fewer values than the one before or more than there are.

    Notes
    -----
    With z = (x - low) / (high - low) and a candidate m, the capital ``mean over c of prod_i (1 + c (z_i / m
    - 1))``, c in (0, 1), is a martingale of mean 1 if m is the mean; the lower limit is the m up to which it
    exceeds ``2 / (1 - level)``, the upper one likewise with 1 - z. By Ville's inequality the limits cover at
    all looks together with at least `level`, for every distribution in the range and every n: nothing is
    asymptotic. The stakes c are a fixed mixture, so that the order of the values within a look is of no
    matter.

    References
    ----------
    Waudby-Smith I, Ramdas A. Estimating means of bounded random variables by betting.
    J R Stat Soc B 2024;86:1-27. doi:10.1093/jrsssb/qkad009

    Examples
    --------
    >>> import numpy as np
    >>> values = np.tile([-6.0, -2.0, -5.0, -3.0], 15)
    >>> bounded_mean_sequence(values, [30, 60])[["N", "estimate", "lower", "upper"]].round(1)
        N  estimate  lower  upper
    0  30      -4.0   -8.6    2.1
    1  60      -4.0   -6.5   -0.7
    """
    check_level(level)
    x, size = _read(values, seen, low, high)
    scaled = (x - low) / (high - low)
    lower, upper = betting.limits(scaled, size.astype(np.intp), np.log(2 / (1 - level)))
    lower, upper = running(low + (high - low) * lower, low + (high - low) * upper)
    frame = _looks(x, size.astype(np.intp))
    frame["lower"], frame["upper"] = lower, upper
    frame["lower_single"], frame["upper_single"] = _single(x, frame, low, high, level)
    frame["status"] = np.where(lower > upper, "empty: the looks contradict each other", "ok")
    frame.loc[size == 0, "status"] = "nothing seen yet"
    return Estimates(
        frame,
        title="Mean at every look",
        method=f"betting confidence sequence of values from {low:g} to {high:g}; single look: t interval, "
        f"Gaffke's below {LARGE} values",
        level=level,
        notes=(
            "the sequence covers at all looks together; the single-look interval at one planned look only",
        ),
        meta={"low": low, "high": high, "looks": len(frame), "kind": "mean"},
    )


def _read(values: ArrayLike, seen: ArrayLike, low: float, high: float) -> tuple[Floats, Floats]:
    x = np.atleast_1d(numbers("values", values)).ravel()
    size = np.atleast_1d(counts("seen", seen)).ravel()
    if not low < high:
        raise ArgumentError("low and high are not a range", got=f"{low!r} to {high!r}")
    outside = int(((x < low) | (x > high)).sum())
    if outside:
        raise ArgumentError(
            f"{outside} of {len(x)} values lie outside the range", allowed=f"{low:g} to {high:g}"
        )
    check_cumulative("seen", size)
    if size.max(initial=0) > len(x):
        raise ArgumentError(
            "a look has seen more values than there are", got=f"{size.max():g}", allowed=f"0 to {len(x)}"
        )
    return x, size


def _looks(x: Floats, size: NDArray[np.intp]) -> pd.DataFrame:
    """Return the mean and the spread of what each look has seen."""
    total, squares = (np.r_[0.0, np.cumsum(part)][size] for part in (x, (x - x[:1].sum()) ** 2))
    n = np.maximum(size, 1)
    mean = np.where(size > 0, total / n, np.nan)
    scatter = np.maximum(squares - size * (np.nan_to_num(mean) - x[:1].sum()) ** 2, 0.0)
    sd = np.where(size > 1, np.sqrt(scatter / np.maximum(size - 1, 1)), np.nan)
    return pd.DataFrame({"look": np.arange(1, len(size) + 1), "N": size, "estimate": mean, "sd": sd})


def _single(x: Floats, frame: pd.DataFrame, low: float, high: float, level: float) -> Pair:
    """Return the interval of each look by itself."""
    n, mean, sd = (frame[name].to_numpy(dtype=np.float64) for name in ("N", "estimate", "sd"))
    many = n >= LARGE
    error = sd / np.sqrt(n.clip(1))
    half = np.where(many, stdtrit(np.maximum(n - 1, 1), 0.5 + level / 2) * error, np.nan)
    lower, upper = mean - half, mean + half
    for size in np.unique(frame["N"].to_numpy()[(n >= FEW) & ~many]):
        found = bounded_mean(x[:size], low=low, high=high, level=level)
        lower[n == size], upper[n == size] = found.lower, found.upper
    return possible(lower, upper, (low, high))
