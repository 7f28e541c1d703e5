"""`outcomes report`: publish, or say why not; the last line for a scheduler is JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from outcomes.cli.words import AsOf, Audience, Json, Out, a_path, say
from outcomes.errors import one_of

__all__ = ["report"]

Studies = Annotated[
    list[Path],
    typer.Argument(
        metavar="STUDY",
        parser=a_path,
        help="study.toml, or its folder; several for one report per site",
    ),
]
IfChanged = Annotated[
    bool, typer.Option("--if-changed", help="do nothing when data, configuration and versions are the same")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="make everything and write nothing")]
Force = Annotated[
    bool, typer.Option("--force", help="publish even if nothing changed, or the data are stale or fewer")
]
Pdf = Annotated[bool, typer.Option("--pdf", help="make a tagged PDF beside the page as well")]
Patients = Annotated[
    bool, typer.Option("--patients", help="add an appendix of patients by study id, for the clinic only")
]
Jobs = Annotated[int, typer.Option("--jobs", min=1, max=64, help="number of processes for several sites")]

Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="WHERE",
        help="STUDY is a data set made by `outcomes partition`: threads, processes, or a scheduler's address",
    ),
]


def report(
    studies: Studies,
    out: Out = Path("reports"),
    as_of: AsOf = None,
    if_changed: IfChanged = False,
    dry_run: DryRun = False,
    force: Force = False,
    pdf: Pdf = False,
    patients: Patients = False,
    jobs: Jobs = 2,
    audience: Audience = None,
    scheduler: Scheduler = None,
    as_json: Json = False,
) -> None:
    """Publish the report of a study, all or nothing, and print where it is.

    Rejected rows are left out and stated in the report. Exits with 3 when a section could not be made.
    Unless study.toml or --audience says clinic, small counts and all about single patients are withheld.
    The report of partitions is made from their sums; it names what cannot be made from them.
    With several studies each gets its folder below --out, and index.html there is their summary.
    """
    from outcomes.page.options import Options
    from outcomes.publish.request import Request

    request = Request(
        as_of=as_of,
        if_changed=if_changed,
        dry_run=dry_run,
        force=force,
        audience=_readers(audience),
        options=Options(pdf=pdf or None, patients=patients),
    )
    if scheduler is not None:
        from outcomes.cli.partitions import report_partitions

        done = report_partitions(studies, out, request, scheduler)
        _tell(done.facts(), as_json=as_json)
        raise typer.Exit(done.exit_code)
    if len(studies) > 1:
        from outcomes.cli.many import report_sites

        raise typer.Exit(report_sites(studies, out, request, jobs=jobs, as_json=as_json))
    raise typer.Exit(_one(studies[0], out, request, as_json=as_json))


def _readers(audience: str | None) -> str | None:
    from outcomes.page.readers import AUDIENCES

    return None if audience is None else one_of("--audience", audience, AUDIENCES)


def _one(study: Path, out: Path, request: Any, *, as_json: bool) -> int:
    from outcomes.publish.runs import run

    done = run(study, out, request)
    _tell(done.facts(), as_json=as_json)
    return done.exit_code


def _tell(facts: Mapping[str, Any], *, as_json: bool) -> None:
    for line in facts["opens_with"]:
        say(line)
    for warning in facts["warnings"]:
        say(f"warning: {warning}")
    if facts["status"] == "unchanged":
        say("nothing changed since the last report")
    if facts["status"] == "dry-run":
        say("nothing was written: a dry run")
    if facts["exit_code"]:
        say("a section could not be made: see the placeholder in the report")
    if as_json:
        print(json.dumps(facts))
    elif facts["report"]:
        print(facts["report"])
