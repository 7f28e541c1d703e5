"""The manifest: from which bytes, by which versions and rules a report was made.

Everything but the block ``run`` is the same for the same inputs.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from outcomes.study import Study

__all__ = ["PACKAGES", "manifest", "versions"]

#: Packages whose version can change a number or a byte of the report.
PACKAGES = (
    "pandas",
    "numpy",
    "scipy",
    "statsmodels",
    "formulaic",
    "pandera",
    "matplotlib",
    "jinja2",
    "great-tables",
)


def versions() -> dict[str, str]:
    """Return the versions of this package, of Python and of `PACKAGES`."""
    found = {"outcomes": _version("outcomes"), "python": platform.python_version()}
    return found | {name: _version(name) for name in PACKAGES}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def manifest(
    study: Study,
    outputs: Mapping[str, bytes],
    *,
    sections: list[dict[str, Any]],
    started: datetime,
    ended: datetime,
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
    started, ended : datetime
        When, in UTC.
    """
    content = {
        "title": study.title,
        "inputs": study.provenance.to_dict(orient="records"),
        "parameters": {
            "as_of": None if study.cutoff is None else study.cutoff.date().isoformat(),
            "timezone": study.timezone,
            "rules": study.rules.model_dump(),
            "seed": None,
        },
        "versions": versions(),
        "sections": sections,
        "outputs": [
            {"file": name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            for name, data in outputs.items()
        ],
        "run": {"started": started.isoformat(), "ended": ended.isoformat(), "host": platform.system()},
    }
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
