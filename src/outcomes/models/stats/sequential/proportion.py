"""Beta-binomial mixture confidence sequence for a proportion."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import betaln, expit, xlog1py, xlogy

from outcomes.errors import ArgumentError
from outcomes.models.stats.intervals import proportion
from outcomes.models.stats.intervals.arguments import check_level, pairs
from outcomes.models.stats.intervals.roots import LOG_BRACKET, bisect
from outcomes.models.stats.sequential.looks import check_cumulative, running
from outcomes.results import Estimates

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["proportion_limits", "proportion_sequence"]

JEFFREYS = (0.5, 0.5)


def proportion_limits(
    x: ArrayLike, n: ArrayLike, *, level: float = 0.95, prior: tuple[float, float] = JEFFREYS
) -> tuple[Floats, Floats]:
    """Return the limits at each look, not intersected with those of earlier looks.

    Parameters
    ----------
    x, n : array_like of int
        Number with the property, and number looked at, up to each look; looks along the last axis.
    level : float
        Probability with which all looks together cover the truth, at least.
    prior : tuple of float
        Parameters of the beta distribution over which alternatives are mixed, chosen before the data.

    Returns
    -------
    tuple of ndarray
        Lower and upper limits; 0 and 1 before anything was seen.

    Notes
    -----
    The limits are the p with ``B(a + x, b + n - x) / B(a, b) = p^x (1 - p)^(n - x) / (1 - level)``. The ratio
    is a martingale of mean 1 at the true p, so that by Ville's inequality it ever exceeds 1 / (1 - level)
    with probability at most 1 - level: at any look, planned or not.

    References
    ----------
    Robbins H. Statistical methods related to the law of the iterated logarithm.
    Ann Math Stat 1970;41:1397-1409. doi:10.1214/aoms/1177696786

    Howard SR, Ramdas A, McAuliffe J, Sekhon J. Time-uniform, nonparametric, nonasymptotic confidence
    sequences. Ann Stat 2021;49:1055-1080. doi:10.1214/20-AOS1991

    Examples
    --------
    >>> lower, upper = proportion_limits([0, 2, 5], [0, 10, 40])
    >>> lower.round(3).tolist(), upper.round(3).tolist()
    ([0.0, 0.009, 0.021], [1.0, 0.658, 0.345])
    """
    check_level(level)
    a, b = _check_prior(prior)
    count, size = pairs("x", x, "n", n)
    threshold = betaln(a + count, b + size - count) - betaln(a, b) + np.log(1 - level)
    return _side(count, size, threshold), 1 - _side(size - count, size, threshold)


def _check_prior(prior: tuple[float, float]) -> tuple[float, float]:
    numbers = isinstance(prior, Sequence) and len(prior) == 2 and all(isinstance(p, Real) for p in prior)
    if not numbers or not min(prior) > 0:
        raise ArgumentError(
            "prior is not two numbers above 0", got=repr(prior), allowed="for example (0.5, 0.5)"
        )
    return prior


def _side(x: Floats, n: Floats, threshold: Floats) -> Floats:
    """Return the lower limit: where the log likelihood, rising up to x / n, reaches the threshold."""
    share = x / np.maximum(n, 1.0)
    inside = np.where(x == 0, 0.5, share)
    top = np.where(inside < 1, np.log(inside / np.where(inside < 1, 1 - inside, 1.0)), LOG_BRACKET)

    def too_low(log_odds: Floats) -> NDArray[np.bool_]:
        p = expit(log_odds)
        return np.asarray(xlogy(x, p) + xlog1py(n - x, -p) < threshold)

    found = expit(bisect(too_low, np.full_like(top, -LOG_BRACKET), top))
    return np.where(x == 0, 0.0, found)


def proportion_sequence(
    x: ArrayLike,
    n: ArrayLike,
    *,
    level: float = 0.95,
    prior: tuple[float, float] = JEFFREYS,
    method: str = "clopper-pearson",
) -> Estimates:
    """Return the confidence sequence of a proportion, beside the interval for a single look.

    Parameters
    ----------
    x, n : array_like of int
        Number with the property, and number looked at, up to each look.
    level : float
        Probability with which all looks together cover the truth, at least.
    prior : tuple of float
        Beta prior over alternatives, chosen before the data: see `proportion_limits`.
    method : str
        Interval for a single look: see `outcomes.models.stats.intervals.proportion`.

    Returns
    -------
    Estimates
        One row per look: ``look, n, N, estimate, lower, upper`` (the sequence, intersected over looks),
        ``lower_single, upper_single`` (for one look only), ``status``.

    Raises
    ------
    ArgumentError
        For impossible counts, counts that fall, or a level outside 0 to 1.

    Notes
    -----
    Units must be independent: patients, or one session a patient.

    Examples
    --------
    >>> proportion_sequence([0, 2, 5], [5, 20, 40])[["n", "N", "lower", "upper"]].round(3)
       n   N  lower  upper
    0  0   5  0.000  0.585
    1  2  20  0.004  0.409
    2  5  40  0.021  0.345
    """
    count, size = (np.atleast_1d(part) for part in pairs("x", x, "n", n))
    check_cumulative("x", count)
    check_cumulative("n", size)
    lower, upper = running(*proportion_limits(count, size, level=level, prior=prior))
    single = proportion(count, size, method=method, level=level)
    frame = pd.DataFrame(
        {"look": np.arange(1, len(count) + 1), "n": count.astype(int), "N": size.astype(int)}
    )
    frame["estimate"] = np.where(size > 0, count / np.maximum(size, 1.0), np.nan)
    frame["lower"], frame["upper"] = lower, upper
    frame["lower_single"], frame["upper_single"] = single
    frame["status"] = np.where(lower > upper, "empty: the looks contradict each other", "ok")
    frame.loc[size == 0, "status"] = "nothing seen yet"
    return Estimates(
        frame,
        title="Proportion at every look",
        method=f"beta-binomial mixture confidence sequence, prior Beta{prior}; single look: {method}",
        level=level,
        notes=(
            "the sequence covers at all looks together; the single-look interval at one planned look only",
        ),
        meta={"prior_a": prior[0], "prior_b": prior[1], "looks": len(frame), "kind": "proportion"},
    )
