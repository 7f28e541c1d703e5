"""One column of a frame as codes with levels, or as numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import DataError
from outcomes.models.stats.input_frames import in_order

__all__ = ["Column", "Factor", "join", "level_label", "read_column", "read_number"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """A categorical variable.

    Parameters
    ----------
    codes : int array (n,)
        Level of each row, -1 where missing.
    levels : tuple
        Levels in their order, as they were given.
    """

    codes: Index
    levels: tuple[Any, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Levels as text."""
        return tuple(level_label(level) for level in self.levels)


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column: either `factor` or `values` is set.

    Parameters
    ----------
    factor : Factor or None
        Codes and levels.
    values : array or None
        Numbers, NaN where missing.
    declared : bool
        The order of the levels was declared by a categorical type.
    natural : bool
        Numbers within text count as numbers when levels are sorted.
    """

    factor: Factor | None
    values: Array | None
    declared: bool = False
    natural: bool = False

    def missing(self) -> NDArray[np.bool_]:
        """Return which rows have no value."""
        if self.factor is not None:
            return self.factor.codes < 0
        return np.isnan(self.numbers())

    def numbers(self) -> Array:
        """Return the numbers of a numeric column."""
        assert self.values is not None
        return self.values

    def as_factor(self) -> Factor:
        """Return the factor of a categorical column."""
        assert self.factor is not None
        return self.factor

    def codes(self) -> Index:
        """Return the codes of a categorical column."""
        return self.as_factor().codes


def level_label(level: Any) -> str:
    """Write a level as text: whole numbers without a point, midnights as dates."""
    if isinstance(level, (float, np.floating)) and float(level).is_integer():
        return str(int(level))
    if isinstance(level, pd.Timestamp) and level == level.normalize():
        return str(level.date())
    return str(level)


def sorted_levels(levels: Iterable[Any], *, natural: bool) -> list[Any]:
    """Sort levels of any type; `natural`: "month 2" before "month 10", as an ordered covariance needs it."""
    levels = list(levels)
    if natural and all(isinstance(level, str) for level in levels):
        return sorted(levels, key=_natural)
    return in_order(levels)


def _natural(text: str) -> tuple[list[tuple[str, int]], str]:
    parts = re.split(r"(\d{1,18})", text)
    return list(zip(parts[::2], [*map(int, parts[1::2]), -1], strict=True)), text


def read_column(
    series: Any, name: str, *, factor: bool, ordered: bool = True, natural: bool = False
) -> Column:
    """Read a column as a factor when asked to or when its type says so, else as numbers.

    Levels are sorted, text by its numbers where `natural`, unless a categorical type declares them or
    `ordered` is False.

    Raises
    ------
    DataError
        For a type that is neither.
    """
    if isinstance(series, pd.DataFrame):
        raise DataError("two columns of data have the same name", got=repr(name))
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        codes = np.asarray(series.cat.codes, dtype=np.intp)
        return Column(Factor(codes, tuple(series.cat.categories)), None, declared=True)
    if factor or pd.api.types.is_bool_dtype(dtype):
        return Column(_factorize(series, name, ordered, natural), None, not ordered, natural)
    if pd.api.types.is_complex_dtype(dtype):
        raise DataError("a column holds complex numbers", got=repr(name))
    if pd.api.types.is_numeric_dtype(dtype):
        return Column(None, series.to_numpy(dtype=np.float64, na_value=np.nan))
    if pd.api.types.is_datetime64_any_dtype(dtype) or pd.api.types.is_timedelta64_dtype(dtype):
        raise DataError(
            "a covariate is a date or a duration",
            got=repr(name),
            hint="turn it into a number of days or into a category",
        )
    if pd.api.types.is_object_dtype(dtype):
        numbers = pd.to_numeric(series, errors="coerce")
        if numbers.notna().sum() == series.notna().sum():
            return Column(None, numbers.to_numpy(dtype=np.float64, na_value=np.nan))
    return Column(_factorize(series, name, ordered, natural), None, natural=natural)


def read_number(series: Any, name: str) -> Column:
    """Read a column that must hold numbers.

    Raises
    ------
    DataError
        When it does not.
    """
    column = read_column(series, name, factor=False)
    if column.factor is not None:
        raise DataError(
            "a column that must be numeric is not",
            got=f"{name!r} of type {series.dtype}",
            hint="convert it to numbers first; an empty value is missing, not zero",
        )
    return column


def _factorize(series: Any, name: str, ordered: bool, natural: bool) -> Factor:
    try:
        codes, found = pd.factorize(series)
    except TypeError as error:  # lists, dicts: nothing that can be distinguished
        raise DataError("a column holds values that name no level", got=repr(name)) from error
    codes = np.asarray(codes, dtype=np.intp)
    if not ordered:
        return Factor(codes, tuple(found))
    levels = sorted_levels(found, natural=natural)
    place = {level: i for i, level in enumerate(levels)}
    rank = np.array([place[level] for level in found] + [-1], dtype=np.intp)
    return Factor(rank[codes], tuple(levels))


def join(parts: Sequence[Column], name: str) -> Column:
    """Put the parts of one column together; levels that only some parts have are united.

    Raises
    ------
    DataError
        When a column is numeric in one part and not in another.
    """
    if all(part.factor is None for part in parts):
        return Column(None, np.concatenate([part.numbers() for part in parts]))
    if any(part.factor is None for part in parts):
        raise DataError("a column is numeric in one part of data and not in another", got=repr(name))
    factors = [part.as_factor() for part in parts]
    declared = all(part.declared for part in parts)
    levels = list(dict.fromkeys(level for factor in factors for level in factor.levels))
    if not declared:
        levels = sorted_levels(levels, natural=parts[0].natural)
    place = {level: i for i, level in enumerate(levels)}
    codes = []
    for factor in factors:
        new = np.array([place[level] for level in factor.levels] + [-1], dtype=np.intp)
        codes.append(new[factor.codes])
    return Column(Factor(np.concatenate(codes), tuple(levels)), None, declared, parts[0].natural)
