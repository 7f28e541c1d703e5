"""The report of a study: sections made one by one, put on a page, published all or nothing."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from outcomes.errors import ArgumentError, instance_of, named_path, one_of
from outcomes.plots.style import untouched_settings
from outcomes.report.blocks import Section, Words
from outcomes.report.lock import exclusive
from outcomes.report.manifest import manifest, run_facts
from outcomes.report.material import Material
from outcomes.report.memory import BEFORE, SUMMARY, Memory, remember
from outcomes.report.options import Options
from outcomes.report.outside.sections import outside_sections
from outcomes.report.page import page
from outcomes.report.pdf import PDF, pdf
from outcomes.report.publish import publish
from outcomes.report.readers import AUDIENCES, CLINIC, Readers
from outcomes.report.run_results import RESULTS, Measured, measure, run_results
from outcomes.report.sections import SECTIONS
from outcomes.report.sections.patients import NAME, TITLE, patients
from outcomes.report.summary import summary
from outcomes.schema.study_data import check_study
from outcomes.study import Study

__all__ = ["PAGE", "Built", "Made", "build", "make", "report", "report_name", "sections_of"]

#: Name of the report's file.
PAGE = "report.html"

LOG = logging.getLogger(__name__)


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


@dataclass(frozen=True, slots=True)
class Made:
    """The files of a report, and what became of its sections.

    Parameters
    ----------
    outputs : dict of str to bytes
        The same for the same inputs.
    kept : dict of str to bytes
        For the next report; its digests depend on the folder's key.
    previous : dict of str to str or None
        Report and summary that it is compared with.
    """

    outputs: dict[str, bytes]
    measured: list[Measured]
    kept: dict[str, bytes] = field(default_factory=dict)
    previous: dict[str, str] | None = None

    @property
    def files(self) -> dict[str, bytes]:
        """All files to write before the manifest."""
        return self.outputs | self.kept

    @property
    def run_facts(self) -> dict[str, Any]:
        """What the manifest's block ``run`` says of what is kept."""
        return {"kept": {name: hashlib.sha256(data).hexdigest() for name, data in self.kept.items()}}

    @property
    def facts(self) -> list[dict[str, Any]]:
        """Name, status and reason of each section."""
        parts = [measured.section for measured in self.measured]
        return [{"name": part.name, "status": part.status, "reason": part.reason} for part in parts]

    @property
    def status(self) -> str:
        """`complete`, or `incomplete` when a section could not be made."""
        return "incomplete" if any(fact["status"] == "failed" for fact in self.facts) else "complete"


def make(
    study: Study,
    readers: Readers = CLINIC,
    options: Options | None = None,
    memory: Memory | None = None,
) -> Made:
    """Make the files of a report; nothing is written.

    Parameters
    ----------
    study : Study
        The study as of the report's date.
    readers : Readers
        Whom it is for.
    options : Options, optional
        What is made besides the page.
    memory : Memory, optional
        The folder's key, and the report that this one is compared with.
    """
    options = options or Options()
    if options.patients and not readers.inside:
        raise ArgumentError(
            "the appendix of patients is for the clinic only",
            got=f"audience {readers.audience}",
            hint="say --audience clinic",
        )
    material = Material(study, memory=memory)
    measured = measured_sections(material, readers)
    sections = [part.section for part in measured]
    if options.patients:
        with untouched_settings():
            measured.append(measure(partial(_section, material, NAME, TITLE, patients)))
    outputs = {PAGE: page(study, [part.section for part in measured]).encode()}
    if options.pdf:
        outputs[PDF] = pdf(study, sections)
    return Made(outputs, measured, _kept(material), memory.facts() if memory else None)


def _kept(material: Material) -> dict[str, bytes]:
    """Return the summary for the next report, and the one that this report was compared with."""
    memory = material.memory
    if memory is None:
        return {}
    kept = {} if memory.before is None else {BEFORE: memory.before}
    try:
        return {SUMMARY: summary(material, memory.key)} | kept
    except (
        Exception
    ) as error:  # what could not be summed up must not cost the report: it is compared with nothing
        LOG.warning("the summary could not be made: %s", type(error).__name__)
        return kept


def report_name(started: datetime, made: Made) -> str:
    """Return the name of a report's folder: when it was begun, and the beginning of the page's hash."""
    return f"{started:%Y%m%dT%H%M%S%f}Z-{hashlib.sha256(made.outputs[PAGE]).hexdigest()[:8]}"


def sections_of(study: Study, readers: Readers = CLINIC) -> list[Section]:
    """Make every section; one that fails becomes a placeholder that says so, and the rest stand."""
    return [part.section for part in measured_sections(Material(study), readers)]


def measured_sections(material: Material, readers: Readers = CLINIC) -> list[Measured]:
    """Make every section, with its seconds and warnings."""
    parts = SECTIONS if readers.inside else outside_sections(material, limit=readers.smallest_count)
    with untouched_settings():
        return [measure(partial(_section, material, *part)) for part in parts]


def _section(material: Material, name: str, title: str, make: Any) -> Section:
    try:
        section: Section = make(material)
    except Exception as error:  # one section's fault must not cost the others
        # The message of another package may hold a patient's value: only its kind is published.
        LOG.warning("section %s could not be made: %s", name, type(error).__name__)
        LOG.debug("section %s", name, exc_info=True)
        reason = f"This section could not be made ({type(error).__name__}). The others are not affected."
        return Section(name, title, (Words(reason, "caution"),), "failed", reason)
    return section
