"""Bias-corrected and accelerated bootstrap of a mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

__all__ = ["bca_mean"]

Array = NDArray[np.float64]

#: Resampled values held at once: about 40 MB.
BATCH_VALUES = 5_000_000


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
    """Return the mean of each resample."""
    n = len(values)
    batch = max(1, BATCH_VALUES // n)
    sizes = [min(batch, resamples - start) for start in range(0, resamples, batch)]
    return np.concatenate([values[rng.integers(0, n, (size, n))].mean(axis=1) for size in sizes])
