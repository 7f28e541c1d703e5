"""Which columns of the design can be estimated, and a well-conditioned basis of them.

The cross products are made for ``x* = G'x`` and ``y* = y - x'b0``, with b0 the least squares estimate
and ``G = R^-1`` from the Cholesky factor of X'X. This changes no result and keeps all digits when a
covariate has a mean far from zero or the response a large level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["Basis", "find_basis"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]
#: Gives the rows (x, y) in blocks, each time from the start.
Blocks = Callable[[], Iterator[Array]]

#: A column is aliased when less than this share of its length is left after the columns before it:
#: the bound of R's qr(), so that the same columns are dropped.
ALIAS_TOLERANCE = 1e-7
#: Below this share (squared) the cross products cannot decide and the rows are asked.
UNSURE = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """Estimable columns and the change of basis.

    Parameters
    ----------
    kept : int array (p,)
        Columns that are estimated.
    aliased : int array
        Columns that the kept ones determine.
    alias_of : array (p, aliased)
        The aliased columns as combinations of the kept ones.
    transform : array (p, p)
        G: design in the basis = kept design times G.
    log_det : float
        log|det G^-1|.
    offset : array (p,)
        Least squares coefficients b0 of the kept columns.
    of_rows : (array, array) or None
        G and b0 for rows whose covariates far from zero were shifted, when they are others.
    """

    kept: Index
    aliased: Index
    alias_of: Array
    transform: Array
    log_det: float
    offset: Array
    of_rows: tuple[Array, Array] | None = None

    def apply(self, rows: Array) -> Array:
        """Return rows (x*, y*) of rows (x, y) with all columns."""
        out = np.empty((len(rows), len(self.kept) + 1))
        x = rows[:, :-1] if len(self.aliased) == 0 else rows[:, self.kept]
        transform, offset = self.of_rows or (self.transform, self.offset)
        np.matmul(x, transform, out=out[:, :-1])
        np.subtract(rows[:, -1], x @ offset, out=out[:, -1])
        return out

    def seen_from(self, shift: Array) -> Basis:
        """Return the basis of the columns as they are; it was found with these times `shift`.

        With S the inverse of `shift`, K the kept and D the aliased columns and A their combination, the
        plain kept columns are the shifted kept ones times ``M = S[K, K] + A S[D, K]``.
        """
        back, kept, gone = np.linalg.inv(shift), self.kept, self.aliased
        m = back[np.ix_(kept, kept)] + self.alias_of @ back[np.ix_(gone, kept)]
        inverse = np.asarray(np.linalg.inv(m))
        alias = back[np.ix_(kept, gone)] + self.alias_of @ back[np.ix_(gone, gone)]
        return replace(
            self,
            alias_of=inverse @ alias,
            transform=inverse @ self.transform,
            log_det=self.log_det + float(np.linalg.slogdet(m)[1]),
            offset=inverse @ self.offset,
            of_rows=(self.transform, self.offset),
        )


def find_basis(blocks: Blocks) -> Basis:
    """Find the basis from one pass over the rows, and more when columns are nearly collinear."""
    gram = _gram(blocks)
    p = len(gram) - 1
    kept: list[int] = []
    aliased: list[int] = []
    factor = np.zeros((p, p))  # R, column by column of the kept ones
    for column in range(p):
        k = len(kept)
        above = _forward(factor[:k, :k], gram[kept, column])
        left = gram[column, column] - above @ above
        share = left / gram[column, column] if gram[column, column] > 0 else 0.0
        if share < UNSURE and share > -UNSURE and gram[column, column] > 0:
            left = _residual(blocks, kept, column, factor[:k, :k], above)
            share = left / gram[column, column]
        if share <= ALIAS_TOLERANCE**2:
            aliased.append(column)
            continue
        factor[:k, k], factor[k, k] = above, np.sqrt(left)
        kept.append(column)
    return _assemble(gram, factor[: len(kept), : len(kept)], kept, aliased)


def _assemble(gram: Array, factor: Array, kept: list[int], aliased: list[int]) -> Basis:
    transform: Array = np.asarray(np.linalg.inv(factor), dtype=np.float64)
    offset = transform @ (transform.T @ gram[kept, -1])
    alias_of = transform @ (transform.T @ gram[np.ix_(kept, aliased)])
    return Basis(
        kept=np.array(kept, dtype=np.intp),
        aliased=np.array(aliased, dtype=np.intp),
        alias_of=alias_of,
        transform=transform,
        log_det=float(np.log(np.diag(factor)).sum()),
        offset=offset,
    )


def _gram(blocks: Blocks) -> Array:
    total: Array | float = 0.0
    for rows in blocks():
        total = total + rows.T @ rows
    return np.asarray(total)


def _forward(upper: Array, right: Array) -> Array:
    """Solve R'a = right for upper triangular R."""
    return np.asarray(np.linalg.solve(upper.T, right), dtype=np.float64) if len(right) else right


def _residual(blocks: Blocks, kept: list[int], column: int, factor: Array, above: Array) -> float:
    """Return the squared length of a column after the kept ones, from the rows, corrected once."""
    coefficients = np.linalg.solve(factor, above) if kept else above
    rest = np.zeros(len(kept))
    for rows in blocks():
        rest += rows[:, kept].T @ (rows[:, column] - rows[:, kept] @ coefficients)
    if kept:
        coefficients = coefficients + np.linalg.solve(factor, _forward(factor, rest))
    length = 0.0
    for rows in blocks():
        left = rows[:, column] - rows[:, kept] @ coefficients
        length += float(left @ left)
    return length
