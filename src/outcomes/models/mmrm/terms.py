"""What a term of the formula asks by itself: the rows of L of its Type II and Type III hypotheses.

A term *contains* another when it has all its factors and more, and the same covariates: ``arm:visit``
contains ``arm``, ``arm:baseline`` does not (SAS's rule, and R's). Both hypotheses say that the term adds
nothing to the terms that do not contain it: Type II in the data at hand, Type III in a balanced table of
the levels, where every cell counts the same. They differ from the test of the term's own coefficients, which
is about the first level of the factors that it meets in an interaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcomes.errors import ArgumentError
from outcomes.models.mmrm.formula import ParsedFormula
from outcomes.models.mmrm.margins import LARGEST_GRID, MarginGrid

__all__ = ["Term", "read_terms", "type_three", "type_two"]

Array = NDArray[np.float64]

#: A direction of a term that is left with less than this share after the other terms is determined by them.
DETERMINED = 1e-8
#: Coefficients of L below this share of their column's length are rounding.
ROUNDING = 1e-11
#: A column that leaves less than this share of itself beside the constant is constant.
LOST = 1e-13


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the formula.

    Parameters
    ----------
    name : str
        As the formula writes it; factors joined by colons.
    columns : tuple of int
        Its columns in the design.
    factors : frozenset of str
        Its categorical variables.
    covariates : frozenset of str
        Its other factors, as the formula writes them.
    """

    name: str
    columns: tuple[int, ...]
    factors: frozenset[str]
    covariates: frozenset[str]

    def contains(self, other: Term) -> bool:
        """Say whether this term has all factors of another and more, and the same covariates."""
        return self.factors > other.factors and self.covariates == other.covariates

    def meets(self, other: Term) -> bool:
        """Say whether another term is part of this one, over covariates too."""
        return self != other and self.factors >= other.factors and self.covariates >= other.covariates


def read_terms(
    parsed: ParsedFormula, columns: Mapping[str, tuple[int, ...]], levels: Iterable[str]
) -> list[Term]:
    """Return the terms with columns, the intercept too (a term without factors and covariates)."""
    categorical, out = frozenset(levels), []
    for written, (name, places) in zip(parsed.terms, columns.items(), strict=True):
        factors: frozenset[str] = frozenset()
        covariates = set()
        for expression in written:
            variables = parsed.factors[expression]
            if variables and variables <= categorical:
                factors |= variables
            else:
                covariates.add(expression)
        out.append(Term(name, places, factors, frozenset(covariates)))
    return out


def type_two(term: Term, terms: list[Term], root: Array, constant: Array | None) -> Array:
    """Return L (l, p) of the Type II hypothesis: the term beside all terms that do not contain it.

    Parameters
    ----------
    term, terms
        The term and all terms; their columns are those of `root`.
    root : array (n, p)
        The design, or any matrix with its cross products.
    constant : array (p,) or None
        Coefficients that give the constant one, when the columns can.
    """
    others = [c for t in terms if t != term and not t.contains(term) for c in t.columns]
    return _hypothesis(root, list(term.columns), others, constant)


def type_three(term: Term, terms: list[Term], grid: MarginGrid, points: Mapping[str, Array]) -> Array:
    """Return L (l, p) over all columns of the Type III hypothesis: every cell of the levels counts the same.

    Parameters
    ----------
    term, terms
        The term and all terms.
    grid : MarginGrid
        The design and its levels.
    points : mapping
        Values of each numeric variable at a few rows of the data: they span what the term's covariates do.
    """
    family = [t for t in terms if t.covariates == term.covariates]
    axes = sorted(frozenset().union(*(t.factors for t in family if t == term or t.contains(term))))
    x = _cells(grid, axes, points)
    columns = [c for t in family for c in t.columns]
    place = {column: i for i, column in enumerate(columns)}
    mine = [place[c] for c in term.columns]
    others = [place[c] for t in family if t != term and not t.contains(term) for c in t.columns]
    part = x[:, columns]
    constant: Array | None = None
    if term.factors and not term.covariates:
        found = np.asarray(np.linalg.lstsq(part, np.ones(len(part)), rcond=None)[0], dtype=np.float64)
        constant = found if np.abs(part @ found - 1.0).max() < 1e-9 else None
    rows = _hypothesis(part, mine, others, constant)
    out = np.zeros((len(rows), x.shape[1]))
    out[:, columns] = rows
    return out


def _cells(grid: MarginGrid, axes: list[str], points: Mapping[str, Array]) -> Array:
    """Return design rows of every cell of some factors, the others at their first level, at every point."""
    levels = grid.design.levels
    sizes = [len(levels[name]) for name in axes]
    n_points = max((len(values) for values in points.values()), default=1)
    if int(np.prod(sizes, dtype=object)) * n_points > LARGEST_GRID:
        raise ArgumentError("the grid of factor levels is too large", got=" x ".join(map(str, sizes)))
    mesh = np.meshgrid(*(np.arange(n) for n in [*sizes, n_points]), indexing="ij")
    at, total = mesh[-1].ravel(), mesh[-1].size
    codes = {name: np.zeros(total, dtype=np.intp) for name in levels}
    codes |= {name: part.ravel() for name, part in zip(axes, mesh, strict=False)}
    return grid.design.evaluate(codes, {name: values[at] for name, values in points.items()})


def _hypothesis(x: Array, mine: list[int], others: list[int], constant: Array | None) -> Array:
    """Return rows of L: what the columns `mine` add to `others` and the constant, orthonormal in x."""
    around = x
    if constant is not None:  # the constant goes first: beside it a date is a date's distance from the mean
        one = x @ constant / np.linalg.norm(x @ constant)
        around = x - np.outer(one, one @ x)
        around = around - np.outer(one, one @ around)
        around[:, np.linalg.norm(around, axis=0) <= LOST * np.linalg.norm(x, axis=0)] = 0.0
    size = np.linalg.norm(around, axis=0)
    scaled = around / np.where(size > 0, size, 1.0)
    basis = _span(scaled[:, others])
    left = scaled[:, mine] - basis @ (basis.T @ scaled[:, mine])
    rows = np.asarray(_span(left, DETERMINED).T @ around)
    rows[np.abs(rows) < ROUNDING * size] = 0.0
    return rows


def _span(x: Array, tolerance: float = 1e-10) -> Array:
    """Return an orthonormal basis of columns that have length one."""
    if x.shape[1] == 0:
        return np.zeros((len(x), 0))
    left, value, _ = np.linalg.svd(x, full_matrices=False)
    return np.asarray(left[:, value > tolerance])
