"""Coverage of the mean after a second course, when those who fell least are treated again.

python benchmarks/later_courses.py run     # writes benchmarks/later_courses.csv

Changes after both courses are normal, SD 4, correlated by .625; the half that fell least has a second course.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from written import run

import outcomes as oc

TRUTH = {"course 1": -6.0, "course 2": -4.5, "course 2 - course 1": 1.5}
STUDIES = 100


def rows(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Return the values of one study after each course."""
    y = rng.multivariate_normal([TRUTH["course 1"], TRUTH["course 2"]], [[16, 10], [10, 16]], n)
    base = rng.normal(22, 2, n)
    frame = pd.DataFrame({"patient_id": np.repeat(np.arange(n), 2), "course": np.tile([1, 2], n)})
    frame = frame.assign(period_number=1, value=(base[:, None] + y).ravel(), baseline=np.repeat(base, 2))
    again = np.repeat(y[:, 0] > np.median(y[:, 0]), 2)
    return frame.assign(baseline_eligible=True)[(frame["course"] == 1) | again]


def table(studies: int) -> pd.DataFrame:
    """Return bias and coverage by number of patients and term."""
    lines = []
    for n in (15, 40, 150):
        rng = np.random.default_rng(n)
        made = [rows(rng, n) for _ in range(studies)]
        found = pd.concat([oc.later_courses(one).to_frame() for one in made])
        plain = [
            one.loc[one["course"] == 2, "value"] - one.loc[one["course"] == 2, "baseline"] for one in made
        ]
        for term, truth in TRUTH.items():
            own = found[found["term"] == term]
            covers = ((own["lower"] <= truth) & (own["upper"] >= truth)).mean()
            left = f"{np.mean([one.mean() for one in plain]) - truth:+.2f}" if term == "course 2" else ""
            lines.append(
                {
                    "n": n,
                    "term": term,
                    "studies": int(own["estimate"].notna().sum()),
                    "truth": truth,
                    "bias": f"{own['estimate'].mean() - truth:+.2f}",
                    "covers": f"{covers:.0%}",
                    "error": f"{np.sqrt(covers * (1 - covers) / len(own)):.0%}",
                    "bias of the plain mean": left,
                }
            )
    return pd.DataFrame(lines)


if __name__ == "__main__":
    run(table, "later_courses", studies=STUDIES, quick=5, about=__doc__)
