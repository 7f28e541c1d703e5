"""What a view tells in one piece: how complete the diaries are, who got better and worse, a spread."""

from __future__ import annotations

from dataclasses import dataclass

from outcomes.page.view.withheld import Withheld

__all__ = ["Completeness", "Directions", "Spread"]


@dataclass(frozen=True, slots=True)
class Completeness:
    """Days recorded, of those that could have been, in the baseline and the periods that have begun."""

    percent: float
    recorded: int | Withheld
    possible: int | Withheld


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and quartiles of a measurement, and of how many it is known."""

    label: str
    quartiles: tuple[float, float, float] | Withheld
    known: int | Withheld
    digits: int = 1


@dataclass(frozen=True, slots=True)
class Directions:
    """Patients of the first period whose value fell, stayed the same and rose, and their median change.

    `without` are treated patients without a value in that period or in the baseline.
    """

    period: str
    better: int | Withheld
    same: int | Withheld
    worse: int | Withheld
    without: int | Withheld
    median: float | Withheld

    @property
    def counts(self) -> dict[str, int | Withheld]:
        """Group -> patients, in the order of the bar."""
        return {"better": self.better, "same": self.same, "worse": self.worse, "no value": self.without}
