"""Zeros of many smooth functions at once, each within a bracket."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["narrowed"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
#: Places, and the values there.
Points = tuple[Array, Array]


def narrowed(value: Callable[[Array], Array], low: Array, high: Array, precise: Array | float) -> Points:
    """Return both ends of brackets narrowed to twice `precise`: first those where the value is nearer to 0.

    Chandrupatla's method: inverse quadratic steps where they are safe, else halves. `scipy.optimize` has it
    too, but loads for a quarter of a second, and the first number of a study needs nothing else of it.

    Parameters
    ----------
    value : callable
        Takes an array of trial places, returns the values there.
    low, high : ndarray, equal shapes
        Places where the values differ in sign.
    precise : float or ndarray

    References
    ----------
    Chandrupatla TR. A new hybrid quadratic/bisection algorithm for finding the zero of a nonlinear function
    without using derivatives. Adv Eng Softw 1997;28:145-149. doi:10.1016/S0965-9978(96)00051-8

    Examples
    --------
    >>> near, far = narrowed(lambda x: x**3 - [8.0, 27.0], np.zeros(2), np.full(2, 9.0), 1e-9)
    >>> near.round(6).tolist()
    [2.0, 3.0]
    """
    here, there = (np.asarray(high), value(high)), (np.asarray(low), value(low))
    step = np.full(np.shape(low), 0.5)
    while True:
        at = here[0] + step * (there[0] - here[0])
        new = at, value(at)
        same = (new[1] > 0) == (here[1] > 0)
        last, there = _either(same, here, there), _either(same, there, here)
        here = new
        # a float holds no less than its spacing, and a bracket of no width has nothing to halve
        width = np.abs(there[0] - here[0])
        least = np.maximum(precise, 4 * np.spacing(np.abs(here[0]))) / np.maximum(width, np.finfo(float).tiny)
        # a bracket that is not known is narrow enough, too
        if (~(least <= 0.5) | (here[1] == 0) | (there[1] == 0)).all():
            nearer = np.abs(here[1]) <= np.abs(there[1])
            return _either(nearer, here, there)[0], _either(nearer, there, here)[0]
        least = np.minimum(least, 0.5)
        step = np.clip(_step(here, there, last), least, 1 - least)


def _either(first: Flags, these: Points, others: Points) -> Points:
    return np.where(first, these[0], others[0]), np.where(first, these[1], others[1])


def _step(here: Points, there: Points, last: Points) -> Array:
    """Return how far to go from here to there: to the zero of a parabola through three points, or half."""
    (a, at_a), (b, at_b), (c, at_c) = here, there, last
    with np.errstate(all="ignore"):  # where two points are one, the conditions of a parabola do not hold
        along, up = (a - b) / (c - b), (at_a - at_b) / (at_c - at_b)
        first = at_a / (at_b - at_a) * at_c / (at_b - at_c)
        step = first + (c - a) / (b - a) * at_a / (at_c - at_a) * at_b / (at_c - at_b)
        safe = (up**2 < along) & ((1 - up) ** 2 < 1 - along) & np.isfinite(step)
    return np.where(safe, step, 0.5)
