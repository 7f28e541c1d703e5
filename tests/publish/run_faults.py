"""Faults of a disk, one in each call of a run that changes what is in the folder of reports."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

#: Every call of the operating system by which a run writes, names, links or removes.
CALLS = ("mkdir", "open", "write", "fsync", "fchmod", "replace", "symlink", "rename", "unlink", "rmdir")


class Faults:
    """Counts the calls below a folder and lets one of them, and it may be all after it, fail."""

    def __init__(self, out: Path, *, call: str = "", at: int = 0, code: int = 0, stays: bool = False) -> None:
        self.out, self.call, self.at, self.code, self.stays = out.resolve(), call, at, code, stays
        self.counts: Counter[str] = Counter()
        self.injected = 0

    @contextmanager
    def injected_here(self) -> Iterator[Faults]:
        """Put the faults in."""
        with patch.multiple(os, **{name: self._faulty(name) for name in CALLS}):
            yield self

    def _faulty(self, name: str) -> Any:
        real = getattr(os, name)

        def call(*arguments: Any, **options: Any) -> Any:
            place = options.get("dir_fd") or arguments[name == "symlink"]  # the link, not what it points to
            if not self._is_ours(place) or (name == "open" and not _writes(arguments)):
                return real(*arguments, **options)
            self.counts[name] += 1
            late = self.counts[name] - self.at
            if name == self.call and (late == 0 or (self.stays and late > 0)):
                self.injected += 1
                raise OSError(self.code, os.strerror(self.code), str(arguments[0]))
            return real(*arguments, **options)

        return call

    def _is_ours(self, place: Any) -> bool:
        """Return whether a path, or an open file, is the folder of reports or below it."""
        path = os.readlink(f"/proc/self/fd/{place}") if isinstance(place, int) else os.path.abspath(place)
        return Path(path).is_relative_to(self.out)


def _writes(arguments: tuple[Any, ...]) -> bool:
    """Return whether an open is one that can be refused for space or rights: to write, or of a folder."""
    flags = arguments[1] if len(arguments) > 1 else 0
    return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)) or os.path.isdir(arguments[0])
