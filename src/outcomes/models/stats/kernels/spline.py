"""A dose around its mean in units of its spread, and the curve through it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["scaled", "spline", "spread"]

Array = NDArray[np.float64]


def scaled(values: Array, amount: Array) -> Array:
    """Return values around the mean of `amount` in units of its spread: no result depends on the unit."""
    return np.asarray((values - amount.mean()) / spread(amount))


def spread(amount: Array) -> float:
    """Return the standard deviation, 1 where there is none."""
    return float(amount.std()) or 1.0


def spline(dose: Array, knots: Array) -> Array:
    """Return the restricted cubic spline with three knots: the dose, and a curve that ends in lines."""
    a, b, c = knots

    def cube(knot: float) -> Array:
        return np.maximum(dose - knot, 0.0) ** 3

    curve = cube(a) - cube(b) * (c - a) / (c - b) + cube(c) * (b - a) / (c - b)
    return np.column_stack([dose, curve / (c - a) ** 2])
