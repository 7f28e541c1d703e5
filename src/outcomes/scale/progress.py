"""How much is done: a bar on a terminal, a line for each tenth in a log."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Progress", "told_on_stderr"]

LOG = logging.getLogger(__name__)


class Progress:
    """Tell how many of something are done: a bar on a terminal, a line for each tenth in a log."""

    def __init__(self, parts: int, what: str = "partitions") -> None:
        self.parts, self.what, self.done = parts, what, 0

    def one_more(self) -> None:
        """Count one more."""
        self.done += 1
        tenths = [10 * done // self.parts for done in (self.done - 1, self.done)]
        if sys.stderr.isatty():
            bar = "#" * (30 * self.done // self.parts)
            end = "\n" if self.done == self.parts else ""
            sys.stderr.write(f"\r[{bar:<30}] {self.done} of {self.parts} {self.what}{end}")
            sys.stderr.flush()
        elif tenths[0] != tenths[1]:
            LOG.info("%d of %d %s", self.done, self.parts, self.what)


@contextmanager
def told_on_stderr() -> Iterator[None]:
    """Let the lines be seen: Python shows no message of this level unless a program asks for it."""
    lines, before = logging.StreamHandler(sys.stderr), LOG.level
    lines.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    LOG.addHandler(lines)
    LOG.setLevel(logging.INFO)
    try:
        yield
    finally:
        LOG.removeHandler(lines)
        LOG.setLevel(before)
