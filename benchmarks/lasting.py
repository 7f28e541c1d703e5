"""How often headache is called back, found, and how well the shares still better cover.

python benchmarks/lasting.py run      # writes benchmarks/lasting_alarms.csv and lasting_shares.csv
python benchmarks/lasting.py shares   # the second alone; goes on where it was stopped
python benchmarks/lasting.py          # a few studies, printed
"""

from __future__ import annotations

import argparse
import functools
from pathlib import Path

import numpy as np
import pandas as pd
from lasting_world import Drawn, World, draw

from outcomes.models.headache.lasting.followed import FIRST_DAYS, followed
from outcomes.models.headache.still_better import still_better, with_outcome
from outcomes.models.stats.kernels.level_return import carry_over

HERE = Path(__file__).resolve().parent
LOOKS = (56, 84, 168)
FOUND_WITHIN = 42
STUDIES = 20


def alarms(patients: int) -> pd.DataFrame:
    """Return false alarms of permanent falls, and returns found within 42 days, by fall and carry-over."""
    rows = []
    for fall in (0.36, 0.49):
        for carry in (0.0, 0.2, 0.42, 0.6):
            still = _ends(World(fall, 0.0, False, carry), patients, seed=5)
            gone = _ends(World(fall, 0.008, False, carry), patients, seed=6)
            late = gone[(gone["returned"] > 28) & (gone["returned"] <= 168 - FOUND_WITHIN)]
            waiting = late[(late["outcome"] != "back") | (late["day"] > late["returned"])]
            found = (waiting["outcome"] == "back") & (waiting["day"] <= waiting["returned"] + FOUND_WITHIN)
            rows.append(
                {
                    "fall": f"{fall:.0%}",
                    "carry-over": carry,
                    "patients": len(still),
                    "permanent, called back by day 168": f"{(still['outcome'] == 'back').mean():.0%}",
                    "returned, found within 42 days": f"{found.mean():.0%}",
                }
            )
    return pd.DataFrame(rows)


def _ends(world: World, patients: int, seed: int) -> pd.DataFrame:
    drawn = draw(np.random.default_rng(seed), patients, world)
    ends = _dated(drawn).assign(returned=drawn.returned)
    return ends[ends["reason"] == ""]


def _dated(drawn: Drawn) -> pd.DataFrame:
    """Return who is followed and how each end is dated; no shares."""
    found = followed(drawn.days, drawn.periods, drawn.courses, None, "headache", 0.3, 14)
    return with_outcome(found, carry_over(found.diaries, 1, FIRST_DAYS))


@functools.cache
def truth(world: World) -> dict[int, float]:
    """Return the share of those who fell who are neither back nor treated again at each look."""
    drawn = draw(np.random.default_rng(99), 20_000, world)
    ends = _dated(drawn)
    kept = (ends["reason"] == "").to_numpy()
    return {look: float(((drawn.returned > look) & (drawn.again > look))[kept].mean()) for look in LOOKS}


WORLDS = (
    (World(returning=0.008), "at worsening, returns of 0.8% a day"),
    (World(returning=0.003), "at worsening, returns of 0.3% a day"),
    (World(returning=0.0), "at worsening, falls are permanent"),
    (World(returning=0.008, sees_level=True), "at the return itself, returns of 0.8% a day"),
    (World(returning=0.008, treated_again=False), "nobody, returns of 0.8% a day"),
)


def shares(studies: int, kept: Path | None = None) -> pd.DataFrame:
    """Return bias and coverage of the shares still better, by hidden levels and by dated ends.

    kept: file of cells; those that it holds are not run again, and each new one is written at once.
    """
    empty = pd.DataFrame(columns=["treated again", "n"])
    table = pd.read_csv(kept, dtype=str) if kept is not None and kept.exists() else empty
    for n in (150, 40, 15):
        for world, words in WORLDS:
            if ((table["treated again"] == words) & (table["n"].astype(int) == n)).any():
                continue
            true = truth(world)
            seed = [n, int(1000 * world.returning), world.treated_again + 2 * world.sees_level]
            rng = np.random.default_rng(seed)
            found = [_one(rng, n, world) for _ in range(studies)]
            cell = [_line(found, look, true[look], words, n, studies) for look in LOOKS]
            table = pd.concat([table, pd.DataFrame(cell).astype(str)], ignore_index=True)
            if kept is not None:
                table.to_csv(kept, index=False)
    place = table["treated again"].map({words: number for number, (_, words) in enumerate(WORLDS)})
    order = table.assign(place=place, n=table["n"].astype(int)).sort_values(["place", "n"], kind="stable")
    return order.drop(columns="place").reset_index(drop=True)


def _one(rng: np.random.Generator, n: int, world: World) -> pd.DataFrame:
    drawn = draw(rng, 3 * n, world)
    all_ends = _dated(drawn)
    ids = all_ends.loc[all_ends["reason"] == "", "patient_id"].head(n)
    days, periods = (frame[frame["patient_id"].isin(ids)] for frame in (drawn.days, drawn.periods))
    return still_better(days, periods, courses=drawn.courses).to_frame().set_index("term")


def _line(
    found: list[pd.DataFrame], look: int, true: float, words: str, n: int, studies: int
) -> dict[str, object]:
    line: dict[str, object] = {"treated again": words, "n": n, "day": look, "studies": studies}
    line["truth"] = f"{true:.0%}"
    ways = (("hidden levels", f"still better on day {look}, by hidden levels"),
            ("dated ends", f"still better on day {look}"),
            ("Kaplan-Meier", f"not back on day {look}, if nobody were treated again"))  # fmt: skip
    for name, term in ways:
        rows = pd.DataFrame([one.loc[term] for one in found if term in one.index])
        line[f"{name}: mean"] = f"{rows['estimate'].mean():.0%}"
        if name != "Kaplan-Meier":
            # a share of 0 or 1 has no interval: not counted as covered
            covers = (rows["lower"] <= true) & (rows["upper"] >= true)
            line[f"{name}: covers"] = f"{covers.mean():.0%}"
    return line


def main() -> None:
    """Run both tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("command", nargs="?", choices=["run", "shares"])
    command = parser.parse_args().command
    whole = command is not None
    kept = HERE / "lasting_shares.csv"
    if command == "run":
        kept.unlink(missing_ok=True)
    made = {"shares": shares(STUDIES, kept) if whole else shares(3)}
    if command != "shares":
        made["alarms"] = alarms(6000 if whole else 1500)
    for name, table in made.items():
        print(table.to_string(index=False))
        if whole:
            table.to_csv(HERE / f"lasting_{name}.csv", index=False)


if __name__ == "__main__":
    main()
