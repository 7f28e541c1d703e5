"""Ten sites of 200 patients: wall-clock seconds with two processes against one, and no time lost to waiting.

    python benchmarks/sites.py               # ten sites of 200 patients, as the page of numbers has it
    python benchmarks/sites.py 4 50          # four sites of 50

Run it on a machine that does nothing else: two processes need two cores. Leaves with 1 when two processes
take more than 0.65 of the time of one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import harness

from outcomes.simulate import write_simulated

MOST = 0.65  # of the serial time
REPORT = "from outcomes.cli import main; main()"


def seconds(sites: list[Path], out: Path, jobs: int) -> float:
    """Return the wall-clock seconds of one command for all sites, interpreter's start included."""
    words = [sys.executable, "-c", REPORT, "report", *map(str, sites), "--out", str(out), "--jobs", str(jobs)]
    begun = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    return time.perf_counter() - begun


def main(sites: int = 10, patients: int = 200) -> int:
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        for number in range(sites):
            write_simulated(folder / f"site{number}", patients=patients, seed=number)
        studies = [folder / f"site{number}" / "study.toml" for number in range(sites)]
        seconds(studies[:1], folder / "first", 1)  # the machine's caches are warm for both
        serial, both = (seconds(studies, folder / f"jobs{jobs}", jobs) for jobs in (1, 2))
    print(f"{sites} sites of {patients} patients, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"one process {serial:.1f} s, two {both:.1f} s: {both / serial:.2f} (at most {MOST})")
    return int(both / serial > MOST)


if __name__ == "__main__":
    sys.exit(main(*harness.asked(__doc__, "sites_patients")[:2]))
