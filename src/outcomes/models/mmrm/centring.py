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

from outcomes.errors import DataError
from outcomes.models.mmrm.fixed_effects import Design, PlainDesign
from outcomes.models.mmrm.table_rows import Table

__all__ = ["digits_left", "find_shift", "need_row_basis", "refuse_far", "shift_matrix"]

Array = NDArray[np.float64]

#: A mean of more standard deviations than this is far from zero.
FAR = 100.0
#: The same where a formula may take its square or its cube.
FAR_IN_EXPRESSION = 10.0
#: The same of a number of which only sums are kept: five digits of its products are left.
FAR_IN_SUMS = 1e5


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


def refuse_far(table: Table) -> None:
    """Refuse numbers of which sums of products would hold too few digits.

    Raises
    ------
    DataError
        That names the column, the response too.
    """
    for name, values in {**table.numbers, "the response": table.response}.items():
        mean, spread = abs(float(values.mean())), float(values.std())
        if mean > FAR_IN_SUMS * spread > mean * np.finfo(float).eps:
            raise DataError(
                f"{name} lies too far from zero for its spread: its sums would hold too few digits",
                got=f"a mean of {mean / spread:,.0f} standard deviations",
                allowed=f"at most {FAR_IN_SUMS:,.0f}",
                hint="take the same constant from it in every part (year - 2025)",
            )


def digits_left(mean: float, mean_square: float) -> int:
    """Return how many digits a fit has that knows a number by its mean and mean square only.

    Examples
    --------
    >>> digits_left(0.0, 1.0), digits_left(2000.0, 2000.0**2 + 1)
    (15, 9)
    """
    spread = mean_square - mean**2
    if spread <= 0:
        return 15  # a constant: its column is left out by name
    return int(-np.log10(np.finfo(float).eps * max(1.0, mean_square / spread)))


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
