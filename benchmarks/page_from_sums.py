"""What the page of a study in partitions costs the driver, from what the partitions give.

    python benchmarks/page_from_sums.py                        # 10,000, 40,000 and 160,000 patients
    python benchmarks/page_from_sums.py 1000000                # other sizes
    python benchmarks/page_from_sums.py --tables 10000 40000   # with sessions, events and questionnaires too
    python benchmarks/page_from_sums.py --clinic               # the clinic's page, which has more

The answers of the partitions of a small study are given again under new identifiers until there are as many
patients as asked for; making them is not counted. Counted are the start (imports), all that the driver does
with the answers, and the page; then a second page into the same folder, which is held against the first one.
A diary has 365 days. With ``--tables`` the study is simulated.
"""

from __future__ import annotations

import argparse
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import harness
import numpy as np
import pandas as pd

import scale

#: Patients of the study whose answers are copied.
PATIENTS = 2_000
TURNS = 3
#: Columns that say who or what a row is.
NAMES = ("patient_id", "session_id", "event_id")


def study(folder: str, patients: str, kind: str) -> None:
    """Write a small study and partition it: 1,000 patients a partition."""
    import outcomes as oc
    from outcomes.simulate import write_simulated

    number = max(2, int(patients) // 1_000)
    if kind == "diaries":
        scale.write(folder, str(int(patients) * scale.DAYS))
    else:
        write_simulated(folder, patients=int(patients), seed=1, months=3)
    oc.scale.partition(folder, Path(folder) / "parted", partitions=number)


def copied(answer: Any, tag: str) -> Any:
    """Return what other patients of the same kind would give: the same numbers under other identifiers."""
    if isinstance(answer, pd.DataFrame):
        own = {name: answer[name] + tag for name in NAMES if name in answer}
        return answer.assign(**own) if own else answer
    if isinstance(answer, np.ndarray) and answer.dtype == np.uint64:
        return np.sort(answer + np.uint64(int(tag)))
    if isinstance(answer, dict):
        return {key: copied(value, tag) for key, value in answer.items()}
    if is_dataclass(answer) and not isinstance(answer, type):
        own = {field.name: getattr(answer, field.name) for field in fields(answer)}
        if "parts" in own:  # cross products of a part are added once
            return replace(answer, parts=frozenset(part + tag for part in own["parts"]))
        return replace(answer, **{name: copied(value, tag) for name, value in own.items()})
    return answer


class Copies:
    """Stands for the pass over the partitions: the CPU seconds that it takes are told apart."""

    def __init__(self, copies: int) -> None:
        self.copies, self.seconds = copies, 0.0

    def __call__(self, work: Callable[[int], Any], parts: int, scheduler: str | None) -> list[Any]:
        begin = time.process_time()
        found = [work(number) for number in range(parts)]
        made = [
            {key: copied(answer, f"{copy:05d}") for key, answer in part.items()}
            for copy in range(self.copies)
            for part in found
        ]
        self.seconds += time.process_time() - begin
        return made


def page(folder: str, patients: str, audience: str) -> None:
    """Make the report twice; print CPU seconds of start and first page, and of the second one."""
    from outcomes.cli import main
    from outcomes.scale import parted_study

    whole = Copies(int(patients) // PATIENTS)
    parted_study.over_parts = whole
    told = []
    with tempfile.TemporaryDirectory() as out:
        sys.argv = [
            "outcomes",
            "report",
            str(Path(folder) / "parted"),
            "--scheduler",
            "threads",
            "--out",
            out,
            "--audience",
            audience,
        ]
        for _ in range(2):
            begin = time.process_time() if told else 0.0
            before = whole.seconds
            try:
                main()
            except SystemExit as left:
                if left.code:
                    raise RuntimeError(f"the report ended with {left.code}") from None
            told.append(time.process_time() - begin - (whole.seconds - before))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(" ".join(f"{seconds:.3f}" for seconds in told), f"{peak:.0f}", file=sys.stderr)


CASES = {call.__name__: call for call in (study, page)}


def measured(folder: str, patients: int, audience: str) -> list[float]:
    """Return CPU seconds of the first and of the second page, and peak MB, of a process of its own."""
    import subprocess

    words = [sys.executable, __file__, "--measure", "page", folder, str(patients), audience]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return [float(text) for text in re.findall(r"[\d.]+", done.stderr.strip().splitlines()[-1])]


def main(sizes: list[int], kind: str, audience: str) -> None:
    print(harness.environment("outcomes", "pandas", "numpy", "pyarrow") + "; CPU seconds of the driver\n")
    rows, before = [], None
    with tempfile.TemporaryDirectory() as folder:
        harness.measured(__file__, "study", folder, PATIENTS, kind)
        for size in sizes:
            turns = [measured(folder, size, audience) for _ in range(TURNS)]
            first, second, peak = (median(turn[place] for turn in turns) for place in range(3))
            growth = "" if before is None else f"{first / before:.2f}"
            rows.append([f"{size:,}", f"{first:.1f}", growth, f"{second:.1f}", f"{peak:,.0f}"])
            before = first
    head = ["patients", "first page", "times the size before", "second page", "peak MB"]
    print(harness.table(head, rows))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        harness.measure(CASES, sys.argv[2:])
    else:
        parser = argparse.ArgumentParser(
            description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        parser.add_argument("patients", nargs="*", type=harness.at_least(PATIENTS))
        parser.add_argument("--tables", action="store_true")
        parser.add_argument("--clinic", action="store_true")
        options = parser.parse_args()
        main(
            options.patients or [10_000, 40_000, 160_000],
            "tables" if options.tables else "diaries",
            "clinic" if options.clinic else "external",
        )
