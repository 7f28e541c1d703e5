"""Maximum likelihood proportions of two groups under a given difference, ratio or odds ratio."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["given_difference", "given_odds_ratio", "given_ratio"]

#: Newton steps after the closed form of the cubic: its arc cosine loses half of the digits near +-1.
POLISH_STEPS = 3


def given_difference(x1: Floats, n1: Floats, x2: Floats, n2: Floats, delta: Floats) -> tuple[Floats, Floats]:
    """Return the most likely (r1, r2) with r1 - r2 = delta.

    r2 is the root of ``a r^3 + b r^2 + c r + d`` within its bounds (Farrington and Manning 1990,
    doi:10.1002/sim.4780091208), here with a = 1.
    """
    total = n1 + n2
    b = ((n1 + 2 * n2) * delta - total - x1 - x2) / total
    c = ((n2 * delta - total - 2 * x2) * delta + x1 + x2) / total
    d = x2 * delta * (1 - delta) / total
    v = (b / 3) ** 3 - b * c / 6 + d / 2
    u = np.where(v < 0, -1.0, 1.0) * np.sqrt(np.maximum((b / 3) ** 2 - c / 3, 0.0))
    cosine = np.clip(v / np.where(u == 0, 1.0, u) ** 3, -1, 1)
    root = 2 * u * np.cos((np.pi + np.arccos(cosine)) / 3) - b / 3
    low, high = np.maximum(0.0, -delta), np.minimum(1.0, 1.0 - delta)
    root = np.clip(root, low, high)
    for _ in range(POLISH_STEPS):
        root = _newton(root, b, c, d, low, high)
    return np.clip(root + delta, 0, 1), root


def _newton(root: Floats, b: Floats, c: Floats, d: Floats, low: Floats, high: Floats) -> Floats:
    """Return one Newton step of the cubic where it makes the residual smaller."""
    value = ((root + b) * root + c) * root + d
    slope = (3 * root + 2 * b) * root + c
    moved = np.clip(root - value / np.where(slope == 0, np.inf, slope), low, high)
    better = np.abs(((moved + b) * moved + c) * moved + d) < np.abs(value)
    return np.where(better, moved, root)


def given_ratio(x1: Floats, n1: Floats, x2: Floats, n2: Floats, theta: Floats) -> tuple[Floats, Floats]:
    """Return the most likely (r1, r2) with r1 = theta r2."""
    a = (n1 + n2) * theta
    b = n1 * theta + x1 + n2 + x2 * theta
    c = x1 + x2
    # The smaller root, written so that nothing cancels.
    r2 = 2 * c / (b + np.sqrt(np.maximum(b**2 - 4 * a * c, 0.0)))
    r2 = np.minimum(r2, np.minimum(1.0, 1 / theta))
    return np.minimum(theta * r2, 1.0), r2


def given_odds_ratio(x1: Floats, n1: Floats, x2: Floats, n2: Floats, psi: Floats) -> tuple[Floats, Floats]:
    """Return the most likely (r1, r2) with r1 / (1 - r1) = psi r2 / (1 - r2)."""
    # With psi above 1 the groups change places: only psi <= 1 keeps every term below positive.
    swap = psi > 1
    small = np.where(swap, 1 / np.where(swap, psi, 1.0), psi)
    na, nb = np.where(swap, n2, n1), np.where(swap, n1, n2)
    s = x1 + x2
    b = na * small + nb + s * (1 - small)
    root = np.sqrt(np.maximum(b**2 - 4 * nb * (1 - small) * s, 0.0))
    rb = np.clip(2 * s / (b + root), 0, 1)
    odds_part = 1 - rb * (1 - small)
    ra = np.clip(small * rb / np.where(odds_part > 0, odds_part, 1.0), 0, 1)
    return np.where(swap, rb, ra), np.where(swap, ra, rb)
