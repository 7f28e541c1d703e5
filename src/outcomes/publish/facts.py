"""When, by whom and where a run was made."""

from __future__ import annotations

import getpass
import os
import platform
from datetime import UTC, datetime
from typing import Any

__all__ = ["run_facts"]


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
