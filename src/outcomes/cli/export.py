"""`outcomes export`: a study in the layout of others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from outcomes.cli.words import AsOf, Json, StudyPath, a_path, read, say
from outcomes.errors import ArgumentError, plural

__all__ = ["export"]

Folder = Annotated[
    Path | None, typer.Option("--sdtm", metavar="DIR", parser=a_path, help="new folder for SDTM domains")
]
Analysis = Annotated[
    Path | None, typer.Option("--adam", metavar="DIR", parser=a_path, help="new folder for ADaM data sets")
]


def export(
    study: StudyPath,
    sdtm: Folder = None,
    adam: Analysis = None,
    xpt: Annotated[bool, typer.Option("--xpt", help="SAS transport files in place of Dataset-JSON")] = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Write a study as CDISC SDTM or ADaM into a new DIR with a study.toml that reads it; print the names.

    The accepted rows are written; rejected ones are not.
    """
    from outcomes.publish.cdisc_files import write_adam, write_sdtm
    from outcomes.schema.losses import rows_lost

    if sdtm is None and adam is None:
        raise ArgumentError("export needs a folder", allowed="--sdtm DIR, --adam DIR, or both")
    checked = read(study, as_of)
    files = [str(path) for path in write_sdtm(checked, sdtm, transport=xpt)] if sdtm else []
    files += [str(path) for path in write_adam(checked, adam, transport=xpt)] if adam else []
    print(json.dumps({"files": files}) if as_json else "\n".join(files))
    rejected = int(rows_lost(checked.flow)["rows"].sum())
    if rejected:
        say(plural(rejected, "rejected row was", "rejected rows were") + " not written")
