"""Names and words of a source held against the contract, before any row is read."""

from __future__ import annotations

import re
from collections.abc import Iterable

from outcomes.errors import suggest
from outcomes.schema.columns import ColumnSpec
from outcomes.schema.contract import specs
from outcomes.schema.tables.diary import SYMPTOMS
from outcomes.sources.conventions import TableSource
from outcomes.units import OTHER_UNITS, PER_WEIGHT, TEXT_UNITS, units_of

__all__ = ["check_names"]


def check_names(table: str, source: TableSource) -> None:
    """Refuse names of columns, words and units that the contract does not have.

    Parameters
    ----------
    table : str
        Name of the table.
    source : TableSource
        How it is written.

    Raises
    ------
    ValueError
        With the place and the nearest known name.
    """
    if source.per_file:
        for one in source.parts:
            check_names(table, one)
    known = specs(table)
    for part in ("columns", "values", "constants"):
        for name in getattr(source, part):
            if name not in known and (part, name, bool(source.symptoms)) != ("values", "symptoms", True):
                near = suggest(name, known) or f"columns: {', '.join(known)}"
                raise ValueError(f"tables.{table}.{part}: {name!r} is not a column of {table}; {near}")
    for name, words in source.values.items():
        if name in known:
            _check_codes(f"tables.{table}.values.{name}", known[name], words.values(), source)
        elif wrong := set(words.values()) - {"", *SYMPTOMS}:
            near = suggest(min(wrong), SYMPTOMS) or f'allowed: {", ".join(SYMPTOMS)}, ""'
            raise ValueError(f"tables.{table}.values.symptoms: {min(wrong)!r} is not one of ours ({near})")
    for name, unit in source.units.items():
        allowed = units_of(table, name)
        if not allowed:
            known_units = dict.fromkeys((*OTHER_UNITS, *TEXT_UNITS, *PER_WEIGHT))
            places = ", ".join(["titration.rate", *map(".".join, known_units)])
            raise ValueError(f"tables.{table}.units: only {places} have a unit to declare")
        if unit not in allowed:
            more = '; a scale of 0-3: [rules] pain_scale = "0-3"' if name == "pain" else ""
            raise ValueError(f"tables.{table}.units.{name}: allowed: {', '.join(allowed)}{more}")
    if source.next_day and table != "sessions":
        raise ValueError(
            f"tables.{table}.next_day: only a session has a start and an end; see attacks.next_day"
        )
    if source.headache is not None and table != "diary":
        raise ValueError(f"tables.{table}.headache: only the diary has an answer about headache")


def _check_codes(where: str, spec: ColumnSpec, words: Iterable[str], source: TableSource) -> None:
    """Refuse a word of ours that the column does not have: no row could ever be read by it."""
    if spec.kind == "yesno":
        allowed = {"yes", "no", *source.yes, *source.no}
    elif spec.kind in ("code", "codes"):
        allowed = set(spec.codes)
    else:
        return
    plain = {_plain(word) for word in allowed}
    parts = (part for word in words for part in (word.split("+") if spec.kind == "codes" else [word]))
    for part in parts:
        if part.strip() and _plain(part) not in plain:
            near = suggest(part, allowed) or f"allowed: {', '.join(sorted(allowed))}"
            raise ValueError(f'{where}: {part!r} is not one of ours ({near}); write "your word" = "our word"')


def _plain(word: str) -> str:
    return re.sub("[ -]", "_", word.strip().casefold())
