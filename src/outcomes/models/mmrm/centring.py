"""Covariates far from zero, taken from their mean for the computation.

A year near 2025, or a date written as 20260101, is nearly the intercept, and its products with an arm nearly
the arm: seven digits are gone before a fit begins. Where every interaction has its margins, the columns of
``x - c`` are combinations of those of ``x``: the fit is made with the first, the coefficients are those of
the second.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from outcomes.models.mmrm.fixed_effects import Design, PlainDesign
from outcomes.models.mmrm.table_rows import Table

__all__ = ["find_shift", "need_row_basis", "shift_matrix"]

Array = NDArray[np.float64]

#: A mean of more standard deviations than this is far from zero.
FAR = 100.0
#: The same where a formula may take its square or its cube.
FAR_IN_EXPRESSION = 10.0


def _far(table: Table, bound: float) -> dict[str, float]:
    """Return the covariates whose mean is far from zero, with their means."""
    facts = {name: (float(x.mean()), float(x.std())) for name, x in table.numbers.items()}
    return {name: mean for name, (mean, spread) in facts.items() if abs(mean) > bound * spread > 0}


def find_shift(design: Design, table: Table) -> dict[str, float]:
    """Return the covariates that are far from zero, with their means; none unless all can be shifted."""
    if not isinstance(design, PlainDesign):
        return {}
    far, keys = _far(table, FAR), design.column_keys
    known = set(keys)
    crossed = [(cell, numbers, name) for cell, numbers in keys for name in numbers & far.keys()]
    margins = all((cell, numbers - {name}) in known for cell, numbers, name in crossed)
    return far if margins else {}


def need_row_basis(design: Design, table: Table) -> bool:
    """Say whether a covariate is far from zero that no shift brings near."""
    if isinstance(design, PlainDesign):
        return bool(_far(table, FAR)) and not find_shift(design, table)
    return bool(_far(table, FAR_IN_EXPRESSION))


def shift_matrix(design: PlainDesign, shift: Mapping[str, float]) -> Array:
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
