"""A workbook to fill in: a sheet a table, drop-downs for codes, checks of numbers and dates, notes."""

from __future__ import annotations

import io
from typing import Any

from outcomes.config.upgrade import KEY, SCHEMA_VERSION
from outcomes.errors import ConfigError, install_extra
from outcomes.schema.codelists import CODELISTS
from outcomes.schema.columns import ColumnSpec
from outcomes.schema.contract import specs
from outcomes.schema.tables import TABLES

__all__ = ["WORKBOOK", "workbook", "workbook_toml"]

WORKBOOK = "study.xlsx"
#: Rows that have drop-downs and checks; more can be added by copying one.
ROWS = 5000
DATE, TIME, TEXT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm", "@"
#: Sheet of the codes, from which longer drop-downs are taken.
CODES = "codes"


def workbook() -> bytes:
    """Return an empty workbook of all tables.

    Raises
    ------
    ConfigError
        When xlsxwriter is not installed.
    """
    try:
        import xlsxwriter
    except ImportError:
        raise ConfigError("a workbook needs the package xlsxwriter", hint=install_extra("excel")) from None
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "constant_memory": False}) as book:
        book.set_properties({"title": "A study to fill in"})
        book.set_size(1600, 900)
        formats = {
            "needed": book.add_format({"bold": True, "bg_color": "#cfe3f5", "border": 1}),
            "free": book.add_format({"bold": True, "border": 1}),
            **{name: book.add_format({"num_format": name}) for name in (DATE, TIME, TEXT)},
        }
        for table in TABLES:
            _sheet(book.add_worksheet(table), table, formats)
        _codes(book.add_worksheet(CODES), formats["free"])
    return content.getvalue()


def workbook_toml() -> str:
    """Return the study.toml that reads the workbook; tables without rows are to be taken out."""
    lines = [
        f"{KEY} = {SCHEMA_VERSION}",
        'title = "My study"',
        'timezone = "Europe/Zurich"  # the clinic\'s zone',
        "# Remove the part of a table whose sheet you leave empty.",
    ]
    for table in TABLES:
        lines += ["", f"[tables.{table}]", f'file = "{WORKBOOK}"', f'sheet = "{table}"']
    return "\n".join(lines) + "\n"


def _sheet(sheet: Any, table: str, formats: dict[str, Any]) -> None:
    sheet.freeze_panes(1, 2)
    sheet.set_row(0, 22)
    for place, (name, spec) in enumerate(specs(table).items()):
        needed = spec.required and not spec.nullable
        sheet.write_string(0, place, name, formats["needed" if needed else "free"])
        sheet.write_comment(0, place, _note(spec), {"x_scale": 2})
        kind = {"date": DATE, "timestamp": TIME, "number": "", "integer": ""}.get(spec.kind, TEXT)
        sheet.set_column(place, place, max(12, len(name) + 2), formats.get(kind))
        check = _check(spec)
        if check is not None:
            sheet.data_validation(1, place, ROWS, place, check)


def _note(spec: ColumnSpec) -> str:
    """Return what stands behind a heading: meaning, unit, limits, and whether it may be empty."""
    low, high = spec.limits
    parts = [spec.meaning, f"Unit: {spec.unit}." if spec.unit else ""]
    parts.append(f"From {low:g} to {high:g}." if low is not None and high is not None else "")
    parts.append("Join several with +, such as triptan+nsaid." if spec.kind == "codes" else "")
    parts.append("Every row needs it." if not spec.nullable else "May be empty: not known.")
    return "\n".join(part for part in parts if part)


def _check(spec: ColumnSpec) -> dict[str, Any] | None:
    """Return what Excel takes in a column; it says why it takes nothing else."""
    low, high = spec.limits
    allowed: dict[str, Any] | None = None
    if spec.kind == "yesno":
        allowed = {"validate": "list", "source": ["yes", "no"]}
    elif spec.kind == "code":
        last = len(spec.codes) + 1
        column = _letter(list(CODELISTS).index(str(spec.codelist)))
        allowed = {"validate": "list", "source": f"={CODES}!${column}$2:${column}${last}"}
    elif spec.kind in ("number", "integer"):
        kind = "decimal" if spec.kind == "number" else "integer"
        least, most = (-1e9 if low is None else low), (1e9 if high is None else high)
        allowed = {"validate": kind, "criteria": "between", "minimum": least, "maximum": most}
    elif spec.kind in ("date", "timestamp"):
        allowed = {"validate": "date", "criteria": "between", "minimum": 36526, "maximum": 73050}
    if allowed is None:
        return None
    title = spec.name[:32]
    return allowed | {"error_title": title, "error_message": spec.meaning[:250], "ignore_blank": True}


def _codes(sheet: Any, bold: Any) -> None:
    for place, (name, codes) in enumerate(CODELISTS.items()):
        sheet.write_string(0, place, name, bold)
        sheet.set_column(place, place, 24)
        sheet.write_column(1, place, list(codes))


def _letter(place: int) -> str:
    """Return the name of a spreadsheet's column."""
    first, second = divmod(place, 26)
    return (chr(64 + first) if first else "") + chr(65 + second)
