"""From frames to arrays: the columns that the model needs, with every row accounted for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import DataError, plural
from outcomes.models.mmrm.formula import ParsedFormula
from outcomes.models.mmrm.frame_columns import RESPONSE, Roles, read_columns
from outcomes.models.mmrm.levels import Column, Factor
from outcomes.models.mmrm.table_rows import Table

__all__ = ["read_table"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]


def read_table(
    parsed: ParsedFormula,
    data: pd.DataFrame | Iterable[pd.DataFrame],
    roles: Roles,
    *,
    keep_levels: bool = False,
) -> Table:
    """Read frames into a table; `keep_levels` keeps declared levels without a row, and takes no row at all.

    Raises
    ------
    ArgumentError
        For a column that does not exist.
    DataError
        For data that no model can use: see the messages.
    """
    columns, index = read_columns(parsed, data, roles)
    received = len(index)
    if not received and not keep_levels:
        raise DataError("data has no rows")
    keep, excluded = _usable(columns, parsed, roles, received)
    if not keep.any() and not keep_levels:
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
        notes.append(f"{lost} of {lost + levels} subjects without a usable row")
    return Table(
        response=_finite(columns[RESPONSE].numbers()[used], "the response"),
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


def _usable(
    columns: dict[str, Column], parsed: ParsedFormula, roles: Roles, rows: int
) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """Return which rows are complete, and how many are not by the first reason."""
    keep, excluded = np.ones(rows, dtype=bool), {}
    reasons = [(roles.subject, "subject missing"), (roles.visit, "visit missing")]
    reasons += [(roles.group, "group missing")] if roles.group else []
    reasons += [(RESPONSE, "response missing")]
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
    notes.append(
        f"{name}: {plural(len(empty), 'level')} without a usable row dropped ({', '.join(empty[:10])})"
    )
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
    # an endpoint and a visit that no row has together is no level to drop: the others make its covariance
    keep_levels = keep_levels or roles.pair is not None
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
