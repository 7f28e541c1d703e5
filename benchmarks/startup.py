"""What a first use costs: CPU seconds from the start to the first number, beside `import pandas`.

    python benchmarks/startup.py            # medians of five turns; the ratios into history.csv

`import` is `import outcomes`; `incidence` a table of events from two small frames; `estimate` reads and
checks the example study and answers its primary question.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from statistics import median

import harness

TURNS = 5
INCIDENCE = """
import pandas as pd, outcomes as oc
events = pd.DataFrame({"patient_id": ["a", "a", "b"], "group": ["nausea", "headache", "nausea"]})
print(oc.incidence(events, pd.DataFrame({"patient_id": list("abcdefgh")}), by="group"))
"""
ESTIMATE = "import outcomes as oc; print(oc.estimate(oc.load_example()))"
CASES = {
    "pandas": "import pandas",
    "import": "import outcomes",
    "incidence": INCIDENCE,
    "estimate": ESTIMATE,
}


def seconds(code: str) -> float:
    """Return CPU seconds of a process that runs the code."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env=os.environ)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    print(
        harness.environment("outcomes", "pandas", "pandera", "scipy") + f"; load {os.getloadavg()[0]:.1f}\n"
    )
    turns = [{name: seconds(code) for name, code in CASES.items()} for _ in range(TURNS)]
    found = {name: median(turn[name] for turn in turns) for name in CASES}
    rows = [[name, f"{took:.2f}", f"{took / found['pandas']:.2f}"] for name, took in found.items()]
    print(harness.table(["first use", "CPU s", "times importing pandas"], rows))
    for name in ("incidence", "estimate"):
        harness.record(f"first {name} / import pandas", 1, found[name] / found["pandas"])


if __name__ == "__main__":
    harness.asked(__doc__)
    main()
