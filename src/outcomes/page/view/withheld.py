"""A number that is not shown, as a value of its own kind: it says so wherever it is written."""

from __future__ import annotations

from dataclasses import dataclass

from outcomes.tables.description import WITHHELD
from outcomes.tables.numbers import EMPTY

__all__ = ["Withheld", "shown_count"]


@dataclass(frozen=True, slots=True)
class Withheld:
    """Stands where a number would; it is no number, so nothing can be calculated with it by mistake.

    Parameters
    ----------
    reason : str
        Why it is not shown, in words without a count.

    Examples
    --------
    >>> f"sessions: {Withheld('of few patients')}"
    'sessions: withheld'
    """

    reason: str

    def __str__(self) -> str:
        return WITHHELD


def shown_count(value: int | Withheld | None, word: str, plural: str | None = None) -> str:
    """Write a count with its noun; one that is withheld says so.

    Examples
    --------
    >>> shown_count(2, "session"), shown_count(Withheld("of few patients"), "session")
    ('2 sessions', 'sessions: withheld')
    """
    several = plural or f"{word}s"
    if value is None:
        return f"{several}: {EMPTY}"
    if isinstance(value, Withheld):
        return f"{several}: {value}"
    return f"{value:,} {word if value == 1 else several}"
