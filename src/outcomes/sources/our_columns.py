"""The source's columns under the contract's names: renamed, constant, missing, not read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from outcomes.errors import SourceError, suggest
from outcomes.schema.contract import specs
from outcomes.schema.findings import LINE, Fault
from outcomes.sources.conventions import TableSource
from outcomes.sources.header import say_columns, say_name, surely_header
from outcomes.sources.raw import RawTable

__all__ = ["faults_in_our_names", "our_columns", "unused_columns"]


def our_columns(table: str, raw: RawTable, source: TableSource) -> pd.DataFrame:
    """Return the source's text under our names."""
    found = [name for name in raw.frame.columns if name != LINE]
    for ours, theirs in source.columns.items():
        if theirs not in found:
            raise SourceError(
                f"{_files(source)}: the column that study.toml names for {table}.{ours} was not found",
                got=say_columns(found, table, source),
                allowed=repr(theirs),
                hint=suggest(theirs, found) if surely_header(found, table, source) else None,
            )
    names = {name: source.columns.get(name, name) for name in specs(table)}
    if source.headache is not None:
        del names["headache"]  # a column of that name holds the score
    text = pd.DataFrame(
        {ours: raw.frame[name] for ours, name in names.items() if name in found}, index=raw.frame.index
    )
    both = [name for name in source.constants if name in text]
    if both:
        raise SourceError(
            f"{_files(source)}: study.toml gives one text for every row of {table}.{both[0]}",
            got=f"the file has it too, as column {names[both[0]]}",
            hint=f"remove {both[0]} from constants, or give the column in the file another name",
        )
    text = text.assign(**{name: _constant(word, len(text)) for name, word in source.constants.items()})
    missing = [name for name, spec in specs(table).items() if spec.required and name not in text]
    missing = [name for name in missing if name != "headache" or source.headache is None]
    if missing:
        raise _missing_column(table, missing, found, source)
    return text


def _constant(word: str, rows: int) -> pd.Categorical:
    return pd.Categorical.from_codes(np.zeros(rows, dtype="int8"), categories=pd.Index([word], dtype="str"))


def faults_in_our_names(table: str, raw: RawTable, source: TableSource) -> list[Fault]:
    """Return the reader's faults by our names of columns; a column that is not read costs nothing."""
    ours = {theirs: name for name, theirs in source.columns.items()}
    faults = []
    for fault in raw.faults:
        name = ours.get(fault.column, fault.column)
        read = name in specs(table) or name in ("", LINE)
        faults.append(replace(fault, column=name, severity=fault.severity if read else "warning"))
    return faults


def _missing_column(table: str, missing: list[str], found: list[str], source: TableSource) -> SourceError:
    name = missing[0]
    same = {other.casefold(): other for other in found}
    lines = [f'{one} = "{same[one]}"' for one in missing if one in same] or [f'{name} = "your name for it"']
    hint = f"name it in study.toml: [tables.{table}.columns] {'; '.join(lines)}"
    signs = []
    if len(found) == 1:
        signs = [sign for sign in (";", "\t", "|", ",") if sign in found[0] and sign != source.delimiter]
        if signs:
            hint = f"the header contains {signs[0]!r}: declare delimiter = {signs[0]!r}"
    near = suggest(name, found) if surely_header(found, table, source) else None
    if not near and not surely_header(found, table, source) and not signs:
        names = ", ".join(f'"{name}"' for name in specs(table) if specs(table)[name].required)
        hint = f"if the first line is a row, name the columns in order: header = [{names}, ...]; " + hint
    return SourceError(
        f"{_files(source)}: the table {table} has no column {', '.join(missing)}",
        got=say_columns(found, table, source),
        hint=f"{near} {hint}" if near else hint,
    )


def unused_columns(table: str, raw: RawTable, source: TableSource) -> list[Fault]:
    """Return a warning for each column of the source that nothing reads."""
    used = {source.columns.get(name, name) for name in specs(table)} | {LINE}
    none = np.empty(0, dtype=np.intp)
    return [
        Fault(
            table,
            "column_not_used",
            f"the source's column {say_name(str(name), place)} is not in the contract and is not read",
            none,
            severity="warning",
            hint=_why_unused(str(name), table, source),
            whole_table=max(len(raw.frame), 1),
        )
        for place, name in enumerate(raw.frame.columns, start=1)
        if name not in used
    ]


def _why_unused(name: str, table: str, source: TableSource) -> str:
    if name in source.columns:
        return f"study.toml reads {name} from another column, {source.columns[name]}"
    return suggest(name, specs(table)) or "name it in study.toml if it is one of ours"


def _files(source: TableSource) -> str:
    return ", ".join(source.files)
