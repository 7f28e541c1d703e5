"""`outcomes tables`: every table of the report as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from outcomes.cli.words import AsOf, Audience, Json, StudyPath, a_path, read, say
from outcomes.errors import ArgumentError, Exit

__all__ = ["tables"]

Out = Annotated[Path, typer.Option("--out", metavar="DIR", parser=a_path, help="folder to write into")]
Formats = Annotated[
    str,
    typer.Option(
        "--formats", metavar="LIST", help="html, docx, rtf, tex, xlsx, csv, pdf, separated by commas"
    ),
]


def tables(
    study: StudyPath,
    out: Out = Path("tables"),
    formats: Formats = "docx",
    as_of: AsOf = None,
    audience: Audience = None,
    as_json: Json = False,
) -> None:
    """Write every table of the report into DIR, one file per table and form, and print their names.

    Small counts are withheld unless study.toml or --audience says clinic. Exits with 3 if a section failed,
    with 4 if a column that decides something is declared wrongly.
    """
    from outcomes.config import read_config
    from outcomes.config.place import study_file
    from outcomes.page.readers import readers_of
    from outcomes.page.table_documents import FORMS
    from outcomes.publish.table_files import write_tables

    forms = list(dict.fromkeys(form.strip() for form in formats.split(",") if form.strip()))
    if not forms:
        raise ArgumentError("no format is named", allowed=", ".join(FORMS))
    readers = readers_of(read_config(study_file(study)).report.model_dump(mode="json"), audience)
    done = write_tables(read(study, as_of), out, forms=forms, readers=readers)
    facts = {"files": [str(path) for path in done.files], "failed": list(done.failed)}
    print(json.dumps(facts) if as_json else "\n".join(facts["files"]))
    if done.failed:
        say(f"tables are missing: {', '.join(done.failed)} could not be made")
        raise typer.Exit(Exit.INCOMPLETE)
