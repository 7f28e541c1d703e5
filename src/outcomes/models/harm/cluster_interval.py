"""Intervals for sessions and events of patients whose own sessions and events resemble each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaincinv, stdtrit

from outcomes.models.harm.at_risk.cells import Cells
from outcomes.models.harm.at_risk.units import AtRisk
from outcomes.models.stats.intervals import rate
from outcomes.models.stats.kernels.cells import ClusterSums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["cluster_proportion", "cluster_rate"]


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
    df_ratio = stdtrit(np.maximum(total - 1, 1.0), 0.5 + level / 2) / stdtrit(
        np.maximum(k - 1, 1.0), 0.5 + level / 2
    )
    return np.where(known, np.minimum(np.minimum(size, total) * df_ratio**2, total), alike)


def cluster_rate(
    cells: Cells, units: AtRisk, unit_time: Floats, r: Floats, at_risk: Floats, level: float
) -> tuple[Floats, Floats]:
    """Return limits of a rate that let a patient's events come in runs; NaN for one patient.

    Where all patients have the same rate the limits are those of a Poisson count (Garwood).

    Parameters
    ----------
    cells : Cells
        Events of every cell.
    units : AtRisk
        The patients; those with an unknown `unit_time` (NaN) count nowhere.
    unit_time : ndarray, shape (units,)
        Exposure of each patient.
    r, at_risk : ndarray, shape (cells,)
        Rate and exposure of each cell.
    level : float
        Confidence level.
    """
    arms, levels = len(units.arms), len(cells.levels)
    time = np.nan_to_num(unit_time)
    k = np.tile(np.bincount(units.arm[~np.isnan(unit_time)], minlength=arms), levels).astype(np.float64)
    tt = np.tile(np.bincount(units.arm, weights=time**2, minlength=arms), levels)
    code = cells.levels.codes * max(len(units), 1) + cells.counted.unit
    pair, y = np.unique(code, return_counts=True)
    level_of, unit_of = pair // max(len(units), 1), pair % max(len(units), 1)
    cell = level_of * arms + units.arm[unit_of]
    yy = np.bincount(cell, weights=y.astype(float) ** 2, minlength=len(r))
    yt = np.bincount(cell, weights=y * time[unit_of], minlength=len(r))
    several = (k > 1) & (at_risk > 0) & (r > 0)
    squares = np.maximum(yy - 2 * r * yt + r**2 * tt, 0.0)
    # Patients who all have the same rate show no spread: their events tell as much as independent ones.
    alike = several & (squares <= 1e-12 * (yy + r**2 * tt))
    total = np.where(several, at_risk, 1.0)
    relative = np.sqrt(k / np.maximum(k - 1, 1.0) * squares) / total / np.where(several, r, 1.0)
    with np.errstate(over="ignore"):
        spread = np.exp(stdtrit(np.maximum(k - 1, 1.0), 0.5 + level / 2) * relative)
    lower, upper = np.where(several, r / spread, np.nan), np.where(several, r * spread, np.nan)
    if not alike.any():
        return lower, upper
    plain = rate(np.bincount(cell, weights=y, minlength=len(r)), at_risk, level=level)
    return np.where(alike, plain[0], lower), np.where(alike, plain[1], upper)
