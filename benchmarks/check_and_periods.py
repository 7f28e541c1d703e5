"""Reading, checking and periods from a CSV diary: CPU seconds and memory, and how they grow with rows.

    python benchmarks/check_and_periods.py             # 250,000, 1,000,000 and 4,000,000 rows
    python benchmarks/check_and_periods.py 1000000

Each size runs in a process of its own, so that the peak memory is its own.
"""

from __future__ import annotations

import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import harness
import numpy as np
import pandas as pd

import outcomes as oc

DAYS = 200
SYMPTOMS = ("unilateral", "pulsating", "aggravated", "nausea", "photophobia", "phonophobia")
STUDY = '[tables.diary]\nfile = "diary.csv"\n[tables.patients]\nfile = "patients.csv"\n'


def write(folder: Path, rows: int) -> None:
    """Write a diary of `rows` days with 12 columns, 200 days a patient, from a seeded generator."""
    rng = np.random.default_rng(1)
    patients = rows // DAYS
    headache = rng.random(rows) < 0.6
    day = pd.Series(pd.date_range("2025-01-01", periods=DAYS).strftime("%Y-%m-%d"))
    names = pd.Series(np.arange(patients)).astype(str).str.zfill(7)
    diary = pd.DataFrame(
        {
            "patient_id": np.repeat(names.to_numpy(), DAYS),
            "date": np.tile(day.to_numpy(), patients),
            "headache": np.where(headache, "yes", "no"),
            "duration_h": np.where(headache, rng.integers(1, 24, rows), 0),
            "pain": np.where(headache, rng.integers(1, 11, rows), 0),
            "acute_medication": np.where(headache & (rng.random(rows) < 0.4), "triptan+nsaid", "none"),
            **{name: np.where(headache & (rng.random(rows) < 0.5), "yes", "no") for name in SYMPTOMS},
        }
    )
    diary.to_csv(folder / "diary.csv", index=False)
    pd.DataFrame({"patient_id": names, "index_date": "2025-02-15"}).to_csv(
        folder / "patients.csv", index=False
    )
    (folder / "study.toml").write_text(f'title = "benchmark"\n{STUDY}')


def measure(folder: Path) -> None:
    """Print CPU seconds of reading with checks and of periods, and the peak memory."""
    begin = time.process_time()
    study = oc.read_study(folder)
    read = time.process_time()
    rows = len(oc.periods(study, endpoint="migraine_days"))
    end = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(study.diary)} {read - begin:.2f} {end - read:.2f} {peak:.0f} {rows}")


def main(sizes: list[int]) -> None:
    print(f"{platform.machine()}, {platform.python_implementation()} {platform.python_version()}, one thread")
    print("rows      read+check s  periods s  total s  peak MB  growth")
    before = None
    for rows in sizes:
        with tempfile.TemporaryDirectory() as name:
            write(Path(name), rows)
            runs = [
                subprocess.run(
                    [sys.executable, __file__, "--measure", name], capture_output=True, text=True, check=True
                )
                for _ in range(3)
            ]
        figures = np.median([list(map(float, run.stdout.split())) for run in runs], axis=0)
        total = figures[1] + figures[2]
        growth = f"{total / before[1]:.2f}x for {rows / before[0]:.0f}x rows" if before else ""
        print(f"{rows:<9} {figures[1]:<13.2f} {figures[2]:<10.2f} {total:<8.2f} {figures[3]:<8.0f} {growth}")
        before = rows, total


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(Path(sys.argv[2]))
    else:
        main(harness.asked(__doc__, "rows", [250_000, 1_000_000, 4_000_000]))
