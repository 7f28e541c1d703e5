"""The cells of a calibration, on all cores; what a cell found is appended, and not made again."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from outcomes.calibrate.estimators import Found, of_study
from outcomes.calibrate.worlds import ARMS, MONTHS, WORLDS
from outcomes.errors import ArgumentError
from outcomes.simulate import population_truth, simulate_tables
from outcomes.study import Study

__all__ = ["COLUMNS", "FULL", "QUICK", "Cell", "Grid", "read_results", "run_grid"]

COLUMNS = [
    "world",
    "patients",
    "arms",
    "batch",
    "study",
    "estimator",
    "truth",
    "estimate",
    "lower",
    "upper",
    "failed",
]
RESULTS = "results.csv"
SEED = 20_260
#: Patients of whom the truth is the mean.
POPULATION = 20_000


@dataclass(frozen=True, slots=True)
class Cell:
    """Some studies of one size in one world; its seed follows from what it is."""

    world: str
    patients: int
    arms: bool
    batch: int
    studies: int

    @property
    def key(self) -> tuple[str, int, bool, int]:
        """What tells it from the others."""
        return self.world, self.patients, self.arms, self.batch


@dataclass(frozen=True, slots=True)
class Grid:
    """Sizes of the studies, and how many of them in each world: batches of some each."""

    patients: tuple[int, ...]
    batches: int
    studies: int

    def cells(self) -> Iterator[Cell]:
        """Give the cells, all worlds of one batch before the next."""
        for batch in range(self.batches):
            for world in WORLDS:
                for patients in self.patients:
                    for arms in (False, True):
                        yield Cell(world, patients, arms, batch, self.studies)


#: About ten minutes, and about two hours, on two cores.
QUICK, FULL = Grid((60,), 8, 2), Grid((40, 200), 50, 4)


def run_grid(
    grid: Grid, folder: Path, *, minutes: float | None = None, workers: int | None = None
) -> pd.DataFrame:
    """Run what is not there yet, and return all results.

    Parameters
    ----------
    grid : Grid
        What is to be run.
    folder : Path
        Holds the results; a run that was stopped goes on where it was.
    minutes : float, optional
        After so many no new cell is begun.
    workers : int, optional
        Processes; by default one a core.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file, begun = folder / RESULTS, time.monotonic()
    done = set() if not file.exists() else _keys(read_results(folder))
    left = [cell for cell in grid.cells() if cell.key not in done]
    workers = workers or os.cpu_count() or 1
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = iter(left)
        running = {pool.submit(run_cell, cell) for cell in islice(waiting, workers)}
        while running:
            ended = next(as_completed(running))
            running.remove(ended)
            _append(file, ended.result())
            if minutes is None or time.monotonic() - begun < 60 * minutes:
                running |= {pool.submit(run_cell, cell) for cell in islice(waiting, 1)}
    return read_results(folder)


def _keys(results: pd.DataFrame) -> set[tuple[str, int, bool, int]]:
    rows = results[["world", "patients", "arms", "batch"]].drop_duplicates()
    return set(rows.itertuples(index=False, name=None))


def _append(file: Path, rows: pd.DataFrame) -> None:
    """Add a cell's rows by one write: a stopped run leaves whole cells."""
    text = rows.to_csv(index=False, header=not file.exists(), float_format="%.10g")
    with file.open("a", encoding="utf-8") as out:
        out.write(text)


def read_results(folder: Path) -> pd.DataFrame:
    """Return the results of a folder.

    Raises
    ------
    ArgumentError
        When there are none.
    """
    file = folder / RESULTS
    if not file.is_file():
        raise ArgumentError(
            f"{folder}: there are no results", hint="outcomes calibrate --quick --out DIR makes some"
        )
    found = pd.read_csv(file, dtype={"failed": "str"}, keep_default_na=False, na_values=["nan", ""])
    return found.fillna({"failed": ""})


def run_cell(cell: Cell) -> pd.DataFrame:
    """Return what every estimator finds in the studies of a cell."""
    law, rows = WORLDS[cell.world], []
    for number in range(cell.studies):
        seed = int(np.random.SeedSequence([SEED, *map(_number, cell.key), number]).generate_state(1)[0])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are no result; a failure is a row
            arms = ARMS if cell.arms else None
            tables, truth = simulate_tables(
                cell.patients, seed=seed, months=MONTHS, parameters=law, dropout=law.dropout, arms=arms
            )
            study = Study(**tables, timezone=truth.parameters.timezone)
            found = of_study(study, arms=cell.arms, seed=seed)
        rows += [(*cell.key, number, *_row(cell, one, why)) for one, why in found]
    return pd.DataFrame(rows, columns=COLUMNS)


def _number(value: object) -> int:
    return list(WORLDS).index(value) if isinstance(value, str) else int(value)  # type: ignore[call-overload]


def _row(cell: Cell, found: Found | str, why: str) -> tuple[object, ...]:
    if isinstance(found, str):
        return (found, np.nan, np.nan, np.nan, np.nan, why)
    truth = true_value(cell.world, cell.arms, found.strategy, found.period, found.what)
    return (found.estimator, truth, found.estimate, found.lower, found.upper, "")


@cache
def true_value(world: str, arms: bool, strategy: str, period: int, what: str) -> float:
    """Return the population's value of a quantity, the mean of 20,000 patients of the world."""
    drug = dict(zip(ARMS, (False, True), strict=True)) if arms else {"": True}
    frame = population_truth(WORLDS[world], months=MONTHS, drug=drug, patients=POPULATION)
    rows = frame[(frame["strategy"] == strategy) & (frame["period_number"] == period)].set_index("arm")
    if what == "change":
        return float(rows["change"].iloc[0])
    if what == "responders":
        return 100 * float(rows["responders"].iloc[0])
    placebo, active = (float(rows.loc[arm, "change"]) for arm in ARMS)
    if what == "difference":
        return active - placebo
    base = _baseline(world)
    return (base + active) / (base + placebo)


@cache
def _baseline(world: str) -> float:
    from outcomes.simulate.expectation import population

    return float(population(WORLDS[world]).baseline_days)
