"""A study to the files of its report: sections made one by one, put on a page; nothing is written."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from outcomes.errors import ArgumentError, InPartitionsError
from outcomes.page.blocks import Section, Words
from outcomes.page.html import page
from outcomes.page.last_report import BEFORE, SUMMARY, Memory
from outcomes.page.material import Material
from outcomes.page.measured import Measured, measure
from outcomes.page.opening import opening_lines
from outcomes.page.options import Options
from outcomes.page.pdf import PDF, pdf
from outcomes.page.readers import CLINIC, Readers
from outcomes.page.sections import SECTIONS, Part
from outcomes.page.sections.patients import NAME, TITLE, patients
from outcomes.page.summary import summary
from outcomes.page.view import View, view_of
from outcomes.plots.style import untouched_settings
from outcomes.schema.usable import refuse_alarms, refuse_without_days
from outcomes.study import Study

__all__ = ["PAGE", "Made", "make", "sections_of"]

#: Name of the report's file.
PAGE = "report.html"
#: On request, at the end of the page.
APPENDIX = Part(NAME, TITLE, patients)

LOG = logging.getLogger(__name__)


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
    opening : tuple of str
        The lines that the page opens with.
    """

    outputs: dict[str, bytes]
    measured: list[Measured]
    kept: dict[str, bytes] = field(default_factory=dict)
    previous: dict[str, str] | None = None
    opening: tuple[str, ...] = ()

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

    Raises
    ------
    DataError
        When a column that decides something on the page is declared wrongly, and that is not waived.
    """
    options = options or Options()
    if options.patients and not readers.inside:
        raise ArgumentError(
            "the patient appendix is for the clinic only",
            got=f"audience {readers.audience}",
            hint="say --audience clinic",
        )
    refuse_without_days(study.flow, study.alarms)
    refuse_alarms(study.alarms)
    opening = opening_lines(study, readers)
    material = Material(study, memory=memory)
    measured = measured_sections(material, readers)
    sections = [part.section for part in measured]
    if options.patients:
        with untouched_settings():
            measured.append(measure(partial(_section, view_of(material, readers), APPENDIX)))
    outputs = {PAGE: page(study, [part.section for part in measured], opening).encode()}
    if options.pdf:
        outputs[PDF] = pdf(study, sections, opening)
    previous = memory.facts() if memory else None
    return Made(outputs, measured, _kept(material), previous, tuple(opening))


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


def sections_of(study: Study, readers: Readers = CLINIC) -> list[Section]:
    """Make every section; one that fails becomes a placeholder that says so, and the rest stand."""
    return [part.section for part in measured_sections(Material(study), readers)]


def measured_sections(material: Material, readers: Readers = CLINIC) -> list[Measured]:
    """Make every section, with its seconds and warnings."""
    view = view_of(material, readers)
    parts = [part for part in SECTIONS if (part.clinic if readers.inside else part.outside is not None)]
    with untouched_settings():
        return [measure(partial(_section, view, part)) for part in parts if part.when(view)]


def _section(view: View, part: Part) -> Section:
    name, title = part.name, part.title
    try:
        if part.outside == "of enough patients" and not view.enough:
            return _too_few(part, view)
        section = part.make(view)
    except InPartitionsError as error:  # its words hold no value, and say what would have to be read
        reason = f"This section is not made from partitions: {error.what}."
        return Section(name, title, (Words(reason),), "absent", reason)
    except Exception as error:  # one section's fault must not cost the others
        # The message of another package may hold a patient's value: only its kind is published.
        LOG.warning("section %s could not be made: %s", name, type(error).__name__)
        LOG.debug("section %s", name, exc_info=True)
        reason = f"This section could not be made ({type(error).__name__}). The others are not affected."
        return Section(name, title, (Words(reason, "caution"),), "failed", reason)
    return section


def _too_few(part: Part, view: View) -> Section:
    """Return what stands for a section about a group that is too small to be reported outside."""
    reason = (
        f"Fewer than {view.smallest} patients: nothing about so small a group leaves the clinic. "
        "The report for the clinic has this section."
    )
    return Section(part.name, part.title, (Words(reason),), "absent", reason)
