"""`outcomes patient`: one patient's page for the consultation, or those of all patients."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from outcomes.cli.words import AsOf, Json, a_path, read, say
from outcomes.errors import ArgumentError, plural

__all__ = ["patient"]

Id = Annotated[str | None, typer.Argument(metavar="ID", help="the patient's id in the study's tables")]
StudyOption = Annotated[
    Path, typer.Option("--study", metavar="STUDY", parser=a_path, help="study.toml, or its folder")
]
Folder = Annotated[Path, typer.Option("--out", metavar="DIR", parser=a_path, help="folder to write into")]
All = Annotated[bool, typer.Option("--all", help="the sheets of all patients with a diary")]
Pdf = Annotated[bool, typer.Option("--pdf/--no-pdf", help="make the PDF beside the page")]


def patient(
    patient_id: Id = None,
    study: StudyOption = Path("study.toml"),
    out: Folder = Path("sheets"),
    every: All = False,
    pdf: Pdf = True,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Write a patient's sheet into DIR as HTML and PDF, and print the names of the files.

    It is a person's record: files and folder are for their owner only, and it must not leave the clinic.
    """
    if every == (patient_id is not None):
        raise ArgumentError("one patient or all", got="both" if every else "neither", allowed="ID, or --all")
    from outcomes.page.sheet import patient_sheet, patient_sheets
    from outcomes.publish.frozen import frozen
    from outcomes.publish.sheet_files import write_sheets
    from outcomes.study.small_texts import small_texts

    checked = read(study, as_of)
    with frozen(), small_texts(checked) as small:
        sheets = patient_sheets(small) if patient_id is None else iter([patient_sheet(small, patient_id)])
        files = write_sheets(sheets, out, pdf=pdf)
    facts: dict[str, Any] = {"files": [str(path) for path in files]}
    print(json.dumps(facts) if as_json else "\n".join(facts["files"]))
    if every:
        without = checked.patients["patient_id"].nunique() - len(files) // (2 if pdf else 1)
        if without > 0:
            say(
                plural(without, "patient has", "patients have") + " no diary day that can be used, and "
                "no sheet"
            )
