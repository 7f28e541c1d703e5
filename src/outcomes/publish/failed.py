"""What a run leaves that published nothing: why, and what it was to be made from."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from outcomes.errors import Exit, OutcomesError
from outcomes.page.json_bytes import as_json
from outcomes.page.versions import versions
from outcomes.publish.disk import make_folder, replace_file, sweep
from outcomes.publish.facts import run_facts
from outcomes.publish.interruption import undisturbed
from outcomes.publish.run_log import append, noting

__all__ = ["FAILED", "leave_failed", "what_failed"]

LOG = logging.getLogger(__name__)
#: Folder of the manifests of failed runs, in the folder of reports.
FAILED = "failed"


def what_failed(error: BaseException) -> dict[str, Any]:
    """Return status, exit code and reason; the words of another package's error may hold a value."""
    if isinstance(error, OutcomesError):
        return {"status": "failed", "exit_code": int(error.exit_code), "error": str(error)}
    if isinstance(error, KeyboardInterrupt):
        return {"status": "interrupted", "exit_code": int(Exit.INTERRUPTED), "error": "interrupted"}
    told = _of_system(error) or f"an unexpected {type(error).__name__}"
    return {"status": "failed", "exit_code": int(Exit.FAILURE), "error": told}


def _of_system(error: BaseException) -> str:
    """Return what the system refused, in its words; empty for any other error."""
    if not isinstance(error, OSError) or error.errno is None or error.errno not in errno.errorcode:
        return ""
    where = f" at {Path(os.fsdecode(error.filename)).name}" if isinstance(error.filename, str | bytes) else ""
    return f"the system refused: {os.strerror(error.errno)}{where}. check the path, permissions and space."


def leave_failed(out: Path, asked: Mapping[str, Any], started: datetime, error: BaseException) -> None:
    """Write the manifest of a failed run and add it to the log; a disk that refuses has the last word.

    The caller need not hold the folder's lock: a run that was refused as busy leaves a manifest too.

    Parameters
    ----------
    out : Path
        Folder of all reports.
    asked : mapping
        From what the report was to be made, as far as that was known.
    started : datetime
        When the run was begun.
    error : BaseException
        Why it ended.
    """
    told, run = what_failed(error) | dict(asked), run_facts(started)
    folder, name = out / FAILED, f"{started:%Y%m%dT%H%M%S%f}Z-{os.getpid()}.json"
    with undisturbed():
        try:
            make_folder(folder)
            with noting(out):
                sweep(folder)
                replace_file(folder / name, as_json(told | {"versions": versions(), "run": run}))
            append(out, told | {"report": None, "run": run})
        except OSError as refused:
            LOG.warning("the failed run could not be noted: %s", refused.strerror)
