"""How often is a patient to whom nothing happened said to have fewer days, at 97.5 %?

    python benchmarks/one_patient.py run [--patients 105]    # writes benchmarks/one_patient.csv
    python benchmarks/one_patient.py                        # sixty patients a cell, printed

The world is `chance_world`: levels, slow waves and entry that no estimator assumes, and no treatment.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
from chance_world import MIN_DAYS, MONTH, World, study

from outcomes.models.patient.cohort import chance_alone, cohort_of
from outcomes.models.patient.one_patient import CARRY_OVER
from outcomes.models.patient.own_days import change_of, posterior
from outcomes.models.patient.patient_rules import PatientRules

RESULTS = Path(__file__).resolve().parent / "one_patient.csv"
GRID = tuple(itertools.product((15, 22), (0.0, 0.7), (15, 40, 150)))
SURE = 0.975


def cell(entry: int, wave: float, patients: int, studies: int) -> dict[str, object]:
    """Return how the first month of so many patients fares, by the cohort's law and by own days."""
    rng = np.random.default_rng([entry, int(10 * wave), patients])
    world = World(entry, wave, two_windows=False)
    rules = PatientRules(min_baseline_days=MIN_DAYS, entry_days=entry)
    found = []
    for _ in range(studies):
        days = _days(study(rng, patients, world)[1])
        cohort = cohort_of(days, rules)
        for _, mine in days.groupby("patient_id"):
            before, after = (mine[mine["phase"] == phase] for phase in ("before", "after"))
            if not cohort.laws or len(before) < MIN_DAYS:
                continue
            row = chance_alone(cohort.laws, before, after, rules, 0.95)
            shapes = [
                posterior(int(part["headache"].sum()), len(part), CARRY_OVER) for part in (after, before)
            ]
            alone = change_of(*shapes, tail=0.025, month=MONTH)["p_lower"]
            value = MONTH * after["headache"].mean()
            found.append([row["p_lower"], row["expected_lower"], row["expected_upper"], value, alone])
    p, low, high, value, own = np.array(found, dtype=float).T
    fewer, more, alone = p >= SURE, p <= 1 - SURE, own >= SURE
    return {
        "entry": entry,
        "wave": wave,
        "n": patients,
        "patients": len(p),
        "fewer at 97.5%": f"{fewer.mean():.1%}",
        "more at 97.5%": f"{more.mean():.1%}",
        "MC error": f"{np.sqrt(0.025 * 0.975 / len(p)):.1%}",
        "interval of what chance brings covers": f"{((low <= value) & (value <= high)).mean():.0%}",
        "fewer at 97.5%, own days alone": f"{alone.mean():.1%}",
    }


def _days(days: pd.DataFrame) -> pd.DataFrame:
    """Return the world's days in the form of oc.days; the course is one day long."""
    near = days[days["day"].between(-MONTH, MONTH)]
    return near.assign(
        course=1,
        date=pd.Timestamp("2025-01-01") + pd.to_timedelta(near["day"], unit="D"),
        phase=np.select([near["day"] < 0, near["day"] == 0], ["before", "during"], "after"),
    )


def main() -> None:
    """Print a small run, or write the whole one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=["run"])
    parser.add_argument("--patients", type=int, default=105)
    asked = parser.parse_args()
    patients = asked.patients if asked.what else 60
    table = pd.DataFrame([cell(*which, -(-patients // which[2])) for which in GRID])
    if asked.what:
        table.to_csv(RESULTS, index=False)
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
