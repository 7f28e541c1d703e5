"""`outcomes verify`: make a report again and compare bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from outcomes.cli.words import Json, a_path, say

__all__ = ["verify"]

Report = Annotated[
    Path,
    typer.Argument(metavar="DIR", parser=a_path, help="folder of one report, for instance reports/latest"),
]
StudyOption = Annotated[
    Path | None, typer.Option("--study", parser=a_path, help="study.toml, if it has moved")
]


def verify(folder: Report, study: StudyOption = None, as_json: Json = False) -> None:
    """Make a report again from its manifest and files, and say what differs.

    Exits with 1 when anything does.
    """
    from outcomes.publish.verify import verify as verify_report

    facts = verify_report(folder, study=study).facts()
    for problem in facts["problems"]:
        say(problem)
    print(json.dumps(facts) if as_json else _sentence(facts))
    if facts["problems"]:
        raise typer.Exit(1)


def _sentence(facts: dict[str, Any]) -> str:
    if facts["problems"]:
        return "not the same"
    return "the same, byte by byte" + ("" if facts["logged"] else "; it is not in the log of runs")
