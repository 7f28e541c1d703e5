"""How often the limits over all weekly looks hold at every look, for skewed bounded changes.

python benchmarks/looks.py run     # writes benchmarks/looks.csv

26 weekly looks while the patients come in. Changes in days per 28: nine in ten fall by 0 to 4 days, a tenth
by 20 to 28 (skewness about -2).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from written import run

from outcomes.models.stats.sequential import bounded_mean_sequence

LOOKS, STUDIES = 26, 100
TRUTH = -(0.9 * 2 + 0.1 * 24)


def changes(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return the changes of n patients."""
    strong = rng.random(n) < 0.1
    return -np.where(strong, rng.uniform(20, 28, n), rng.uniform(0, 4, n))


def table(studies: int) -> pd.DataFrame:
    """Return how often all looks hold, by number of patients: the sequence, and the t interval of each."""
    lines = []
    for n in (15, 40, 150):
        rng = np.random.default_rng(n)
        seen = np.ceil(np.arange(1, LOOKS + 1) * n / LOOKS).astype(int)
        held, single, width = [], [], []
        for _ in range(studies):
            values = changes(rng, n)
            frame = bounded_mean_sequence(values, seen, low=-28, high=28).to_frame()
            inside = (frame["lower"] <= TRUTH) & (frame["upper"] >= TRUTH)
            alone = frame[["lower_single", "upper_single"]]
            lone = (alone["lower_single"] <= TRUTH) & (alone["upper_single"] >= TRUTH) | alone.isna().any(
                axis=1
            )
            held.append(inside.all())
            single.append(lone.all())
            width.append(float(frame["upper"].iloc[-1] - frame["lower"].iloc[-1]))
        share, error = np.mean(held), np.sqrt(np.mean(held) * (1 - np.mean(held)) / studies)
        lines.append(
            {
                "n": n,
                "studies": studies,
                "truth": f"{TRUTH:.1f}",
                "sequence holds at all looks": f"{share:.1%}",
                "error": f"{error:.1%}",
                "single interval holds at all looks": f"{np.mean(single):.1%}",
                "mean width at the last look": f"{np.mean(width):.1f}",
            }
        )
    return pd.DataFrame(lines)


if __name__ == "__main__":
    run(table, "looks", studies=STUDIES, quick=20, about=__doc__)
