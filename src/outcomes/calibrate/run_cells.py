"""The cells of a calibration, on all cores; what a cell found is appended, and not made again."""

from __future__ import annotations

import errno
import os
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import islice
from multiprocessing import active_children, get_context
from pathlib import Path

import numpy as np
import pandas as pd

from outcomes.calibrate.estimators import Found, of_study
from outcomes.calibrate.worlds import ARMS, MONTHS, WORLDS
from outcomes.errors import ArgumentError, DataError, OutcomesError
from outcomes.scale.deaf import deaf
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
    done = set() if not file.exists() or not file.stat().st_size else _keys(read_results(folder))
    left = [cell for cell in grid.cells() if cell.key not in done]
    workers = workers or os.cpu_count() or 1
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool, _ended_at_once():
        waiting = iter(left)
        with deaf():
            running = {pool.submit(run_cell, cell) for cell in islice(waiting, workers)}
        while running:
            ended = next(as_completed(running))
            running.remove(ended)
            _append(file, ended.result())
            if minutes is None or time.monotonic() - begun < 60 * minutes:
                running |= {pool.submit(run_cell, cell) for cell in islice(waiting, 1)}
    found = read_results(folder)
    asked = {cell.key for cell in grid.cells()}
    return found[[key in asked for key in _each_key(found)]].reset_index(drop=True)


@contextmanager
def _ended_at_once() -> Iterator[None]:
    """End the processes of a run that is interrupted: their cells are made again by the next one.

    Raises
    ------
    OutcomesError
        When one of them was killed.
    """
    before = set(active_children())
    try:
        try:
            yield
        except BrokenProcessPool:
            raise OutcomesError(
                "a process of the calibration was killed",
                hint="what is finished stays; the same call goes on, with fewer --workers in less memory",
            ) from None
    except KeyboardInterrupt:
        for process in set(active_children()) - before:
            process.terminate()
        raise


def _each_key(results: pd.DataFrame) -> Iterator[tuple[str, int, bool, int]]:
    rows = results[["world", "patients", "arms", "batch"]]
    yield from rows.itertuples(index=False, name=None)


def _keys(results: pd.DataFrame) -> set[tuple[str, int, bool, int]]:
    return set(_each_key(results))


def _append(file: Path, rows: pd.DataFrame) -> None:
    """Add a cell's rows by one write: a stopped run leaves whole cells, and so does a full disk."""
    size = file.stat().st_size if file.exists() else 0
    text = rows.to_csv(index=False, header=not size, float_format="%.10g").encode()
    with file.open("ab", buffering=0) as out:
        try:
            if out.write(text) != len(text):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))
        except OSError:
            out.truncate(size)
            raise


def read_results(folder: Path) -> pd.DataFrame:
    """Return the results of a folder.

    Raises
    ------
    ArgumentError
        When there are none.
    DataError
        When the file holds something else.
    """
    file = folder / RESULTS
    if not file.is_file():
        raise ArgumentError(
            f"{folder}: there are no results", hint="outcomes calibrate --quick --out DIR makes some"
        )
    try:
        found = pd.read_csv(file, dtype={"failed": "str"}, keep_default_na=False, na_values=["nan", ""])
    except ValueError:
        found = pd.DataFrame()
    if list(found.columns) != COLUMNS:
        raise DataError(
            f"{file}: these are not the results of a calibration",
            got=", ".join(map(str, found.columns[:5])) or "no table",
            allowed=", ".join(COLUMNS),
            hint="name another folder, or remove the file",
        )
    # two runs at once make the same cells, to the last digit
    return found.fillna({"failed": ""}).drop_duplicates(ignore_index=True)


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
