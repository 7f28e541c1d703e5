"""The report that this one is compared with: its summary, and the key of the digests in it.

The key never leaves the folder of all reports: whoever is given one report cannot try out which patient or
which entry a digest in its summary stands for.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

__all__ = ["BEFORE", "SUMMARY", "Memory"]

SUMMARY, BEFORE = "summary.json", "before.json"


@dataclass(frozen=True, slots=True)
class Memory:
    """What a report is compared with.

    Parameters
    ----------
    key : str
        Of the digests in the folder's summaries.
    report : str or None
        Name of the report before; None when there is none.
    before : bytes or None
        Its summary.
    """

    key: str
    report: str | None = None
    before: bytes | None = None

    @property
    def told(self) -> dict[str, Any] | None:
        """Return the summary of the report before, or None when there is none that can be read."""
        try:
            found = json.loads(self.before or b"")
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None

    def facts(self) -> dict[str, str] | None:
        """Return what the manifest says of it."""
        if self.before is None:
            return None
        return {"report": str(self.report), "summary_sha256": hashlib.sha256(self.before).hexdigest()}
