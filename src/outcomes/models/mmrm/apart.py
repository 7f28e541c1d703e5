"""Whom the numbers of a pattern set apart: sums of products would hold the rows of these few alone."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from outcomes.models.mmrm.fixed_effects import PlainDesign
from outcomes.models.mmrm.table_rows import Table

__all__ = ["Crossed", "crossed_numbers", "fewest_apart", "standing_out"]

Array = NDArray[np.float64]
#: Factors, and the numbers whose product is made in each combination of their levels.
Crossed = tuple[tuple[str, ...], tuple[str, ...]]
#: What lies within this share of the largest distance from the middle is one value.
FAR = 0.01
#: Less than this share of a column's own spread is rounding.
ROUNDING = 1e-9


def crossed_numbers(design: PlainDesign) -> list[Crossed]:
    """Return the numbers of a formula that are multiplied with factors, or with each other."""
    found = {
        (tuple(sorted(name for name, _ in cell)), tuple(sorted(numbers)))
        for cell, numbers in design.column_keys
        if numbers
    }
    return sorted(one for one in found if one[0] or len(one[1]) > 1)


def fewest_apart(table: Table, rows: NDArray[np.intp], crossed: Iterable[Crossed]) -> float:
    """Return the fewest subjects whom any number of one visit's rows sets apart; infinity for nobody.

    A covariate, the response or the weight; a product of covariates; each of them in a combination of levels
    by which it is multiplied; and what a number differs by from the line of another one (two columns that are
    equal but for one subject: their difference is that subject's).
    """
    numbers = {name: values[rows] for name, values in table.numbers.items()}
    own = [*numbers.values(), table.response[rows]]
    weights = [] if table.weights is None else [table.weights[rows]]
    found = [standing_out(values) for values in (*own, *weights)]
    found += [standing_out(beside(one, other)) for one, other in combinations(own, 2)]
    for factors, names in crossed:
        made = [np.prod([numbers[name] for name in names], axis=0)]
        if len(names) > 1:  # the columns hold the product of what they differ by from any point, too
            made += [np.prod([_from_middle(numbers[name]) for name in names], axis=0)]
        found += [standing_out(each[at]) for each in made for at in _cells(table, rows, factors)]
    return min(found)


def _cells(table: Table, rows: NDArray[np.intp], factors: tuple[str, ...]) -> list[NDArray[np.intp]]:
    """Return the places of the rows of each combination of levels."""
    if not factors:
        return [np.arange(len(rows))]
    shape = tuple(len(table.factors[name].levels) for name in factors)
    flat = np.ravel_multi_index(tuple(table.factors[name].codes[rows] for name in factors), shape)
    order = np.argsort(flat, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(flat[order])) + 1)


def _middle(values: Array) -> float:
    return float(np.partition(values, len(values) // 2)[len(values) // 2])


def _from_middle(values: Array) -> Array:
    return np.asarray(values - _middle(values))


def beside(one: Array, other: Array) -> Array:
    """Return what a column differs by from the line of another through most of its points.

    Examples
    --------
    >>> beside(np.array([1.0, 2, 3, 4, 9]), np.array([2.0, 4, 6, 8, 10])).tolist()
    [0.0, 0.0, 0.0, 0.0, -8.0]
    """
    x, y = _from_middle(one), _from_middle(other)
    moved = x != 0
    slope = _middle(y[moved] / x[moved]) if moved.any() else 0.0
    left = y - slope * x
    left[np.abs(left) <= ROUNDING * np.abs(y).max()] = 0.0
    return left


def standing_out(values: Array) -> float:
    """Return how many subjects a column of numbers sets apart; infinity when it sets nobody apart.

    A column that is 1 for one subject and 0 for all others makes that subject's row of the sums, and so does
    a value that is a hundred times as far out as all others: less its middle, the column is (almost) zero
    for everybody else.

    Examples
    --------
    >>> [standing_out(np.array(values)) for values in ([0, 0, 0, 1.0], [0, 1, 1, 0.0], [1, 3, 2, 5.0])]
    [1.0, 2.0, inf]
    """
    far = np.abs(_from_middle(values))
    apart = far > FAR * far.max()
    few, rest = int(apart.sum()), values[apart]
    if few and np.ptp(rest) <= FAR * far.max():  # two values, as of a factor
        return float(min(few, len(values) - few))
    return float(few) if 0 < few < len(values) / 2 else np.inf
