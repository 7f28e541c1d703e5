"""Does "chance alone" cover, and is its net change ever taken for an effect where there is none?

    python benchmarks/chance.py run [--studies 100]     # writes benchmarks/chance.csv
    python benchmarks/chance.py control [--studies 30]  # of the negative control: control.csv
    python benchmarks/chance.py                         # ten studies a cell, printed

The truth is the change of 18,000 patients of the same world (`chance_world`) whose course has a fixed length.
"""

from __future__ import annotations

import argparse
import functools
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
from chance_world import MIN_DAYS, MONTH, World, study

from outcomes.models.headache.before_treatment import FALL, OPEN, RISE, before_treatment
from outcomes.models.headache.chance.span import Span
from outcomes.models.headache.regression_to_mean import CHANCE, NET, RAW, regression_to_mean

RESULTS = Path(__file__).resolve().parent / "chance.csv"
CONTROL = RESULTS.with_name("control.csv")
GRID = tuple(itertools.product((15, 22), (0.0, 0.7), (15, 40, 150), (False, True), (True, False)))


@functools.cache
def truth(entry: float, wave: float) -> np.ndarray:
    """Return the mean change of the first two months where nobody's course is titrated."""
    rng = np.random.default_rng(99)
    fixed = World(entry, wave)
    draws = [study(rng, 3000, fixed)[0].groupby("period_number")["change"].mean() for _ in range(6)]
    return np.mean(draws, axis=0)


def cell(world: World, patients: int, studies: int) -> dict[str, object]:
    """Return how the first month's rows fare over so many studies."""
    rng = np.random.default_rng([int(world.entry), int(10 * world.wave), patients, world.titrated])
    first, found = truth(world.entry, world.wave)[0], []
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
        "covers": "" if world.titrated else _share(covered),
        "raw below 0": _share(raw["upper"] < 0),
        "net below 0": _share(net["upper"] < 0),
        "net above 0": _share(net["lower"] > 0),
        "width of net": round((net["upper"] - net["lower"]).mean(), 1),
    }


def _share(found: pd.Series) -> str:
    """Return a share of studies with its Monte Carlo error."""
    share = found.mean()
    return f"{share:.0%} ({np.sqrt(share * (1 - share) / len(found)):.1%})"


def control(entry: int, wave: float, patients: int, studies: int) -> dict[str, object]:
    """Return how often the negative control finds a fall or a rise where nothing but time passes."""
    rng = np.random.default_rng([entry, int(10 * wave), patients, 2])
    world, span = World(entry, wave, titrated=True), Span(MONTH, MONTH, MIN_DAYS)
    found = []
    for _ in range(studies):
        periods, days = study(rng, patients, world)
        first = periods[periods["period_number"] == 1]
        rows = before_treatment(first, days, entry=entry, event="headache", span=span, level=0.95).frame
        found.append(rows.set_index("term"))
    raw, net = (pd.DataFrame([one.loc[term] for one in found]) for term in (RAW, NET))
    return {
        "entry": entry,
        "wave": wave,
        "n": patients,
        "studies": studies,
        "raw, mean": round(raw["estimate"].mean(), 2),
        "net, mean": round(net["estimate"].mean(), 2),
        "raw above 0": _share(raw["lower"] > 0),
        "fall": _share(net["found"] == FALL),
        "rise": _share(net["found"] == RISE),
        "no number": f"{(net['found'] == OPEN).mean():.0%}",
        "width of net": round((net["upper"] - net["lower"]).mean(), 1),
    }


def main() -> None:
    """Run the grid."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("command", nargs="?", choices=["run", "control"])
    parser.add_argument("--studies", type=int)
    asked = parser.parse_args()
    if asked.command == "control":
        cells = itertools.product((15, 22), (0.0, 0.7), (15, 40, 150))
        table = pd.DataFrame([control(*one, asked.studies or 30) for one in cells])
        table.to_csv(CONTROL, index=False)
        print(table.to_string(index=False))
        return
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
