"""Keywords that several functions take, stated once in a TypedDict, are checked once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outcomes.errors import ArgumentError, suggest

__all__ = ["check_keywords"]


def check_keywords(given: Mapping[str, Any], declared: type) -> None:
    """Refuse a keyword that a TypedDict does not declare.

    Raises
    ------
    ArgumentError
        For the first such keyword, with the nearest of those that exist.
    """
    known = list(declared.__annotations__)
    for name in given:
        if name not in known:
            raise ArgumentError(
                "there is no such argument",
                got=repr(name),
                allowed=", ".join(known),
                hint=suggest(name, known),
            )
