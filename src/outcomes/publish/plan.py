"""Plan and make: what decides a report, and the report that it gives; nothing is written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from outcomes.publish.frozen import frozen
from outcomes.publish.gates import gate

if TYPE_CHECKING:
    from outcomes.page.last_report import Memory
    from outcomes.page.make import Made
    from outcomes.page.options import Options
    from outcomes.page.readers import Readers
    from outcomes.publish.changed import Source
    from outcomes.publish.request import Request
    from outcomes.publish.subject import Subject
    from outcomes.study import Study

__all__ = ["Plan", "made_by", "manifest_of", "name_of", "plan", "today_of"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides a report, before it is made.

    Parameters
    ----------
    study : Study
        As of the report's date.
    reporting : dict
        The part [report] of study.toml.
    readers, options
        What the call said, over what study.toml says.
    asked : Source or None
        From which files and words.
    warnings : list of str
        What the gates say.
    """

    study: Study
    reporting: dict[str, Any]
    readers: Readers
    options: Options
    asked: Source | None
    warnings: list[str]


def plan(subject: Subject, asked: Source | None, request: Request, last: Mapping[str, Any] | None) -> Plan:
    """Read the study and decide how its report is made; refuse what the gates refuse."""
    from outcomes.page.readers import readers_of

    study = subject.read(asked)
    reporting = study.reporting.model_dump(mode="json")
    readers = readers_of(reporting, request.audience, request.smallest_count)
    warnings = _gate(study, reporting, last, force=request.force, inside=readers.inside)
    return Plan(study, reporting, readers, request.options.or_configured(reporting), asked, warnings)


def made_by(planned: Plan, memory: Memory | None) -> Made:
    """Make the report; nothing is written."""
    from outcomes.page.make import make
    from outcomes.study.small_texts import small_texts

    # readers outside are shown no difference between two reports: it would reveal single patients
    told = memory if planned.readers.inside else None
    with frozen(), small_texts(planned.study) as study:
        return make(study, planned.readers, planned.options, told)


def manifest_of(planned: Plan, made: Made, run: Mapping[str, Any]) -> bytes:
    """Return the manifest of a report that was made."""
    from outcomes.publish.manifest import manifest

    return manifest(
        planned.study,
        made.outputs,
        sections=made.facts,
        run=run,
        source=planned.asked,
        reporting=planned.reporting,
        readers=planned.readers,
        previous=made.previous,
    )


def name_of(started: datetime, made: Made) -> str:
    """Return the name of a report's folder: when it was begun, and the beginning of the page's hash."""
    from outcomes.page.make import PAGE

    return f"{started:%Y%m%dT%H%M%S%f}Z-{hashlib.sha256(made.outputs[PAGE]).hexdigest()[:8]}"


def _gate(
    study: Study, reporting: dict[str, Any], last: Mapping[str, Any] | None, *, force: bool, inside: bool
) -> list[str]:
    from outcomes.publish.manifest import accepted_rows, newest

    facts = {"title": study.title, "newest": newest(study), "rows": accepted_rows(study), "report": reporting}
    cutoff = None if study.cutoff is None else study.cutoff.date().isoformat()
    today = today_of({"as_of": cutoff, "timezone": study.timezone})
    return gate(facts, last, today=today, force=force, counts=inside)


def today_of(parameters: Mapping[str, Any]) -> date:
    """Return the date of the report: its cut-off, or today at the clinic."""
    if parameters["as_of"]:
        return date.fromisoformat(parameters["as_of"])
    return datetime.now(ZoneInfo(parameters["timezone"])).date()
