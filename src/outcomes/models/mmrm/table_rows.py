"""The rows that a fit uses, as arrays; or what is left of them where only sums are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.models.mmrm.levels import Factor

__all__ = ["SummedTable", "Table"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The rows that are used, as arrays.

    Parameters
    ----------
    response : array (n,)
        Response.
    subject : int array (n,)
        Subject of each row: 0, 1, ... in the order in which they occur.
    visit : int or float array (n,)
        Code of the visit, or its time.
    visit_levels : tuple
        Visits in their order; empty when the visit is a time.
    group : int array (n,)
        Covariance group.
    group_levels : tuple
        Names of the groups; one empty name without `group`.
    weights : array (n,) or None
        Weights.
    factors : dict of Factor
        Categorical variables of the formula.
    numbers : dict of array
        Numeric variables of the formula.
    used : int array (n,)
        Positions of the rows in the data as given.
    index : Index
        Labels of all rows as given.
    received : int
        Rows as given.
    excluded : dict
        Reason to number of rows left out.
    subjects_received : int
        Subjects as given.
    notes : tuple of str
        What was dropped.
    """

    response: Array
    subject: Index
    visit: NDArray[Any]
    visit_levels: tuple[Any, ...]
    group: Index
    group_levels: tuple[Any, ...]
    weights: Array | None
    factors: dict[str, Factor]
    numbers: dict[str, Array]
    used: Index
    index: pd.Index
    received: int
    excluded: dict[str, int]
    subjects_received: int
    notes: tuple[str, ...]

    @property
    def n_obs(self) -> int:
        """Number of rows in use."""
        return len(self.response)

    @property
    def n_subjects(self) -> int:
        """Number of subjects with a row in use."""
        return int(self.subject.max()) + 1 if len(self.subject) else 0

    @property
    def largest_response(self) -> float:
        """The largest response, without its sign."""
        return float(np.abs(self.response).max(initial=0.0))

    @property
    def has_rows(self) -> bool:
        """Whether the rows are at hand; sums of them have none."""
        return True


@dataclass(frozen=True, slots=True, eq=False)
class SummedTable(Table):
    """What is left of a table of which only sums are known.

    Parameters
    ----------
    n_obs, n_subjects : int
        Rows and subjects in the sums.
    largest_response : float
        The largest response, without its sign.
    """

    n_obs: int
    n_subjects: int
    largest_response: float

    @property
    def has_rows(self) -> bool:
        """No row is at hand."""
        return False
