"""run_results.json: what became of each section, in how long, with how many rows and warnings."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outcomes.report.blocks import Section, TableBlock
from outcomes.report.facts import as_json

__all__ = ["RESULTS", "Measured", "measure", "run_results"]

#: Name of the file.
RESULTS = "run_results.json"


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


def run_results(measured: Sequence[Measured], *, warnings: Sequence[str], run: Mapping[str, Any]) -> bytes:
    """Return the text of run_results.json; what differs from run to run is in its block ``run``.

    Parameters
    ----------
    measured : sequence of Measured
        In the order of the page.
    warnings : sequence of str
        What the gates said; it depends on the day.
    run : mapping
        When and where.
    """
    sections = [
        {
            "name": part.section.name,
            "status": part.section.status,
            "reason": part.section.reason,
            "rows": part.rows,
            "warnings": list(part.warnings),
        }
        for part in measured
    ]
    seconds = {part.section.name: round(part.seconds, 4) for part in measured}
    return as_json(
        {"sections": sections, "run": dict(run) | {"warnings": list(warnings), "seconds": seconds}}
    )
