"""Whom a report is for: the clinic sees all, readers outside see nothing about few people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from outcomes.errors import ArgumentError, instance_of, one_of

__all__ = ["AUDIENCES", "CLINIC", "Readers", "readers_of"]

AUDIENCES = ("external", "clinic")
LEAST = 3


@dataclass(frozen=True, slots=True)
class Readers:
    """Whom a report is for.

    Parameters
    ----------
    audience : {"external", "clinic"}
        external: readers outside the clinic.
    smallest_count : int, people
        The smallest count that readers outside see, apart from 0.
    """

    audience: str = "external"
    smallest_count: int = 5

    def __post_init__(self) -> None:
        instance_of("smallest_count", self.smallest_count, int, hint=f"a number of people, at least {LEAST}")
        if self.smallest_count < LEAST:
            raise ArgumentError(
                "smallest_count protects nobody", got=str(self.smallest_count), allowed=f">= {LEAST}"
            )

    @property
    def inside(self) -> bool:
        """Whether everything may be shown."""
        return self.audience == "clinic"

    def facts(self) -> dict[str, Any]:
        """Return what the manifest says about it."""
        if self.inside:
            return {"audience": self.audience}
        return {
            "audience": self.audience,
            "smallest_count": self.smallest_count,
            "smallest_group": 2 * self.smallest_count,
            "reason": "small counts of people, and any number that would reveal them, are withheld",
        }


#: Everything is shown.
CLINIC = Readers("clinic")


def readers_of(
    reporting: Mapping[str, Any], asked: str | None = None, smallest_count: int | None = None
) -> Readers:
    """Return the readers that [report] of study.toml names, or those that were asked for."""
    audience = reporting["audience"] if asked is None else one_of("audience", asked, AUDIENCES)
    return Readers(audience, reporting["smallest_count"] if smallest_count is None else smallest_count)
