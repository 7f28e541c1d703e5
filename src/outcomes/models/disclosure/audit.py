"""What a reader can find out: the smallest and the largest value that each withheld count can have."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, ModelError
from outcomes.models.disclosure.system import System

__all__ = ["limits", "possible", "range_of"]

Floats = NDArray[np.float64]
#: A solution of the solver is this near to the whole number that it means; its own tolerance is 1e-7.
WHOLE = 1e-6


def possible(
    system: System, hidden: Collection[str], names: Iterable[str] | None = None
) -> dict[str, tuple[int, int]]:
    """Return the smallest and largest value that each count can have for somebody who knows the rest.

    Parameters
    ----------
    system : System
        All counts and sums.
    hidden : collection of str
        Printed counts that are withheld. Their reader knows that they are at least 1, for a 0 is shown.
    names : iterable of str, optional
        Counts to look at; by default the withheld ones and those that are not printed.

    Returns
    -------
    dict of str to (int, int)
        Name -> smallest, largest.

    Raises
    ------
    ArgumentError
        For a name that is no count of the system.
    ModelError
        When the solver finds no limit.

    Notes
    -----
    Each limit is an integer programme: the count is made as small, then as large, as the shown counts and the
    sums allow, over whole numbers.

    References
    ----------
    Hundepool A, et al. Statistical Disclosure Control. Wiley, 2012, chapter 4. doi:10.1002/9781118348239

    Examples
    --------
    >>> from outcomes.models.disclosure import Cell
    >>> cells = {"all": Cell(20), "a": Cell(2), "b": Cell(6), "c": Cell(12)}
    >>> system = System(cells, [("all", ["a", "b", "c"])])
    >>> possible(system, {"a"}), possible(system, {"a", "b"})
    ({'a': (2, 2)}, {'a': (1, 7), 'b': (1, 7)})
    """
    asked = list(names) if names is not None else _unknown(system, hidden)
    strange = [name for name in asked if name not in system.cells]
    if strange:
        raise ArgumentError("names has a count that does not exist", got=repr(strange[0]))
    found: dict[str, tuple[int, int]] = {}
    for part in system.parts():
        found |= {name: range_of(part, hidden, name) for name in asked if name in part.cells}
    return {name: found[name] for name in asked}


def _unknown(system: System, hidden: Collection[str]) -> list[str]:
    return [name for name, cell in system.cells.items() if name in hidden or not cell.printed]


def limits(system: System, hidden: Collection[str]) -> tuple[Floats, Floats]:
    """Return the lowest and highest value of each count before any sum is used."""
    cells = system.cells
    largest = 1.0 + 2 * sum(cell.value for cell in cells.values())
    shown = np.array([cell.printed and name not in hidden for name, cell in cells.items()])
    value = np.array([float(cell.value) for cell in cells.values()])
    printed = np.array([float(cell.printed) for cell in cells.values()])
    return np.where(shown, value, printed), np.where(shown, value, largest)


def range_of(system: System, hidden: Collection[str], name: str) -> tuple[int, int]:
    """Return smallest and largest value of one count."""
    low, high = limits(system, hidden)
    place = list(system.cells).index(name)
    if low[place] == high[place]:
        return int(low[place]), int(high[place])
    if not system.sums:
        return int(low[place]), int(high[place])
    aim = np.zeros(len(low))
    aim[place] = 1.0
    sums = system.matrix()
    return tuple(round(_end(sign * aim, sums, low, high)[place]) for sign in (1.0, -1.0))


def _end(aim: Floats, sums: Floats, low: Floats, high: Floats) -> Floats:
    """Return a table of whole numbers that makes the aim smallest.

    The linear programme is quick, and its table is the answer when its numbers are whole, as for nested sums.
    """
    # a tenth of a second of every start otherwise
    from scipy.optimize import Bounds, LinearConstraint, linprog, milp

    none = np.zeros(len(sums))
    solved = linprog(aim, A_eq=sums, b_eq=none, bounds=np.column_stack([low, high]))
    if solved.success and np.allclose(solved.x, np.round(solved.x), rtol=0, atol=WHOLE):
        return np.asarray(np.round(solved.x))
    exact = LinearConstraint(sums, 0, 0)
    solved = milp(aim, constraints=exact, bounds=Bounds(low, high), integrality=np.ones(len(low)))
    if not solved.success:
        raise ModelError("the range of a withheld count could not be found", got=str(solved.message))
    return np.asarray(np.round(solved.x))
