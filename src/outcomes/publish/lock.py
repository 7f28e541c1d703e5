"""One run at a time in a folder of reports.

The lock is the system's: when its process dies, it is free. A note beside it says who holds it, for the
run that comes second; a note that a dead process left means nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from outcomes.errors import LockedError
from outcomes.publish.disk import OWNER_ONLY_FILE, make_folder, refused, sweep, write_new

__all__ = ["HOLDER", "LOCK", "exclusive"]

LOCK, HOLDER = ".lock", ".lock-holder.json"


@contextmanager
def exclusive(out: Path) -> Iterator[None]:
    """Hold a folder of reports, and remove in it what killed runs left.

    Parameters
    ----------
    out : Path
        Folder of all reports; created if it does not exist.

    Raises
    ------
    LockedError
        When another run holds it; the message says which process, since when.
    ReportError
        When the folder cannot be made or written.
    """
    try:
        make_folder(out)
        lock = FileLock(out / LOCK, timeout=0, mode=OWNER_ONLY_FILE)
        try:
            lock.acquire()
        except Timeout:
            raise _busy(out) from None
    except OSError as error:
        raise refused(error, out) from None
    try:
        try:
            sweep(out)
            _write_holder(out)
        except OSError as error:
            raise refused(error, out) from None
        yield
    finally:
        with suppress(OSError):
            (out / HOLDER).unlink(missing_ok=True)
        lock.release()


def _write_holder(out: Path) -> None:
    (out / HOLDER).unlink(missing_ok=True)
    holder = {
        "pid": os.getpid(),
        "host": os.uname().nodename,
        "started": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    write_new(out / HOLDER, json.dumps(holder).encode())


def _busy(out: Path) -> LockedError:
    """Say who holds the lock; a run that has just begun may not have written its note yet."""
    try:
        holder = json.loads((out / HOLDER).read_text(encoding="utf-8"))
        who = f"process {int(holder['pid'])} on {holder['host']}, since {holder['started']}"
    except (OSError, ValueError, KeyError, TypeError):
        who = "a process that has just started"
    return LockedError(
        "another run is writing to this folder", got=who, hint="wait for it to end, or name another folder"
    )
