"""How the files beside a report are written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["as_json"]


def as_json(content: Mapping[str, Any]) -> bytes:
    """Return JSON as every file beside a report has it."""
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
