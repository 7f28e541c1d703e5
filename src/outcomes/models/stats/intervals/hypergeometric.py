"""Limits of the odds ratio in the non-central hypergeometric distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from outcomes.models.stats.intervals.arguments import normal_quantile
from outcomes.models.stats.intervals.roots import LOG_BRACKET, bisect

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["conditional_lower", "half_width"]

#: Terms (tables times support points) that are held at once: 2 million floats are 16 MB.
BLOCK = 2_000_000
#: Standard deviations beyond the limit that the window keeps on each side: 12 leave less than 1e-30.
SPARE = 12.0


def conditional_lower(x1: Floats, n1: Floats, x2: Floats, n2: Floats, level: float) -> Floats:
    """Return psi with P(X >= x1 | psi) = (1 - level) / 2, for tables where that has a solution.

    Tables of like size are solved together; equal tables once.
    """
    shape = np.shape(x1)
    tables = np.stack([np.ravel(part) for part in (x1, n1, x2, n2)], axis=1)
    unique, back = np.unique(tables, axis=0, return_inverse=True)
    width = half_width(unique, level)
    order = np.argsort(width, kind="stable")
    found = np.empty(len(unique))
    start = 0
    while start < len(order):
        stop = _block_end(width[order], start)
        rows = order[start:stop]
        found[rows] = _solve(unique[rows], int(width[rows].max()), level)
        start = stop
    return found[back.ravel()].reshape(shape)


def half_width(tables: Floats, level: float) -> NDArray[np.int64]:
    """Return how far from x1 the support matters: all of it, or a window of a large one."""
    x1, n1, x2, n2 = tables.T
    z = normal_quantile(level)
    cells = np.stack([x1, n1 - x1, x2, n2 - x2]) + z**2 + 1
    spread = 1 / np.sqrt((1 / cells).sum(axis=0))
    window = np.ceil(3 * (z + SPARE) * spread + z**2 + 50)
    support = np.minimum(n1, x1 + x2) - np.maximum(0, x1 + x2 - n2)
    return np.asarray(np.minimum(window, support), dtype=np.int64)


def _block_end(width: NDArray[np.int64], start: int) -> int:
    """Return the end of the longest run from `start` whose padded terms fit into one block."""
    terms = (2 * width[start:] + 1) * np.arange(1, len(width) - start + 1)
    return start + max(1, int(np.searchsorted(terms, BLOCK, side="right")))


def _log_weights(tables: Floats, half: int) -> Floats:
    """Return log P(X = x1 + j) - log P(X = x1) at psi = 1 for j = -half .. half; -inf off the support."""
    x1, n1, x2, n2 = (part[:, None] for part in tables.T)
    j = np.arange(half, dtype=np.float64)
    up = (n1 - x1 - j) * (x2 - j)
    up_by = (x1 + j + 1) * (n2 - x2 + j + 1)
    down = (x1 - j) * (n2 - x2 - j)
    down_by = (n1 - x1 + j + 1) * (x2 + j + 1)
    # The first factor below zero ends the support; what follows stays at minus infinity.
    rising = _log_steps(up, up_by, (n1 - x1 > j) & (x2 > j))
    falling = _log_steps(down, down_by, (x1 > j) & (n2 - x2 > j))
    return np.concatenate([falling[:, ::-1], np.zeros((len(tables), 1)), rising], axis=1)


def _log_steps(numerator: Floats, denominator: Floats, inside: NDArray[np.bool_]) -> Floats:
    ratio = np.where(inside, numerator, 1.0) / denominator
    return np.where(inside, np.cumsum(np.log(ratio), axis=1), -np.inf)


def _solve(tables: Floats, half: int, level: float) -> Floats:
    weights = _log_weights(tables, half)
    j = np.arange(-half, half + 1, dtype=np.float64)
    tail = (1 - level) / 2

    def too_low(log_psi: Floats) -> NDArray[np.bool_]:
        terms = weights + j * log_psi[:, None]
        terms = np.exp(terms - terms.max(axis=1, keepdims=True))
        return np.asarray(terms[:, half:].sum(axis=1) < tail * terms.sum(axis=1))

    edge = np.full(len(tables), LOG_BRACKET)
    return np.exp(bisect(too_low, -edge, edge))
