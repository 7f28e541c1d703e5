"""Does "chance alone" cover, and is its net change ever taken for an effect where there is none?

    python benchmarks/chance.py run [--studies 100]     # writes benchmarks/chance.csv
    python benchmarks/chance.py                         # ten studies a cell, printed

The truth is the change of 18,000 patients of the same world (`chance_world`) whose course has a fixed length.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
from chance_world import World, study

from outcomes.models.headache.regression_to_mean import CHANCE, NET, RAW, regression_to_mean

RESULTS = Path(__file__).resolve().parent / "chance.csv"
GRID = tuple(itertools.product((15, 22), (0.0, 0.7), (15, 40, 150), (False, True), (True, False)))


def truth(world: World) -> np.ndarray:
    """Return the mean change of the first two months where nobody's course is titrated."""
    rng = np.random.default_rng(99)
    fixed = World(world.entry, world.wave)
    draws = [study(rng, 3000, fixed)[0].groupby("period_number")["change"].mean() for _ in range(6)]
    return np.mean(draws, axis=0)


def cell(world: World, patients: int, studies: int) -> dict[str, object]:
    """Return how the first month's rows fare over so many studies."""
    rng = np.random.default_rng([int(world.entry), int(10 * world.wave), patients, world.titrated])
    first, found = truth(world)[0], []
    for _ in range(studies):
        periods, days = study(rng, patients, world)
        entry = None if world.two_windows else world.entry
        rows = regression_to_mean(periods, days, entry=entry).to_frame()
        found.append(rows[rows["period"] == "days 1-28"].set_index("term"))
    chance, net, raw = (pd.DataFrame([one.loc[term] for one in found]) for term in (CHANCE, NET, RAW))
    covered = (chance["lower"] <= first) & (chance["upper"] >= first)
    return {
        "windows": "two" if world.two_windows else "one, entry declared",
        "entry": world.entry,
        "wave": world.wave,
        "titrated": "yes" if world.titrated else "no",
        "n": patients,
        "studies": studies,
        "truth": round(first, 2),
        "chance alone, mean": round(chance["estimate"].mean(), 2),
        # a titrated follow-up begins up to 21 days later: the truth of that lag is not this one
        "covers": "" if world.titrated else f"{covered.mean():.0%}",
        "raw below 0": f"{(raw['upper'] < 0).mean():.0%}",
        "net below 0": f"{(net['upper'] < 0).mean():.0%}",
        "net above 0": f"{(net['lower'] > 0).mean():.0%}",
        "width of net": round((net["upper"] - net["lower"]).mean(), 1),
    }


def main() -> None:
    """Run the grid."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("command", nargs="?", choices=["run"])
    parser.add_argument("--studies", type=int)
    asked = parser.parse_args()
    studies = asked.studies or (100 if asked.command else 10)
    rows = [
        cell(World(entry, wave, titrated, two), n, studies)
        for entry, wave, n, titrated, two in GRID
        if asked.command or n == 40
    ]
    table = pd.DataFrame(rows)
    print(table.to_string(index=False))
    if asked.command:
        table.to_csv(RESULTS, index=False)


if __name__ == "__main__":
    main()
