"""Marginal means: linear combinations of the coefficients over a grid of factor levels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, one_of
from outcomes.models.mmrm.counterfactual import population_rows
from outcomes.models.mmrm.fixed_effects import Design
from outcomes.models.mmrm.margin_request import Axes, Request, read_request
from outcomes.models.mmrm.table_rows import Table

__all__ = ["WEIGHTS", "MarginGrid", "Margins", "marginal_rows"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]

WEIGHTS = ("equal", "proportional", "counterfactual")
#: Steps of the differences that give a slope, in standard deviations of the covariate: a small one, and one
#: that rounding does not reach where the covariate is far from zero.
SLOPE_STEPS = (1e-4, 5e-2)
#: Differences of the two slopes up to this many rounding errors of the first are rounding.
ROUNDING = 10.0
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
    spread : mapping
        Standard deviation of each covariate over the rows used.
    table : Table or None
        The rows, where they are at hand: counterfactual means need them.
    """

    design: Design
    means: Mapping[str, float]
    cells: Index
    counts: Array
    spread: Mapping[str, float]
    table: Table | None = None

    @classmethod
    def of(cls, design: Design, table: Table) -> MarginGrid:
        """Return the grid of a table."""
        means = {name: float(table.numbers[name].mean()) for name in design.covariates}
        spread = {name: float(table.numbers[name].std()) for name in design.covariates}
        codes = [table.factors[name].codes for name in design.levels]
        if not codes:
            none = np.zeros((1, 0), dtype=np.intp)
            return cls(design, means, none, np.array([float(len(table.response))]), spread, table)
        sizes = tuple(len(levels) for levels in design.levels.values())
        if np.prod(sizes, dtype=object) <= LARGEST_GRID:
            count = np.bincount(np.ravel_multi_index(tuple(codes), sizes), minlength=int(np.prod(sizes)))
            found = np.flatnonzero(count)
            cells = np.stack(np.unravel_index(found, sizes), axis=1)
            return cls(design, means, cells, count[found].astype(np.float64), spread, table)
        cells, counts = np.unique(np.stack(codes, axis=1), axis=0, return_counts=True)
        return cls(design, means, cells, counts.astype(np.float64), spread, table)


@dataclass(frozen=True, slots=True, eq=False)
class Margins:
    """Rows of L with the levels that each is about.

    Parameters
    ----------
    matrix : array (l, p)
        Linear combinations over all columns of the design.
    by : tuple of (name, levels)
        Outer factors and covariates with several values, slowest first.
    factors : tuple of (name, levels)
        Inner factors, the last varying fastest.
    notes : tuple of str
        What was averaged over, and where covariates were held.
    """

    matrix: Array
    by: Axes
    factors: Axes
    notes: tuple[str, ...]

    def combinations(self, axes: Axes) -> list[tuple[Any, ...]]:
        """Return every combination of levels of some axes, the last varying fastest."""
        out: list[tuple[Any, ...]] = [()]
        for _, levels in axes:
            out = [(*left, level) for left in out for level in levels]
        return out


def marginal_rows(
    grid: MarginGrid,
    factor: str | Sequence[str] | None,
    by: str | Sequence[str] | None,
    weights: str,
    at: Mapping[str, Any] | None,
    *,
    slope: str | None = None,
) -> Margins:
    """Return the linear combinations that are the marginal means, or the slopes of one covariate.

    Raises
    ------
    ArgumentError
        For a name that is no factor of the formula, a level that it does not have, or weights unknown.
    """
    one_of("weights", weights, WEIGHTS)
    request = read_request(grid.design, factor, by, at, slope=slope)
    if weights == "counterfactual":
        matrix = _counterfactual(grid, request, slope)
    else:
        matrix = _averaged(grid, request, weights, slope)
    return Margins(matrix, request.by, request.factors, _notes(grid, request, weights, slope))


def _averaged(grid: MarginGrid, request: Request, weights: str, slope: str | None) -> Array:
    others = request.others
    sizes = [len(request.values[name]) for name in (*request.axes, *others)]
    if int(np.prod(sizes, dtype=object)) > LARGEST_GRID:
        raise ArgumentError("the grid of factor levels is too large", got=" x ".join(map(str, sizes)))
    codes, numbers = request.mesh((*request.axes, *others), grid.means)
    rows = _rows(grid, codes, numbers, slope)
    share = _shares(grid, others, request.values, weights)
    return np.asarray(np.einsum("low,o->lw", rows.reshape(-1, len(share), rows.shape[1]), share))


def _counterfactual(grid: MarginGrid, request: Request, slope: str | None) -> Array:
    if grid.table is None:
        raise ArgumentError(
            "weights='counterfactual' needs the patients' rows",
            got="a fit of cross products",
            allowed="'equal', 'proportional'",
        )
    codes, numbers = request.mesh(request.axes, {})
    rows = [
        population_rows(
            grid.table,
            {name: int(values[i]) for name, values in codes.items()},
            {**request.fixed, **{name: float(values[i]) for name, values in numbers.items()}},
            lambda c, x: _rows(grid, c, x, slope),
        )
        for i in range(request.size)
    ]
    return np.array(rows)


def _rows(
    grid: MarginGrid, codes: Mapping[str, Index], numbers: Mapping[str, Array], slope: str | None
) -> Array:
    """Return design rows, or their derivative to a covariate."""
    if slope is None:
        return grid.design.evaluate(codes, numbers)
    value = numbers[slope]

    def at(x: Array) -> Array:
        return grid.design.evaluate(codes, {**numbers, slope: x})

    if grid.design.linear:
        return np.asarray(at(np.ones_like(value)) - at(np.zeros_like(value)))
    return _slope(at, value, grid.spread[slope] or 1.0)


def _slope(at: Callable[[Array], Array], value: Array, spread: float) -> Array:
    """Return the derivative of design rows; the square of a date has no digits left for a small step."""
    small, large = (step * spread for step in SLOPE_STEPS)
    fine = (at(value + small) - at(value - small)) / (2.0 * small)
    near, far = (at(value + k * large) - at(value - k * large) for k in (1.0, 2.0))
    coarse = (8.0 * near - far) / (12.0 * large)
    rounding = ROUNDING * np.finfo(float).eps * np.abs(at(value)) / small
    return np.asarray(np.where(np.abs(fine - coarse) <= rounding, coarse, fine))


def _notes(grid: MarginGrid, request: Request, weights: str, slope: str | None) -> tuple[str, ...]:
    held = {n: request.fixed.get(n, grid.means[n]) for n in grid.means if n not in request.numeric}
    if grid.design.linear:
        held.pop(slope or "", None)
    if weights == "counterfactual":
        set_to = ", ".join(f"{name} = {value:.6g}" for name, value in request.fixed.items())
        out = [f"mean over the {_patients(grid)} patients, each with their own covariates"]
        return (*out, *([f"set for all: {set_to}"] if set_to else []))
    out = [f"averaged over {', '.join(request.others)} ({weights} weights)"] if request.others else []
    if held:
        out.append(
            "covariates held at: " + ", ".join(f"{name} = {value:.6g}" for name, value in held.items())
        )
    return tuple(out)


def _patients(grid: MarginGrid) -> int:
    return grid.table.n_subjects if grid.table is not None else 0


def _shares(
    grid: MarginGrid, others: Sequence[str], chosen: Mapping[str, NDArray[Any]], weights: str
) -> Array:
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
