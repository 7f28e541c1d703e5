"""Two groups compared within strata: differences and ratios of proportions and of rates.

Every function takes counts with the strata on the last axis; ``(estimate, lower, upper)`` come without it.
A stratum in which a group has nobody (no exposure) tells nothing of the comparison and is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc, ndtri

from outcomes.models.stats.intervals.restricted import given_difference
from outcomes.models.stats.intervals.roots import bisect

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Limits = tuple[Floats, Floats, Floats]

__all__ = [
    "cochran_mantel_haenszel",
    "difference_newcombe",
    "difference_sato",
    "difference_score",
    "odds_ratio_mantel_haenszel",
    "person_time_mantel_haenszel",
    "rate_difference_mantel_haenszel",
    "rate_ratio_mantel_haenszel",
    "ratio_mantel_haenszel",
]


def difference_sato(x1: Floats, n1: Floats, x2: Floats, n2: Floats, level: float) -> Limits:
    """Return the Mantel-Haenszel risk difference with Sato's limits, for few large strata and many small.

    References
    ----------
    Sato T. On the variance estimator for the Mantel-Haenszel risk difference. Biometrics 1989;45:1323-1324.
    """
    w, used = _weights(n1, n2)
    a, m, b, n = (np.where(used, v, 0.0) for v in (x1, n1, x2, n2))
    size = np.where(used, m + n, 1.0)
    total = w.sum(axis=-1)
    estimate = _difference(x1, n1, x2, n2)
    p = ((m**2 * b - n**2 * a + m * n * (n - m) / 2) / size**2).sum(axis=-1)
    q = ((a * (n - b) + b * (m - a)) / (2 * size)).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        half = _z(level) * np.sqrt(np.maximum(estimate * p + q, 0.0)) / total
    return estimate, estimate - half, estimate + half


def difference_score(x1: Floats, n1: Floats, x2: Floats, n2: Floats, level: float) -> Limits:
    """Return the Mantel-Haenszel risk difference with Miettinen and Nurminen's stratified score limits.

    References
    ----------
    Miettinen O, Nurminen M. Comparative analysis of two rates. Stat Med 1985;4:213-226.
    doi:10.1002/sim.4780040211
    """
    w, used = _weights(n1, n2)
    m, n = (np.where(used, v, 1.0) for v in (n1, n2))
    a, b = (np.where(used, v, 0.0) for v in (x1, x2))
    estimate, z = _difference(x1, n1, x2, n2), _z(level)
    share = w / np.where(w.sum(axis=-1, keepdims=True) > 0, w.sum(axis=-1, keepdims=True), 1.0)
    size = m + n

    def statistic(d: Floats) -> Floats:
        delta = np.broadcast_to(d[..., None], a.shape)
        r1, q1, r2, q2 = given_difference(a, m, b, n, delta)
        variance = (share**2 * (r1 * q1 / m + r2 * q2 / n) * size / (size - 1)).sum(axis=-1)
        gap = estimate - d
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(gap == 0, 0.0, gap / np.sqrt(variance))

    known = np.nan_to_num(estimate)
    lower = bisect(lambda d: statistic(d) > z, np.full_like(known, -1.0), known)
    upper = bisect(lambda d: statistic(d) > -z, known, np.full_like(known, 1.0))
    undefined = np.isnan(estimate)
    return estimate, np.where(undefined, np.nan, lower), np.where(undefined, np.nan, upper)


def difference_newcombe(x1: Floats, n1: Floats, x2: Floats, n2: Floats, level: float) -> Limits:
    """Return the Mantel-Haenszel risk difference with Newcombe's hybrid limits of one Wilson interval an arm.

    The effective size of an arm is ``1 / sum (w^2 / n)`` with the strata's shares w of the weights: so it is
    defined also where an arm has no event at all.
    """
    w, used = _weights(n1, n2)
    share = w / np.where(w.sum(axis=-1, keepdims=True) > 0, w.sum(axis=-1, keepdims=True), 1.0)
    (p1, low1, high1), (p2, low2, high2) = (
        _wilson(x, n, share, used, level) for x, n in ((x1, n1), (x2, n2))
    )
    estimate = _difference(x1, n1, x2, n2)
    lower = estimate - np.sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2)
    upper = estimate + np.sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2)
    return estimate, lower, upper


def _wilson(x: Floats, n: Floats, share: Floats, used: NDArray[np.bool_], level: float) -> Limits:
    size = np.where(used, n, 1.0)
    p = (share * np.where(used, x, 0.0) / size).sum(axis=-1)
    inverse = (share**2 / size).sum(axis=-1)
    zz = _z(level) ** 2 * inverse
    middle, spread = p + zz / 2, np.sqrt(zz * p * (1 - p) + zz**2 / 4)
    return p, (middle - spread) / (1 + zz), (middle + spread) / (1 + zz)


def ratio_mantel_haenszel(x1: Floats, n1: Floats, x2: Floats, n2: Floats, level: float) -> Limits:
    """Return the Mantel-Haenszel risk ratio with Greenland and Robins' limits.

    References
    ----------
    Greenland S, Robins JM. Estimation of a common effect parameter from sparse follow-up data. Biometrics
    1985;41:55-68. doi:10.2307/2530643
    """
    used = (n1 > 0) & (n2 > 0)
    a, m, b, n = (np.where(used, v, 0.0) for v in (x1, n1, x2, n2))
    size = np.where(used, m + n, 1.0)
    r, s = (a * n / size).sum(axis=-1), (b * m / size).sum(axis=-1)
    return _on_log_scale(r, s, ((m * n * (a + b) - a * b * size) / size**2).sum(axis=-1), level)


def odds_ratio_mantel_haenszel(x1: Floats, n1: Floats, x2: Floats, n2: Floats, level: float) -> Limits:
    """Return the Mantel-Haenszel odds ratio with the limits of Robins, Breslow and Greenland.

    References
    ----------
    Robins J, Breslow N, Greenland S. Estimators of the Mantel-Haenszel variance consistent in both sparse
    data and large-strata limiting models. Biometrics 1986;42:311-323. doi:10.2307/2531052
    """
    used = (n1 > 0) & (n2 > 0)
    a, m, b, n = (np.where(used, v, 0.0) for v in (x1, n1, x2, n2))
    size = np.where(used, m + n, 1.0)
    r, s = a * (n - b) / size, b * (m - a) / size
    p, q = (a + n - b) / size, (b + m - a) / size
    top, base = r.sum(axis=-1), s.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = (
            (p * r).sum(axis=-1) / (2 * top**2)
            + (p * s + q * r).sum(axis=-1) / (2 * top * base)
            + (q * s).sum(axis=-1) / (2 * base**2)
        )
        return _on_log_scale(top, base, variance * top * base, level)


def rate_ratio_mantel_haenszel(x1: Floats, t1: Floats, x2: Floats, t2: Floats, level: float) -> Limits:
    """Return the Mantel-Haenszel ratio of rates (Rothman and Greenland)."""
    used = (t1 > 0) & (t2 > 0)
    a, s, b, t = (np.where(used, v, 0.0) for v in (x1, t1, x2, t2))
    size = np.where(used, s + t, 1.0)
    r1, r2 = (a * t / size).sum(axis=-1), (b * s / size).sum(axis=-1)
    return _on_log_scale(r1, r2, ((a + b) * s * t / size**2).sum(axis=-1), level)


def rate_difference_mantel_haenszel(x1: Floats, t1: Floats, x2: Floats, t2: Floats, level: float) -> Limits:
    """Return the Mantel-Haenszel difference of rates (Greenland and Robins)."""
    w, used = _weights(t1, t2)
    s, t = (np.where(used, v, 1.0) for v in (t1, t2))
    a, b = (np.where(used, v, 0.0) for v in (x1, x2))
    total = w.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        estimate = (w * (a / s - b / t)).sum(axis=-1) / total
        half = _z(level) * np.sqrt((w**2 * (a / s**2 + b / t**2)).sum(axis=-1)) / total
    return estimate, estimate - half, estimate + half


def cochran_mantel_haenszel(x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> tuple[Floats, Floats]:
    """Return chi-squared (one df, no continuity correction) and P of the Cochran-Mantel-Haenszel test."""
    used = (n1 > 0) & (n2 > 0)
    a, m, b, n = (np.where(used, v, 0.0) for v in (x1, n1, x2, n2))
    size, had = np.where(used, m + n, 2.0), a + b
    excess = (a - m * had / size).sum(axis=-1)
    variance = (m * n * had * (size - had) / (size**2 * np.maximum(size - 1, 1.0))).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        statistic = np.where(variance > 0, excess**2 / variance, np.nan)
    return statistic, np.asarray(chdtrc(1, statistic))


def person_time_mantel_haenszel(x1: Floats, t1: Floats, x2: Floats, t2: Floats) -> tuple[Floats, Floats]:
    """Return chi-squared (one df, without continuity correction) and P of equal rates in every stratum."""
    used = (t1 > 0) & (t2 > 0)
    a, s, b, t = (np.where(used, v, 0.0) for v in (x1, t1, x2, t2))
    size, had = np.where(used, s + t, 1.0), a + b
    variance = (had * s * t / size**2).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        excess = (a - had * s / size).sum(axis=-1)
        statistic = np.where(variance > 0, excess**2 / variance, np.nan)
    return statistic, np.asarray(chdtrc(1, statistic))


def _z(level: float) -> float:
    return float(ndtri(0.5 + level / 2))


def _weights(n1: Floats, n2: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    used = np.asarray((n1 > 0) & (n2 > 0))
    return np.where(used, n1 * n2 / np.where(used, n1 + n2, 1.0), 0.0), used


def _difference(x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> Floats:
    w, used = _weights(n1, n2)
    gap = np.where(used, x1 / np.where(used, n1, 1.0) - x2 / np.where(used, n2, 1.0), 0.0)
    total = w.sum(axis=-1)
    return np.where(total > 0, (w * gap).sum(axis=-1) / np.where(total > 0, total, 1.0), np.nan)


def _on_log_scale(top: Floats, base: Floats, product: Floats, level: float) -> Limits:
    """Return top / base with limits from ``var log = product / (top base)``; none where either is 0."""
    both = (top > 0) & (base > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        estimate = np.where((top > 0) | (base > 0), top / base, np.nan)
        spread = np.exp(_z(level) * np.sqrt(product / (top * base)))
        lower, upper = (np.where(both, limit, np.nan) for limit in (estimate / spread, estimate * spread))
    return estimate, lower, upper
