"""A first study.toml, with every key and its meaning, and empty tables to fill."""

from __future__ import annotations

import json
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from outcomes.config.reporting import Reporting
from outcomes.config.upgrade import KEY, SCHEMA_VERSION
from outcomes.schema.contract import specs
from outcomes.schema.rules import Rules
from outcomes.schema.tables import TABLES
from outcomes.sources.conventions import TableSource
from outcomes.sources.limits import Limits

__all__ = ["starter_files"]


def starter_files() -> dict[str, str]:
    """Return file name -> text: study.toml and a CSV file with the header of each table.

    Examples
    --------
    >>> sorted(starter_files())[-2:]
    ['study.toml', 'titration.csv']
    """
    tables = {f"{table}.csv": ",".join(specs(table)) + "\n" for table in TABLES}
    return {"study.toml": _toml(), **tables}


def _toml() -> str:
    lines = [
        "# A study: what its files are and by which rules they are used.",
        "# Lines that begin with # show a key and its default, or an example; remove the # to change it.",
        "# Columns and codes of each table: data_dictionary.md, which `outcomes schema export DIR` writes.",
        "",
        f"{KEY} = {SCHEMA_VERSION}  # form of this file: see `outcomes upgrade`",
        'title = "My study"',
        'timezone = "Europe/Zurich"  # local dates of sessions, times without an offset',
        "#cutoff = 2026-06-30  # nothing after this date is used",
        '#note = ""  # a sentence under the title of the report',
        "",
        "[rules]",
        *_keys(Rules),
        "",
        "[report]",
        *_keys(Reporting),
        "",
        "[limits]",
        *_keys(Limits),
    ]
    for table in TABLES:
        needed = "always needed" if table == "diary" else "remove this part if you have none"
        lines += ["", f"[tables.{table}]  # {needed}", f'file = "{table}.csv"']
        lines += [
            f'#columns.{name} = "your name for {name}"'
            for name, spec in specs(table).items()
            if spec.required
        ]
        lines += _diary_keys() if table == "diary" else []
        lines += (
            ['#units.rate = "mcg/kg/min"  # unit of the pump rates when it is not mg/kg/h']
            if table == "titration"
            else []
        )
    return "\n".join(lines) + "\n"


def _diary_keys() -> list[str]:
    return [
        "# How the file is written; the same keys may follow every other file too.",
        *_keys(TableSource, skip=("file", "redcap_api", "columns", "values", "constants", "units")),
        '# redcap_api = { url_from = "REDCAP_URL", token_from = "REDCAP_TOKEN" }  # in place of file',
        '#values.acute_medication = { "your word" = "triptan", "-" = "none" }  # your text = our code',
        '#constants.source = "diary"  # one text for every row, for a column that the file does not have',
    ]


def _keys(model: type[BaseModel], skip: tuple[str, ...] = ()) -> list[str]:
    """Return one commented line per key: its default, meaning and options."""
    lines = []
    for name, field in model.model_fields.items():
        if name in skip:
            continue
        options = _options(field.annotation)
        note = f"{field.description}{f' ({options})' if options else ''}"
        # TOML has no word for "none": an example stands there
        value = _literal((field.examples or [22])[0] if field.default is None else field.default)
        lines.append(f"#{name} = {value}  # {note}")
    return lines


def _options(annotation: Any) -> str:
    return " | ".join(map(str, get_args(annotation))) if get_origin(annotation) is Literal else ""


def _literal(value: Any) -> str:
    """Write a default as TOML; its scalars and lists are written as in JSON."""
    if isinstance(value, dict):
        inside = ", ".join(f"{key} = {_literal(part)}" for key, part in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
