"""Maximum likelihood proportions of two groups under a given difference, ratio or odds ratio."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["given_difference", "given_odds_ratio", "given_ratio"]

#: Keeps 0 / 0 from arising at the ends of the bracket.
TINY = np.finfo(np.float64).tiny
#: Steps of the search; each at least halves the bracket, and near the root it squares the error.
STEPS = 80
#: Log odds at which a float's share of a whole can still be told from none.
EDGE = 700.0
#: A step this small, relative to 1 on the scale of log odds, changes no digit.
STILL = 1e-15


def given_difference(
    x1: Floats, n1: Floats, x2: Floats, n2: Floats, delta: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the most likely (r1, 1 - r1, r2, 1 - r2) with r1 - r2 = delta.

    Notes
    -----
    The closed form of the cubic (Farrington and Manning 1990, doi:10.1002/sim.4780091208) loses half of the
    digits where two of its roots are close, which is so whenever a cell is zero: with 5/5 against
    1,000,000/1,000,000 the limit is then wrong by a quarter. Here the score equation itself is solved, on the
    log odds of the share t / (1 - |delta|), t the lower of both proportions: both ends keep their digits.
    """
    swap = delta < 0
    # "high" is the group with the larger proportion, t + gap; "low" the other, t.
    x_high, n_high = np.where(swap, x2, x1), np.where(swap, n2, n1)
    x_low, n_low = np.where(swap, x1, x2), np.where(swap, n1, n2)
    gap = np.abs(delta)
    t, rest = _lower_of_both(x_high, n_high - x_high, x_low, n_low - x_low, gap)
    high, low = (t + gap, rest), (t, rest + gap)
    r1, q1 = (np.where(swap, b, a) for a, b in zip(high, low, strict=True))
    r2, q2 = (np.where(swap, a, b) for a, b in zip(high, low, strict=True))
    return r1, q1, r2, q2


def _lower_of_both(xh: Floats, fh: Floats, xl: Floats, fl: Floats, gap: Floats) -> tuple[Floats, Floats]:
    """Return t and 1 - gap - t where the score of t is 0; x have, f have not, in the high and low group."""
    width = 1 - gap
    # Without an event in the low group, or with nobody free of it in the high one, t may be at its bound.
    none = (xl == 0) & (xh * width <= gap * (fh + fl * width))
    full = (fh == 0) & ((xh * width + xl) * gap >= fl * width) & ~none
    settled = none | full
    low, high, at = np.full_like(gap, -EDGE), np.full_like(gap, EDGE), np.zeros_like(gap)
    for _ in range(STEPS):
        value, slope = _score(at, xh, fh, xl, fl, gap)
        low, high = np.where(value > 0, at, low), np.where(value > 0, high, at)
        step = at - value / np.where(slope < 0, slope, -1.0)
        # A step that changes no digit may land on an end of the bracket: the root is found, not missed.
        still = STILL * np.maximum(1.0, np.abs(at))
        found = (value == 0) | ((slope < 0) & (np.abs(step - at) <= still))
        inside = (slope < 0) & (step > low) & (step < high)
        moved = np.where(found, at, np.where(inside, step, 0.5 * (low + high)))
        settled = settled | (np.abs(moved - at) <= still)
        at = moved
        if settled.all():
            break
    t, rest = width * expit(at), width * expit(-at)
    t, rest = np.where(none, 0.0, t), np.where(none, width, rest)
    return np.where(full, width, t), np.where(full, 0.0, rest)


def _score(
    log_odds: Floats, xh: Floats, fh: Floats, xl: Floats, fl: Floats, gap: Floats
) -> tuple[Floats, Floats]:
    """Return the score of t times t rest / width, which divides by nothing that can be 0, and its slope."""
    width = np.maximum(1 - gap, TINY)
    t, rest = width * expit(log_odds), width * expit(-log_odds)
    above, beyond = np.maximum(t + gap, TINY), np.maximum(rest + gap, TINY)
    up, down = xh * (t / above) + xl, fh + fl * (rest / beyond)
    value = (rest * up - t * down) / width
    bend = rest * xh * gap / above**2 + t * fl * gap / beyond**2
    # Both quotients are at most 1, where the square of a tiny width would be 0.
    return value, (t / width) * (rest / width) * (bend - up - down)


def given_ratio(
    x1: Floats, n1: Floats, x2: Floats, n2: Floats, log_theta: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the most likely (r1, 1 - r1, r2, 1 - r2) with r1 = theta r2.

    Notes
    -----
    With theta at least 1 (else the groups change places), p = r1, q = 1 - p and k = theta - 1 the score
    equation is ``N q^2 + (n1 + x2) k q - (f1 + f2) q - f1 k = 0``, f those without; its discriminant is a sum
    of squares, so that no digit is lost where both proportions are close to 1.
    """
    swap = log_theta < 0
    xa, na = np.where(swap, x2, x1), np.where(swap, n2, n1)
    xb, nb = np.where(swap, x1, x2), np.where(swap, n1, n2)
    k = np.expm1(np.abs(log_theta))
    has, fa, fb = xa + xb, na - xa, nb - xb
    # Divided by theta: the bracket of a ratio reaches to where theta squared is no number.
    unit = 1 / (1 + k)
    k_unit = -np.expm1(-np.abs(log_theta))
    total = na + nb
    b = (has + fa) * k_unit - (fa + fb) * unit
    root = np.sqrt(b**2 + 4 * total * fa * (k_unit * unit))
    q_over = np.where(
        b > 0, 2 * fa * k_unit / np.where(b > 0, b + root, 1.0), (root - b) / (2 * total * unit)
    )
    b_p = has * (1 + unit) + fa + fb * unit
    p = np.clip(2 * has / (b_p + root), 0, 1)
    q = np.clip(q_over, 0, 1)
    ra, qa, rb, qb = p, q, p * unit, q * unit + k_unit
    return np.where(swap, rb, ra), np.where(swap, qb, qa), np.where(swap, ra, rb), np.where(swap, qa, qb)


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
