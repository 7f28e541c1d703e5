"""run_results.json: what became of each section, in how long, with how many rows and warnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from outcomes.page.json_bytes import as_json
from outcomes.page.measured import Measured

__all__ = ["RESULTS", "run_results"]

#: Name of the file.
RESULTS = "run_results.json"


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
