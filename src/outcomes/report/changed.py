"""What a report was made from, as one hash, to tell whether anything has changed since.

This must be quick when nothing has: it reads study.toml and hashes the files, and loads no data package.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from outcomes.config.environment import overlay, overrides
from outcomes.report.publish import LATEST
from outcomes.report.versions import versions
from outcomes.sources.sizes import MAX_FILE_MB, MB

__all__ = ["MANIFEST", "Source", "last_manifest", "source"]

MANIFEST = "manifest.json"
#: Parts of the last manifest that a run looks at.
COMPARED = (
    "title", "status", "fingerprint", "config", "parameters", "disclosure", "newest", "rows", "sections",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """The configuration and files of a run.

    Parameters
    ----------
    config : Path
        The study.toml.
    as_of : str or None
        The date that was asked for.
    config_sha256 : str
        Hash of the study.toml's bytes.
    files : dict of str to str
        File name -> SHA-256, or ``missing`` for what is not there, outside, too large or not a file.
    environment : dict of str to str
        Variables that replace keys of study.toml.
    audience : str or None
        The readers that were asked for; by default those of study.toml.
    options : dict of str to bool
        Parts of the report that were asked for: `outcomes.report.options.Options`.
    """

    config: Path
    as_of: str | None
    config_sha256: str
    files: dict[str, str]
    environment: dict[str, str]
    audience: str | None = None
    options: dict[str, bool] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """One hash of all that decides the bytes of the report."""
        asked = [self.audience, self.options]
        parts = [self.config_sha256, self.files, self.environment, self.as_of, *asked, versions()]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def facts(self) -> dict[str, Any]:
        """Return what the log and the manifest of a failed run keep of it."""
        return {
            "fingerprint": self.fingerprint,
            "config_sha256": self.config_sha256,
            "files": self.files,
            "as_of_asked": self.as_of,
            "audience_asked": self.audience,
            "options_asked": self.options,
        }


def source(config: Path, *, as_of: str | None, audience: str | None = None) -> Source:
    """Hash a study.toml and the files that it names; what is wrong with them is for the reader to say."""
    try:
        content = config.read_bytes()
        told = overlay(tomllib.loads(content.decode("utf-8-sig")))
    except (OSError, ValueError, RecursionError):
        content, told = b"", {}
    bytes_allowed = _bytes_allowed(told.get("limits"))
    files = {name: _input(config.parent, name, bytes_allowed) for name in _names(told.get("tables"))}
    return Source(config, as_of, hashlib.sha256(content).hexdigest(), files, overrides(), audience)


def _names(tables: Any) -> list[str]:
    found: list[str] = []
    for table in tables.values() if isinstance(tables, dict) else ():
        named = table.get("file") if isinstance(table, dict) else None
        listed = named if isinstance(named, list) else [named]
        found += [name for name in listed if isinstance(name, str)]
    return sorted(set(found))


def _bytes_allowed(limits: Any) -> int:
    """Return the limit of a file's bytes; a limit that is no number is for the reader to refuse."""
    told = limits.get("max_file_mb") if isinstance(limits, dict) else None
    return MB * (told if isinstance(told, int) else MAX_FILE_MB)


def _input(folder: Path, name: str, bytes_allowed: int) -> str:
    """Return the hash of a file that the reader would read; a pipe would never end."""
    try:
        path = (folder / name).resolve()
        ours = (
            path.is_relative_to(folder.resolve()) and path.is_file() and path.stat().st_size <= bytes_allowed
        )
    except (OSError, ValueError):
        return "missing"
    return _digest(path) if ours else "missing"


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return "missing"


def last_manifest(out: Path) -> dict[str, Any] | None:
    """Return the manifest of the newest report when it is there and its files are as they were made.

    One that somebody has edited until it lacks a part counts as none: the next run makes a new report.
    """
    folder = out / LATEST
    try:
        content: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
        whole = all(_digest(folder / item["file"]) == item["sha256"] for item in content["outputs"])
        complete = all(name in content for name in COMPARED)
        # without study.toml, made from frames in memory, there is no configuration
        complete = complete and (content["config"] is None or "report" in content["config"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return content if whole and complete else None
