"""`outcomes simulate`: a study of known truth, as files."""

from __future__ import annotations

from typing import Annotated

import typer

from outcomes.cli.words import Folder

__all__ = ["simulate"]


def simulate(
    folder: Folder,
    patients: Annotated[int, typer.Option(min=1, max=100_000, help="number of patients")] = 60,
    seed: Annotated[int, typer.Option(min=0, help="seed of the random numbers")] = 1,
    example: Annotated[
        bool, typer.Option("--example", help="write the example study with its planted faults")
    ] = False,
) -> None:
    """Write a simulated study: its tables as CSV files, a study.toml and the truth behind it."""
    from outcomes.simulate import write_example, write_simulated

    written = write_example(folder) if example else write_simulated(folder, patients=patients, seed=seed)
    for path in written:
        print(path)
