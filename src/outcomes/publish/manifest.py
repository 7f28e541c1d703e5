"""The manifest: from which bytes, by which versions and rules a report was made.

Everything but the block ``run`` is the same for the same inputs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from outcomes.config.upgrade import SCHEMA_VERSION
from outcomes.page.json_bytes import as_json
from outcomes.page.readers import CLINIC, Readers
from outcomes.page.versions import versions
from outcomes.publish.changed import Source

if TYPE_CHECKING:
    from outcomes.study import Study

__all__ = ["accepted_rows", "manifest", "newest"]


def manifest(
    study: Study,
    outputs: Mapping[str, bytes],
    *,
    sections: list[dict[str, Any]],
    run: Mapping[str, Any],
    source: Source | None = None,
    reporting: Mapping[str, Any] | None = None,
    readers: Readers = CLINIC,
    previous: Mapping[str, str] | None = None,
) -> bytes:
    """Return the manifest as JSON text.

    Parameters
    ----------
    study : Study
        The study as it was used.
    outputs : mapping of str to bytes
        The files that were made.
    sections : list of dict
        Name, status and reason of each section.
    run : mapping
        When and where: `publish.facts.run_facts`.
    source : Source, optional
        The configuration and files of the study, when it was read from files.
    reporting : mapping, optional
        The part [report] of study.toml.
    readers : Readers
        For readers outside it holds no counts of rows: they would reveal what the page withholds.
        It holds no newest date, which is the day of a patient.
    previous : mapping, optional
        The report that this one is compared with: its name, and the hash of its summary.
    """
    # the name of a file may be that of a patient; from a hash what has few possible values is found by trying
    # them all: a small file, study.toml, and both together
    inputs = study.provenance if readers.inside else study.provenance[["table"]]
    content = {
        "schema_version": SCHEMA_VERSION,
        "title": study.title,
        "status": "incomplete" if any(part["status"] == "failed" for part in sections) else "complete",
        "fingerprint": source and source.fingerprint if readers.inside else None,
        "config": source
        and {
            "file": source.config.name,
            "sha256": source.config_sha256 if readers.inside else None,
            "environment": source.environment,
            "as_of_asked": source.as_of,
            "audience_asked": source.audience,
            "options_asked": source.options,
            "smallest_count_asked": source.smallest_count,
            "rules_asked": source.rules,
            "said_otherwise": said_otherwise(source, reporting or {}),
            "report": reporting,
        },
        "compared_with": previous,
        "inputs": inputs.to_dict(orient="records"),
        "parameters": {
            "as_of": None if study.cutoff is None else study.cutoff.date().isoformat(),
            "timezone": study.timezone,
            "rules": study.rules.model_dump(),
            "seed": None,
        },
        "disclosure": readers.facts(),
        "newest": newest(study) if readers.inside else None,
        "rows": accepted_rows(study) if readers.inside else None,
        "versions": versions(),
        "sections": sections,
        "outputs": [
            {"file": name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            for name, data in outputs.items()
        ],
        "run": run,
    }
    return as_json(content)


def said_otherwise(source: Source, reporting: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the settings of [report] that the call said differently: the call won."""
    asked = {
        "audience": source.audience,
        "smallest_count": source.smallest_count,
        "pdf": source.options.get("pdf"),
    }
    return {
        name: {"study.toml": reporting.get(name), "call": value}
        for name, value in asked.items()
        if value is not None and value != reporting.get(name)
    }


def newest(study: Study) -> dict[str, str | None]:
    """Return the newest local date of the diary and of the sessions."""
    starts = study.sessions["start"].dt.tz_convert(study.timezone)
    known = getattr(study, "newest_day", None)  # of a study whose days lie in partitions
    newest = study.diary["date"].max() if known is None else known
    return {"diary": _date(newest), "sessions": _date(starts.max())}


def accepted_rows(study: Study) -> dict[str, int]:
    """Return the number of accepted rows by table."""
    accepted = study.flow[study.flow["status"] == "accepted"]
    return {
        str(table): int(rows) for table, rows in accepted.groupby("table", sort=False)["rows"].sum().items()
    }


def _date(value: pd.Timestamp) -> str | None:
    return None if pd.isna(value) else value.date().isoformat()
