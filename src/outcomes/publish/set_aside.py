"""What stands where the folder of reports keeps its own things, and is none: renamed, so it blocks no run."""

from __future__ import annotations

import os
from pathlib import Path

from outcomes.errors import ReportError
from outcomes.publish.changed import MANIFEST
from outcomes.publish.disk import refused
from outcomes.publish.failed import FAILED
from outcomes.publish.memory import KEY, is_key
from outcomes.publish.run_log import LOG, LOG_LOCK
from outcomes.publish.told_before import STATE
from outcomes.publish.transaction import LATEST

__all__ = ["set_aside", "unusable"]

ASIDE = "set-aside"


def set_aside(out: Path) -> list[str]:
    """Rename what is in the way and return a sentence for each; the caller holds the folder's lock.

    Parameters
    ----------
    out : Path
        Folder of all reports.

    Raises
    ------
    ReportError
        When the log is a link: a line would be written to a file elsewhere; or the disk refuses.
    """
    if (out / LOG).is_symlink():
        raise ReportError(
            f"{LOG} is a link, so the log would be written elsewhere",
            hint=f"remove the link, or put the file itself into {out.name}",
        )
    wrong = {
        LATEST: not (out / LATEST).is_symlink(),
        LOG: not (out / LOG).is_file(),
        LOG_LOCK: (out / LOG_LOCK).is_dir(),
        FAILED: not (out / FAILED).is_dir(),
        KEY: not is_key(out / KEY),
        STATE: not (out / STATE).is_file(),
    }
    try:
        return [_renamed(out, name) for name in wrong if wrong[name] and os.path.lexists(out / name)]
    except OSError as error:
        raise refused(error, out) from None


def _renamed(out: Path, name: str) -> str:
    names = (f"{ASIDE}-{name.lstrip('.')}{end}" for end in ("", *(f"-{n}" for n in range(2, 10_000))))
    free = next(one for one in names if not os.path.lexists(out / one))
    os.replace(out / name, out / free)
    return f"{name} was not something that a run leaves there: it is now {free}"


def unusable(out: Path) -> list[str]:
    """Say that the last report's manifest cannot be used, when there is a last report."""
    if not os.path.lexists(out / LATEST):
        return []
    return [
        f"{LATEST}/{MANIFEST} or a file that it names is damaged, changed or of another version: "
        "this report is not compared with any"
    ]
