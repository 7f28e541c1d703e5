"""`outcomes simulate`: a study of known truth, as files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from outcomes.cli.words import Folder
from outcomes.errors import ArgumentError

__all__ = ["simulate"]


def simulate(
    folder: Folder,
    patients: Annotated[int, typer.Option(min=1, max=100_000, help="number of patients")] = 60,
    seed: Annotated[int, typer.Option(min=0, help="seed of the random numbers")] = 1,
    example: Annotated[
        bool, typer.Option("--example", help="write the example study with its planted faults")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="overwrite the study that is in the folder")
    ] = False,
) -> None:
    """Write a simulated study: its tables as CSV files, a study.toml and the truth behind it.

    Never over a study that is there, unless with --overwrite.
    """
    _refuse_a_study(folder, overwrite=overwrite)
    for path in _copy_example(folder) if example else _write_simulated(folder, patients, seed):
        print(path)


def _write_simulated(folder: Path, patients: int, seed: int) -> list[Path]:
    from outcomes.simulate import write_simulated

    return write_simulated(folder, patients=patients, seed=seed)


def _copy_example(folder: Path) -> list[Path]:
    from outcomes.simulate.study_files import write_files
    from outcomes.study import example_folder

    shipped = sorted(path for path in example_folder().iterdir() if not path.name.startswith("."))
    return write_files(folder, {path.name: path.read_bytes() for path in shipped})


def _refuse_a_study(folder: Path, *, overwrite: bool) -> None:
    there = (
        [] if overwrite else [name for name in ("study.toml", "diary.csv") if os.path.lexists(folder / name)]
    )
    if there:
        raise ArgumentError(
            f"{folder} already holds {', '.join(there)}",
            hint="name another folder, or overwrite it with --overwrite; nothing was written",
        )
