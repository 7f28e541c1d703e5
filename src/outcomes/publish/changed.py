"""What a report was made from, as one hash, to tell whether anything has changed since.

This must be quick when nothing has: it reads study.toml and hashes the files, and loads no data package.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from outcomes.config.environment import overlay, overrides
from outcomes.config.named_files import bytes_allowed, named_data_sets, named_files, named_servers
from outcomes.config.toml_text import parse_toml
from outcomes.page.versions import versions
from outcomes.publish.transaction import LATEST

__all__ = ["MANIFEST", "SERVED", "Source", "are_counts", "last_manifest", "source"]

MANIFEST = "manifest.json"
#: What stands for the hash of a table that a server gives: whether it has changed, only reading it tells.
SERVED = "given by a server"
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
        File name -> SHA-256, or ``missing`` for what is not there, outside, too large or not a file; a table
        that a server gives stands there by its name.
    environment : dict of str to str
        Variables that replace keys of study.toml.
    audience : str or None
        The readers that were asked for; by default those of study.toml.
    options : dict of str to bool
        Parts of the report that were asked for: `outcomes.page.options.Options`.
    smallest_count : int or None
        The smallest count that was asked for; by default that of study.toml.
    rules : dict of str to value
        Rules of a study in memory that are not those of study.toml.
    """

    config: Path
    as_of: str | None
    config_sha256: str
    files: dict[str, str]
    environment: dict[str, str]
    audience: str | None = None
    options: dict[str, bool | None] = field(default_factory=dict)
    smallest_count: int | None = None
    rules: dict[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """One hash of all that decides the bytes of the report."""
        asked = [self.audience, self.options, self.smallest_count, self.rules]
        parts = [self.config_sha256, self.files, self.environment, self.as_of, *asked, versions()]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def served(self) -> bool:
        """Whether a server gives some of it: nothing tells that it is as it was."""
        return SERVED in self.files.values()

    def facts(self) -> dict[str, Any]:
        """Return what the log and the manifest of a failed run keep of it."""
        return {
            "fingerprint": self.fingerprint,
            "config_sha256": self.config_sha256,
            "files": self.files,
            "as_of_asked": self.as_of,
            "audience_asked": self.audience,
            "options_asked": self.options,
            "smallest_count_asked": self.smallest_count,
            "rules_asked": self.rules,
        }


def source(config: Path, *, as_of: str | None, audience: str | None = None) -> Source:
    """Hash a study.toml and the files that it names; what is wrong with them is for the reader to say."""
    try:
        content = config.read_bytes()
        told = overlay(parse_toml(content.decode("utf-8-sig")))
    except (OSError, ValueError, RecursionError):
        content, told = b"", {}
    most = bytes_allowed(told)
    files = {
        name: _input(config.parent, name, most)
        for name in (*named_files(told), *named_data_sets(told, config.parent))
    }
    files |= dict.fromkeys(named_servers(told), SERVED)
    return Source(config, as_of, hashlib.sha256(content).hexdigest(), files, overrides(), audience)


def _input(folder: Path, name: str, most: int) -> str:
    """Return the hash of a file that the reader would read; a pipe would never end."""
    try:
        path = (folder / name).resolve()
        ours = path.is_relative_to(folder.resolve()) and path.is_file() and path.stat().st_size <= most
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
        counts = content["rows"] is None or are_counts(content["rows"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return content if whole and complete and counts else None


def are_counts(rows: Any) -> bool:
    """Return whether these are numbers of rows by table, as a run leaves them."""
    return isinstance(rows, dict) and all(type(count) is int and count >= 0 for count in rows.values())
