"""Cross products without the levels and visits that nobody has: what a fit of rows drops too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from outcomes.models.mmrm.fixed_effects import PlainDesign
from outcomes.models.mmrm.formula import parse
from outcomes.models.mmrm.levels import Factor
from outcomes.models.mmrm.pattern_facts import PatternFacts
from outcomes.models.stats.kernels.moments import pack, unpack

if TYPE_CHECKING:
    from outcomes.models.mmrm.products import Products

__all__ = ["used_levels"]

Floats = NDArray[np.float64]
T = TypeVar("T")


def used_levels(sums: Products) -> Products:
    """Return the cross products without unused levels.

    Parts of a study declare every level that there can be. In the sum a level without a row would be a
    coefficient without data, and a visit without a row a variance without data.

    Parameters
    ----------
    sums : Products
        Of all parts together. Where the first level of a factor is unused, they are returned as they are:
        its columns are contrasts with that level.
    """
    visits = np.asarray(np.any([present for _, present in sums.counts], axis=0), dtype=np.bool_)
    together = sums.together
    cells = np.array(list(together.cells), dtype=np.intp).reshape(len(together.cells), -1)
    used = {
        name: np.isin(np.arange(len(levels)), cells[:, column])
        for column, (name, levels) in enumerate(sums.levels.items())
    }
    if visits.all() and all(kept.all() for kept in used.values()):
        return sums
    levels = {name: _where(sums.levels[name], kept) for name, kept in used.items()}
    before, after = _columns(sums, sums.levels), _columns(sums, levels)
    if not set(after) <= set(before):
        return sums
    kept = [before.index(name) for name in after]
    numbers = {name: np.cumsum(mask) - 1 for name, mask in used.items()}
    return replace(
        sums,
        levels=levels,
        visits=_where(sums.visits, visits),
        counts={(g, _where(seen, visits)): n for (g, seen), n in sums.counts.items()},
        sums={(g, _where(seen, visits)): _of_columns(v, kept, before) for (g, seen), v in sums.sums.items()},
        facts={
            (g, _where(seen, visits)): _renumbered(f, list(numbers.values()))
            for (g, seen), f in sums.facts.items()
        },
    )


def _where(values: Sequence[T], kept: NDArray[np.bool_]) -> tuple[T, ...]:
    return tuple(value for value, keep in zip(values, kept.tolist(), strict=True) if keep)


def _renumbered(facts: PatternFacts, numbers: Sequence[NDArray[np.intp]]) -> PatternFacts:
    """Return the facts with the codes of the levels that are left."""
    cells = {
        tuple(int(number[code]) for number, code in zip(numbers, cell, strict=True)): n
        for cell, n in facts.cells.items()
    }
    return replace(facts, cells=cells)


def _columns(sums: Products, levels: Mapping[str, tuple[str, ...]]) -> list[str]:
    none = np.zeros(0, dtype=np.intp)
    factors = {name: Factor(none, own) for name, own in levels.items()}
    numbers = {name: np.zeros(0) for name in sums.together.moments}
    return [str(name) for name in PlainDesign(sums.n_obs, parse(sums.formula).terms, factors, numbers).names]


def _of_columns(values: Floats, kept: list[int], before: list[str]) -> Floats:
    """Return packed sums of some columns of the design, the response last as before."""
    width = len(before) + 1
    rows = [*kept, width - 1]
    return pack(unpack(values, width)[..., rows, :][..., rows])
