"""A section with what it took to make it: seconds, and the warnings that were given meanwhile."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outcomes.page.blocks import Section, TableBlock

__all__ = ["Measured", "measure"]


@dataclass(frozen=True, slots=True)
class Measured:
    """A section, the seconds that it took and the warnings that were given while it was made."""

    section: Section
    seconds: float
    warnings: tuple[dict[str, Any], ...]

    @property
    def rows(self) -> int:
        """Rows of the section's tables."""
        return sum(len(block.table) for block in self.section.blocks if isinstance(block, TableBlock))


def measure(make: Callable[[], Section]) -> Measured:
    """Make a section; keep the kind and place of each warning, not its words: they may hold a value."""
    begun = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        section = make()
    seconds = time.perf_counter() - begun
    counted = Counter((warning.category.__name__, Path(warning.filename).stem) for warning in caught)
    kinds = tuple(
        {"kind": kind, "module": module, "count": count} for (kind, module), count in sorted(counted.items())
    )
    return Measured(section, seconds, kinds)
