"""How frames in memory are written: the arguments `columns` and `reading`, as study.toml says it of files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from pydantic import ValidationError

from outcomes.errors import ArgumentError, instance_of, one_of, suggest
from outcomes.schema.contract import specs
from outcomes.schema.setting_faults import setting_fault
from outcomes.schema.tables import TABLES
from outcomes.sources.conventions import TableSource
from outcomes.sources.names import check_names

__all__ = ["conventions"]

#: Keys of a table in study.toml that say something of a file and nothing of a frame.
OF_FILES = (
    *("file", "delimiter", "quote", "encoding", "skip_lines", "header", "footer", "multiline", "columns"),
)


def conventions(
    frames: Mapping[str, pd.DataFrame],
    columns: Mapping[str, Any] | None = None,
    reading: Mapping[str, Any] | None = None,
) -> dict[str, TableSource]:
    """Return how each frame is written.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        The tables that were given.
    columns : mapping, optional
        Table -> our name -> the frame's name; or our name -> the frame's name, for every table that has both.
    reading : mapping, optional
        Table -> key of study.toml -> value; or key -> value, for every table.

    Raises
    ------
    ArgumentError
        For a table, column, key or value that is not known.
    """
    names = _names(frames, columns or {})
    keys = _keys(frames, reading or {})
    return {table: _source(table, names[table], keys[table]) for table in frames}


def _names(frames: Mapping[str, pd.DataFrame], columns: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    instance_of("columns", columns, Mapping, hint='for instance {"diary": {"patient_id": "PatNr"}}')
    if _by_table("columns", columns, frames):
        given = {table: dict(columns.get(table, {})) for table in frames}
        for table, names in given.items():
            for ours, theirs in names.items():
                _known(table, ours, theirs, frames[table])
        return given
    for ours, theirs in columns.items():
        if not any(ours in specs(table) and theirs in frame for table, frame in frames.items()):
            near = (table for table in frames if {ours, theirs} & set(specs(table)))
            table = next(near, next(iter(frames)))
            _known(table, ours, theirs, frames[table])
    return {
        table: {ours: theirs for ours, theirs in columns.items() if ours in specs(table) and theirs in frame}
        for table, frame in frames.items()
    }


def _by_table(name: str, given: Mapping[str, Any], frames: Iterable[str]) -> bool:
    """Return whether a mapping names tables; it names all or none."""
    if not any(isinstance(value, Mapping) for key, value in given.items() if key in TABLES):
        return False
    for table in given:
        one_of(f"a table of {name}", table, frames)
        instance_of(f"{name}[{table!r}]", given[table], Mapping)
    return True


def _known(table: str, ours: str, theirs: object, frame: pd.DataFrame) -> None:
    if ours not in specs(table):
        turned = isinstance(theirs, str) and theirs in specs(table)
        raise ArgumentError(
            f"columns: {ours!r} is not a column of {table}",
            hint="it is the other way round: {our name: your name}"
            if turned
            else suggest(ours, specs(table)),
            allowed=None if turned else ", ".join(specs(table)),
        )
    if theirs not in frame:
        raise ArgumentError(
            f"columns: the table {table} has no column {theirs!r}",
            got=f"columns {', '.join(map(str, frame.columns))}",
            hint=suggest(str(theirs), list(frame.columns)),
        )


def _keys(frames: Mapping[str, pd.DataFrame], reading: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    example = 'for instance {"diary": {"date_format": "%d.%m.%Y"}}'
    instance_of("reading", reading, Mapping, hint=example)
    allowed = [key for key in TableSource.model_fields if key not in OF_FILES]
    by_table = _by_table("reading", reading, frames)
    for keys in reading.values() if by_table else [reading]:
        for key in keys:
            one_of("a key of reading", key, allowed)
    return {table: dict(reading.get(table, {}) if by_table else reading) for table in frames}


def _source(table: str, names: dict[str, str], keys: dict[str, Any]) -> TableSource:
    try:
        source = TableSource.model_validate({"file": f"({table})", "columns": names, **keys})
        check_names(table, source)
    except ValidationError as error:
        faults = [setting_fault(".".join(map(str, fault["loc"])), fault) for fault in error.errors()]
        said = "; ".join(faults)
        raise ArgumentError(f"reading of {table} has a value that is not allowed: {said}") from None
    except ValueError as error:
        raise ArgumentError(f"reading of {table}: {str(error).removeprefix('tables.')}") from None
    return source
