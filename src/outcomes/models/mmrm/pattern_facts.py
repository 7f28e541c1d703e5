"""What a fit of sums knows of the rows of one pattern of visits, besides their cross products."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import DataError
from outcomes.models.mmrm.apart import Crossed, fewest_apart
from outcomes.models.mmrm.table_rows import Table

__all__ = ["PatternFacts", "facts_of_rows"]


@dataclass(frozen=True, slots=True, eq=False)
class PatternFacts:
    """Facts of the rows of one pattern, or of several; they add up.

    Parameters
    ----------
    cells : mapping of tuple of int to float
        Combination of levels -> its rows.
    moments : mapping of str to tuple of float
        Numeric column -> its sum, and that of its squares.
    log_weights : float
        Sum of the logarithms of the weights.
    fewest : float
        The fewest subjects of whom the sums tell something alone: who share a combination of levels, or whose
        number (a covariate, the response) stands out. Of several parts the smallest.
    """

    cells: Mapping[tuple[int, ...], float]
    moments: Mapping[str, tuple[float, float]]
    log_weights: float
    fewest: float

    def __add__(self, other: PatternFacts) -> PatternFacts:
        """Return the facts of both."""
        if set(self.moments) != set(other.moments):
            raise DataError("a column is numeric in one part and not in another")
        cells = {cell: self.cells.get(cell, 0.0) for cell in (*self.cells, *other.cells)}
        moments = {
            name: (a + other.moments[name][0], b + other.moments[name][1])
            for name, (a, b) in self.moments.items()
        }
        return PatternFacts(
            {cell: n + other.cells.get(cell, 0.0) for cell, n in cells.items()},
            moments,
            self.log_weights + other.log_weights,
            min(self.fewest, other.fewest),
        )


def facts_of_rows(
    table: Table, rows: NDArray[np.intp], crossed: Iterable[Crossed], *, by_visit: bool
) -> PatternFacts:
    """Return the facts of the rows of one pattern; `by_visit`: each combination of levels is of one visit."""
    cells: dict[tuple[int, ...], float] = {(): float(len(rows))}
    if table.factors:
        shape = tuple(len(factor.levels) for factor in table.factors.values())
        flat = np.ravel_multi_index(tuple(factor.codes[rows] for factor in table.factors.values()), shape)
        number, found = pd.factorize(flat, sort=True)
        keys = np.stack(np.unravel_index(found, shape), axis=1).tolist()
        cells = {tuple(key): float(n) for key, n in zip(keys, np.bincount(number).tolist(), strict=True)}
    numbers = {name: values[rows] for name, values in table.numbers.items()}
    visit = table.visit[rows]
    visits = np.unique(visit)
    few = [min(cells.values()) / (1 if by_visit else len(visits))]
    few += [fewest_apart(table, rows[visit == one], crossed) for one in visits]
    return PatternFacts(
        cells,
        {name: (float(v.sum()), float(v @ v)) for name, v in numbers.items()},
        0.0 if table.weights is None else float(np.log(table.weights[rows]).sum()),
        min(few),
    )
