"""Which further counts must be withheld, so that no small one can be calculated from the rest."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from outcomes.errors import ArgumentError, ModelError
from outcomes.models.disclosure.audit import limits, range_of
from outcomes.models.disclosure.system import System

__all__ = ["LIMIT", "protect"]

#: Counts of 1 to 4 are withheld.
LIMIT = 5
#: The smallest limit that protects anything: with 2 a reader could tell a 1 from nobody at best.
LEAST = 3
#: A count that is withheld for another may be this many limits from the truth.
FAR = (2, 20, 2000)


def protect(system: System, *, limit: int = LIMIT) -> frozenset[str]:
    """Return the printed counts to withhold: the small ones, and as few others as keep them unknown.

    Parameters
    ----------
    system : System
        All counts and sums of what is published together.
    limit : int, people
        Counts from 1 to ``limit - 1`` are withheld; 0 is shown.

    Returns
    -------
    frozenset of str
        Names of the counts to withhold.

    Raises
    ------
    ArgumentError
        For a limit below 3.
    ModelError
        When the counts cannot be protected: then nothing of this may be published.

    Notes
    -----
    A small count is protected when the whole numbers that it can be, given all that is shown and every sum,
    span at least `limit` values. For each small count that is not yet protected an integer programme chooses
    the least loss: two tables that agree with all that is shown and in which the count differs by
    ``limit - 1``, with a yes or no for each count whether the tables may differ there. In the end every small
    count is audited as `possible` does; the programme is that of Fischetti and Salazar with one constraint
    for both ends.

    References
    ----------
    Fischetti M, Salazar JJ. Solving the cell suppression problem on tabular data with linear constraints.
    Management Science 2001;47:1008-1027. doi:10.1287/mnsc.47.7.1008.9805

    Examples
    --------
    >>> from outcomes.models.disclosure import Cell
    >>> cells = {"all": Cell(40, weight=9), "a": Cell(2), "b": Cell(8), "c": Cell(30, weight=3)}
    >>> sorted(protect(System(cells, [("all", ["a", "b", "c"])])))
    ['a', 'b']
    """
    if limit < LEAST:
        raise ArgumentError(
            "the limit is too small to protect anybody", got=str(limit), allowed=f">= {LEAST}"
        )
    hidden: set[str] = set()
    for part in system.parts():
        hidden |= _protect_part(part, limit)
    return frozenset(hidden)


def _protect_part(system: System, limit: int) -> set[str]:
    sensitive = sorted(system.sensitive(limit), key=lambda name: (-system.cells[name].value, name))
    hidden = set(system.hideable(sensitive))
    known = [name for name in hidden if not np.isfinite(system.cells[name].weight)]
    if known:
        raise ModelError("a small count is known anyway", got=f"{len(known)} of {len(system.cells)} counts")
    for name in sensitive:
        if not _safe(system, hidden, name, limit):
            hidden |= _more(system, hidden, name, limit)
    # what protects one count cannot uncover another: more is withheld, never less
    unsafe = [name for name in sensitive if not _safe(system, hidden, name, limit)]
    if unsafe:
        raise ModelError("small counts cannot be protected", got=f"{len(unsafe)} of {len(system.cells)}")
    return hidden


def _safe(system: System, hidden: Collection[str], name: str, limit: int) -> bool:
    low, high = range_of(system, hidden, name)
    return high - low >= limit - 1


def _more(system: System, hidden: Collection[str], name: str, limit: int) -> set[str]:
    """Return the further counts to withhold; tables near the truth are tried first, for the solver's sake."""
    for whole in (False, True):
        for far in FAR:
            found = _least_loss(system, hidden, name, limit, far=far, whole=whole)
            # tables of whole numbers take the solver longer, and are seldom needed
            if found is not None and _safe(system, {*hidden, *found}, name, limit):
                return found
    raise ModelError("small counts cannot be protected", got=f"one of {len(system.cells)} counts")


def _least_loss(
    system: System, hidden: Collection[str], name: str, limit: int, *, far: int, whole: bool
) -> set[str] | None:
    """Return the further counts with the least weight that keep one count unknown.

    The programme is over (x, z, y): two tables x and z of the same sums, and y = 1 where they may differ
    from the truth.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp  # a tenth of a second of every start otherwise

    cells = system.cells
    size, place = len(cells), list(cells).index(name)
    low, high = limits(system, hidden)
    free = np.array([_may_go(cell.value, cell.printed, cell.weight) for cell in cells.values()])
    shown = low == high
    reach = np.where(shown & free, float(far * limit), 0.0)
    sums, none = system.matrix(), np.zeros((len(system.sums), size))
    one, nothing = np.eye(size), np.zeros((size, size))
    where = np.zeros(3 * size)
    where[place], where[size + place] = 1.0, -1.0
    rules = [
        LinearConstraint(np.hstack([sums, none, none]), 0, 0),
        LinearConstraint(np.hstack([none, sums, none]), 0, 0),
        LinearConstraint(where[None, :], limit - 1, np.inf),
    ]
    stays = np.flatnonzero(shown)
    for first, second in ((one, nothing), (nothing, one)):
        for sign in (1.0, -1.0):
            rows = np.hstack([sign * first, sign * second, -np.diag(reach)])[stays]
            rules.append(LinearConstraint(rows, -np.inf, (sign * low)[stays]))
    least = np.where(shown & free, 1.0, low)
    most = np.where(shown & free, np.maximum(high, low + reach), high)
    # of two that cost the same, the smaller count goes
    everybody = 1.0 + sum(cell.value for cell in cells.values())
    weights = np.array(
        [
            cell.weight * (1 + cell.value / everybody) if np.isfinite(cell.weight) else 0.0
            for cell in cells.values()
        ]
    )
    loss = np.concatenate([np.zeros(2 * size), np.where(shown & free, weights, 0.0)])
    bounds = Bounds(
        np.concatenate([least, least, np.zeros(size)]),
        np.concatenate([most, most, (shown & free).astype(float)]),
    )
    whole_numbers = np.concatenate([np.full(2 * size, float(whole)), np.ones(size)])
    solved = milp(loss, constraints=rules, bounds=bounds, integrality=whole_numbers)
    if not solved.success:
        return None
    chosen = np.flatnonzero(np.round(solved.x[2 * size :]) > 0)
    names = list(cells)
    return {names[number] for number in chosen}


def _may_go(value: int, printed: bool, weight: float) -> bool:
    """Return whether a count may be withheld for another: a 0 is shown, so nobody would believe it."""
    return printed and value > 0 and bool(np.isfinite(weight))
