"""`outcomes export`: a study in the layout of others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from outcomes.cli.words import AsOf, Json, StudyPath, a_path, read, say

__all__ = ["export"]

Sdtm = Annotated[Path, typer.Option("--sdtm", metavar="DIR", parser=a_path, help="new folder to write into")]


def export(
    study: StudyPath,
    sdtm: Sdtm,
    xpt: Annotated[bool, typer.Option("--xpt", help="SAS transport files in place of Dataset-JSON")] = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Write a study as CDISC SDTM into a new DIR, with the study.toml that reads it back; print the names.

    The accepted rows are written; rejected ones are not.
    """
    from outcomes.publish.sdtm_files import write_sdtm

    checked = read(study, as_of)
    files = [str(path) for path in write_sdtm(checked, sdtm, transport=xpt)]
    print(json.dumps({"files": files}) if as_json else "\n".join(files))
    rejected = int(checked.flow.query("status == 'rejected'")["rows"].sum())
    if rejected:
        say(f"{rejected} rejected row(s) were not written")
