"""A small simulated trial that the tests of mmrm share."""

from __future__ import annotations

import numpy as np
import pandas as pd

VISITS = ["month1", "month2", "month3", "month4"]


def make_trial(subjects: int = 60, *, seed: int = 11, visits: int = 4, missing: float = 0.15) -> pd.DataFrame:
    """Return a two-arm trial with a site, a baseline, weights and missing responses."""
    rng = np.random.default_rng(seed)
    who, when = np.repeat(np.arange(subjects), visits), np.tile(np.arange(visits), subjects)
    arm = rng.permutation(np.arange(subjects) % 2)
    baseline = rng.normal(14, 3, subjects)
    level = rng.normal(0, 2, subjects)
    change = level[who] - 0.5 * when - 0.6 * arm[who] * when - 0.3 * (baseline[who] - 14)
    change += rng.normal(0, 1, len(who)) * (1 + 0.3 * when)
    frame = pd.DataFrame(
        {
            "patient": [f"P{i:03d}" for i in who],
            "visit": pd.Categorical(
                [f"month{i + 1}" for i in when], [f"month{i + 1}" for i in range(visits)]
            ),
            "day": 28.0 * (when + 1) + rng.integers(-3, 4, len(who)),
            "arm": pd.Categorical.from_codes(arm[who], ["placebo", "active"]),
            "site": pd.Categorical.from_codes(who % 3, ["A", "B", "C"]),
            "baseline": baseline[who],
            "change": change,
            "w": rng.uniform(0.5, 2.0, len(who)),
        }
    )
    frame.loc[rng.random(len(who)) < missing, "change"] = np.nan
    return frame
