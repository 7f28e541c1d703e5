"""The rows of a table: which combination of columns each event belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from outcomes.models.stats.kernels.cells import joint_codes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.integer[Any]]

__all__ = ["Levels", "factorize", "levels_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """The rows of a table: which combination of the `by` columns each event belongs to.

    Parameters
    ----------
    codes : ndarray of int, shape (events,)
        Level of each event.
    table : DataFrame, one row per level
        The levels, columns named as the `by` columns; no column for "any event".
    """

    codes: Codes
    table: pd.DataFrame

    def __len__(self) -> int:
        return len(self.table)


def levels_of(events: pd.DataFrame, by: Sequence[str]) -> Levels:
    """Return the level of each event; a missing value is a level of its own, never left out.

    A single categorical column shows all of its categories, also those without an event.
    """
    if not by:
        return Levels(np.zeros(len(events), dtype=np.int64), pd.DataFrame(index=range(1)))
    parts, uniques = zip(*(factorize(events[column]) for column in by), strict=True)
    if len(by) == 1:
        return Levels(parts[0], pd.DataFrame({by[0]: uniques[0]}))
    sizes = [len(values) for values in uniques]
    if len(events) == 0:
        return Levels(parts[0], pd.DataFrame({c: v[:0] for c, v in zip(by, uniques, strict=True)}))
    codes, key = joint_codes(list(parts), sizes)
    columns: dict[str, Any] = {}
    for column, values in reversed(list(zip(by, uniques, strict=True))):
        columns[column] = values.take(key % len(values))
        key = key // len(values)
    return Levels(codes, pd.DataFrame({column: columns[column] for column in by}))


def factorize(column: pd.Series) -> tuple[Codes, Any]:
    """Return codes and sorted values of a column; missing values get the last code."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        values = column.cat.categories
        values = pd.Categorical(values, categories=values, ordered=column.cat.ordered)
        codes = column.cat.codes.to_numpy().astype(np.int64)
    else:
        codes, values = pd.factorize(column, sort=True)
        codes = codes.astype(np.int64)
    missing = codes < 0
    if missing.any():
        codes = np.where(missing, len(values), codes)
        values = pd.Series(values).reindex(range(len(values) + 1)).array
    return codes, values if hasattr(values, "take") else pd.Index(values)
