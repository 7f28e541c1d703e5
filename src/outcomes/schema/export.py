"""The published contract of the tables: Table Schema JSON, a data dictionary and a REDCap dictionary.

Made from the classes in `schema.tables`; data/schema holds the result and a test holds both equal.
"""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from outcomes.schema.codelists import CODELISTS
from outcomes.schema.columns import ColumnSpec
from outcomes.schema.contract import specs
from outcomes.schema.tables import KEYS, TABLES

__all__ = ["data_dictionary", "redcap_dictionary", "table_schema"]

#: Kind -> type and format of the Table Schema specification.
FIELD_TYPES: dict[str, dict[str, str]] = {
    "id": {"type": "string"},
    "text": {"type": "string"},
    "code": {"type": "string"},
    "codes": {"type": "string"},
    "yesno": {"type": "boolean"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "date": {"type": "date", "format": "%Y-%m-%d"},
    "timestamp": {"type": "datetime"},
}

#: Kind -> validation type of a REDCap text field.
REDCAP_VALIDATION = {
    "integer": "integer",
    "number": "number",
    "date": "date_ymd",
    "timestamp": "datetime_seconds_ymd",
}

REDCAP_COLUMNS = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
)


def table_schema(table: str) -> str:
    """Return the Table Schema (Frictionless Data) of a table as JSON text."""
    content = {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "name": table,
        "description": (TABLES[table].__doc__ or "").strip().splitlines()[0],
        "fields": [_field(spec) for spec in specs(table).values()],
        "primaryKey": list(KEYS[table]),
        "missingValues": [""],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _field(spec: ColumnSpec) -> dict[str, Any]:
    low, high = spec.limits
    constraints: dict[str, Any] = {"required": not spec.nullable}
    constraints |= {"minimum": low} if low is not None else {}
    constraints |= {"maximum": high} if high is not None else {}
    constraints |= {"enum": list(spec.codes)} if spec.kind == "code" else {}
    field: dict[str, Any] = {"name": spec.name, **FIELD_TYPES[spec.kind], "description": spec.meaning}
    field |= {"unit": spec.unit} if spec.unit else {}
    field |= {"codelist": spec.codelist} if spec.codelist else {}
    if spec.usual != (None, None):
        field["usualRange"] = list(spec.usual)
    field |= {"columnRequired": spec.required, "errorCosts": spec.cost}
    return field | ({"blankMeans": spec.blank} if spec.blank else {}) | {"constraints": constraints}


def data_dictionary() -> str:
    """Return the data dictionary of all tables as Markdown."""
    lines = ["# Data dictionary", "", "Made by `outcomes schema export`; do not edit.", ""]
    for table, model in TABLES.items():
        lines += [f"## {table}", "", (model.__doc__ or "").strip().splitlines()[0], ""]
        lines += [f"Key: {', '.join(KEYS[table])}.", ""]
        lines += [
            "| column | kind | unit or codelist | required | an error outside | listed outside "
            "| an error costs | meaning |"
        ]
        lines += ["|---|---|---|---|---|---|---|---|"]
        lines += [_dictionary_row(spec) for spec in specs(table).values()] + [""]
    lines += ["# Codelists", ""]
    for name, codes in CODELISTS.items():
        lines += [f"## {name}", "", "| code | meaning |", "|---|---|"]
        lines += [f"| {code} | {meaning} |" for code, meaning in codes.items()] + [""]
    return "\n".join(lines)


def _dictionary_row(spec: ColumnSpec) -> str:
    required = (
        "column and value" if spec.required and not spec.nullable else "column" if spec.required else ""
    )
    cells = [
        spec.name,
        spec.kind,
        spec.unit or spec.codelist or "",
        required,
        _range(spec.limits),
        _range(spec.usual),
        f"the {spec.cost}",
    ]
    return f"| {' | '.join([*cells, spec.meaning])} |"


def _range(limits: tuple[float | None, float | None]) -> str:
    low, high = (f"{limit:g}" if limit is not None else "" for limit in limits)
    return f"{low} to {high}".strip() if low or high else ""


def redcap_dictionary() -> str:
    """Return a REDCap data dictionary: one form a table, field names ``table_column``."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(REDCAP_COLUMNS)
    writer.writerow(["record_id", "patients", "", "text", "Record", *[""] * 8])
    for table in TABLES:
        for spec in specs(table).values():
            writer.writerow(_redcap_row(table, spec))
    return out.getvalue()


def _redcap_row(table: str, spec: ColumnSpec) -> list[str]:
    kind = {"yesno": "yesno", "code": "dropdown", "codes": "checkbox"}.get(spec.kind, "text")
    choices = " | ".join(f"{code}, {text.replace('|', '/')}" for code, text in _codelist(spec).items())
    low, high = (f"{limit:g}" if limit is not None else "" for limit in spec.limits)
    return [
        f"{table}_{spec.name}",
        table,
        "",
        kind,
        spec.meaning,
        choices,
        spec.unit or "",
        REDCAP_VALIDATION.get(spec.kind, ""),
        low,
        high,
        "y" if spec.name == "patient_id" else "",
        "",
        "" if spec.nullable else "y",
    ]


def _codelist(spec: ColumnSpec) -> dict[str, str]:
    return CODELISTS[spec.codelist] if spec.codelist and spec.kind in ("code", "codes") else {}
