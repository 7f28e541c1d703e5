"""Parts of a section that may fail by themselves without costing the others."""

from __future__ import annotations

from collections.abc import Callable

from outcomes.errors import OutcomesError
from outcomes.page.blocks import Block, Words
from outcomes.page.material import Material

__all__ = ["or_why_not"]


def or_why_not(what: str, make: Callable[[Material], list[Block]], material: Material) -> list[Block]:
    """Return the blocks, or one sentence that says why there is no number."""
    try:
        return make(material)
    except OutcomesError as error:
        return [Words(f"{what}: no result. {error}", "caution")]
