"""Past one machine: a study in partitions of patients, analysed by the same functions and added up."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from outcomes.scale.analyse import analyse

if TYPE_CHECKING:
    from outcomes.scale.parting import partition as partition
    from outcomes.scale.results_of_parts import Analysis as Analysis

__all__ = ["Analysis", "analyse", "partition"]

_WHERE = {"Analysis": "outcomes.scale.results_of_parts", "partition": "outcomes.scale.parting"}


if not TYPE_CHECKING:  # with it, a checker would take every name

    def __getattr__(name: str) -> Any:
        """Load a public name when it is first asked for: processes start while the rest is loaded."""
        if name not in _WHERE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(importlib.import_module(_WHERE[name]), name)
        return value
