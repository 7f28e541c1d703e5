"""From frames to arrays: the columns that the model needs, with every row accounted for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, DataError, suggest
from outcomes.models.mmrm.formula import ParsedFormula
from outcomes.models.mmrm.levels import Column, Factor, join, read_column, read_number
from outcomes.models.stats.expressions import Expression

__all__ = ["Roles", "SummedTable", "Table", "read_table", "response_values"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Roles:
    """Which column plays which part beside the formula.

    Parameters
    ----------
    subject, visit : str
        Columns of the subject and of the visit.
    group, weights : str or None
        Columns of the covariance group and of the weights.
    numeric_visit : bool
        The visit is a time (spatial covariance), not a category.
    """

    subject: str
    visit: str
    group: str | None
    weights: str | None
    numeric_visit: bool


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
        return float(np.abs(self.response).max())

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


def read_table(
    parsed: ParsedFormula,
    data: pd.DataFrame | Iterable[pd.DataFrame],
    roles: Roles,
    *,
    keep_levels: bool = False,
) -> Table:
    """Read frames into a table; `keep_levels` keeps declared levels without a row.

    Raises
    ------
    ArgumentError
        For a column that is not there.
    DataError
        For data that no model can use: see the messages.
    """
    columns, index = _read_columns(parsed, data, roles)
    received = len(index)
    keep, excluded = _usable(columns, parsed, roles, received)
    if not keep.any():
        raise DataError(
            "no row is complete in response, covariates, subject and visit",
            got=f"{received} rows: {_spell(excluded)}",
        )
    used = np.flatnonzero(keep)
    subject, levels = _dense(columns[roles.subject].codes(), used)
    notes: list[str] = []
    factors: dict[str, Factor] = {}
    numbers: dict[str, Array] = {}
    for name in sorted(parsed.variables):
        column = columns[name]
        if column.factor is None:
            numbers[name] = _finite(column.numbers()[used], name)
        else:
            factors[name] = _drop_levels(column.factor, used, name, notes, keep_levels)
    visit, visit_levels = _visit(columns[roles.visit], used, roles, notes, keep_levels)
    group, group_levels = np.zeros(len(used), dtype=np.intp), ("",)
    if roles.group is not None:
        grouped = _drop_levels(columns[roles.group].as_factor(), used, roles.group, notes, keep_levels)
        group, group_levels = grouped.codes, grouped.levels
    lost = len(columns[roles.subject].as_factor().levels) - levels
    if lost:
        notes.append(f"{lost} of {lost + levels} subjects have no row that can be used")
    return Table(
        response=_finite(columns[_RESPONSE].numbers()[used], "the response"),
        subject=subject,
        visit=visit,
        visit_levels=visit_levels,
        group=group,
        group_levels=group_levels,
        weights=_weights(columns, roles, used),
        factors=factors,
        numbers=numbers,
        used=used,
        index=index,
        received=received,
        excluded=excluded,
        subjects_received=lost + levels,
        notes=tuple(notes),
    )


_RESPONSE = "\0response"


def _frames(data: pd.DataFrame | Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    if isinstance(data, pd.DataFrame):
        yield data
        return
    if isinstance(data, (str, bytes, dict)) or not isinstance(data, Iterable):
        raise ArgumentError(
            "data is not a frame",
            got=type(data).__name__,
            allowed="a DataFrame, or an iterable of DataFrames",
        )
    for part in data:
        if not isinstance(part, pd.DataFrame):
            raise ArgumentError(
                "a part of data is not a frame", got=type(part).__name__, allowed="an iterable of DataFrames"
            )
        yield part


def _read_columns(
    parsed: ParsedFormula, data: pd.DataFrame | Iterable[pd.DataFrame], roles: Roles
) -> tuple[dict[str, Column], pd.Index]:
    parts: list[dict[str, Column]] = []
    labels: list[pd.Index] = []
    for frame in _frames(data):
        parts.append(_read_part(parsed, frame, roles))
        labels.append(frame.index)
    if not parts or not sum(map(len, labels)):
        raise DataError("data has no rows")
    index = labels[0] if len(labels) == 1 else labels[0].append(labels[1:])
    if len(parts) == 1:
        return parts[0], index
    return {name: join([part[name] for part in parts], name) for name in parts[0]}, index


def _read_part(parsed: ParsedFormula, frame: pd.DataFrame, roles: Roles) -> dict[str, Column]:
    named = {"subject": roles.subject, "visit": roles.visit, "group": roles.group, "weights": roles.weights}
    for role, name in named.items():
        if name is not None:
            _require(frame, name, f"{role}=")
    for name in sorted(parsed.variables | parsed.response.variables):
        _require(frame, name, "the formula")
    if frame.columns.has_duplicates and frame.columns[frame.columns.duplicated()].isin(named.values()).any():
        raise ArgumentError("data has two columns of one name")
    as_factor = {roles.subject, roles.group, *parsed.categorical}
    if not roles.numeric_visit:
        as_factor.add(roles.visit)
    names = parsed.variables | {n for n in (roles.subject, roles.visit, roles.group) if n}
    out = {
        name: read_column(
            frame[name],
            name,
            factor=name in as_factor,
            ordered=name != roles.subject,
            natural=name == roles.visit,
        )
        for name in sorted(names)
    }
    if roles.weights is not None:
        out[roles.weights] = read_number(frame[roles.weights], roles.weights)
    out[_RESPONSE] = Column(None, response_values(parsed.response, frame))
    return out


def response_values(response: Expression, frame: pd.DataFrame) -> Array:
    """Return the response of the rows of a frame that has its columns, as the formula writes it."""
    if response.column is not None:
        return read_number(frame[response.column], response.column).numbers()
    return response.evaluate({name: read_number(frame[name], name).numbers() for name in response.variables})


def _require(frame: pd.DataFrame, name: str, where: str) -> None:
    if name not in frame.columns:
        known = [str(c) for c in frame.columns]
        raise ArgumentError(
            f"data has no column that {where} names",
            got=repr(name),
            allowed=", ".join(known[:40]) + (" ..." if len(known) > 40 else ""),
            hint=suggest(str(name), known),
        )


def _usable(
    columns: dict[str, Column], parsed: ParsedFormula, roles: Roles, rows: int
) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """Return which rows are complete, and how many are not by the first reason."""
    keep, excluded = np.ones(rows, dtype=bool), {}
    reasons = [(roles.subject, "subject missing"), (roles.visit, "visit missing")]
    reasons += [(roles.group, "group missing")] if roles.group else []
    reasons += [(_RESPONSE, "response missing")]
    reasons += [(name, f"{name} missing") for name in sorted(parsed.variables)]
    reasons += [(roles.weights, "weight missing")] if roles.weights else []
    for name, reason in reasons:
        missing = columns[str(name)].missing() & keep
        if missing.any():
            excluded[reason] = int(missing.sum())
            keep &= ~missing
    return keep, excluded


def _spell(excluded: dict[str, int]) -> str:
    return ", ".join(f"{reason} in {n}" for reason, n in excluded.items())


def _dense(codes: Index, used: Index) -> tuple[Index, int]:
    """Number the subjects that are left 0, 1, ... and count them."""
    mine = codes[used]
    seen = np.bincount(mine) > 0
    if seen.all():
        return mine, len(seen)
    return (np.cumsum(seen) - 1)[mine], int(seen.sum())


def _drop_levels(factor: Factor, used: Index, name: str, notes: list[str], keep: bool) -> Factor:
    codes = factor.codes[used]
    seen = np.bincount(codes, minlength=len(factor.levels)) > 0
    if seen.all() or keep:
        return Factor(codes, factor.levels)
    empty = [str(level) for level, here in zip(factor.levels, seen, strict=True) if not here]
    notes.append(f"{name}: {len(empty)} level(s) without a usable row dropped ({', '.join(empty[:10])})")
    levels = tuple(level for level, here in zip(factor.levels, seen, strict=True) if here)
    return Factor((np.cumsum(seen) - 1)[codes], levels)


def _visit(
    column: Column, used: Index, roles: Roles, notes: list[str], keep_levels: bool
) -> tuple[NDArray[Any], tuple[Any, ...]]:
    if roles.numeric_visit:
        if column.factor is not None:
            raise DataError(
                "a spatial covariance needs a numeric time in visit=", got=f"{roles.visit!r} is not"
            )
        return _finite(column.numbers()[used], roles.visit), ()
    found: list[str] = []
    factor = _drop_levels(column.as_factor(), used, roles.visit, found, keep_levels)
    notes.extend(note for note in found if note not in notes)
    return factor.codes, factor.levels


def _finite(values: Array, name: str) -> Array:
    infinite = int(np.isinf(values).sum())
    if infinite:
        raise DataError(
            f"{name} is infinite in some rows",
            got=f"{infinite} rows",
            hint="correct them or set them to missing",
        )
    return values


def _weights(columns: dict[str, Column], roles: Roles, used: Index) -> Array | None:
    if roles.weights is None:
        return None
    values = _finite(columns[roles.weights].numbers()[used], roles.weights)
    if not (values > 0).all():
        raise DataError(
            "weights are not all above zero", got=f"{int((values <= 0).sum())} rows at or below zero"
        )
    return values
