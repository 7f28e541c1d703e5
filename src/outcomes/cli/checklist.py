"""`outcomes checklist`: a reporting checklist, filled with what the run knows."""

from __future__ import annotations

from typing import Annotated

import typer

from outcomes.cli.words import AsOf, StudyPath, read, say
from outcomes.errors import ArgumentError, one_of

__all__ = ["checklist"]

FORMS = ("text", "markdown", "csv")
Strobe = Annotated[bool, typer.Option("--strobe", help="STROBE, for cohort studies")]
Registry = Annotated[
    bool, typer.Option("--ihs-registry", help="guideline for clinic-based headache registries (IHS 2022)")
]
Form = Annotated[str, typer.Option("--format", metavar="FORM", help="text, markdown or csv")]


def checklist(
    study: StudyPath,
    strobe: Strobe = False,
    ihs_registry: Registry = False,
    form: Form = "text",
    as_of: AsOf = None,
) -> None:
    """Print a reporting checklist: what the run knows of each item, where it is shown, what is missing.

    It is for who writes the paper: counts are given in full.
    """
    from outcomes.page.checklist import checklist as page

    if strobe == ihs_registry:
        raise ArgumentError("choose one of the two checklists", allowed="--strobe, or --ihs-registry")
    one_of("--format", form, FORMS)
    guideline = "strobe" if strobe else "ihs-registry"
    checked = read(study, as_of)
    found = page.checklist(checked, "strobe" if strobe else "ihs-registry")
    if form == "csv":
        print(found.to_csv(index=False, lineterminator="\n"), end="")
    else:
        print(page.as_text(found, guideline) if form == "text" else page.as_markdown(found, guideline))
    if checked.reporting.audience == "external":
        say("for the clinic's own use: counts are given in full")
