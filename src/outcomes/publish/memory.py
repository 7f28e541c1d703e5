"""What a folder of reports remembers from one report to the next: a key of its own, and the last summary."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from outcomes.errors import ReportError
from outcomes.page.last_report import SUMMARY, Memory
from outcomes.publish.disk import refused, replace_file
from outcomes.publish.lock import LOCK, exclusive
from outcomes.publish.transaction import LATEST

__all__ = ["KEY", "first_key_undone", "is_key", "key_of", "newest_memory", "remember", "remembered"]

KEY = ".report-key"
#: Characters of the key: pandas' keyed hash (SipHash) takes 16 bytes.
LENGTH = 16


def remember(out: Path) -> Memory:
    """Return the folder's key, made when there is none yet, and the summary of the newest report.

    The caller holds the folder's lock.

    Raises
    ------
    ReportError
        When the key cannot be written, or the one that is there cannot be read.
    """
    if not (out / KEY).exists():
        try:  # by one rename: half a key would be refused by every later run
            replace_file(out / KEY, secrets.token_urlsafe(LENGTH)[:LENGTH].encode())
        except OSError as error:
            raise refused(error, out) from None
    found = newest_memory(out)
    if found is None:
        raise ReportError(f"{KEY} cannot be read", hint="remove it: the next report then compares nothing")
    return found


def key_of(out: Path, *, make: bool) -> str | None:
    """Return the folder's key before a run; where there is none it is made, or it is None.

    Raises
    ------
    LockedError
        When another run holds the folder, and the key is to be made.
    ReportError
        As `remember`.
    """
    found = newest_memory(out)
    if found is None and make:
        with exclusive(out):
            found = remember(out)
    return None if found is None else found.key


@contextmanager
def first_key_undone(out: Path) -> Iterator[None]:
    """Remove the key, and the folders, that `key_of` makes within, when what it is for fails.

    What was there before stays, and so does a key that another run has published with meanwhile.
    """
    new = [name for name in (KEY, LOCK) if not (out / name).exists()]
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        yield
    except BaseException:
        if KEY in new and (out / KEY).exists():
            with suppress(ReportError, OSError), exclusive(out):
                if not os.path.lexists(out / LATEST):
                    for name in new:
                        (out / name).unlink(missing_ok=True)
            with suppress(OSError):  # a folder that is not empty stays
                for folder in made:
                    folder.rmdir()
        raise


def newest_memory(out: Path) -> Memory | None:
    """Return the folder's key and the summary of the newest report; None without a key."""
    link = out / LATEST
    return remembered(out, os.readlink(link) if link.is_symlink() else None, SUMMARY)


def remembered(out: Path, report: str | None, file: str) -> Memory | None:
    """Return the folder's key and what a file of a report in it says; None without a key."""
    key = _read(out / KEY)
    if key is None or not _sound(key):
        return None
    before = None if report is None else _read(out / report / file)
    return Memory(key.decode(), None if before is None else report, before)


def is_key(path: Path) -> bool:
    """Return whether a file holds a key."""
    return _sound(_read(path) or b"")


def _sound(key: bytes) -> bool:
    return len(key) == LENGTH and key.isascii()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
