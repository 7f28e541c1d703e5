"""What all comparisons share: a process of its own for each measurement, the machine, tables, the history.

A ratio is of CPU seconds in one run on one machine; seconds of different runs are never compared.
"""

from __future__ import annotations

import argparse
import csv
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

HISTORY = Path(__file__).with_name("history.csv")
COLUMNS = ("date", "benchmark", "size", "ratio")
#: A ratio may be so many times the last one before it is called worse: two runs of the same code on a busy
#: machine differed by up to a quarter.
TOLERANCE = 1.5
#: CPU seconds after which a case is ended; every benchmark of a peer ends on a laptop.
LONGEST = 120


def measured(file: str, name: str, *words: object) -> tuple[float, float]:
    """Run one case of a benchmark's file in a process of its own; return CPU seconds and peak MB.

    One that takes more than `LONGEST` CPU seconds is ended: its seconds are infinite.
    """
    command = [sys.executable, file, "--measure", name, *map(str, words)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, preexec_fn=_no_longer)
    except subprocess.CalledProcessError as error:
        if "Traceback" in error.stderr and "SIGXCPU" not in error.stderr and "-24" not in error.stderr:
            raise RuntimeError(f"{name} failed:\n{error.stderr[-2000:]}") from None
        return float("inf"), float("nan")
    seconds, peak = map(float, done.stdout.split()[-2:])
    return seconds, peak


def _no_longer() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST, LONGEST))


def measure(cases: Mapping[str, Callable[..., object]], words: list[str]) -> None:
    """Run the case that `measured` asks for, and print its CPU seconds, its children's too, and peak MB."""
    case = cases[words[0]]
    ready = getattr(case, "ready", None)
    if ready is not None:
        ready()  # what is imported late is no part of the work
    begin = _cpu()
    case(*words[1:])
    own, theirs = (
        resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    peak = max(own, theirs) / 1024
    print(f"\n{_cpu() - begin:.4f} {peak:.0f}")


def _cpu() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def medians(file: str, names: list[str], turns: int, *words: object) -> dict[str, tuple[float, float]]:
    """Return CPU seconds and MB of each case: medians over turns, in which all take their turn."""
    rounds = [{name: measured(file, name, *words) for name in names} for _ in range(turns)]
    return {name: (median(r[name][0] for r in rounds), median(r[name][1] for r in rounds)) for name in names}


def environment(*packages: str) -> str:
    """Return the machine and the versions."""
    found = []
    for package in packages:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} not installed")
    return f"{cpu_name()}, Python {platform.python_version()}, " + ", ".join(found)


def cpu_name() -> str:
    """Return the processor's name where the system tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.platform()


def table(head: list[str], rows: list[list[object]]) -> str:
    """Return a Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def asked(doc: str | None, name: str = "", default: Sequence[int] = (), *, least: int = 1) -> list[int]:
    """Return the whole numbers of a call; ``--help`` says what is measured, any other word is refused.

    Without a name nothing may be given.
    """
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    if name:
        parser.add_argument(
            name, nargs="*", type=at_least(least), default=list(default), metavar=name.upper()
        )
    return list(vars(parser.parse_args()).get(name, ()))


def at_least(least: int) -> Callable[[str], int]:
    """Return what reads a whole number that is not too small."""

    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of {least} or more")
        return int(text)

    return read


def record(benchmark: str, size: object, ratio: float, history: Path = HISTORY) -> None:
    """Add a ratio to the history."""
    new = not history.exists()
    with history.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(COLUMNS)
        writer.writerow((date.today().isoformat(), benchmark, size, f"{ratio:.3f}"))


def last(benchmark: str, size: object, history: Path = HISTORY) -> float | None:
    """Return the last ratio that the history has of a benchmark and size."""
    with history.open(newline="", encoding="utf-8") as file:
        rows = [
            row for row in csv.DictReader(file) if (row["benchmark"], row["size"]) == (benchmark, str(size))
        ]
    return float(rows[-1]["ratio"]) if rows else None
