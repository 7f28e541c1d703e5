"""From a laid-out table to the cross products that the kernels need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from outcomes.models.mmrm.basis import Basis
from outcomes.models.mmrm.fixed_effects import Design, PlainDesign
from outcomes.models.mmrm.patterns import Layout
from outcomes.models.mmrm.table_rows import Table
from outcomes.models.stats.kernels.moments import CrossProducts, Moments, Rows, pack

__all__ = ["Source", "cross_products", "pattern_sums"]

Array = NDArray[np.float64]

#: Rows of the design made at a time; small enough to stay below 100 MB with fifty columns.
BLOCK_ROWS = 200_000
#: Designs up to this many numbers are kept between passes instead of being made again.
KEEP_ENTRIES = 20_000_000
#: Packed cross products above this size (bytes) give way to the rows themselves.
MOMENT_BYTES = 250_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Rows (x, y), times the root of their weights, in the order of the layout, block by block.

    Parameters
    ----------
    table, design, layout
        The rows.
    kept : array or None
        The whole of the rows, when they are few enough to keep.
    shift : mapping
        What is taken from covariates far from zero.
    """

    table: Table
    design: Design
    layout: Layout
    kept: Array | None
    shift: Mapping[str, float]

    @classmethod
    def of(
        cls, table: Table, design: Design, layout: Layout, shift: Mapping[str, float] | None = None
    ) -> Source:
        """Return the source, with the rows kept when they are few."""
        source = cls(table, design, layout, None, shift or {})
        entries = len(table.response) * (len(design.names) + 1)
        if entries > KEEP_ENTRIES:
            return source
        return cls(table, design, layout, source.make(slice(0, len(table.response))), source.shift)

    def make(self, where: slice) -> Array:
        """Return rows of a stretch of the layout."""
        if self.kept is not None:
            return self.kept[where]
        index = self.layout.order[where]
        if self.shift and isinstance(self.design, PlainDesign):
            x = self.design.shifted_rows(index, self.shift)
        else:
            x = self.design.rows(index)
        rows = np.empty((len(index), x.shape[1] + 1))
        rows[:, :-1], rows[:, -1] = x, self.table.response[index]
        if self.table.weights is not None:
            rows *= np.sqrt(self.table.weights[index])[:, None]
        return rows

    def stretches(self) -> Iterator[tuple[int, int]]:
        """Yield first and last subject of blocks of whole subjects."""
        start, n = self.layout.subject_start, self.layout.n_subjects
        first = 0
        while first < n:
            last = int(np.searchsorted(start, start[first] + BLOCK_ROWS, side="right")) - 1
            last = max(last, first + 1)
            yield first, min(last, n)
            first = last

    def blocks(self) -> Iterator[Array]:
        """Yield rows (x, y) block by block."""
        if self.kept is not None:
            yield self.kept
            return
        for first, last in self.stretches():
            yield self.make(slice(*self.layout.subject_start[[first, last]]))


def cross_products(source: Source, basis: Basis) -> CrossProducts:
    """Return the cross products of all patterns, or the rows where those are smaller."""
    patterns, q = source.layout.patterns, len(basis.kept) + 1
    pairs = patterns.present.sum(1)
    size = int((pairs * (pairs + 1) // 2).sum()) * (q * (q + 1) // 2) * 8
    if size > MOMENT_BYTES:
        return _rows(source, basis, q)
    return _moments(source, basis, q)


def _moments(source: Source, basis: Basis, q: int) -> Moments:
    return Moments(source.layout.patterns, np.concatenate(_by_pattern(source, basis.apply, q)), q)


def pattern_sums(source: Source) -> list[Array]:
    """Return the packed cross products (pairs of visits, q (q + 1) / 2) of each pattern, rows as they are."""
    return _by_pattern(source, lambda rows: rows, len(source.design.names) + 1)


def _by_pattern(source: Source, change: Callable[[Array], Array], q: int) -> list[Array]:
    layout = source.layout
    patterns = layout.patterns
    width = patterns.present.sum(1)
    offset = np.concatenate([[0], np.cumsum(width * (width + 1) // 2)])
    values = np.zeros((offset[-1], q * (q + 1) // 2))
    for first, last in source.stretches():
        rows = change(source.make(slice(*layout.subject_start[[first, last]])))
        at = 0
        mine = layout.pattern[first:last]
        for p, n in zip(*np.unique(mine, return_counts=True), strict=True):
            end = at + n * width[p]
            values[offset[p] : offset[p + 1]] += _pattern_moments(rows[at:end], int(width[p]), q)
            at = end
    return [values[low:high] for low, high in pairwise(offset.tolist())]


def _pattern_moments(rows: Array, width: int, q: int) -> Array:
    """Return packed cross products of the pairs of visits of subjects with one pattern."""
    wide = rows.reshape(-1, width * q)
    gram = (wide.T @ wide).reshape(width, q, width, q)
    j, k = np.triu_indices(width)
    block = gram[j, :, k, :]
    block = block + np.swapaxes(block, 1, 2)
    block[j == k] *= 0.5
    return pack(block)


def _rows(source: Source, basis: Basis, q: int) -> Rows:
    layout = source.layout
    out = np.zeros((layout.n_subjects, layout.patterns.present.shape[1], q))
    size = np.diff(layout.subject_start)
    subject = np.repeat(np.arange(layout.n_subjects), size)
    for first, last in source.stretches():
        where = slice(*layout.subject_start[[first, last]])
        out[subject[where], layout.place[where]] = basis.apply(source.make(where))
    return Rows(layout.patterns, layout.pattern, out)
