"""The report of a study: sections made one by one, put on a page, published all or nothing."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from outcomes.plots.style import untouched_settings
from outcomes.report.blocks import Section, Words
from outcomes.report.lock import exclusive
from outcomes.report.manifest import manifest
from outcomes.report.material import Material
from outcomes.report.page import page
from outcomes.report.publish import publish
from outcomes.report.sections import SECTIONS
from outcomes.study import Study

__all__ = ["Built", "build", "report", "sections_of"]

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


def report(study: Study, out: str | Path, *, as_of: str | date | pd.Timestamp | None = None) -> Path:
    """Publish the report of a study: one HTML file without script or request, and its manifest.

    Parameters
    ----------
    study : Study
        A checked study.
    out : str or Path
        Folder of all reports; each run makes a folder in it, and `latest` points to the newest.
    as_of : str, date or Timestamp, optional
        Use nothing after this local date; by default the study's own cut-off.

    Returns
    -------
    Path
        The HTML file. The same study gives the same bytes; only the manifest's block ``run`` differs.

    Raises
    ------
    LockedError
        When another run writes to the same folder.
    ReportError
        When it cannot be written; the report before it is untouched.
    """
    return build(study if as_of is None else study.as_of(as_of), Path(out)).path


def build(study: Study, out: Path) -> Built:
    """Make and publish the report; say which sections could not be made."""
    with exclusive(out):
        return _build(study, out)


def _build(study: Study, out: Path) -> Built:
    started = datetime.now(UTC)
    sections = sections_of(study)
    html = page(study, sections).encode()
    outputs = {"report.html": html}
    facts = [{"name": part.name, "status": part.status, "reason": part.reason} for part in sections]
    ended = datetime.now(UTC)
    files = outputs | {
        "manifest.json": manifest(study, outputs, sections=facts, started=started, ended=ended)
    }
    name = f"{started:%Y%m%dT%H%M%S%f}Z-{hashlib.sha256(html).hexdigest()[:8]}"
    folder = publish(out, name, files)
    status = "incomplete" if any(part.status == "failed" for part in sections) else "complete"
    return Built(folder / "report.html", status, facts)


def sections_of(study: Study) -> list[Section]:
    """Make every section; one that fails becomes a placeholder that says so, and the rest stand."""
    material = Material(study)
    with untouched_settings():
        return [_section(material, name, title, make) for name, title, make in SECTIONS]


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
