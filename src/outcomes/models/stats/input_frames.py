"""What a model asks of a frame that it is given: that it is one, and which columns hold numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError, DataError, instance_of, name_rows, plural, suggest

__all__ = ["TESTED", "check_columns", "check_yes_no", "in_order", "names", "without_group"]

#: Columns of an estimate with its test.
TESTED = ("estimate", "std_error", "df", "statistic", "p_value", "lower", "upper")

#: What `pandas.api.types.infer_dtype` calls columns of objects that are numbers, or nothing at all.
NUMERIC_OBJECTS = ("integer", "floating", "mixed-integer-float", "decimal", "boolean", "empty")


def names(value: str | Sequence[str] | None, argument: str = "by") -> list[str]:
    """Return one name of a column, several or none as a list."""
    if value is None or isinstance(value, str):
        return [] if value is None else [value]
    instance_of(argument, value, Iterable, hint=f"{argument} is the name of a column or a list of names")
    return list(value)


def in_order(values: Iterable[Any]) -> list[Any]:
    """Return distinct values sorted; mixed types, which have no order of their own, by type and text."""
    values = list(values)
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=lambda value: (type(value).__name__, str(value)))


def without_group(rows: pd.DataFrame, by: str | None) -> tuple[str, ...]:
    """Say how many patients have no group, and so stand in no row."""
    lost = 0 if by is None else rows.loc[rows[by].isna(), "patient_id"].nunique()
    return (f"{plural(lost, 'patient')} without {by} left out.",) if lost else ()


def check_columns(
    name: str,
    frame: pd.DataFrame,
    columns: Sequence[str],
    *,
    numbers: Collection[str] = (),
    hint: str | None = None,
) -> None:
    """Raise for anything but a frame, for a column that occurs twice, and for a missing one of `columns`.

    Parameters
    ----------
    name : str
        The argument's name as the caller typed it.
    frame : DataFrame
        What was given.
    columns : sequence of str
        Columns that it must have.
    numbers : collection of str
        Those of `columns` that must hold finite numbers or nothing.
    hint : str, optional
        Where to get such a frame.

    Raises
    ------
    ArgumentError
        For another type, a column name that stands twice, a column that is absent, or text for numbers.
    DataError
        For infinite numbers.
    """
    instance_of(name, frame, pd.DataFrame, hint=hint)
    if not frame.columns.is_unique:
        twice = ", ".join(map(repr, frame.columns[frame.columns.duplicated()].unique()))
        raise ArgumentError(f"{name} has a column name twice", got=twice, hint=hint or "keep one of them")
    for column in columns:
        if column not in frame.columns:
            there = [str(c) for c in frame.columns]
            raise ArgumentError(
                f"{name} has no column {column!r}",
                allowed=", ".join(there) or f"a frame with {', '.join(map(str, columns))}",
                hint=suggest(str(column), there) or hint,
            )
        if column in numbers:
            _check_numbers(f"column {column!r} of {name}", frame[column])


def check_yes_no(name: str, frame: pd.DataFrame, column: str) -> None:
    """Raise `ArgumentError` for a column of anything but yes and no: the text "no" would count as yes."""
    values = frame[column]
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if pd.api.types.is_bool_dtype(values) or kind in ("boolean", "empty"):
        return
    if pd.api.types.is_any_real_numeric_dtype(values) and values.dropna().isin([0, 1]).all():
        return
    raise ArgumentError(
        f"column {column!r} of {name} is not yes or no",
        got=kind,
        allowed="True, False, or a missing value",
        hint=f"make one, for example {name}[{column!r}] == 'yes'",
    )


def _check_numbers(what: str, values: pd.Series) -> None:
    """Refuse text, dates, complex and infinite numbers."""
    if not pd.api.types.is_any_real_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        kind = pd.api.types.infer_dtype(values, skipna=True)
        if kind not in NUMERIC_OBJECTS:
            hint = "convert the column with pd.to_numeric, and see what cannot be a number"
            raise ArgumentError(f"{what} is not made of numbers", got=kind, allowed="numbers", hint=hint)
    infinite = np.flatnonzero(np.isinf(values.to_numpy(dtype=np.float64, na_value=np.nan)))
    if len(infinite):
        raise DataError(
            f"{what} has infinite values",
            got=name_rows(infinite),
            allowed="finite numbers, or a missing value",
            hint="make unknown values missing",
        )
