"""A visit in two columns: an endpoint and its visit, or two coordinates of a place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError, DataError
from outcomes.models.mmrm.levels import Factor, level_label, read_column, read_number
from outcomes.models.mmrm.options import KRONECKER, SPATIAL

__all__ = ["joined", "read_visit"]


def read_visit(visit: str | Sequence[str], covariance: str) -> tuple[str, tuple[str, str] | None]:
    """Return the name of the visit, and its two columns where it has two.

    Raises
    ------
    ArgumentError
        For a covariance that asks for another number of columns.
    """
    if isinstance(visit, str) or not isinstance(visit, Iterable):
        if covariance in KRONECKER:
            raise ArgumentError(
                f"covariance={covariance!r} is for several endpoints per visit",
                got=f"visit={visit!r}",
                hint="give two columns: visit=['endpoint', 'visit']",
            )
        return visit, None
    columns = tuple(visit)
    if len(columns) != 2 or not all(isinstance(one, str) for one in columns) or columns[0] == columns[1]:
        raise ArgumentError("visit= names one column, or two", got=repr(visit))
    if covariance not in (*KRONECKER, *SPATIAL):
        raise ArgumentError(
            f"covariance={covariance!r} is for one column of visits",
            got=f"visit={list(columns)}",
            allowed=f"with two columns: {', '.join((*KRONECKER, *SPATIAL))}",
        )
    return f"{columns[0]}, {columns[1]}", (columns[0], columns[1])


def joined(data: Any, name: str, columns: tuple[str, str], *, place: bool) -> tuple[pd.DataFrame, int]:
    """Return the data with both columns as one, and the number of levels of the first.

    Parameters
    ----------
    data : DataFrame
        With both columns.
    name : str
        What the joint column is called.
    columns : tuple of str
        Coordinates of a place, or endpoint and visit.
    place : bool
        Two coordinates, held as a complex number: the distance of two places is the absolute difference.
    """
    if not isinstance(data, pd.DataFrame):
        raise ArgumentError(
            "two columns of visits need the data in one piece", got=type(data).__name__, allowed="a DataFrame"
        )
    if absent := [column for column in columns if column not in data.columns]:
        raise ArgumentError("data has no column that visit= names", got=", ".join(absent))
    if place:
        east, north = (read_number(data[column], column).numbers() for column in columns)
        return data.assign(**{name: east + 1j * north}), 0
    outer, inner = (_used(read_column(data[c], c, factor=True, natural=True).as_factor()) for c in columns)
    cells = [f"{level_label(a)}, {level_label(b)}" for a in outer.levels for b in inner.levels]
    if len(set(cells)) < len(cells):
        raise DataError("two levels of the visits read the same", hint="rename a level")
    known = (outer.codes >= 0) & (inner.codes >= 0)
    codes = np.where(known, outer.codes * len(inner.levels) + inner.codes, -1)
    return data.assign(**{name: pd.Categorical.from_codes(codes, cells)}), len(outer.levels)


def _used(factor: Factor) -> Factor:
    """Return the factor without levels that no row has."""
    seen = np.bincount(factor.codes[factor.codes >= 0], minlength=len(factor.levels)) > 0
    place = np.append(np.where(seen, np.cumsum(seen) - 1, -1), -1)
    return Factor(place[factor.codes], tuple(v for v, here in zip(factor.levels, seen, strict=True) if here))
