"""Parts of a section that may fail by themselves without costing the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from outcomes.errors import OutcomesError
from outcomes.page.blocks import Block, Words

__all__ = ["or_why_not"]

Source = TypeVar("Source")


def or_why_not(what: str, make: Callable[[Source], list[Block]], source: Source) -> list[Block]:
    """Return the blocks, or one sentence that says why there is no number."""
    try:
        return make(source)
    except OutcomesError as error:
        return [Words(f"{what}: no result. {error}", "caution")]
