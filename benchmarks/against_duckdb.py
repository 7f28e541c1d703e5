"""The same diary into the same periods by DuckDB and by `outcomes`: CPU seconds of one thread, and memory.

    python benchmarks/against_duckdb.py                   # 1,000,000 rows of 12 columns, three turns
    python benchmarks/against_duckdb.py 1000000 4000000   # also how both grow

The two take turns, each in a process of its own, and must agree on every count. DuckDB reads and counts;
`outcomes` also checks every cell, accounts for every line and keeps what a finding needs. Needs `duckdb`.
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
from check_and_periods import write

TURNS = 3
#: The aim: so many times the CPU of DuckDB, and so many MB for a million rows.
AIM, AIM_MB = 2.5, 500
COUNTS = """
SELECT d.patient_id,
       CASE WHEN d.date > p.index_date THEN (d.date - p.index_date - 1) // 28 + 1 ELSE 0 END AS period_number,
       count(*) AS days_recorded,
       count(*) FILTER (d.headache = 'yes') AS days_with_event,
       avg(d.pain) AS pain, avg(d.duration_h) AS duration_h,
       count(*) FILTER (d.nausea = 'yes' OR (d.photophobia = 'yes' AND d.phonophobia = 'yes')) AS associated,
       count(*) FILTER (d.acute_medication <> 'none') AS medication,
       count(*) FILTER (d.unilateral = 'yes' OR d.pulsating = 'yes' OR d.aggravated = 'yes') AS quality
FROM read_csv('{folder}/diary.csv', types = {{'patient_id': 'VARCHAR', 'date': 'DATE'}}) AS d
JOIN read_csv('{folder}/patients.csv', types = {{'patient_id': 'VARCHAR', 'index_date': 'DATE'}}) AS p
USING (patient_id)
WHERE d.date - p.index_date BETWEEN -28 AND -1 OR d.date - p.index_date > 0
GROUP BY ALL ORDER BY ALL
"""


def measure_duckdb(folder: Path) -> pd.DataFrame:
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    with stopwatch():
        return connection.execute(COUNTS.format(folder=folder)).df()


def measure_outcomes(folder: Path) -> pd.DataFrame:
    import outcomes as oc

    oc.load_example()  # what is imported late is no part of the reading
    with stopwatch():
        study = oc.read_study(folder)
        return oc.periods(study)


class stopwatch:
    """Print CPU seconds and the peak memory of the process."""

    def __enter__(self) -> None:
        self.begin = time.process_time()

    def __exit__(self, *_: object) -> None:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{time.process_time() - self.begin:.3f} {peak:.0f}")


def turn(name: str, folder: Path) -> tuple[float, float]:
    words = [sys.executable, __file__, "--measure", name, str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    seconds, peak = map(float, done.stdout.split())
    return seconds, peak


def hold_same(folder: Path) -> None:
    """Hold that both count the same days in the same periods."""
    columns = ["patient_id", "period_number", "days_recorded", "days_with_event"]
    ours, theirs = (pd.read_parquet(folder / f"{name}.parquet")[columns] for name in ("outcomes", "duckdb"))
    theirs = theirs.query("period_number > 0").sort_values(columns[:2])
    ours = ours.query("days_recorded > 0").sort_values(columns[:2])
    same = np.array_equal(ours.to_numpy(dtype="str"), theirs.to_numpy(dtype="str"))
    assert same, "the counts are not the same"


def main(sizes: list[int]) -> None:
    print(f"{platform.machine()}, {platform.python_implementation()} {platform.python_version()}, one thread")
    print("rows      duckdb s  outcomes s  ratio (lowest to highest)  duckdb MB  outcomes MB")
    for rows in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            # in a process of its own: the peak memory of a process begins with that of its parent
            subprocess.run([sys.executable, __file__, "--write", str(rows), name], check=True)
            turns = [(turn("duckdb", folder), turn("outcomes", folder)) for _ in range(TURNS)]
            hold_same(folder)
        ratios = [ours[0] / theirs[0] for theirs, ours in turns]
        theirs, ours = np.median(turns, axis=0)
        print(
            f"{rows:<9} {theirs[0]:<9.2f} {ours[0]:<11.2f} {np.median(ratios):.2f} ({min(ratios):.2f} to"
            f" {max(ratios):.2f})        {theirs[1]:<10.0f} {ours[1]:.0f}"
        )
        if rows == 1_000_000:
            met = np.median(ratios) <= AIM and ours[1] <= AIM_MB
            print(f"aim: at most {AIM} times DuckDB and {AIM_MB} MB: {'met' if met else 'not met'}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write(Path(sys.argv[3]), int(sys.argv[2]))
    elif sys.argv[1:2] == ["--measure"]:
        run = {"duckdb": measure_duckdb, "outcomes": measure_outcomes}[sys.argv[2]]
        counted = run(Path(sys.argv[3]))
        counted.to_parquet(Path(sys.argv[3]) / f"{sys.argv[2]}.parquet")
    else:
        main(harness.asked(__doc__, "rows", [1_000_000]))
