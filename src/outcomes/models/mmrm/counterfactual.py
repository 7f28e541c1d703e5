"""Means over the patients as they are: everybody once at each level, with the covariates that they have."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from outcomes.models.mmrm.table_rows import Table

__all__ = ["population_rows"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Evaluate = Callable[[Mapping[str, Index], Mapping[str, Array]], Array]


def population_rows(
    table: Table, codes: Mapping[str, int], numbers: Mapping[str, float], evaluate: Evaluate
) -> Array:
    """Return the mean design row (p,) over patients, some factors and covariates set to one value for all.

    Each patient counts once. A covariate that varies within a patient counts with the mean over its rows.

    Parameters
    ----------
    table : Table
        The rows used.
    codes, numbers : mapping
        What is set for all.
    evaluate : callable
        Gives design rows of codes and numbers.
    """
    own = [name for name in table.factors if name not in codes]
    own_numbers = [name for name in table.numbers if name not in numbers]
    where, share = _rows_of_patients(table, own, own_numbers)
    n = len(where)
    full_codes = {name: table.factors[name].codes[where] for name in own}
    full_codes |= {name: np.full(n, code, dtype=np.intp) for name, code in codes.items()}
    full_numbers = {name: table.numbers[name][where] for name in own_numbers}
    full_numbers |= {name: np.full(n, value) for name, value in numbers.items()}
    return np.asarray(share @ evaluate(full_codes, full_numbers))


def _rows_of_patients(table: Table, factors: list[str], numbers: list[str]) -> tuple[Index, Array]:
    """Return rows and their weights: one per patient where nothing that is left varies within patients."""
    subject = table.subject
    first = np.full(table.n_subjects, len(subject), dtype=np.intp)
    np.minimum.at(first, subject, np.arange(len(subject)))
    kept = [table.factors[name].codes for name in factors] + [table.numbers[name] for name in numbers]
    if all((values == values[first][subject]).all() for values in kept):
        return first, np.full(len(first), 1.0 / len(first))
    count = np.bincount(subject)
    return np.arange(len(subject)), 1.0 / (count[subject] * len(count))
