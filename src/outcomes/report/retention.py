"""Which reports stay: the newest ones, those of the last days, and always the one that `latest` points to."""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta
from pathlib import Path

from outcomes.report.disk import HIDDEN, remove
from outcomes.report.publish import LATEST

__all__ = ["retain"]

STAMP = re.compile(r"(\d{8}T\d{6})\d{6}Z-[0-9a-f]{8}(-\d+)?")


def retain(out: Path, *, keep: int | None, keep_days: int | None) -> list[str]:
    """Remove the reports that both rules let go; return their names.

    Parameters
    ----------
    out : Path
        Folder of all reports; the caller holds its lock.
    keep : int or None
        This many of the newest stay; None: all stay unless `keep_days` is given.
    keep_days : int or None
        Reports begun within this many days before the newest stay.

    Notes
    -----
    Days count back from the newest report and not from the clock: a clock that is wrong removes nothing.
    """
    names = sorted((path.name for path in out.iterdir() if STAMP.fullmatch(path.name)), reverse=True)
    if not names or (keep is None and keep_days is None):
        return []
    newest = _begun(names[0])
    safe = {os.readlink(out / LATEST)} if (out / LATEST).is_symlink() else set()
    gone = [
        name
        for name in names[keep or 0 :]
        if name not in safe and (keep_days is None or newest - _begun(name) > timedelta(days=keep_days))
    ]
    for name in gone:
        # hidden first, by one rename: a reader never finds a report that is half removed
        hidden = out / f"{HIDDEN}{name}"
        os.replace(out / name, hidden)
        remove(hidden)
    return gone


def _begun(name: str) -> datetime:
    return datetime.strptime(name[:15], "%Y%m%dT%H%M%S")
