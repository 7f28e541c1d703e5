"""The report of a study: made by the page, published all or nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from outcomes.errors import instance_of, named_path, one_of
from outcomes.page.make import PAGE, Made, make
from outcomes.page.options import Options
from outcomes.page.readers import AUDIENCES, CLINIC, Readers
from outcomes.publish.facts import run_facts
from outcomes.publish.lock import exclusive
from outcomes.publish.manifest import manifest
from outcomes.publish.memory import remember
from outcomes.publish.run_results import RESULTS, run_results
from outcomes.publish.transaction import publish
from outcomes.schema.study_data import check_study
from outcomes.study import Study

__all__ = ["Built", "build", "report", "report_name"]


@dataclass(frozen=True, slots=True)
class Built:
    """A published report.

    Parameters
    ----------
    path : Path
        The HTML file.
    status : {"complete", "incomplete"}
        incomplete: at least one section could not be made and is a placeholder.
    sections : list of dict
        Name, status and reason of each section.
    """

    path: Path
    status: str
    sections: list[dict[str, Any]]


def report(
    study: Study,
    out: str | Path,
    *,
    as_of: str | date | pd.Timestamp | None = None,
    audience: str = "external",
    smallest_count: int = 5,
    pdf: bool = False,
    patients: bool = False,
) -> Path:
    """Publish the report of a study: one HTML file without script or request, and its manifest.

    Parameters
    ----------
    study : Study
        A checked study.
    out : str or Path
        Folder of all reports; each run makes a folder in it, and `latest` points to the newest.
    as_of : str, date or Timestamp, optional
        Use nothing after this local date; by default the study's own cut-off.
    audience : {"external", "clinic"}
        external: for readers outside the clinic; small counts and what they could be calculated from are
        withheld, and nothing is said of single patients. clinic: everything.
    smallest_count : int, people
        The smallest count that an external report shows, apart from 0.
    pdf : bool
        Make a tagged PDF beside the page; it needs ``outcomes[documents]``.
    patients : bool
        Put an appendix of patients, by study id, at the end of the page; for the clinic only.

    Returns
    -------
    Path
        The HTML file. The same study after the same report gives the same bytes; only the manifest's block
        ``run`` differs.

    Raises
    ------
    ArgumentError
        When the appendix of patients is asked for readers outside the clinic.
    LockedError
        When another run writes to the same folder.
    ReportError
        When it cannot be written; the report before it is untouched.
    """
    check_study(study)
    folder = named_path("out", out, hint="the folder of all reports")
    for name, asked in (("pdf", pdf), ("patients", patients)):
        instance_of(name, asked, bool, hint="True or False")
    used = study if as_of is None else study.as_of(as_of)
    readers = Readers(one_of("audience", audience, AUDIENCES), smallest_count)
    return build(used, folder, readers, Options(pdf=pdf, patients=patients)).path


def build(study: Study, out: Path, readers: Readers = CLINIC, options: Options | None = None) -> Built:
    """Make and publish the report; say which sections could not be made."""
    with exclusive(out):
        started = datetime.now(UTC)
        # readers outside are told of no difference between two reports: it would tell of single patients
        memory = remember(out) if readers.inside else None
        made = make(study, readers, options, memory)
        run = run_facts(started) | made.run_facts
        files = made.files | {
            RESULTS: run_results(made.measured, warnings=(), run=run),
            "manifest.json": manifest(
                study, made.outputs, sections=made.facts, run=run, readers=readers, previous=made.previous
            ),
        }
        folder = publish(out, report_name(started, made), files)
    return Built(folder / PAGE, made.status, made.facts)


def report_name(started: datetime, made: Made) -> str:
    """Return the name of a report's folder: when it was begun, and the beginning of the page's hash."""
    return f"{started:%Y%m%dT%H%M%S%f}Z-{hashlib.sha256(made.outputs[PAGE]).hexdigest()[:8]}"
