"""The folder of a data set: who writes it, whether it is finished, what a refusal of the disk means."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from outcomes.errors import ArgumentError, LockedError, OutcomesError
from outcomes.scale.data_set import HIDDEN, MANIFEST, STUDY, read_manifest

__all__ = ["PLAN", "alone", "finished", "refused"]

#: What a call that was stopped was about to write, and the lock of the call that writes.
PLAN, LOCK = f"{HIDDEN}plan.json", f"{HIDDEN}lock"
OURS = re.compile(rf"{re.escape(MANIFEST)}|{re.escape(STUDY)}|{re.escape(HIDDEN)}.*|part-\d{{5,}}")
ANOTHER = "name a new folder, or remove this one"


def finished(folder: Path, plan: dict[str, Any]) -> bool:
    """Return whether the data set is there already.

    Raises
    ------
    ArgumentError
        When the folder holds anything else: other files, another study, other partitions of it.
    DataError
        When its manifest was damaged.
    """
    if os.path.lexists(folder) and not folder.is_dir():
        raise ArgumentError(f"{folder}: this is not a folder", hint="name a new one")
    there = {item.name for item in folder.iterdir()} if folder.is_dir() else set()
    strange = sorted(name for name in there if not OURS.fullmatch(name))
    if strange:
        got = ", ".join(strange[:3])
        raise ArgumentError(f"{folder}: the folder is not empty", got=got, hint=ANOTHER)
    begun = {name for name in there if not name.startswith(HIDDEN)}
    other = PLAN in there and _told(folder / PLAN) != plan
    if other or (begun and not there & {PLAN, MANIFEST}):
        got = "another study, or other partitions of it"
        raise ArgumentError(f"{folder}: the folder is not empty", got=got, hint=ANOTHER)
    if MANIFEST in there and read_manifest(folder).plan != plan:
        raise ArgumentError(
            f"{folder}: the folder holds the data set of other files, or of other partitions", hint=ANOTHER
        )
    return MANIFEST in there


def _told(path: Path) -> Any:
    """Return what a plan says; nothing when it cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder while it is written; when all is there, remove what only the writing needed.

    Raises
    ------
    LockedError
        When another call holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise LockedError(
            f"{folder}: another call is writing this data set",
            hint="wait for it to end, or name another folder",
        ) from None
    try:
        yield
        for left in folder.glob(f"{HIDDEN}*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
    finally:
        lock.release()


def refused(error: OSError, folder: Path) -> OutcomesError:
    """Return what a refusal of the disk, or of one more open file, means."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    what = "make room, or check permissions"
    if error.errno in (errno.EMFILE, errno.ENFILE):
        what = "allow more open files (ulimit -n), one for each partition"
    return OutcomesError(
        f"{Path(str(error.filename or folder)).name}: the data set could not be written",
        got="the disk is full" if full else error.strerror or type(error).__name__,
        hint=f"what is finished stays; {what}, and run the same call again",
    )
