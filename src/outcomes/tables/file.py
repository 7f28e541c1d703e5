"""Write a table to a file of the form that its name asks for: all of it or nothing."""

from __future__ import annotations

import html
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from outcomes.errors import ArgumentError, ReportError, install_extra, named_path, one_of
from outcomes.results import Tabular
from outcomes.tables.described import described
from outcomes.tables.description import Table
from outcomes.tables.html import styled_html

__all__ = ["FORMS", "check_form", "table_bytes", "write_table"]

#: Form -> module and function that make it, and the packages that it needs.
FORMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "html": ("file:html_bytes", ()),
    "docx": ("docx:docx_bytes", ("docx",)),
    "rtf": ("rtf:rtf_bytes", ("rtflite", "polars")),
    "tex": ("latex:latex_bytes", ()),
    "xlsx": ("xlsx:xlsx_bytes", ("xlsxwriter",)),
    "csv": ("csv:csv_bytes", ()),
    "pdf": ("pdf_table:pdf_bytes", ("typst",)),
}


def write_table(table: Table | Tabular | pd.DataFrame, path: str | Path) -> Path:
    """Write a table as HTML, Word, RTF, LaTeX, spreadsheet, CSV or PDF, by the end of the file's name.

    Parameters
    ----------
    table : Table, result or DataFrame
        A description, as the functions of `outcomes.tables` return, a result, or a frame of rows.
    path : str or Path
        Ends in ``.html``, ``.docx``, ``.rtf``, ``.tex``, ``.xlsx``, ``.csv`` or ``.pdf``. What is there already is replaced by one
        rename, or stays whole when the new file cannot be written.

    Returns
    -------
    Path
        The file. The same table gives the same bytes.

    Raises
    ------
    ArgumentError
        For another suffix, or when the package for the form is not installed.
    ReportError
        When the file cannot be written.

    See Also
    --------
    outcomes.tables.great_table : the table as an object of great_tables.

    Examples
    --------
    >>> import tempfile
    >>> rows = pd.DataFrame({"drug": ["=1+1"], "n": [3]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_table(rows, f"{folder}/drugs.xlsx").name
    'drugs.xlsx'
    """
    shown = described(table)
    path = named_path("path", path, hint="the name of a file that ends in .html or .docx")
    content = table_bytes(shown, form_of(path))
    _replace(path, content)
    return path


def form_of(path: Path) -> str:
    """Return the form that a file's name asks for."""
    return one_of("the suffix of the file", path.suffix.lower().removeprefix("."), FORMS)


def table_bytes(table: Table | Tabular | pd.DataFrame, form: str) -> bytes:
    """Return the content of a file of a form: html, docx, rtf, tex, xlsx, csv or pdf."""
    check_form(form)
    module, function = FORMS[form][0].split(":")
    make: Callable[[Table], bytes] = getattr(import_module(f"outcomes.tables.{module}"), function)
    return make(described(table))


def check_form(form: str) -> None:
    """Refuse a form that is not known, and say what to install when a package for it is not there."""
    _, packages = FORMS[one_of("form", form, FORMS)]
    absent = [name for name in packages if find_spec(name) is None]
    if absent:
        raise ArgumentError(
            f"a table cannot be written as {form}: {', '.join(absent)} is not installed",
            hint=install_extra("documents"),
        )


def html_bytes(table: Table) -> bytes:
    """Return one HTML page with the table and its style."""
    head = f'<meta charset="utf-8"><title>{html.escape(table.caption or table.name)}</title>'
    page = f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n{styled_html(table)}\n</body></html>\n'
    return page.encode()


def _replace(path: Path, content: bytes) -> None:
    hidden = None
    try:
        descriptor, hidden = tempfile.mkstemp(prefix=".unfinished-", dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(hidden, path)
    except OSError as error:
        raise ReportError(
            f"{path.name} could not be written; what was there is untouched",
            got=error.strerror or type(error).__name__,
            hint="check that the folder exists, its free space and its permissions",
        ) from None
    finally:
        if hidden is not None:
            with suppress(FileNotFoundError):
                os.unlink(hidden)
