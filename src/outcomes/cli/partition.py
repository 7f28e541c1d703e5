"""`outcomes partition`: a study as a data set of partitions, for more rows than one machine holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outcomes.cli.words import StudyPath, a_path

__all__ = ["partition"]


def partition(
    study: StudyPath,
    out: Annotated[
        Path, typer.Argument(metavar="OUT", parser=a_path, help="folder of the data set: a new one")
    ],
    partitions: Annotated[
        int | None, typer.Option(min=1, help="how many; default: one for about half a million diary rows")
    ] = None,
) -> None:
    """Write a study as a Parquet data set that is partitioned by patient, and print its manifest.

    A call that was stopped is made again: it goes on where it was.
    """
    from outcomes.scale import partition as write
    from outcomes.scale.progress import told_on_stderr

    with told_on_stderr():
        print(write(study, out, partitions=partitions))
