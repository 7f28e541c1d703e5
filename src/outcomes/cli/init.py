"""`outcomes init`: a first study to fill in, or one proposed from files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from outcomes.cli.words import a_path
from outcomes.cli.written import write_all
from outcomes.errors import ArgumentError

__all__ = ["init"]

Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[DIR] [FILE]...",
        parser=a_path,
        help="folder to write into (with --from: by default the folder of the first file), and further files",
    ),
]
From = Annotated[
    list[Path] | None,
    typer.Option(
        "--from", metavar="FILE", parser=a_path, help="propose study.toml from a file; may be repeated"
    ),
]
Yes = Annotated[
    bool, typer.Option("--yes", help="accept what is proposed; refused where something is ambiguous")
]
Answers = Annotated[
    list[str] | None,
    typer.Option(
        "--answer", metavar="KEY=VALUE", help="answer a question, such as diary.date_format=%d/%m/%Y"
    ),
]
Project = Annotated[
    bool, typer.Option("--project", help="also a notebook, tests, a schedule and a README around the study")
]
Excel = Annotated[
    bool, typer.Option("--excel", help="write a workbook to fill in, with drop-downs and checks")
]


def init(
    paths: Paths = None,
    files: From = None,
    yes: Yes = False,
    answers: Answers = None,
    excel: Excel = False,
    project: Project = False,
) -> None:
    """Write a commented study.toml and empty tables to fill; never over files that are there.

    With --from FILE... the files are read and study.toml is proposed: which table each is, its columns,
    formats and units, each with the reason. What is ambiguous is asked on a terminal. Then the study is
    checked.
    """
    from outcomes.config.project import project_files
    from outcomes.config.starter import starter_files

    if files:
        from outcomes.cli.proposed import init_from

        around = project_files() if project else {}
        raise typer.Exit(init_from(paths or [], files, yes=yes, answers=answers or [], around=around))
    if len(paths or []) != 1:
        raise ArgumentError("name one folder", allowed="outcomes init DIR, or outcomes init --from FILE...")
    made: Mapping[str, str | bytes] = starter_files()
    if excel:
        from outcomes.config.workbook import WORKBOOK, workbook, workbook_toml

        made = {"study.toml": workbook_toml(), WORKBOOK: workbook()}
    around = project_files() if project else {}
    write_all((paths or [])[0], {**made, **around}, overwrite=False)
