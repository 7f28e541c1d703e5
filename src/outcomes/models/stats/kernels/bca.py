"""Bias-corrected and accelerated bootstrap of a mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

__all__ = ["bca_mean"]

Array = NDArray[np.float64]

#: Resampled values held at once: about 40 MB.
BATCH_VALUES = 5_000_000
#: From so many values on, when each comes so many times on average, the kinds are drawn and not the values.
MANY, MANY_TIMES = 20_000, 20


def bca_mean(
    values: Array, resamples: int, rng: np.random.Generator, level: float
) -> tuple[float, float, float]:
    """Return the bootstrap's standard error of the mean and its BCa limits.

    The draws and the numbers are those of scipy's `bootstrap`, which takes half a second to start.

    References
    ----------
    Efron B. Better bootstrap confidence intervals. J Am Stat Assoc 1987;82:171-185.
    https://doi.org/10.1080/01621459.1987.10478410

    Examples
    --------
    >>> values = np.array([-4.0, -2.0, -6.0, 1.0, -3.5, -9.0])
    >>> [round(number, 2) for number in bca_mean(values, 999, np.random.default_rng(1), 0.95)]
    [1.25, -6.33, -1.42]
    """
    n, means = len(values), _means(values, resamples, rng)
    mean = values.mean()
    bias = ndtri((np.count_nonzero(means < mean) + np.count_nonzero(means <= mean)) / (2 * resamples))
    without = (values.sum() - values) / (n - 1)
    influence = (n - 1) * (without.mean() - without)
    acceleration = (influence**3).sum() / n**3 / ((influence**2).sum() / n**2) ** 1.5 / 6
    moved = bias + ndtri([(1 - level) / 2, (1 + level) / 2])
    lower, upper = np.quantile(means, ndtr(bias + moved / (1 - acceleration * moved)))
    return float(means.std(ddof=1)), float(lower), float(upper)


def _means(values: Array, resamples: int, rng: np.random.Generator) -> Array:
    """Return the mean of each resample.

    Of many values of few kinds it is drawn how often each kind comes: the same distribution, and the time of
    the kinds.
    """
    n = len(values)
    if n > MANY:
        kinds, times = np.unique(values, return_counts=True)
        if len(kinds) < n / MANY_TIMES:
            drawn = rng.multinomial(n, times / n, size=resamples)
            return np.asarray(drawn @ kinds / n)
    batch = max(1, BATCH_VALUES // n)
    sizes = [min(batch, resamples - start) for start in range(0, resamples, batch)]
    return np.concatenate([values[rng.integers(0, n, (size, n))].mean(axis=1) for size in sizes])
