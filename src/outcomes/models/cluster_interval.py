"""Interval for a proportion of sessions when the sessions of a patient resemble each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaincinv
from scipy.stats import t as student

from outcomes.models._kernels.cells import ClusterSums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["cluster_proportion"]


def cluster_proportion(n: Floats, N: Floats, sums: ClusterSums, level: float) -> tuple[Floats, Floats]:
    """Return the limits for n/N by Korn and Graubard: Clopper-Pearson at the effective sample size.

    Parameters
    ----------
    n, N : ndarray
        Units with the event and units at risk, per cell.
    sums : ClusterSums
        Sums over clusters, per cell.
    level : float
        Confidence level.

    Returns
    -------
    tuple of ndarray
        Lower and upper limits within 0 and 1; NaN where N is 0.

    Notes
    -----
    ``V = K / (K - 1) * sum (y - p m)^2 / N^2`` over K clusters with y of m units; the effective
    size is ``p (1 - p) / V``, at most N, times ``(t[N - 1] / t[K - 1])^2``. Where n is 0 or N, or there is
    one cluster, V says nothing: all units of a cluster are then taken as alike, and the effective size is
    ``N^2 / sum m^2``, the fewest that the data can stand for.

    References
    ----------
    Korn EL, Graubard BI. Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data. Survey Methodology 1998;24:193-201.
    """
    defined = N > 0
    total = np.where(defined, N, 1.0)
    p = n / total
    size = np.where(defined, _effective_size(p, total, sums, level), 1.0)
    x = p * size
    tail = (1 - level) / 2
    none, full = n == 0, (n == N) & defined
    lower = betaincinv(np.where(none, 1.0, x), np.where(none, 1.0, size - x + 1), tail)
    upper = 1 - betaincinv(np.where(full, 1.0, size - x), np.where(full, 1.0, x + 1), tail)
    lower, upper = np.where(none, 0.0, lower), np.where(full, 1.0, upper)
    return np.where(defined, lower, np.nan), np.where(defined, upper, np.nan)


def _effective_size(p: Floats, total: Floats, sums: ClusterSums, level: float) -> Floats:
    k = sums.clusters
    alike = total**2 / np.where(sums.sum_mm > 0, sums.sum_mm, 1.0)
    squares = np.maximum(sums.sum_yy - 2 * p * sums.sum_ym + p**2 * sums.sum_mm, 0.0)
    variance = k / np.maximum(k - 1, 1.0) * squares / total**2
    known = (p > 0) & (p < 1) & (k > 1)
    # No variance at all between patients: their sessions tell as much as independent ones.
    size = np.where(variance > 0, p * (1 - p) / np.where(variance > 0, variance, 1.0), total)
    df_ratio = student.ppf(0.5 + level / 2, np.maximum(total - 1, 1.0)) / student.ppf(
        0.5 + level / 2, np.maximum(k - 1, 1.0)
    )
    return np.where(known, np.minimum(np.minimum(size, total) * df_ratio**2, total), alike)
