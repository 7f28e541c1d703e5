"""Limits of the mean of values in 0 to 1 by betting against every candidate, arrays only.

The capital that a gambler who stakes the share c makes out of 1 by betting that the mean is above m is
prod_i (1 + c (z_i / m - 1)); it falls with m. Mixed over fixed stakes it is a martingale at the true mean.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.models.stats.kernels.root import narrowed

__all__ = ["STAKES", "limits", "limits_from_sums"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]

#: Stakes that are mixed with equal weight: small ones for many values, large ones for few.
STAKES = np.r_[np.geomspace(0.003, 0.9, 40), 0.95, 0.99]
#: Candidates that are no means: below this the capital is not computed.
SMALLEST = 1e-9
#: Half the width of a limit's last bracket, in a range of 1.
PRECISE = 1e-10
#: Halvings of the bracket of a limit from sums: to about the same.
HALVINGS = 32
#: Array elements held at once: they stay in the processor's cache.
CELLS = 50_000
#: Candidates tried for limits from sums, before halving.
GRID = 400


def limits(z: Array, seen: Index, threshold: float) -> tuple[Array, Array]:
    """Return the limits at each look of values in 0 to 1, the capital of either side below exp(threshold)."""
    distinct, where = np.unique(z, return_inverse=True)
    often = np.zeros((len(seen), len(distinct)))
    for look, size in enumerate(seen):
        often[look] = np.bincount(where[:size], minlength=len(distinct))
    return _lower(distinct, often, threshold), 1 - _lower(1 - distinct, often, threshold)


def _lower(distinct: Array, often: Array, threshold: float) -> Array:
    """Return the largest mean against which the capital has reached the threshold; 0 if there is none."""
    size = np.maximum(often.sum(axis=1), 1.0)
    bottom, top = np.full(len(often), SMALLEST), np.maximum(often @ distinct / size, SMALLEST)
    reached = np.flatnonzero(_capital(distinct, often, bottom) >= threshold)
    out = np.zeros(len(often))
    if len(reached):
        some = often[reached]
        ends = narrowed(
            lambda m: _capital(distinct, some, m) - threshold, bottom[reached], top[reached], PRECISE
        )
        out[reached] = np.minimum(*ends)  # the capital falls with the mean: it is reached at the lower end
    return out


def _capital(distinct: Array, often: Array, m: Array) -> Array:
    """Return the log of the mixed capital of each look against its candidate."""
    block = max(1, CELLS // max(len(distinct) * len(STAKES), 1))
    out = np.empty(len(m))
    for first in range(0, len(m), block):
        part = slice(first, first + block)
        gain = distinct[None, :, None] / m[part, None, None] - 1
        logs = np.einsum("lu,luc->lc", often[part], np.log(1 + STAKES * gain))
        out[part] = _mixed(logs, axis=1)
    return out


def limits_from_sums(total: Array, squares: Array, n: Array, threshold: float) -> tuple[Array, Array]:
    """Return wider limits from the sums of the values in 0 to 1 and of their squares.

    log(1 + c y) >= c y + (log(1 - c) + c) y^2 for y >= -1 (Fan, Grama and Liu 2015) bounds the capital from
    below by a function of the two sums. What it excludes, and all below, the capital excludes too.
    """
    lower = _lower_from_sums(total, squares, n, threshold)
    upper = 1 - _lower_from_sums(n - total, n - 2 * total + squares, n, threshold)
    return lower, upper


def _lower_from_sums(total: Array, squares: Array, n: Array, threshold: float) -> Array:
    out = np.zeros(len(n))
    share = (np.arange(GRID) + 0.5) / GRID
    for look in np.flatnonzero(n > 0):
        about = total[look], squares[look], n[look]
        mean = about[0] / about[2]
        m = share * mean
        reached = np.flatnonzero(_bound(*about, m) >= threshold) if mean > SMALLEST else np.empty(0, np.intp)
        if not len(reached):
            continue
        bottom, top = m[reached[-1]], m[reached[-1] + 1] if reached[-1] + 1 < GRID else mean
        for _ in range(HALVINGS):
            middle = (bottom + top) / 2
            beyond = _bound(*about, np.array([middle]))[0] >= threshold
            bottom, top = (middle, top) if beyond else (bottom, middle)
        out[look] = bottom
    return out


def _bound(total: float, squares: float, n: float, m: Array) -> Array:
    """Return a lower bound of the log capital against each candidate."""
    gain = total / m - n
    around = np.maximum(squares / m**2 - 2 * total / m + n, 0.0)
    cost = -np.log1p(-STAKES) - STAKES
    return _mixed(STAKES * gain[:, None] - cost * around[:, None], axis=1)


def _mixed(logs: Array, axis: int) -> Array:
    return np.asarray(np.logaddexp.reduce(logs, axis=axis) - np.log(len(STAKES)))
