"""What several commands share: their arguments, codes, and the two streams."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outcomes.errors import ArgumentError, Exit, named_path

if TYPE_CHECKING:
    from outcomes.study import Study

__all__ = [
    "CODES",
    "AsOf",
    "Audience",
    "Folder",
    "Json",
    "Out",
    "StudyPath",
    "a_path",
    "read",
    "say",
]

CODES = f"Exit codes: {', '.join(f'{code:d} {code.words}' for code in Exit)}."


def a_path(text: str | Path) -> Path:
    """Take a path; one that names nothing is reported with the argument that it was given for."""
    try:
        return named_path("the name", text)
    except ArgumentError as error:
        raise typer.BadParameter(str(error).removesuffix(".")) from None


StudyPath = Annotated[
    Path,
    typer.Argument(metavar="STUDY", parser=a_path, help="study.toml, or the folder that holds it"),
]
Folder = Annotated[
    Path,
    typer.Argument(metavar="DIR", parser=a_path, help="folder to write into; created if it does not exist"),
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", parser=a_path, help="folder of all reports")]
Json = Annotated[
    bool,
    typer.Option(
        "--json", help="print JSON on stdout, for programs; its last line also says why a call failed"
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="DATE", help="ignore everything after this local date, such as 2026-06-30"
    ),
]
Audience = Annotated[
    str | None,
    typer.Option(
        "--audience",
        metavar="WHO",
        help="external (small counts withheld) or clinic; default: as study.toml says",
    ),
]


def read(path: Path, as_of: str | None) -> Study:
    """Return the checked study."""
    from outcomes.study import read_study

    return read_study(path, as_of=as_of)


def say(text: str) -> None:
    """Print a message: on stderr, for stdout holds data."""
    print(text, file=sys.stderr)
