"""What partitions cost: CPU seconds, bytes and memory of each stage for a million diary rows.

    python benchmarks/scale.py                      # 500,000, 1,000,000 and 2,000,000 rows
    python benchmarks/scale.py 1000000 16000000     # other sizes
    python benchmarks/scale.py --memory 100000000   # two workers of 2 GB on loopback: the peak of each, once

Each patient has 365 diary days. The stages: `partition` (read, part, write), `analyse` on one thread (prove,
read, check, days, periods, cross products, add), the same on two processes, and `results` (estimand, means,
mixed model) from the sums. Wall-clock seconds tell what a second core adds: nothing, on a busy machine.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import harness
import numpy as np
import pandas as pd

DAYS, PARTITION_ROWS = 365, 250_000
SYMPTOMS = ("unilateral", "nausea", "photophobia", "phonophobia")


def write(folder: str, rows: str) -> None:
    """Write a study of Parquet files, a bounded number of patients at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    out, patients = Path(folder), int(rows) // DAYS
    out.mkdir(exist_ok=True)
    writer = None
    for first in range(0, patients, 500):
        some = min(500, patients - first)
        part = pa.Table.from_pandas(_diary(first, some), preserve_index=False)
        writer = writer or pq.ParquetWriter(out / "diary.parquet", part.schema)
        writer.write_table(part)
    if writer is not None:
        writer.close()
    ids = [f"P{number:08d}" for number in range(patients)]
    pd.DataFrame({"patient_id": ids, "index_date": "2025-03-10"}).to_parquet(out / "patients.parquet")
    tables = "".join(f'[tables.{name}]\nfile = "{name}.parquet"\n' for name in ("diary", "patients"))
    limits = "[limits]\nmax_rows = 1000000000\nmax_file_mb = 100000\n"
    (out / "study.toml").write_text(f'title = "Large"\ncutoff = 2025-12-31\n{limits}{tables}')


def _diary(first: int, patients: int) -> pd.DataFrame:
    rng = np.random.default_rng(first)
    rows = patients * DAYS
    headache = rng.random(rows) < np.repeat(rng.beta(4, 1, patients), DAYS)
    dates = np.datetime_as_string(np.datetime64("2025-01-01") + np.arange(DAYS), unit="D")
    yes = np.where(rng.random((4, rows)) < 0.6, "yes", "no")
    return pd.DataFrame(
        {
            "patient_id": np.repeat([f"P{number:08d}" for number in range(first, first + patients)], DAYS),
            "date": np.tile(dates, patients),
            "headache": np.where(headache, "yes", "no"),
            "pain": np.where(headache, rng.integers(1, 11, rows).astype(str), ""),
            "duration_h": np.where(headache, rng.integers(1, 25, rows).astype(str), ""),
            **{name: np.where(headache, yes[i], "") for i, name in enumerate(SYMPTOMS)},
            "acute_medication": np.where(headache & (rng.random(rows) < 0.4), "triptan", "none"),
        }
    )  # fmt: skip


def partition(folder: str, rows: str) -> None:
    import outcomes as oc

    number = max(2, int(rows) // PARTITION_ROWS)
    oc.scale.partition(folder, Path(folder) / "parted", partitions=number, rows=PARTITION_ROWS)


def threads(folder: str, rows: str) -> None:
    _analyse(folder, "threads", workers=1)


def processes(folder: str, rows: str) -> None:
    _analyse(folder, "processes", workers=2)


def _analyse(folder: str, scheduler: str, workers: int) -> None:
    import dask

    import outcomes as oc

    begin = time.perf_counter()
    with dask.config.set(num_workers=workers):
        oc.scale.analyse(Path(folder) / "parted", scheduler)
    print(f"{time.perf_counter() - begin:.2f}", file=sys.stderr)


def cluster(folder: str, rows: str) -> None:
    """Analyse on two workers of 2 GB each: a worker that needs more is killed. Print the peak MB of each."""
    import distributed

    import outcomes as oc

    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, memory_limit="2GB", dashboard_address=None
        ) as made,
        distributed.Client(made) as client,
    ):
        oc.scale.analyse(Path(folder) / "parted", made.scheduler_address)
        peaks = client.run(_peak)
    print(" and ".join(f"{peak:.0f}" for peak in peaks.values()), file=sys.stderr)


def _peak() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def results(folder: str, rows: str) -> None:
    import outcomes as oc

    found = oc.scale.analyse(Path(folder) / "parted")
    begin = time.process_time()
    assert found.estimand.status == found.means.status == found.mixed.status == "ok"
    print(f"{time.process_time() - begin:.2f}", file=sys.stderr)


CASES = {call.__name__: call for call in (write, partition, threads, processes, cluster, results)}


def stage(name: str, folder: str, rows: int) -> tuple[float, float, float]:
    """Return CPU seconds, peak MB, and what the case says of itself."""
    words = [sys.executable, __file__, "--measure", name, folder, str(rows)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    seconds, peak = map(float, done.stdout.split()[-2:])
    return seconds, peak, float(done.stderr.split()[-1]) if done.stderr.strip() else float("nan")


def memory(rows: int) -> None:
    """Print what one large data set needs: CPU seconds of each stage, and peak MB of driver and workers."""
    with tempfile.TemporaryDirectory() as name:
        for case in ("write", "partition", "cluster"):
            words = [sys.executable, __file__, "--measure", case, name, str(rows)]
            begin = time.perf_counter()
            done = subprocess.run(words, capture_output=True, text=True, check=True)
            seconds, peak = map(float, done.stdout.split()[-2:])
            clock = time.perf_counter() - begin
            told = done.stderr.strip().splitlines()[-1:] if case == "cluster" else []
            print(
                f"{case}: {seconds:.0f} CPU s, {clock:.0f} s of the clock, peak {peak:.0f} MB",
                *told,
                flush=True,
            )


def main(sizes: list[int]) -> None:
    print(harness.environment("outcomes", "pandas", "pyarrow", "dask") + "; CPU seconds\n")
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            stage("write", name, size)
            parting, one, two, made = (
                stage(case, name, size) for case in ("partition", "threads", "processes", "results")
            )
            disk = sum(file.stat().st_size for file in (Path(name) / "parted").rglob("*.parquet"))
        million = size / 1e6
        rows.append(
            [f"{size:,}", f"{parting[0] / million:.1f}", f"{parting[1]:.0f}", f"{disk / million / 1e6:.1f}",
             f"{one[0] / million:.1f}", f"{one[1]:.0f}", f"{one[2] / two[2]:.2f}", f"{made[2]:.2f}"]
        )  # fmt: skip
        harness.record("analyse / partition", size, one[0] / parting[0])
    head = ["diary rows", "partition s / million", "its MB", "MB on disk / million", "analyse s / million",
            "its MB", "two processes against one thread, wall", "results s"]  # fmt: skip
    print(harness.table(head, rows))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        harness.measure(CASES, sys.argv[2:])
    else:
        parser = argparse.ArgumentParser(
            description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        parser.add_argument("rows", nargs="*", type=harness.at_least(10 * DAYS))
        parser.add_argument("--memory", metavar="ROWS", type=harness.at_least(10 * DAYS))
        options = parser.parse_args()
        if options.memory:
            memory(options.memory)
        else:
            main(options.rows or [500_000, 1_000_000, 2_000_000])
