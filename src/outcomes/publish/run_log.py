"""The log of runs: a line of JSON a run, only added to, each with the hash of the line before."""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from outcomes.publish.disk import OWNER_ONLY_FILE, append_line

__all__ = ["LOG", "append", "broken_lines", "noting", "records"]

#: Name of the log in the folder of reports, and of its lock: a run that was refused as busy is logged too.
LOG, LOG_LOCK = "runs.jsonl", ".runs.lock"
SECONDS = 10
FIRST = "0" * 64


@contextmanager
def noting(out: Path) -> Iterator[None]:
    """Hold the log for the moment that a line takes.

    Raises
    ------
    OSError
        When another process keeps it.
    """
    try:
        with FileLock(out / LOG_LOCK, timeout=SECONDS, mode=OWNER_ONLY_FILE):
            yield
    except Timeout:
        raise OSError(errno.EAGAIN, "another process is writing to the log of runs", str(out / LOG)) from None


def append(out: Path, record: Mapping[str, Any]) -> None:
    """Add a run.

    Raises
    ------
    OSError
        When the disk refuses; then the log is as it was.
    """
    with noting(out):
        lines = _lines(out)
        chained = dict(record) | {"previous": _digest(lines[-1]) if lines else FIRST}
        append_line(out / LOG, json.dumps(chained, ensure_ascii=False).encode())


def records(out: Path) -> list[dict[str, Any]]:
    """Return the runs, oldest first, without torn lines of killed runs and whatever else is not a run."""
    found = []
    for line in _lines(out):
        with suppress(ValueError, RecursionError):
            told = json.loads(line)
            found += [told] if isinstance(told, dict) else []
    return found


def broken_lines(out: Path) -> list[int]:
    """Return the numbers of the lines that are not followed by their own hash: they were changed."""
    lines = _lines(out)
    broken = []
    before = FIRST
    for number, line in enumerate(lines, start=1):
        try:
            told = json.loads(line)["previous"]
        except (ValueError, KeyError, TypeError, RecursionError):
            broken.append(number)
        else:
            if told != before:
                broken.append(max(number - 1, 1))
        before = _digest(line)
    return sorted(set(broken))


def _lines(out: Path) -> list[bytes]:
    try:
        return [line for line in (out / LOG).read_bytes().split(b"\n") if line]
    except (FileNotFoundError, IsADirectoryError):
        return []


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
