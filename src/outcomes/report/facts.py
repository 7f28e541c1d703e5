"""When, by whom and where a run was made, and how the files beside a report are written."""

from __future__ import annotations

import getpass
import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

__all__ = ["as_json", "run_facts"]


def as_json(content: Mapping[str, Any]) -> bytes:
    """Return JSON as every file beside a report has it."""
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def run_facts(started: datetime) -> dict[str, Any]:
    """Return when, by whom and where a run was made."""
    return {
        "started": started.isoformat(),
        "ended": datetime.now(UTC).isoformat(),
        "user": _user(),
        "host": platform.node(),
        "system": platform.system(),
        "process": os.getpid(),
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may have an id without a name
        return f"uid {os.getuid()}"
