"""A signal ends a run wherever it arrives, also where Python swallows what is raised."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Callable

import pytest

from outcomes.publish.interruption import terminable

LONG = 300  # seconds a run goes on that was not ended; a loaded machine is slow
NUMBERS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


class Thing:
    def __init__(self, number: int) -> None:
        self.number = number

    def __del__(self) -> None:
        signal.raise_signal(self.number)


def in_a_destructor(number: int) -> None:
    thing = Thing(number)
    del thing


def in_the_callback_of_a_weak_reference(number: int) -> None:
    thing = set()
    watched = weakref.ref(thing, lambda _: signal.raise_signal(number))
    del thing
    assert watched() is None


@NUMBERS
@pytest.mark.parametrize("swallowed", [in_a_destructor, in_the_callback_of_a_weak_reference])
def test_a_signal_that_python_swallows_ends_the_run(swallowed, number, capfd):
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run(swallowed, number)
    assert time.monotonic() - begun < LONG
    assert capfd.readouterr().err == ""


def run(swallowed: Callable[[int], None], number: int) -> None:
    with terminable():
        swallowed(number)
        time.sleep(LONG)


def test_another_error_in_a_destructor_is_told_as_before():
    told: list[type] = []
    before, sys.unraisablehook = sys.unraisablehook, lambda raised: told.append(raised.exc_type)
    try:
        with terminable():

            class Broken:
                def __del__(self) -> None:
                    raise ValueError

            Broken()
        kept = sys.unraisablehook
        assert told == [ValueError]
        assert "again" not in kept.__qualname__
    finally:
        sys.unraisablehook = before


def test_the_process_ends_while_it_waits_in_c():
    """The signal comes again as a signal: a call that waits outside Python is interrupted by it."""
    code = (
        "import signal, subprocess\n"
        "from outcomes.publish.interruption import terminable\n"
        "class Thing:\n"
        "    def __del__(self): signal.raise_signal(signal.SIGTERM)\n"
        "try:\n"
        "    with terminable():\n"
        "        thing = Thing()\n"
        "        del thing\n"
        f"        subprocess.run(['sleep', '{LONG}'])\n"
        "except KeyboardInterrupt:\n"
        "    raise SystemExit(130)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=0.8 * LONG, check=False
    )
    assert (done.returncode, done.stderr) == (130, "")
