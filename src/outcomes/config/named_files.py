"""The files that a study.toml names, told from its text alone: its faults are for the reader to say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from outcomes.sources.cdisc.adam_sets import ADAM
from outcomes.sources.cdisc.domains import SDTM, data_sets
from outcomes.sources.served_names import served_name
from outcomes.sources.sizes import MAX_FILE_MB, MB

__all__ = ["bytes_allowed", "named_data_sets", "named_files", "named_servers"]


def named_files(content: Mapping[str, Any]) -> list[str]:
    """Return the names of the files of all tables, each once."""
    tables = content.get("tables")
    found: list[str] = []
    for table in tables.values() if isinstance(tables, dict) else ():
        named = table.get("file") if isinstance(table, dict) else None
        listed = named if isinstance(named, list) else [named]
        found += [name for name in listed if isinstance(name, str)]
    return sorted(set(found))


def named_data_sets(content: Mapping[str, Any], folder: Path) -> list[str]:
    """Return the names of the files in the folders of SDTM and ADaM that study.toml names."""
    tables = content.get("tables")
    found = []
    for layout in (SDTM, ADAM):
        named = tables.get(layout.key) if isinstance(tables, dict) else None
        if isinstance(named, str) and named:
            found += [f"{named}/{file}" for file in data_sets(folder / named, layout).values()]
    return found


def named_servers(content: Mapping[str, Any]) -> list[str]:
    """Return what the tables are called that a server gives, as the provenance names them."""
    tables = content.get("tables")
    found = [served_name(table) for table in tables.values()] if isinstance(tables, dict) else []
    return sorted({name for name in found if name})


def bytes_allowed(content: Mapping[str, Any]) -> int:
    """Return how large a file may be."""
    limits = content.get("limits")
    told = limits.get("max_file_mb") if isinstance(limits, dict) else None
    return MB * (told if isinstance(told, int) else MAX_FILE_MB)
