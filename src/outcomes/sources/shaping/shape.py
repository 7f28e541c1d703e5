"""The steps from a file's rows and columns to a table's, in one order, each said in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from outcomes.schema.contract import specs
from outcomes.sources.conventions import TableSource
from outcomes.sources.raw import RawTable
from outcomes.sources.shaping.attack_list import attacks_to_days
from outcomes.sources.shaping.columns import fill_down, from_name, join_columns, to_long, to_wide
from outcomes.sources.shaping.drug_names import drug_classes
from outcomes.sources.shaping.forms import keep_where, redcap_form, tick_boxes
from outcomes.sources.shaping.listed import named_symptoms, put_together
from outcomes.sources.shaping.rows import texts

__all__ = ["shape"]

Step = Callable[[RawTable], RawTable]


def shape(raw: RawTable, source: TableSource, *, table: str, file: str) -> tuple[RawTable, tuple[str, ...]]:
    """Turn a file as study.toml declares.

    Parameters
    ----------
    raw : RawTable
        The file as text.
    source : TableSource
        What is declared.
    table, file : str
        Names for messages.

    Returns
    -------
    RawTable
        Rows and columns of the table.
    tuple of str
        What each step did with how many rows, for the provenance.

    Raises
    ------
    SourceError
        When a column that study.toml names is not there.
    """
    declared = tuple(f"{name} in {unit}" for name, unit in sorted(source.units.items()))
    if not source.shaped:
        return raw, declared
    raw, said = texts(raw), []
    for words, step in _steps(source, table=table, file=file):
        before = len(raw.frame)
        raw = step(raw)
        said.append(f"{words}: {before:,} rows to {len(raw.frame):,}" if before != len(raw.frame) else words)
    return raw, (*said, *declared)


def _steps(source: TableSource, *, table: str, file: str) -> list[tuple[str, Step]]:
    """Return the declared steps in their order; the later ones stand on the earlier."""
    where, wide, long, attacks = source.where, source.wide, source.long, source.attacks
    made = {wide.name, wide.value} if wide else set()
    late = {name: parts for name, parts in source.joined.items() if made & set(parts)}
    first = {name: parts for name, parts in source.joined.items() if name not in late}
    steps: list[tuple[object, str, Step]] = [
        (source.fill_down, "cells filled down", lambda raw: fill_down(raw, source.fill_down, file=file)),
        (source.from_name, "file's name", lambda raw: from_name(raw, source.from_name, file=file)),
        (where, _say_where(where), lambda raw: _kept(raw, source, table=table, file=file)),
        (source.redcap, f"form {source.redcap}", lambda raw: _form(raw, source, table=table, file=file)),
        (source.boxes, "boxes joined", lambda raw: tick_boxes(raw, source.boxes, table=table, file=file)),
        (first, "columns joined", lambda raw: join_columns(raw, first, file=file)),
        (source.lists, "lists put together", lambda raw: put_together(raw, source.lists, file=file)),
        (source.symptoms, "symptoms named", lambda raw: _symptoms(raw, source, file=file)),
        (wide, "columns to rows", lambda raw: to_long(raw, wide, file=file) if wide else raw),
        (late, "columns joined", lambda raw: join_columns(raw, late, file=file)),
        (long, "rows to columns", lambda raw: to_wide(raw, long, table=table, file=file) if long else raw),
        (source.drug_names, "names of drugs", lambda raw: _drugs(raw, source)),
        (
            attacks,
            "attacks to days",
            lambda raw: attacks_to_days(raw, attacks, source, file=file) if attacks else raw,
        ),
    ]
    return [(words, step) for declared, words, step in steps if declared]


def _say_where(where: dict[str, str | tuple[str, ...]]) -> str:
    return f"rows where {', '.join(where)} fits"


def _kept(raw: RawTable, source: TableSource, *, table: str, file: str) -> RawTable:
    """Keep the rows of the table; a column that only says which they are is not read further."""
    kept = keep_where(raw, source.where, file=file)
    read = {*specs(table), *source.columns.values(), *source.turned}
    return replace(kept, frame=kept.frame.drop(columns=[name for name in source.where if name not in read]))


def _form(raw: RawTable, source: TableSource, *, table: str, file: str) -> RawTable:
    used = {*specs(table), *source.columns.values()}
    return redcap_form(raw, source.redcap, table=table, file=file, used=used)


def _symptoms(raw: RawTable, source: TableSource, *, file: str) -> RawTable:
    return named_symptoms(raw, source.symptoms, source.values.get("symptoms", {}), file=file)


def _drugs(raw: RawTable, source: TableSource) -> RawTable:
    name = source.columns.get("acute_medication", "acute_medication")
    if name not in raw.frame:
        return raw
    own = source.values.get("acute_medication", {})
    return replace(raw, frame=raw.frame.assign(**{name: drug_classes(raw.frame[name], own)}))
