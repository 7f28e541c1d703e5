"""MMRM: CPU seconds from formula to summary, one thread, six visits, 18 fixed effects.

    python benchmarks/mmrm.py              # 200 to 20,000 subjects
    python benchmarks/mmrm.py --million    # and 1,000,000 subjects, in a process of its own

R's mmrm 0.3.18 (us, Kenward-Roger) used 0.37 / 1.70 / 8.4 / 35.6 s on the same work on a quiet machine.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import sys
import time

import numpy as np
import pandas as pd

from outcomes.models.mmrm import mmrm

VISITS = [f"month{i}" for i in range(1, 7)]
FORMULA = "change ~ baseline * visit + arm * visit"
#: Seconds of CPU: what R used, and what this package must stay below.
R_SECONDS = {200: 0.37, 1_000: 1.70, 5_000: 8.4, 20_000: 35.6}
LIMIT = {200: 0.02, 1_000: 0.025, 5_000: 0.048, 20_000: 0.107, 1_000_000: 10.0}
#: The same of the tests of all terms, and of contrasts that hold together, at 20,000 subjects.
TESTS_LIMIT = 0.3
REPEATS = 15


def make_data(subjects: int, *, seed: int = 20260101) -> pd.DataFrame:
    """Return a two-arm trial with drop-out and missed visits, sorted by patient and visit."""
    rng = np.random.default_rng(seed)
    arm = rng.integers(0, 2, subjects)
    baseline = rng.normal(14, 4, subjects).round(1)
    patient = rng.normal(0, 2.5, subjects)
    month = np.arange(1, 7)
    mean = -0.4 * month - np.outer(arm, 0.3 * month) - 0.2 * (baseline[:, None] - 14)
    noise = rng.normal(0, 1, (subjects, 6)) * np.linspace(2, 3, 6)
    change = mean + patient[:, None] + noise
    gone = np.cumsum(rng.random((subjects, 6)) < 0.03, axis=1) > 0
    seen = ~(gone | (rng.random((subjects, 6)) < 0.02))
    row = np.flatnonzero(seen)
    who = row // 6
    return pd.DataFrame(
        {
            "patient_id": who,
            "visit": pd.Categorical.from_codes(row % 6, VISITS),
            "arm": pd.Categorical.from_codes(arm[who], ["placebo", "active"]),
            "baseline": baseline[who],
            "change": change.ravel()[row],
        }
    )


def seconds(data: pd.DataFrame) -> float:
    """Return CPU seconds of one fit with its summary."""
    begin = time.process_time()
    fit = mmrm(FORMULA, data, subject="patient_id", visit="visit", df="kenward-roger-linear")
    fit.summary()
    return time.process_time() - begin


def report(subjects: int, repeats: int) -> bool:
    """Print one line of the table; return whether it was within its limit."""
    data = make_data(subjects)
    used = [seconds(data) for _ in range(repeats + 1)]
    median = statistics.median(used[1:] or used)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    r = f"{R_SECONDS[subjects]:.2f}" if subjects in R_SECONDS else "-"
    cells = (
        f"{subjects:,}",
        f"{len(data):,}",
        f"{used[0]:.3f}",
        f"{median:.3f}",
        f"{LIMIT[subjects]:.2f}",
        r,
    )
    print("".join(cell.rjust(11) for cell in (*cells, f"{peak:.2f}")))
    return median <= LIMIT[subjects]


def report_tests(subjects: int, repeats: int) -> bool:
    """Print the time of tests of terms and of contrasts by the multivariate t."""
    fit = mmrm(FORMULA, make_data(subjects), subject="patient_id", visit="visit")
    within = True
    for name, call in {
        "anova, type III": lambda: fit.anova(type="III"),
        "6 contrasts of arms, mvt": lambda: fit.contrasts(
            "arm", by="visit", ref="placebo", method="reference", adjust="mvt", family="all"
        ),
        "15 contrasts of visits, mvt": lambda: fit.contrasts("visit", adjust="mvt"),
    }.items():
        used = []
        for _ in range(repeats):
            begin = time.process_time()
            call()
            used.append(time.process_time() - begin)
        median = statistics.median(used)
        within &= median <= TESTS_LIMIT
        print(f"{subjects:,} subjects, {name}: {median:.3f} s CPU (limit {TESTS_LIMIT})")
    return within


def one_thread() -> None:
    """Start again with one thread for the linear algebra, which is told before NumPy loads."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    if any(os.environ.get(name) != "1" for name in names):
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | dict.fromkeys(names, "1"))


def main() -> None:
    one_thread()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--million", action="store_true", help="also fit 1,000,000 subjects (about 1 GB)")
    options = parser.parse_args()
    fit = mmrm(FORMULA, make_data(200), subject="patient_id", visit="visit")
    print(
        f"{cpu_name()}, Python {platform.python_version()}, NumPy {np.__version__}, pandas {pd.__version__}"
    )
    print(f"{FORMULA}: {len(fit.params)} fixed effects, {fit.method_line}; CPU seconds, one thread")
    head = ("subjects", "rows", "first", "median", "limit", "R mmrm", "peak GB")
    print("".join(title.rjust(11) for title in head))
    within = [report(subjects, REPEATS) for subjects in R_SECONDS]
    within.append(report_tests(20_000, REPEATS))
    if options.million:
        within.append(report(1_000_000, 0))
    if not all(within):
        raise SystemExit("over the limit: run it again on a quiet machine")


def cpu_name() -> str:
    """Return the processor's name where the system tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.platform()


if __name__ == "__main__":
    main()
