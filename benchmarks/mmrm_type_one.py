"""Type I error of every df method of MMRM in small trials: share of P < .05 where nothing differs.

    python benchmarks/mmrm_type_one.py [trials]

Two arms of equal size, four visits, an unstructured truth, 8 % drop-out a visit, no difference; the test
is the difference of the arms at the last visit under an unstructured covariance. Trials whose
unstructured fit does not converge are counted apart and left out of the shares.
"""

from __future__ import annotations

from collections import Counter

import harness
import numpy as np
import pandas as pd

from outcomes.errors import ModelError
from outcomes.models.mmrm import mmrm

VISITS, DROP_OUT = 4, 0.08
SIZES = (12, 24, 40, 100)
METHODS = {
    "kenward-roger-linear": {"df": "kenward-roger-linear"},
    "kenward-roger": {"df": "kenward-roger"},
    "satterthwaite": {"df": "satterthwaite"},
    "between-within": {"df": "between-within"},
    "residual": {"df": "residual"},
    "empirical, satterthwaite": {"df": "satterthwaite", "vcov": "empirical"},
    "bias-reduced, satterthwaite": {"df": "satterthwaite", "vcov": "empirical-bias-reduced"},
}


def make_trial(subjects: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return a trial without any difference between its arms."""
    level = rng.normal(0, 2, (subjects, 1))
    drift = np.cumsum(rng.normal(0, 1, (subjects, VISITS)), axis=1)
    y = 12 + level + drift + rng.normal(0, 1, (subjects, VISITS))
    seen = np.cumsum(rng.random((subjects, VISITS)) < DROP_OUT, axis=1) == 0
    who, visit = np.nonzero(seen)
    arm = np.array(["active", "placebo"])[who % 2]
    return pd.DataFrame({"patient": who, "visit": visit + 1, "arm": arm, "y": y[who, visit]})


def p_value(data: pd.DataFrame, options: dict[str, str]) -> float:
    fit = mmrm("y ~ arm * visit", data, subject="patient", visit="visit", fallback=None, **options)
    last = fit.contrasts("arm", at={"visit": VISITS}, ref="placebo")
    return float(last["p_value"][0])


def main(trials: int = 300) -> None:
    for subjects in SIZES:
        rng, hits, failed = np.random.default_rng(subjects), Counter[str](), 0
        for _ in range(trials):
            data = make_trial(subjects, rng)
            try:
                hits.update(name for name, options in METHODS.items() if p_value(data, options) < 0.05)
            except ModelError:
                failed += 1
        n = trials - failed
        error = 100 * np.sqrt(0.05 * 0.95 / n)
        shares = ", ".join(f"{name} {100 * hits[name] / n:.1f}" for name in METHODS)
        print(f"{subjects} subjects, {n} trials ({failed} did not converge), +-{error:.1f} %: {shares}")


if __name__ == "__main__":
    main(*harness.asked(__doc__, "trials")[:1])
