"""The files that a study.toml names, told from its text alone: its faults are for the reader to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from outcomes.sources.sizes import MAX_FILE_MB, MB

__all__ = ["bytes_allowed", "named_files"]


def named_files(content: Mapping[str, Any]) -> list[str]:
    """Return the names of the files of all tables, each once."""
    tables = content.get("tables")
    found: list[str] = []
    for table in tables.values() if isinstance(tables, dict) else ():
        named = table.get("file") if isinstance(table, dict) else None
        listed = named if isinstance(named, list) else [named]
        found += [name for name in listed if isinstance(name, str)]
    return sorted(set(found))


def bytes_allowed(content: Mapping[str, Any]) -> int:
    """Return how large a file may be."""
    limits = content.get("limits")
    told = limits.get("max_file_mb") if isinstance(limits, dict) else None
    return MB * (told if isinstance(told, int) else MAX_FILE_MB)
