"""Cross products of the rows, by pattern: all that the likelihood and its derivatives need of the data.

A *pattern* is one set of visits that subjects have, in one covariance group. Subjects of a pattern
share the covariance matrix of their rows, so with rows ``z = (x, y)`` and visits j, k of the pattern
the data enter only through ``A[j, k] = sum_i z_ij z_ik'``. Two representations answer the same three
questions: `Moments` holds the A's (its cost does not depend on the number of subjects and two of them
add up), `Rows` holds the rows (smaller when almost every subject has a pattern of its own).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CrossProducts",
    "Moments",
    "PatternSet",
    "Rows",
    "pack",
    "packed_weights",
    "unpack",
    "upper_triangle",
]

Array = NDArray[np.float64]
Index = NDArray[np.intp]


@lru_cache(maxsize=64)
def _triangle(q: int) -> tuple[Index, Index, Array]:
    """Row and column of each packed entry, and how often a symmetric matrix holds it (1 or 2)."""
    row, col = np.triu_indices(q)
    return row, col, np.where(row == col, 1.0, 2.0)


def upper_triangle(q: int) -> tuple[Index, Index]:
    """Return row and column of the upper triangle of a (q, q) matrix, row by row."""
    return _triangle(q)[:2]


def pack(matrix: Array) -> Array:
    """Return the upper triangle of symmetric matrices (..., q, q) as (..., q (q + 1) / 2)."""
    row, col, _ = _triangle(matrix.shape[-1])
    return matrix[..., row, col]


def unpack(packed: Array, q: int) -> Array:
    """Return symmetric matrices (..., q, q) from their packed upper triangles."""
    row, col, _ = _triangle(q)
    full = np.empty((*packed.shape[:-1], q, q))
    full[..., row, col] = packed
    full[..., col, row] = packed
    return full


def packed_weights(matrix: Array) -> Array:
    """Return v with ``v @ pack(A) == trace(matrix @ A)`` for symmetric matrix and A."""
    row, col, count = _triangle(matrix.shape[-1])
    return matrix[row, col] * count


@dataclass(frozen=True, slots=True, eq=False)
class PatternSet:
    """Which visits each pattern has, and how many subjects have the pattern.

    Parameters
    ----------
    present : bool array (P, M)
        Which of the M places (visits, or places in the subject's own sequence) a pattern fills.
    count : float array (P,)
        Subjects of each pattern.
    group : int array (P,)
        Covariance group of each pattern.
    """

    present: NDArray[np.bool_]
    count: Array
    group: Index
    _pairs: tuple[Index, Index, Index] = field(init=False)

    def __post_init__(self) -> None:
        j, k = upper_triangle(self.present.shape[1])
        pattern, pair = np.nonzero(self.present[:, j] & self.present[:, k])
        object.__setattr__(self, "_pairs", (pattern, j[pair], k[pair]))

    def pairs(self) -> tuple[Index, Index, Index]:
        """Return pattern, first and second place of every pair j <= k of visits, pattern by pattern."""
        return self._pairs


class CrossProducts(Protocol):
    """The three questions that the kernels ask of the data."""

    @property
    def patterns(self) -> PatternSet:
        """The patterns."""

    @property
    def q(self) -> int:
        """Length of a row z."""

    def total(self, weights: Array) -> Array:
        """Return ``sum_p sum_jk weights[..., p, j, k] A_p[j, k]`` as (..., q, q); weights symmetric."""

    def gram(self, matrix: Array) -> Array:
        """Return ``trace(matrix A_p[j, k])`` as (P, M, M), zero where a pattern lacks a visit."""

    def pieces(self, factor: Array, group: int) -> Array:
        """Return ``sum_p F_p (e_a e_b' + e_b e_a') F_p' : A_p`` (half of it for a = b) of one group.

        One matrix for each a <= b: (M (M + 1) / 2, q, q). With F = W it is minus the derivative of
        ``total(W)`` to the covariance of places a and b.
        """


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Packed cross products of each pair of visits of each pattern.

    Parameters
    ----------
    patterns : PatternSet
        The patterns.
    values : array (pairs, q (q + 1) / 2)
        Row of a pair j < k: ``A[j, k] + A[j, k]'``; of a pair j = j: ``A[j, j]``; both packed.
    q : int
        Length of a row z.
    """

    patterns: PatternSet
    values: Array
    q: int

    def total(self, weights: Array) -> Array:
        """See `CrossProducts.total`."""
        pattern, j, k = self.patterns.pairs()
        return unpack(weights[..., pattern, j, k] @ self.values, self.q)

    def gram(self, matrix: Array) -> Array:
        """See `CrossProducts.gram`."""
        pattern, j, k = self.patterns.pairs()
        value = self.values @ packed_weights(matrix)
        value[j != k] *= 0.5
        count, places = self.patterns.present.shape
        out = np.zeros((count, places, places))
        out[pattern, j, k] = value
        out[pattern, k, j] = value
        return out

    def pieces(self, factor: Array, group: int) -> Array:
        """See `CrossProducts.pieces`."""
        pattern, j, k = self.patterns.pairs()
        mine = self.patterns.group[pattern] == group
        values = self.values if mine.all() else self.values[mine]
        pattern, j, k = pattern[mine], j[mine], k[mine]
        a, b = upper_triangle(factor.shape[1])
        to_j, to_k = factor[pattern, j].T, factor[pattern, k].T
        # One weight for A[j, k] + A[k, j]: the mean over the order of (j, k) and, off the
        # diagonal of the covariance, the sum over the order of (a, b).
        weights = to_j[a] * to_k[b] + to_k[a] * to_j[b]
        weights[a == b] *= 0.5
        return unpack(weights @ values, self.q)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows themselves, one block a subject, zero where a visit is missing.

    Parameters
    ----------
    patterns : PatternSet
        The patterns.
    pattern : int array (n,)
        Pattern of each subject, ascending.
    rows : array (n, M, q)
        Rows z of each subject.
    """

    patterns: PatternSet
    pattern: Index
    rows: Array

    @property
    def q(self) -> int:
        """Length of a row z."""
        return int(self.rows.shape[2])

    def total(self, weights: Array) -> Array:
        """See `CrossProducts.total`."""
        flat = self.rows.reshape(-1, self.q)
        stack = weights.reshape(-1, *weights.shape[-3:])
        out = [flat.T @ (w[self.pattern] @ self.rows).reshape(flat.shape) for w in stack]
        full = np.array(out).reshape(*weights.shape[:-3], self.q, self.q)
        return np.asarray(0.5 * (full + np.swapaxes(full, -1, -2)))

    def gram(self, matrix: Array) -> Array:
        """See `CrossProducts.gram`."""
        each = (self.rows @ matrix) @ np.swapaxes(self.rows, 1, 2)
        starts = np.searchsorted(self.pattern, np.arange(len(self.patterns.count)))
        out = np.add.reduceat(each, starts, axis=0)
        return np.asarray(0.5 * (out + np.swapaxes(out, 1, 2)))

    def pieces(self, factor: Array, group: int) -> Array:
        """See `CrossProducts.pieces`."""
        mine = self.patterns.group[self.pattern] == group
        places = factor.shape[1]
        scaled = (np.swapaxes(factor, 1, 2)[self.pattern[mine]] @ self.rows[mine]).reshape(
            -1, places * self.q
        )
        full = (scaled.T @ scaled).reshape(places, self.q, places, self.q)
        a, b = upper_triangle(places)
        block = full[a, :, b, :]
        block = block + np.swapaxes(block, 1, 2)
        block[a == b] *= 0.5
        return np.asarray(block)
