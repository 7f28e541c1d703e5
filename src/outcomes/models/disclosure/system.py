"""The counts of a page and the sums between them: what somebody who reads it can calculate with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from outcomes.errors import ArgumentError

__all__ = ["Cell", "System"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A count.

    Parameters
    ----------
    value : int
        How many: patients, sessions.
    printed : bool
        A page would print it; what is not printed can still be calculated, such as those who are left over.
    few : bool, optional
        It says something about few people although it is not small, such as many sessions of three patients.
    slack : bool
        It only says that one count is not larger than another, and needs no protection.
    weight : float
        How much the page loses without it; infinite: it is known anyway and cannot be withheld.
    """

    value: int
    printed: bool = True
    few: bool = False
    slack: bool = False
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class System:
    """Counts by name, and which of them are the sums of others.

    Parameters
    ----------
    cells : mapping of str to Cell
        All counts, those that can only be calculated among them.
    sums : sequence of (str, sequence of str)
        Total and its parts: the total is the sum of the parts.

    Raises
    ------
    ArgumentError
        For an unknown name, a count below 0, or a sum that does not hold.

    Examples
    --------
    >>> cells = {"all": Cell(60), "women": Cell(48), "men": Cell(12)}
    >>> System(cells, [("all", ["women", "men"])]).sensitive(5)
    []
    """

    cells: Mapping[str, Cell]
    sums: Sequence[tuple[str, Sequence[str]]] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        for name, cell in self.cells.items():
            if cell.value < 0:
                raise ArgumentError("a count is below 0", got=name)
        for total, parts in self.sums:
            unknown = [name for name in (total, *parts) if name not in self.cells]
            if unknown:
                raise ArgumentError("a sum names a count that does not exist", got=unknown[0])
            if self.cells[total].value != sum(self.cells[name].value for name in parts):
                raise ArgumentError("a total is not the sum of its parts", got=total)

    def sensitive(self, limit: int) -> list[str]:
        """Return the names of the counts about few people: 1 to limit - 1, or marked so."""
        return [
            name
            for name, cell in self.cells.items()
            if not cell.slack and (cell.few or 0 < cell.value < limit)
        ]

    def parts(self) -> list[System]:
        """Return the systems that have nothing to do with each other: each is solved by itself."""
        names = list(self.cells)
        place = {name: number for number, name in enumerate(names)}
        pairs = [(place[total], place[part]) for total, parts in self.sums for part in parts]
        graph = sparse.coo_array(
            (np.ones(len(pairs)), tuple(zip(*pairs, strict=True)) or ((), ())), shape=(len(names),) * 2
        )
        found, labels = sparse.csgraph.connected_components(graph, directed=False)
        cells: list[dict[str, Cell]] = [{} for _ in range(found)]
        for name, label in zip(names, labels, strict=True):
            cells[label][name] = self.cells[name]
        return [System(own, [item for item in self.sums if item[0] in own]) for own in cells]

    def matrix(self) -> NDArray[np.float64]:
        """Return one row per sum: +1 for each part, -1 for the total."""
        place = {name: number for number, name in enumerate(self.cells)}
        rows = np.zeros((len(self.sums), len(self.cells)))
        for number, (total, parts) in enumerate(self.sums):
            rows[number, place[total]] -= 1
            for part in parts:
                rows[number, place[part]] += 1
        return rows

    def hideable(self, names: Iterable[str]) -> list[str]:
        """Return those of the names that are printed."""
        return [name for name in names if self.cells[name].printed]
