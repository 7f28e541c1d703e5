"""Tell somebody that a run has ended: a link and counts, never data. A hook that fails fails alone."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import warnings
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

__all__ = ["ADDRESS", "notify"]

LOG = logging.getLogger(__name__)
#: Variable with the address for apprise: it may hold a secret, so it is never a key of study.toml.
ADDRESS = "OUTCOMES_NOTIFY_URL"
SECONDS = 30
#: What a message may hold; nothing else leaves.
KEYS = ("title", "status", "exit_code", "report", "rows", "sections", "warnings", "error")


def notify(command: Sequence[str], facts: Mapping[str, Any]) -> list[str]:
    """Send what `KEYS` name to the command and to the address in the environment; return what failed."""
    message = {key: facts[key] for key in KEYS if key in facts}
    failed = []
    if command and not _run(command, message):
        failed.append("the notification command failed")
    if os.environ.get(ADDRESS) and not _apprise(os.environ[ADDRESS], message):
        failed.append("the notification could not be sent")
    for problem in failed:
        LOG.warning(problem)
    return failed


def _run(command: Sequence[str], message: Mapping[str, Any]) -> bool:
    """Run the command without a shell; its output is not kept, for it is not ours to log."""
    text = json.dumps(message).encode()
    try:
        done = subprocess.run(list(command), input=text, capture_output=True, timeout=SECONDS, check=False)
    except (OSError, ValueError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _apprise(address: str, message: Mapping[str, Any]) -> bool:
    if find_spec("apprise") is None:
        return False
    try:
        with warnings.catch_warnings(action="ignore"):  # of its modules; they are not the report's
            import apprise

            sender: Any = apprise.Apprise()
            body = "\n".join(f"{key}: {value}" for key, value in message.items())
            return bool(sender.add(address) and sender.notify(title=str(message.get("title", "")), body=body))
    except Exception:  # another package's fault is not the report's; its message may hold the address
        return False
