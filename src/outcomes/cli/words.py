"""What several commands share: their arguments, codes, and the two streams."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from outcomes.study import Study

__all__ = ["CODES", "REJECTED", "AsOf", "Folder", "Json", "Out", "StudyPath", "read", "say"]

REJECTED = 4

CODES = (
    "Exit codes: 0 ok, 1 failure, 2 usage or configuration, 3 published but incomplete, "
    "4 data rejected, 11 another run holds the lock, 130 interrupted."
)

StudyPath = Annotated[Path, typer.Argument(metavar="STUDY", help="study.toml, or the folder that holds it")]
Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="folder to write into; made when it is not there")
]
Out = Annotated[Path, typer.Option("--out", help="folder of all reports")]
Json = Annotated[bool, typer.Option("--json", help="print JSON on stdout, for programs")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="use nothing after this local date")
]


def read(path: Path, as_of: str | None) -> Study:
    """Return the checked study."""
    from outcomes.study import read_study

    return read_study(path, as_of=as_of)


def say(text: str) -> None:
    """Print a message: on stderr, for stdout holds data."""
    print(text, file=sys.stderr)
