"""`outcomes calibrate`: bias and coverage of the estimators at known truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outcomes.cli.words import Out, say
from outcomes.errors import ArgumentError, plural

__all__ = ["calibrate"]


def calibrate(
    out: Out = Path("calibration"),
    quick: Annotated[bool, typer.Option("--quick", help="about ten minutes on two cores")] = False,
    full: Annotated[bool, typer.Option("--full", help="about two hours on two cores")] = False,
    minutes: Annotated[
        float | None, typer.Option(min=0, help="start nothing new after this many minutes")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="processes; default: one per core")] = None,
) -> None:
    """Run the estimators on simulated studies of harsh worlds, and write bias and coverage.

    A run that was stopped goes on where it was.
    """
    from outcomes.calibrate import FULL, QUICK, run_grid, write_summary

    if quick == full:
        raise ArgumentError("say which grid", allowed="--quick or --full")
    results = run_grid(QUICK if quick else FULL, out, minutes=minutes, workers=workers)
    for path in write_summary(results, out):
        print(path)
    failed = int((results["failed"] != "").sum())
    if failed:
        say(plural(failed, "estimate") + " failed; the table names them")
