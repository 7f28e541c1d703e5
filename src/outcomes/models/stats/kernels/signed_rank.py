"""The Wilcoxon signed-rank distribution and the Walsh averages that its interval is made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Array = NDArray[np.float64]

#: Up to this many values the null distribution is exact; beyond it the normal limit is good to 1e-4.
EXACT_UP_TO = 50
#: Up to this many values P is exact with ties too, as scipy's.
TIES_EXACT_UP_TO = 13
#: Halvings of the bracket around an order statistic: more than a double's bits.
HALVINGS = 80


def signed_rank_cdf(n: int) -> Array:
    """Return P(W <= w) for w = 0 .. n (n + 1) / 2 under symmetry about zero, without ties."""
    return _sum_cdf(np.arange(1, n + 1))


def _sum_cdf(ranks: NDArray[np.int64]) -> Array:
    """Return P(sum <= w), w = 0 .. sum of all, where each rank is in the sum with chance 1/2."""
    ways = np.ones(1)
    for rank in ranks:
        longer = np.zeros(len(ways) + rank)
        longer[: len(ways)] += ways / 2
        longer[rank:] += ways / 2
        ways = longer
    return np.cumsum(ways)


def exact_test(values: Array) -> tuple[float, float]:
    """Return the smaller rank sum and its two-sided P over all changes of signs.

    Values that are equal share their rank; those that are 0 have none. scipy does the same by trying all
    2^n signs one by one.

    Examples
    --------
    >>> exact_test(np.array([-3.0, -2.0, -2.0, 0.0, 1.0]))
    (1.0, 0.25)
    """
    given, ranks, _ = _ranked(values)
    doubled = (2 * ranks).astype(np.int64)  # a shared rank is half a whole number
    cdf, total = _sum_cdf(doubled), int(doubled.sum())
    smaller = min(up := int(doubled[given > 0].sum()), total - up)
    return smaller / 2, float(min(1.0, 2 * cdf[smaller]))


def _ranked(values: Array) -> tuple[Array, Array, NDArray[np.int64]]:
    """Return the values that are not 0, the rank of each by size, and how many share each size."""
    given = values[values != 0]
    _, size, shared = np.unique(np.abs(given), return_inverse=True, return_counts=True)
    return given, (np.cumsum(shared) - (shared - 1) / 2)[size], shared


def signed_rank_test(values: Array) -> tuple[float, float]:
    """Return the smaller rank sum and its two-sided P: exact, or with ties or zeros among many normal.

    Which of the two follows scipy, whose `wilcoxon` takes half a second to start.

    Examples
    --------
    >>> values = np.array([-9.0, -7, -7, -6, -5, -5, -4, -3, -2, -2, 1, 1, 2, 0, -8])
    >>> [round(number, 6) for number in signed_rank_test(values)]
    [7.0, 0.00422]
    """
    given, ranks, shared = _ranked(values)
    without_ties = len(shared) == len(values)
    if len(values) <= TIES_EXACT_UP_TO or (without_ties and len(values) <= EXACT_UP_TO):
        return exact_test(values)
    n = len(given)
    smaller = min(ranks[given > 0].sum(), ranks[given < 0].sum())
    ties = (shared.astype(float) ** 3 - shared).sum() / 2
    sd = np.sqrt((n * (n + 1.0) * (2.0 * n + 1.0) - ties) / 24)
    return float(smaller), float(min(1.0, 2 * ndtr((smaller - n * (n + 1) / 4) / sd)))


def outside(n: int, level: float) -> int:
    """Return which Walsh average is the lower limit: the largest k with 2 P(W <= k - 1) <= 1 - level."""
    tail = (1 - level) / 2
    if n <= EXACT_UP_TO:
        return int(np.searchsorted(signed_rank_cdf(n), tail * (1 + 1e-12), side="right"))
    sd = np.sqrt(n * (n + 1) * (2 * n + 1) / 24)
    return int(np.floor(n * (n + 1) / 4 + ndtri(tail) * sd + 0.5))


def walsh(sorted_values: Array, k: int) -> float:
    """Return the k-th smallest (1, 2, ...) of (x_i + x_j) / 2 over i <= j, in n log n a halving."""
    n = len(sorted_values)
    at = np.arange(n)
    low, high = sorted_values[0], sorted_values[-1]
    for _ in range(HALVINGS):
        middle = low + (high - low) / 2
        count = np.searchsorted(sorted_values, 2 * middle - sorted_values, side="right")
        if np.maximum(count - at, 0).sum() >= k:
            high = middle
        else:
            low = middle
        if high - low <= abs(high) * 1e-16:
            break
    # Where the average is 0 the bracket ends beside it.
    largest = max(abs(sorted_values[0]), abs(sorted_values[-1]))
    return float(high) if abs(high) > 1e-14 * largest else 0.0


def hodges_lehmann(values: Array, level: float) -> tuple[float, float, float]:
    """Return the median of the Walsh averages and the limits; NaN where n is too small for the level."""
    x = np.sort(values)
    total = len(x) * (len(x) + 1) // 2
    centre = (walsh(x, (total + 1) // 2) + walsh(x, total // 2 + 1)) / 2
    k = outside(len(x), level)
    if k < 1:
        return centre, np.nan, np.nan
    return centre, walsh(x, k), walsh(x, total + 1 - k)
