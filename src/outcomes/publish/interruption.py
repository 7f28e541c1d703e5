"""Ctrl-C and the scheduler's SIGTERM: both end a run in order, and neither in the middle of a rename."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

__all__ = ["terminable", "undisturbed"]

SIGNALS = {signal.SIGINT, signal.SIGTERM}
A_MOMENT = 0.02  # seconds until a signal that was swallowed comes again: the destructor has ended by then


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM end a run as Ctrl-C does: locks are released and unfinished folders removed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _interrupt) for number in SIGNALS}
    hook, sys.unraisablehook = sys.unraisablehook, _not_swallowed(sys.unraisablehook)
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def _not_swallowed(hook: Callable[[Any], object]) -> Callable[[Any], object]:
    """Return a hook that sends a signal again which arrived in a destructor or a weak reference's callback.

    Python prints what is raised there and goes on: the run that was to end would publish its report.
    """

    def again(raised: Any) -> None:
        if not issubclass(raised.exc_type, KeyboardInterrupt):
            hook(raised)
            return
        told = threading.Timer(A_MOMENT, signal.pthread_kill, (threading.main_thread().ident, signal.SIGTERM))
        told.daemon = True
        told.start()

    return again


def _interrupt(number: int, _: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold both signals back until the block has ended; they arrive then.

    The handlers are replaced: a mask of signals would hold for this thread only, and another thread of a
    numerical library would take the signal.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[int] = []
    before = {number: signal.signal(number, lambda got, _: arrived.append(got)) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        for got in arrived:
            signal.raise_signal(got)
