"""What a run leaves that published nothing: why, and what it was to be made from."""

from __future__ import annotations

import logging
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from outcomes.errors import OutcomesError
from outcomes.report.audit import append
from outcomes.report.changed import Source
from outcomes.report.disk import OWNER_ONLY_FOLDER, replace_file
from outcomes.report.facts import as_json, run_facts
from outcomes.report.interruption import undisturbed
from outcomes.report.versions import versions

__all__ = ["FAILED", "leave_failed", "what_failed"]

LOG = logging.getLogger(__name__)
#: Folder of the manifests of failed runs, in the folder of reports.
FAILED = "failed"


def what_failed(error: BaseException) -> dict[str, Any]:
    """Return status, exit code and reason; the words of another package's error may hold a value."""
    if isinstance(error, OutcomesError):
        return {"status": "failed", "exit_code": error.exit_code, "error": str(error)}
    if isinstance(error, KeyboardInterrupt):
        return {"status": "interrupted", "exit_code": 130, "error": "interrupted"}
    return {"status": "failed", "exit_code": 1, "error": f"an unexpected {type(error).__name__}"}


def leave_failed(out: Path, asked: Source, started: datetime, error: BaseException) -> None:
    """Write the manifest of a failed run and add it to the log; a disk that refuses has the last word."""
    study = os.path.relpath(asked.config.absolute(), out.absolute())
    told = what_failed(error) | asked.facts()
    run = run_facts(started)
    with undisturbed():
        try:
            folder = out / FAILED
            folder.mkdir(mode=OWNER_ONLY_FOLDER, exist_ok=True)
            name = f"{started:%Y%m%dT%H%M%S%f}Z.json"
            replace_file(folder / name, as_json(told | {"versions": versions(), "run": run}))
            append(out, told | {"report": None, "run": run, "study": study})
        except OSError as refused:
            LOG.warning("the failed run could not be noted: %s", refused.strerror)
