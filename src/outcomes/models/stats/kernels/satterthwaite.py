"""Degrees of freedom and tests of linear combinations, given theta's uncertainty.

Every function takes the derivative of ``S = X'WX`` to each parameter (K, p, p), the covariance of
beta for known theta, and the inverse observed information of theta.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["joint_denominator", "kenward_roger_joint", "satterthwaite"]

Array = NDArray[np.float64]

#: Degrees of freedom closer together than this are averaged, as in the R package mmrm.
EQUAL_DF = 1.5e-8


def satterthwaite(rows: Array, vcov: Array, first: Array, theta_vcov: Array) -> Array:
    """Return the df of each row of L: ``2 (l'Fl)^2 / Var(l'Fl)`` with F = vcov.

    References
    ----------
    Satterthwaite FE (1946). Biometrics Bulletin 2:110-114. doi:10.2307/3002019
    """
    projected = rows @ vcov
    variance = np.einsum("lp,lp->l", projected, rows)
    gradient = np.einsum("lp,kpq,lq->lk", projected, first, projected, optimize=True)
    spread = np.einsum("lk,kj,lj->l", gradient, theta_vcov, gradient, optimize=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(2.0 * variance**2 / spread)


def joint_denominator(df: Array) -> float:
    """Return the denominator df of an F from the df of its independent one-dimensional parts."""
    if len(df) == 1:
        return float(df[0])
    if (np.abs(np.diff(df)) < EQUAL_DF).all():
        return float(df.mean())
    if (df <= 2).any():
        return 2.0
    total = float((df / (df - 2)).sum())
    return 2.0 * total / (total - len(df))


def kenward_roger_joint(rows: Array, vcov: Array, first: Array, theta_vcov: Array) -> tuple[float, float]:
    """Return denominator df and the factor on F for full-rank rows L (l, p).

    Notes
    -----
    With ``M = L'(LFL')^-1 L`` and ``G_r = M F P_r F``: ``A1 = sum w_rs tr G_r tr G_s``,
    ``A2 = sum w_rs tr(G_r G_s)``, then the moment match of the reference. For one row it is
    Satterthwaite's df and a factor of one. The match needs a mean and a variance of F, so ``A2 < l`` and
    df above 2: without them there is no F distribution, and the df is NaN.

    References
    ----------
    Kenward MG, Roger JH (1997). Biometrics 53:983-997. doi:10.2307/2533558
    """
    n = len(rows)
    projected = rows @ vcov
    inner = np.linalg.inv(projected @ rows.T)
    # tr(G_r G_s) and tr(G_r) need only (L F P_r F L') (L F L')^-1, an (l, l) matrix each.
    small = (projected @ first @ projected.T) @ inner
    trace = np.trace(small, axis1=1, axis2=2)
    a1 = float(trace @ theta_vcov @ trace)
    a2 = float(np.einsum("rs,rab,sba->", theta_vcov, small, small, optimize=True))
    if n == 1:
        return 2.0 / a2, 1.0
    if not a2 < n:
        return float("nan"), 1.0
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return _match_moments(n, np.float64(a1), np.float64(a2))


def _match_moments(n: int, a1: np.float64, a2: np.float64) -> tuple[float, float]:
    b = (a1 + 6 * a2) / (2 * n)
    e_star = 1 / (1 - a2 / n)
    g = ((n + 1) * a1 - (n + 4) * a2) / ((n + 2) * a2)
    below = 3 * n + 2 - 2 * g
    c1, c2, c3 = g / below, (n - g) / below, (n + 2 - g) / below
    v_star = 2 / n * (1 + c1 * b) / ((1 - c2 * b) ** 2 * (1 - c3 * b))
    rho = v_star / (2 * e_star**2)
    df = 4 + (n + 2) / (n * rho - 1)
    return (float(df), float(df / (e_star * (df - 2)))) if df > 2 else (float("nan"), 1.0)
