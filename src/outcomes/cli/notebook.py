"""`outcomes notebook`: run a notebook of the package on a study."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from outcomes.cli.words import Json, a_path, say
from outcomes.errors import Exit

__all__ = ["notebook"]

Name = Annotated[
    str | None, typer.Argument(metavar="NAME", help="name or number; leave it out to list them all")
]
StudyOption = Annotated[
    Path | None, typer.Option("--study", parser=a_path, help="study.toml; default: the example study")
]
OutFile = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE.ipynb", parser=a_path, help="file to write; default NAME.ipynb here"),
]
Parameters = Annotated[
    list[str], typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="set a parameter; repeatable")
]
Page = Annotated[bool, typer.Option("--html", help="write an HTML page beside it, without script or request")]


def notebook(
    name: Name = None,
    study: StudyOption = None,
    out: OutFile = None,
    parameters: Parameters = [],  # noqa: B006  typer reads the default and never changes it
    page: Page = False,
    as_json: Json = False,
) -> None:
    """Run a notebook from top to bottom and write it with its results; without NAME, list the notebooks.

    When a cell stops, nothing is written, and the exit code is the one that other commands have for the
    same fault. Where the data cannot answer a cell, it says why; the rest is written and the code is 3.
    The file holds patients' data and is readable by its owner only.
    """
    if name is None:
        _list(as_json=as_json)
        return
    from outcomes.lab import run

    done = run(name, out=out, study=study, parameters=parameters, page=page)
    facts = {
        "notebook": str(done.notebook),
        "page": None if done.page is None else str(done.page),
        "cells": done.cells,
        "without_result": list(done.missing),
        "seconds": done.seconds,
    }
    for sentence in done.missing:
        say(sentence)
    written = [str(path) for path in (done.notebook, done.page) if path is not None]
    print(json.dumps(facts) if as_json else "\n".join(written))
    if done.missing:
        raise typer.Exit(Exit.INCOMPLETE)


def _list(*, as_json: bool) -> None:
    from outcomes.lab import notebooks

    found = notebooks()
    if as_json:
        entries = [
            {
                "name": one.name,
                "title": one.title,
                "about": one.about,
                "parameters": {p.name: {"default": p.default, "meaning": p.meaning} for p in one.parameters},
            }
            for one in found
        ]
        print(json.dumps(entries, indent=2))
        return
    for one in found:
        print(f"{one.name:<28}{one.about}")
        for parameter in one.parameters:
            print(f"{'':<28}-p {parameter.name}={parameter.default}  {parameter.meaning}")
    say("run one with: outcomes notebook NAME --study my_study/study.toml")
