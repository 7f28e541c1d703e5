"""Covariates far from zero, taken from their mean for the computation.

A year near 2025, or a date written as 20260101, is nearly the intercept, and its products with an arm nearly
the arm: seven digits are gone before a fit begins. Where every interaction has its margins, the columns of
``x - c`` are combinations of those of ``x``: the fit is made with the first, the coefficients are those of
the second.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from outcomes.models.mmrm.fixed_effects import Design
from outcomes.models.mmrm.intake import Table

__all__ = ["find_shift", "shift_matrix"]

Array = NDArray[np.float64]

#: A mean of more standard deviations than this is far from zero.
FAR = 100.0


def find_shift(design: Design, table: Table) -> dict[str, float]:
    """Return the covariates that are far from zero, with their means; none without all margins."""
    keys = set(design.column_keys)
    out = {}
    for name, values in table.numbers.items():
        mean, spread = float(values.mean()), float(values.std())
        mine = [(cell, numbers) for cell, numbers in keys if name in numbers]
        margins = all((cell, numbers - {name}) in keys for cell, numbers in mine)
        if mine and margins and abs(mean) > FAR * spread > 0:
            out[name] = mean
    return out


def shift_matrix(design: Design, shift: dict[str, float]) -> Array:
    """Return T (p, p): columns of shifted covariates are those of the covariates as they are, times T."""
    keys = design.column_keys
    place = {key: i for i, key in enumerate(keys)}
    out = np.eye(len(keys))
    for j, (cell, numbers) in enumerate(keys):
        moved = sorted(numbers & shift.keys())
        for size in range(1, len(moved) + 1):
            for gone in combinations(moved, size):
                out[place[cell, numbers - set(gone)], j] = np.prod([-shift[name] for name in gone])
    return out
