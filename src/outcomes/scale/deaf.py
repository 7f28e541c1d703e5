"""Processes that do not hear Ctrl-C: a terminal sends it to all, and who waits for them ends them."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["deaf"]


@contextmanager
def deaf() -> Iterator[None]:
    """Start processes in this block that do not hear Ctrl-C.

    Examples
    --------
    >>> import signal
    >>> with deaf():
    ...     signal.getsignal(signal.SIGINT).name
    'SIG_IGN'
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)
