"""Bracketed roots of many equations at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["LOG_BRACKET", "bisect"]

#: exp(+-700) is close to the largest and smallest number that a float holds.
LOG_BRACKET = 700.0
#: Halvings that take a bracket of 1,400 to below 1e-15, where two neighbouring floats remain.
STEPS = 70


def bisect(rises: Callable[[Floats], NDArray[np.bool_]], low: Floats, high: Floats) -> Floats:
    """Return where `rises` turns from True to False, for every element of the brackets.

    Bisection cannot leave its bracket and needs no derivative: at zero cells the score statistics have
    poles at the bracket's ends, where faster methods go astray.

    Parameters
    ----------
    rises : callable
        Takes an array of trial values, returns True where the root lies above the trial value.
    low, high : ndarray
        Brackets, equal shapes.
    """
    low, high = np.array(low, dtype=np.float64), np.array(high, dtype=np.float64)
    for _ in range(STEPS):
        middle = 0.5 * (low + high)
        if ((middle == low) | (middle == high)).all():
            break
        above = rises(middle)
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return 0.5 * (low + high)
