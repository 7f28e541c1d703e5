"""The design matrix: which columns the formula makes, for rows of the data and for any grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.models.mmrm.formula import ParsedFormula
from outcomes.models.mmrm.levels import Factor
from outcomes.models.mmrm.table_rows import Table
from outcomes.models.stats.materialise import materialise

__all__ = ["Design", "FormulaDesign", "PlainDesign", "make_design"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]
#: What a column is about: its cell of factors, and the covariates whose product it holds.
Key = tuple[frozenset[Any], frozenset[str]]

INTERCEPT = "Intercept"


class Design(Protocol):
    """What the fit and the marginal means ask of a design."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""

    @property
    def term_columns(self) -> Mapping[str, tuple[int, ...]]:
        """Term of the formula to positions of its columns."""

    @property
    def levels(self) -> Mapping[str, tuple[Any, ...]]:
        """Categorical variable to its levels."""

    @property
    def covariates(self) -> tuple[str, ...]:
        """Names of the numeric variables."""

    @property
    def linear(self) -> bool:
        """Whether every column is linear in each covariate."""

    def rows(self, where: Index | slice) -> Array:
        """Return design rows of the table's rows."""

    def evaluate(self, codes: Mapping[str, Index], numbers: Mapping[str, Array]) -> Array:
        """Return design rows for level codes and numbers of any points."""


@dataclass(frozen=True, slots=True, eq=False)
class PlainDesign:
    """Treatment-coded factors times numbers: every term holds its margins, all names are columns.

    A row is a row of the table of factor cells times the products of its numbers, so rows are made by
    one lookup.

    Parameters
    ----------
    n_rows : int
        Rows of the table.
    terms : tuple of tuple of str
        Terms in the order of the columns.
    factors : mapping of Factor
        Categorical variables with the codes of the rows.
    numbers : mapping of array
        Numeric variables.
    """

    n_rows: int
    terms: tuple[tuple[str, ...], ...]
    factors: Mapping[str, Factor]
    numbers: Mapping[str, Array]
    names: tuple[str, ...] = field(init=False)
    term_columns: Mapping[str, tuple[int, ...]] = field(init=False)
    _products: tuple[tuple[str, ...], ...] = field(init=False)
    _product_of: Index = field(init=False)

    def __post_init__(self) -> None:
        names: list[str] = []
        columns: dict[str, tuple[int, ...]] = {}
        products: list[tuple[str, ...]] = [()]
        product_of: list[int] = []
        for term in self.terms:
            mine = _term_names(term, self.factors)
            columns[":".join(term) or INTERCEPT] = tuple(range(len(names), len(names) + len(mine)))
            numeric = tuple(name for name in term if name in self.numbers)
            if numeric not in products:
                products.append(numeric)
            product_of += [products.index(numeric)] * len(mine)
            names += mine
        object.__setattr__(self, "names", tuple(names))
        object.__setattr__(self, "term_columns", columns)
        object.__setattr__(self, "_products", tuple(products))
        object.__setattr__(self, "_product_of", np.array(product_of, dtype=np.intp))

    @property
    def column_keys(self) -> list[Key]:
        """What each column is about: its factors with the position of their level, and its covariates."""
        out: list[Key] = []
        for term in self.terms:
            cells: list[frozenset[tuple[str, int]]] = [frozenset()]
            for name in (name for name in term if name in self.factors):
                levels = range(1, len(self.factors[name].levels))
                cells = [left | {(name, level)} for level in levels for left in cells]
            out += [(cell, frozenset(name for name in term if name in self.numbers)) for cell in cells]
        return out

    @property
    def levels(self) -> Mapping[str, tuple[Any, ...]]:
        """Categorical variable to its levels."""
        return {name: factor.levels for name, factor in self.factors.items()}

    @property
    def covariates(self) -> tuple[str, ...]:
        """Names of the numeric variables."""
        return tuple(self.numbers)

    @property
    def linear(self) -> bool:
        """Columns are products of covariates, each once."""
        return True

    def rows(self, where: Index | slice) -> Array:
        """Return design rows of the table's rows."""
        if not self.factors and not self.numbers:
            return np.ones((len(np.arange(self.n_rows)[where]), len(self.names)))
        return self.shifted_rows(where, {})

    def shifted_rows(self, where: Index | slice, shift: Mapping[str, float]) -> Array:
        """Return design rows of the table's rows, constants taken from some covariates."""
        codes = {name: factor.codes[where] for name, factor in self.factors.items()}
        numbers = {name: values[where] for name, values in self.numbers.items()}
        return self.evaluate(codes, numbers | {name: numbers[name] - c for name, c in shift.items()})

    def evaluate(self, codes: Mapping[str, Index], numbers: Mapping[str, Array]) -> Array:
        """Return design rows for level codes and numbers of any points."""
        n = _length(codes, numbers)
        cell, cells = _cells([codes[name] for name in self.factors], self._sizes(), n)
        out = self._cell_rows(cells)[cell]
        for i, product in enumerate(self._products):
            if i:
                value = np.prod([numbers[name] for name in product], axis=0)
                out[:, self._product_of == i] *= value[:, None]
        return out

    def _sizes(self) -> tuple[int, ...]:
        return tuple(len(factor.levels) for factor in self.factors.values())

    def _cell_rows(self, cells: Index) -> Array:
        """Return the factor part of the design, one row per cell; cells (n_cells, n_factors)."""
        place = {name: i for i, name in enumerate(self.factors)}
        blocks = []
        for term in self.terms:
            block = np.ones((len(cells), 1))
            for name in term:
                if name in place:
                    code = cells[:, place[name], None]
                    dummies = (code == np.arange(1, self._sizes()[place[name]])).astype(np.float64)
                    block = (dummies[:, :, None] * block[:, None, :]).reshape(len(cells), -1)
            blocks.append(block)
        return np.concatenate(blocks, axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class FormulaDesign:
    """A design that formulaic makes: expressions, own contrasts, terms without their margins.

    Parameters
    ----------
    matrix : array (n, p)
        Design of the table's rows.
    spec : ModelSpec
        What formulaic needs to make it again for other rows.
    levels : mapping
        Categorical variable to its levels.
    numbers : mapping of array
        Numeric variables, of the table's rows.
    """

    matrix: Array
    spec: Any
    levels: Mapping[str, tuple[Any, ...]]
    numbers: Mapping[str, Array]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self.spec.column_names)

    @property
    def term_columns(self) -> Mapping[str, tuple[int, ...]]:
        """Term of the formula to positions of its columns."""
        found = {str(term): tuple(range(s.start, s.stop)) for term, s in self.spec.term_slices.items()}
        return {INTERCEPT if term == "1" else term: columns for term, columns in found.items()}

    @property
    def covariates(self) -> tuple[str, ...]:
        """Names of the numeric variables."""
        return tuple(self.numbers)

    @property
    def linear(self) -> bool:
        """An expression may be of any shape."""
        return False

    def rows(self, where: Index | slice) -> Array:
        """Return design rows of the table's rows."""
        return self.matrix[where]

    def evaluate(self, codes: Mapping[str, Index], numbers: Mapping[str, Array]) -> Array:
        """Return design rows for level codes and numbers of any points."""
        n = _length(codes, numbers)
        return materialise(self.spec, _frame(self.levels, codes, numbers, n))[0]


def make_design(parsed: ParsedFormula, table: Table) -> Design:
    """Return the design of a formula on a table.

    Raises
    ------
    ArgumentError
        When the formula cannot be evaluated on these columns.
    """
    if parsed.plain and _has_margins(parsed.terms, table.factors):
        return PlainDesign(len(table.response), parsed.terms, table.factors, table.numbers)
    levels = {name: factor.levels for name, factor in table.factors.items()}
    codes = {name: factor.codes for name, factor in table.factors.items()}
    frame = _frame(levels, codes, table.numbers, len(table.response))
    matrix, spec = materialise(parsed.right, frame)
    return FormulaDesign(matrix, spec, levels, table.numbers)


def _has_margins(terms: tuple[tuple[str, ...], ...], factors: Mapping[str, Factor]) -> bool:
    """Say whether dropping any factor from a term gives a term of the formula, so all are reduced."""
    known = {frozenset(term) for term in terms}
    return all(frozenset(term) - {name} in known for term in terms for name in term if name in factors)


def _term_names(term: tuple[str, ...], factors: Mapping[str, Factor]) -> list[str]:
    names = [""]
    for name in term:
        parts = [f"{name}[T.{label}]" for label in factors[name].labels[1:]] if name in factors else [name]
        names = [f"{left}:{part}" if left else part for part in parts for left in names]
    return names if term else [INTERCEPT]


def _length(codes: Mapping[str, Index], numbers: Mapping[str, Array]) -> int:
    for values in (*codes.values(), *numbers.values()):
        return len(values)
    return 1


def _cells(codes: list[Index], sizes: tuple[int, ...], n: int) -> tuple[Index, Index]:
    """Return the cell of each row, and the codes of each cell."""
    if not codes:
        return np.zeros(n, dtype=np.intp), np.zeros((1, 0), dtype=np.intp)
    total = int(np.prod(sizes, dtype=object))
    if total <= max(256, n // 4):
        key = np.ravel_multi_index(tuple(codes), sizes)
        return key, np.stack(np.unravel_index(np.arange(total), sizes), axis=1)
    stacked = np.stack(codes, axis=1)
    cells, key = np.unique(stacked, axis=0, return_inverse=True)
    return key.reshape(-1), cells


def _frame(
    levels: Mapping[str, tuple[Any, ...]],
    codes: Mapping[str, Index],
    numbers: Mapping[str, Array],
    n: int,
) -> pd.DataFrame:
    columns: dict[str, Any] = {
        name: pd.Categorical.from_codes(codes[name], [*map(_plain_level, levels[name])]) for name in levels
    }
    return pd.DataFrame(columns | dict(numbers), index=pd.RangeIndex(n))


def _plain_level(level: Any) -> Any:
    from outcomes.models.mmrm.levels import level_label

    return level if isinstance(level, (str, int)) else level_label(level)
