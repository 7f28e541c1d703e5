"""The tables of the report, each in the forms of documents and spreadsheets."""

from __future__ import annotations

from collections.abc import Sequence

from outcomes.page.blocks import Section, TableBlock
from outcomes.tables.description import Table
from outcomes.tables.file import FORMS, check_form, table_bytes

__all__ = ["FORMS", "check_form", "table_files", "tables_of"]


def tables_of(sections: Sequence[Section]) -> list[Table]:
    """Return the tables of a report with their captions, in the order of the page."""
    return [
        block.table.captioned(block.caption)
        for section in sections
        for block in section.blocks
        if isinstance(block, TableBlock)
    ]


def table_files(sections: Sequence[Section], forms: Sequence[str]) -> dict[str, bytes]:
    """Return file name -> content of every table in every form."""
    return {
        f"{table.name}.{form}": table_bytes(table, form) for table in tables_of(sections) for form in forms
    }
