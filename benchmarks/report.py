"""The clinic's report, from start to published page: CPU seconds with the interpreter's start, memory, size.

    python benchmarks/report.py              # the example study, then simulated ones of 60, 500 and 5,000
    python benchmarks/report.py example 500

Each run is a process of its own (median of three); simulated studies are written as CSV files first.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import harness
import numpy as np

from outcomes.simulate import write_simulated

EXAMPLE = Path(__file__).resolve().parents[1] / "data" / "example"
RUNS = 3
REPORT = "import sys; from outcomes.cli import main; sys.argv = ['outcomes', 'report', *sys.argv[1:]]; main()"


def measure(study: Path, out: Path) -> tuple[float, float, int]:
    """Return CPU seconds and peak MB of one run, and the bytes of the page."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = [sys.executable, "-c", REPORT, str(study), "--out", str(out), "--audience", "clinic"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=os.environ)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, after.ru_maxrss / 1024, Path(done.stdout.strip()).stat().st_size


def a_study(text: str) -> str:
    """Return `example`, or a number of patients."""
    return text if text == "example" else str(harness.at_least(2)(text))


def main(studies: list[str]) -> None:
    print(f"{platform.machine()}, {platform.python_implementation()} {platform.python_version()}")
    print("study      CPU s    peak MB  page kB")
    for name in studies:
        with tempfile.TemporaryDirectory() as text:
            folder = Path(text)
            study = EXAMPLE
            if name != "example":
                study = folder / "study"
                write_simulated(study, patients=int(name), seed=1)
            measured = [measure(study, folder / "reports") for _ in range(RUNS)]
        seconds, peak, size = np.median(measured, axis=0)
        print(f"{name:<10} {seconds:<8.1f} {peak:<8.0f} {size / 1000:.0f}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("studies", nargs="*", type=a_study, default=["example", "60", "500", "5000"])
    main(parser.parse_args().studies)
