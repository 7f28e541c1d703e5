"""Gamma-Poisson mixture confidence sequence for a rate."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import gammaln

from outcomes.errors import ArgumentError, instance_of
from outcomes.models.stats.intervals import rate
from outcomes.models.stats.intervals.arguments import broadcast, check_level, check_per, counts, exposures
from outcomes.models.stats.intervals.roots import LOG_BRACKET, bisect
from outcomes.models.stats.sequential.looks import check_cumulative, running
from outcomes.results import Estimates

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["rate_limits", "rate_sequence"]


def rate_limits(
    events: ArrayLike, exposure: ArrayLike, *, guess: float, shape: float = 0.5, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Return the limits of events per unit of exposure at each look, not intersected over looks.

    Parameters
    ----------
    events : array_like of int
        Events up to each look; looks along the last axis.
    exposure : array_like
        Exposure up to each look.
    guess : float, events per unit of exposure
        Mean of the gamma distribution over which alternatives are mixed, chosen before the data. A poor guess
        makes the limits wider, never wrong.
    shape : float
        Shape of that gamma distribution.
    level : float
        Probability with which all looks together cover the truth, at least.

    Returns
    -------
    tuple of ndarray
        Lower and upper limits; 0 and infinity before any exposure.

    Notes
    -----
    With a = shape and b = shape / guess the limits are the r with
    ``b^a G(a + x) / (G(a) (b + t)^(a + x)) = r^x exp(-r t) / (1 - level)``, G the gamma function: the mixture
    likelihood ratio is a martingale for a Poisson process of rate r (Ville's inequality).

    References
    ----------
    Robbins H. Statistical methods related to the law of the iterated logarithm.
    Ann Math Stat 1970;41:1397-1409. doi:10.1214/aoms/1177696786

    Examples
    --------
    >>> lower, upper = rate_limits([0, 3], [0.0, 100.0], guess=0.05)
    >>> lower.round(4).tolist(), upper.round(4).tolist()
    ([0.0, 0.0031], [inf, 0.1106])
    """
    check_level(level)
    for name, given in (("guess", guess), ("shape", shape)):
        instance_of(name, given, Real, hint="give a number above 0")
    if not (guess > 0 and shape > 0):
        raise ArgumentError("guess and shape are not above 0", got=f"{guess!r}, {shape!r}")
    x, t = broadcast({"events": counts("events", events), "exposure": exposures("exposure", exposure)})
    if ((x > 0) & (t == 0)).any():
        raise ArgumentError("exposure is 0 where there are events", hint="count exposure up to the same look")
    a, b = shape, shape / guess
    time = np.where(t > 0, t, 1.0)
    threshold = a * np.log(b) + gammaln(a + x) - gammaln(a) - (a + x) * np.log(b + time) + np.log(1 - level)
    peak = np.log(np.where(x > 0, x / time, 1 / time))
    below = bisect(lambda r: _log_likelihood(x, time, r) < threshold, np.full_like(peak, -LOG_BRACKET), peak)
    start = np.where(x > 0, peak, -LOG_BRACKET)
    above = bisect(lambda r: _log_likelihood(x, time, r) > threshold, start, np.full_like(peak, LOG_BRACKET))
    seen = t > 0
    return np.where(seen & (x > 0), np.exp(below), 0.0), np.where(seen, np.exp(above), np.inf)


def _log_likelihood(x: Floats, t: Floats, log_rate: Floats) -> Floats:
    return np.asarray(x * log_rate - np.exp(log_rate) * t)


def rate_sequence(
    events: ArrayLike,
    exposure: ArrayLike,
    *,
    guess: float,
    shape: float = 0.5,
    per: float = 1,
    level: float = 0.95,
    method: str = "garwood",
) -> Estimates:
    """Return the confidence sequence of a rate, beside the interval for a single look.

    Parameters
    ----------
    events, exposure : array_like
        Events and exposure up to each look.
    guess, shape : float
        Mean (per unit of exposure) and shape of the gamma prior over alternatives: see `rate_limits`.
    per : float
        Units of exposure to which the rate refers.
    level : float
        Probability with which all looks together cover the truth, at least.
    method : str
        Interval for a single look: see `outcomes.models.stats.intervals.rate`.

    Returns
    -------
    Estimates
        One row per look: ``look, events, exposure, estimate, lower, upper`` (the sequence, intersected over
        looks), ``lower_single, upper_single``, ``status``.

    Raises
    ------
    ArgumentError
        For counts or exposure that are impossible or fall from look to look.

    Examples
    --------
    >>> rate_sequence([0, 3], [40.0, 100.0], guess=0.05, per=100)[["events", "lower", "upper"]].round(2)
       events  lower  upper
    0       0   0.00    9.5
    1       3   0.31    9.5
    """
    x, t = broadcast({"events": counts("events", events), "exposure": exposures("exposure", exposure)})
    check_per(per)
    x, t = np.atleast_1d(x), np.atleast_1d(t)
    check_cumulative("events", x)
    check_cumulative("exposure", t)
    lower, upper = running(*rate_limits(x, t, guess=guess, shape=shape, level=level))
    single = rate(x, t, method=method, level=level)
    frame = pd.DataFrame({"look": np.arange(1, len(x) + 1), "events": x.astype(int), "exposure": t})
    frame["estimate"] = np.where(t > 0, per * x / np.where(t > 0, t, 1.0), np.nan)
    frame["lower"], frame["upper"] = per * lower, per * upper
    frame["lower_single"], frame["upper_single"] = per * single[0], per * single[1]
    frame["status"] = np.where(lower > upper, "empty: the looks contradict each other", "ok")
    frame.loc[t == 0, "status"] = "nothing seen yet"
    return Estimates(
        frame,
        title=f"Events per {per:g} units of exposure at every look",
        method=f"gamma-Poisson mixture confidence sequence, prior mean {guess:g}, shape {shape:g}; "
        f"single look: {method}",
        level=level,
        notes=(
            "the sequence covers at all looks together; the single-look interval at one planned look only",
        ),
        meta={"guess": guess, "shape": shape, "per": per, "looks": len(frame), "kind": "rate"},
    )
