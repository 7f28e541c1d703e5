"""Marginal means: linear combinations of the coefficients over a grid of factor levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, instance_of, one_of, suggest
from outcomes.models.mmrm.columns import level_label
from outcomes.models.mmrm.design import Design
from outcomes.models.mmrm.intake import Table
from outcomes.models.stats.input_frames import names

__all__ = ["WEIGHTS", "MarginGrid", "Margins", "marginal_rows"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]

WEIGHTS = ("equal", "proportional")
#: A grid above this size is a mistake (a factor with a level for each patient).
LARGEST_GRID = 2_000_000


@dataclass(frozen=True, slots=True, eq=False)
class MarginGrid:
    """What marginal means need of the data.

    Parameters
    ----------
    design : Design
        The design.
    means : mapping
        Mean of each covariate over the rows used.
    cells : int array (c, f)
        Combinations of factor levels that occur, factors in the order of ``design.levels``.
    counts : array (c,)
        Rows of each combination.
    """

    design: Design
    means: Mapping[str, float]
    cells: Index
    counts: Array

    @classmethod
    def of(cls, design: Design, table: Table) -> MarginGrid:
        """Return the grid of a table."""
        means = {name: float(table.numbers[name].mean()) for name in design.covariates}
        codes = [table.factors[name].codes for name in design.levels]
        if not codes:
            return cls(design, means, np.zeros((1, 0), dtype=np.intp), np.array([float(len(table.response))]))
        sizes = tuple(len(levels) for levels in design.levels.values())
        if np.prod(sizes, dtype=object) <= LARGEST_GRID:
            count = np.bincount(np.ravel_multi_index(tuple(codes), sizes), minlength=int(np.prod(sizes)))
            found = np.flatnonzero(count)
            cells = np.stack(np.unravel_index(found, sizes), axis=1)
            return cls(design, means, cells, count[found].astype(np.float64))
        cells, counts = np.unique(np.stack(codes, axis=1), axis=0, return_counts=True)
        return cls(design, means, cells, counts.astype(np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class Margins:
    """Rows of L with the levels that each is about.

    Parameters
    ----------
    matrix : array (l, p)
        Linear combinations over all columns of the design.
    by : tuple of (name, levels)
        Outer factors, slowest first.
    factors : tuple of (name, levels)
        Inner factors, the last varying fastest.
    averaged : tuple of str
        Factors that were averaged over.
    held : mapping
        Value at which each covariate was held.
    """

    matrix: Array
    by: tuple[tuple[str, tuple[Any, ...]], ...]
    factors: tuple[tuple[str, tuple[Any, ...]], ...]
    averaged: tuple[str, ...]
    held: Mapping[str, float]

    def combinations(self, axes: tuple[tuple[str, tuple[Any, ...]], ...]) -> list[tuple[Any, ...]]:
        """Return every combination of levels of some axes, the last varying fastest."""
        out: list[tuple[Any, ...]] = [()]
        for _, levels in axes:
            out = [(*left, level) for left in out for level in levels]
        return out


def marginal_rows(
    grid: MarginGrid,
    factor: str | Sequence[str],
    by: str | Sequence[str] | None,
    weights: str,
    at: Mapping[str, Any] | None,
) -> Margins:
    """Return the linear combinations that are the marginal means.

    Raises
    ------
    ArgumentError
        For a name that is no factor of the formula, a level that it does not have, or weights unknown.
    """
    one_of("weights", weights, WEIGHTS)
    factors, outer = names(factor, "factor"), names(by)
    levels = grid.design.levels
    for name in (*factors, *outer):
        _require_factor(name, levels, grid)
    if not factors or len({*factors, *outer}) < len(factors) + len(outer):
        raise ArgumentError("emmeans needs factors, each named once", got=f"{[*factors, *outer]}")
    chosen, values = _read_at(grid, at)
    others = [name for name in levels if name not in factors and name not in outer]
    axes = [*outer, *factors, *others]
    sizes = [len(chosen[name]) for name in axes]
    if int(np.prod(sizes, dtype=object)) > LARGEST_GRID:
        raise ArgumentError("the grid of factor levels is too large", got=" x ".join(map(str, sizes)))
    mesh = np.meshgrid(*[chosen[name] for name in axes], indexing="ij")
    codes = {name: part.ravel() for name, part in zip(axes, mesh, strict=True)}
    n = int(np.prod(sizes))
    rows = grid.design.evaluate(codes, {name: np.full(n, value) for name, value in values.items()})
    share = _shares(grid, others, chosen, weights)
    matrix = np.einsum("low,o->lw", rows.reshape(-1, len(share), rows.shape[1]), share)
    return Margins(
        matrix,
        tuple((name, _picked(levels[name], chosen[name])) for name in outer),
        tuple((name, _picked(levels[name], chosen[name])) for name in factors),
        tuple(others),
        values,
    )


def _picked(levels: tuple[Any, ...], codes: Index) -> tuple[Any, ...]:
    return tuple(levels[i] for i in codes)


def _require_factor(name: str, levels: Mapping[str, Any], grid: MarginGrid) -> None:
    if name in levels:
        return
    numeric = name in grid.design.covariates
    raise ArgumentError(
        "a marginal mean needs a factor of the formula",
        got=f"{name!r}, a number: say C({name}) in the formula" if numeric else repr(name),
        allowed=", ".join(levels) or "none: the formula has no factor",
        hint=suggest(str(name), levels),
    )


def find_level(levels: tuple[Any, ...], level: Any, name: str) -> int:
    """Return the position of a level given as it is or as text.

    Raises
    ------
    ArgumentError
        When there is no such level.
    """
    labels = [level_label(one) for one in levels]
    if level_label(level) in labels:
        return labels.index(level_label(level))
    raise ArgumentError(
        f"{name} has no such level",
        got=repr(level),
        allowed=", ".join(labels[:40]),
        hint=suggest(str(level), labels),
    )


def _read_at(grid: MarginGrid, at: Mapping[str, Any] | None) -> tuple[dict[str, Index], dict[str, float]]:
    chosen = {name: np.arange(len(levels)) for name, levels in grid.design.levels.items()}
    values = dict(grid.means)
    instance_of("at", at, Mapping | None, hint="for example {'baseline': 10, 'visit': ['month 1']}")
    for name, value in (at or {}).items():
        if name in chosen:
            wanted = [value] if isinstance(value, (str, bytes)) or not isinstance(value, Sequence) else value
            found = [find_level(grid.design.levels[name], level, name) for level in wanted]
            if not found:
                raise ArgumentError(f"at= leaves no level of {name}")
            chosen[name] = np.array(found, dtype=np.intp)
        elif name in values:
            values[name] = number("at", name, value)
        else:
            known = [*chosen, *values]
            raise ArgumentError(
                "at= names no variable of the formula",
                got=repr(name),
                allowed=", ".join(known),
                hint=suggest(str(name), known),
            )
    return chosen, values


def number(argument: str, name: Any, value: Any) -> float:
    """Return a finite number that an argument gives for a name.

    Raises
    ------
    ArgumentError
        When it is none.
    """
    try:
        found = float(value)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{argument}= needs numbers for {name}", got=type(value).__name__) from error
    if not np.isfinite(found):
        raise ArgumentError(f"{argument}= needs finite numbers for {name}", got=repr(found))
    return found


def _shares(grid: MarginGrid, others: list[str], chosen: Mapping[str, Index], weights: str) -> Array:
    """Return the weight of each combination of the levels averaged over."""
    sizes = tuple(len(chosen[name]) for name in others)
    n = int(np.prod(sizes))
    if weights == "equal" or not others:
        return np.full(n, 1.0 / n)
    order = list(grid.design.levels)
    full = tuple(len(grid.design.levels[name]) for name in others)
    key = np.ravel_multi_index(tuple(grid.cells[:, order.index(name)] for name in others), full)
    count = np.bincount(key, weights=grid.counts, minlength=int(np.prod(full))).reshape(full)
    count = count[np.ix_(*[chosen[name] for name in others])].ravel()
    if count.sum() == 0:
        raise ArgumentError("at= leaves levels that no row has together", got=", ".join(others))
    return np.asarray(count / count.sum())
