"""`outcomes verify`: make a report again and compare bytes, or count a published trial again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from outcomes.cli.words import Json, a_path, say
from outcomes.errors import ArgumentError

__all__ = ["verify"]

Report = Annotated[
    Path | None,
    typer.Argument(metavar="DIR", parser=a_path, help="folder of one report, for instance reports/latest"),
]
StudyOption = Annotated[
    Path | None, typer.Option("--study", parser=a_path, help="study.toml, when it is not where it was")
]
Published = Annotated[
    bool, typer.Option("--published", help="count the CDISC pilot trial's table 14-5.01 again")
]
Subjects = Annotated[Path | None, typer.Option("--adsl", parser=a_path, help="the trial's subjects as CSV")]
Events = Annotated[
    Path | None, typer.Option("--adae", parser=a_path, help="the trial's adverse events as CSV")
]
Table = Annotated[Path | None, typer.Option("--table", parser=a_path, help="the published table as JSON")]


def verify(
    folder: Report = None,
    study: StudyOption = None,
    published: Published = False,
    adsl: Subjects = None,
    adae: Events = None,
    table: Table = None,
    as_json: Json = False,
) -> None:
    """Make a report again from its manifest and files, and say what differs; exits with 1 when anything does.

    With --published: read --adsl, --adae and --table, and compare every cell with the published one.
    """
    if published:
        facts = _published(adsl, adae, table)
    elif folder is None:
        raise ArgumentError("nothing to verify was named", allowed="DIR, or --published with its files")
    else:
        from outcomes.report.verify import verify as verify_report

        facts = verify_report(folder, study=study).facts()
    for problem in facts["problems"]:
        say(problem)
    print(json.dumps(facts) if as_json else _sentence(facts))
    if facts["problems"]:
        raise typer.Exit(1)


def _published(adsl: Path | None, adae: Path | None, table: Path | None) -> dict[str, Any]:
    from outcomes.report.verify_published import verify_published

    if adsl is None or adae is None or table is None:
        raise ArgumentError("--published needs its files", allowed="--adsl FILE --adae FILE --table FILE")
    return verify_published(adsl, adae, table)


def _sentence(facts: dict[str, Any]) -> str:
    if facts["problems"]:
        return "not the same"
    if "cells" in facts:
        return f"the same: {facts['cells']} cells and {facts['p_values']} P values of {facts['rows']} rows"
    return "the same, byte by byte" + ("" if facts["logged"] else "; the log of runs does not know it")
