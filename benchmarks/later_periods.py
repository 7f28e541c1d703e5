"""Coverage of later periods when patients are treated again because of their days.

    python benchmarks/later_periods.py                       # three studies of one cell
    python benchmarks/later_periods.py --studies 200 --out later.csv

Each study is simulated, checked and derived; the truth is that of 20,000 patients as if nobody had been
treated again. A row a cell and period: studies with a number, bias, coverage and its Monte Carlo error, and
beside it how often an interval of the observed mean (who is left) covers.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

import outcomes as oc
from outcomes.models.headache.change import change
from outcomes.models.headache.later_periods import later_periods
from outcomes.simulate import (
    Compliance,
    Parameters,
    Retreatment,
    Waves,
    population_truth,
    scenario_parameters,
    simulate_tables,
)

MONTHS = 6
CELLS = list(product((15, 40, 150), ("random", "relapse", "worsening"), (0.0, 0.7)))
QUICK = [(40, "worsening", 0.7)]


def law(rule: str, wave_sd: float) -> Parameters:
    """Return refractory patients; 15 % of the responders lose the effect each month."""
    base = scenario_parameters("treated")
    share = {"random": 0.3, "relapse": 1.0, "worsening": 0.5}[rule]
    return replace(
        base,
        headache=replace(base.headache, relapse=0.15),
        waves=Waves(wave_sd),
        retreatment=Retreatment(rule, share=share),
        compliance=Compliance(free_odds_ratio=1.0, short_baseline=0.0),
    )


def studies(patients: int, rule: str, wave_sd: float, count: int, first: int) -> Iterator[pd.DataFrame]:
    """Yield a frame a study: period_number, truth, and estimate and limits of both ways."""
    parameters = law(rule, wave_sd)
    truth = population_truth(parameters, months=MONTHS, drug={"": True})
    truth = truth[truth["strategy"] == "hypothetical"].set_index("period_number")["change"]
    for seed in range(first, first + count):
        tables, _ = simulate_tables(patients, seed=seed, months=MONTHS, parameters=parameters)
        study = oc.Study(**tables, timezone=parameters.timezone)
        rows = oc.periods(study)
        found = later_periods(rows, oc.days(study), imputations=20, rng=seed).to_frame()
        left = change(rows).to_frame().set_index(oc.periods(study)["period_number"].unique())
        own = found.set_index("period_number")[["estimate", "lower", "upper", "n"]]
        frame = own.join(left[["lower", "upper"]].add_prefix("left_"))
        yield frame.assign(truth=truth).rename_axis("period_number").reset_index()


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Return bias and coverage of each cell and period."""
    known = frame[frame["estimate"].notna()].copy()
    known["covers"] = (known["lower"] <= known["truth"]) & (known["truth"] <= known["upper"])
    known["left_covers"] = (known["left_lower"] <= known["truth"]) & (known["truth"] <= known["left_upper"])
    known["bias"] = known["estimate"] - known["truth"]
    grouped = known.groupby(["patients", "rule", "wave_sd", "period_number"])
    out = grouped.agg(
        studies=("bias", "size"),
        truth=("truth", "first"),
        bias=("bias", "mean"),
        covers=("covers", "mean"),
        left_covers=("left_covers", "mean"),
    ).reset_index()
    out["error"] = np.sqrt(out["covers"] * (1 - out["covers"]) / out["studies"])
    return out.round(3)


def main() -> None:
    """Run the cells and print or write the summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=3)
    parser.add_argument("--patients", type=int, nargs="*")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    cells = QUICK if arguments.out is None else CELLS
    if arguments.patients:
        cells = [cell for cell in CELLS if cell[0] in arguments.patients]
    parts = []
    for patients, rule, wave_sd in cells:
        for frame in studies(patients, rule, wave_sd, arguments.studies, first=1):
            parts.append(frame.assign(patients=patients, rule=rule, wave_sd=wave_sd))
        if arguments.out is not None:
            summary(pd.concat(parts)).to_csv(arguments.out, index=False)
    print(summary(pd.concat(parts)).to_string(index=False))


if __name__ == "__main__":
    main()
