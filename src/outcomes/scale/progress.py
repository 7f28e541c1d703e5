"""How many partitions are done: a bar on a terminal, a line for each tenth in a log."""

from __future__ import annotations

import logging
import sys

__all__ = ["Progress"]

LOG = logging.getLogger(__name__)


class Progress:
    """Tell how many partitions are done: a bar on a terminal, a line for each tenth in a log."""

    def __init__(self, parts: int) -> None:
        self.parts, self.done = parts, 0

    def one_more(self) -> None:
        """Count one more."""
        self.done += 1
        tenths = [10 * done // self.parts for done in (self.done - 1, self.done)]
        if sys.stderr.isatty():
            bar = "#" * (30 * self.done // self.parts)
            end = "\n" if self.done == self.parts else ""
            sys.stderr.write(f"\r[{bar:<30}] {self.done} of {self.parts} partitions{end}")
            sys.stderr.flush()
        elif tenths[0] != tenths[1]:
            LOG.info("%d of %d partitions", self.done, self.parts)
