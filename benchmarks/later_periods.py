"""Coverage of later periods when patients are treated again because of their days.

    python benchmarks/later_periods.py         # three studies of one cell, printed
    python benchmarks/later_periods.py run     # writes benchmarks/later_periods.csv

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

HERE = Path(__file__).resolve().parent
MONTHS, IMPUTATIONS = 6, 20
#: Patients of a study -> studies.
STUDIES = {15: 24, 40: 24, 150: 16}
CELLS = list(product(STUDIES, ("relapse", "worsening"), (0.0, 0.7)))
QUICK = (40, "worsening", 0.7)


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


def made(patients: int, rule: str, wave_sd: float, count: int) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Yield periods and days of each study."""
    parameters = law(rule, wave_sd)
    for seed in range(1, count + 1):
        tables, _ = simulate_tables(patients, seed=seed, months=MONTHS, parameters=parameters)
        study = oc.Study(**tables, timezone=parameters.timezone)
        yield oc.periods(study), oc.days(study)


def studies(patients: int, rule: str, wave_sd: float, count: int) -> Iterator[pd.DataFrame]:
    """Yield a frame a study: period_number, truth, and estimate and limits of both ways."""
    truth = population_truth(law(rule, wave_sd), months=MONTHS, drug={"": True})
    truth = truth[truth["strategy"] == "hypothetical"].set_index("period_number")["change"]
    for seed, (rows, days) in enumerate(made(patients, rule, wave_sd, count), start=1):
        found = later_periods(rows, days, imputations=IMPUTATIONS, rng=seed).to_frame()
        left = change(rows).to_frame()
        number = rows.drop_duplicates("period").set_index("period")["period_number"]
        left = left.set_index(left["period"].map(number).astype(int))[["lower", "upper"]]
        own = found.set_index("period_number")[["estimate", "lower", "upper"]]
        frame = own.join(left.add_prefix("left_")).assign(truth=truth).rename_axis("period_number")
        yield frame.reset_index().assign(patients=patients, rule=rule, wave_sd=wave_sd)


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Return bias and coverage of each cell and period."""
    known = frame[frame["estimate"].notna()].copy()
    known["bias"] = known["estimate"] - known["truth"]
    for name in ("", "left_"):
        inside = (known[f"{name}lower"] <= known["truth"]) & (known["truth"] <= known[f"{name}upper"])
        known[f"{name}covers"] = inside.where(known[f"{name}lower"].notna())
    grouped = known.groupby(["patients", "rule", "wave_sd", "period_number"])
    out = grouped[["truth", "bias", "covers", "left_covers"]].agg("mean").reset_index()
    share = out["covers"].astype(float)
    count = grouped.size().to_numpy()
    percent = {name: out[name].astype(float).map("{:.0%}".format) for name in ("covers", "left_covers")}
    return pd.DataFrame(
        {
            "patients": out["patients"],
            "treated again at": out["rule"],
            "wave SD": out["wave_sd"],
            "period": out["period_number"],
            "studies": count,
            "truth": out["truth"].map("{:.1f}".format),
            "bias": out["bias"].map("{:+.2f}".format),
            "covers": percent["covers"],
            "error": np.sqrt(share * (1 - share) / count).map("{:.0%}".format),
            "mean of those left covers": percent["left_covers"],
        }
    )


def main() -> None:
    """Run one cell, or all and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", nargs="?", choices=["run"])
    whole = parser.parse_args().command is not None
    cells = [(*cell, STUDIES[cell[0]]) for cell in CELLS] if whole else [(*QUICK, 3)]
    table = summary(pd.concat([frame for cell in cells for frame in studies(*cell)]))
    print(table.to_string(index=False))
    if whole:
        table.to_csv(HERE / "later_periods.csv", index=False)


if __name__ == "__main__":
    main()
