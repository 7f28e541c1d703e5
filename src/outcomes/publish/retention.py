"""Which reports stay: the newest ones, those of the last days, and always the one that `latest` points to."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from outcomes.errors import ReportError
from outcomes.publish.disk import HIDDEN, remove
from outcomes.publish.failed import FAILED
from outcomes.publish.run_log import noting
from outcomes.publish.transaction import LATEST

__all__ = ["remove_old", "retain", "retain_failed"]

STAMP = re.compile(r"(\d{8}T\d{6})\d{6}Z-[0-9a-f]{8}(-\d+)?")
STAMP_OF_FAILED = re.compile(r"(\d{8}T\d{6})\d{6}Z-\d+\.json")


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
    safe = {os.readlink(out / LATEST)} if (out / LATEST).is_symlink() else set()
    gone = [name for name in _let_go(out, STAMP, keep, keep_days) if name not in safe]
    for name in gone:
        # hidden first, by one rename: a reader never finds a report that is half removed
        hidden = out / f"{HIDDEN}{name}"
        os.replace(out / name, hidden)
        remove(hidden)
    return gone


def retain_failed(folder: Path, *, keep: int | None, keep_days: int | None) -> None:
    """Remove the manifests of failed runs that the same rules let go."""
    for name in _let_go(folder, STAMP_OF_FAILED, keep, keep_days):
        (folder / name).unlink()


def _let_go(folder: Path, kind: re.Pattern[str], keep: int | None, keep_days: int | None) -> list[str]:
    if not folder.is_dir() or (keep is None and keep_days is None):
        return []
    names = sorted((path.name for path in folder.iterdir() if kind.fullmatch(path.name)), reverse=True)
    return [
        name
        for name in names[keep or 0 :]
        if keep_days is None or _begun(names[0]) - _begun(name) > timedelta(days=keep_days)
    ]


def _begun(name: str) -> datetime:
    return datetime.strptime(name[:15], "%Y%m%dT%H%M%S")


def remove_old(out: Path, reporting: Mapping[str, Any]) -> list[str]:
    """Remove what [report] lets go, manifests of failed runs too; return the names of the reports."""
    rules = {name: reporting[name] for name in ("keep", "keep_days")}
    try:
        removed = retain(out, **rules)
        with noting(out):
            retain_failed(out / FAILED, **rules)
    except OSError as error:
        raise ReportError(
            "the report was published, but older ones could not be removed",
            got=error.strerror,
            hint="check permissions",
        ) from None
    return removed
