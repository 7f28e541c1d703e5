"""What a fit of sums knows of the rows of one pattern of visits, besides their cross products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.errors import DataError
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
    """

    cells: Mapping[tuple[int, ...], float]
    moments: Mapping[str, tuple[float, float]]
    log_weights: float

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
        )


def facts_of_rows(table: Table, rows: NDArray[np.intp]) -> PatternFacts:
    """Return the facts of some rows of a table."""
    codes = [factor.codes[rows] for factor in table.factors.values()]
    cells: dict[tuple[int, ...], float] = {(): float(len(rows))}
    if codes:
        found, count = np.unique(np.stack(codes, axis=1), axis=0, return_counts=True)
        cells = {tuple(cell): float(n) for cell, n in zip(found.tolist(), count.tolist(), strict=True)}
    numbers = {name: values[rows] for name, values in table.numbers.items()}
    return PatternFacts(
        cells,
        {name: (float(v.sum()), float(v @ v)) for name, v in numbers.items()},
        0.0 if table.weights is None else float(np.log(table.weights[rows]).sum()),
    )
