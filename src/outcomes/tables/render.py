"""A table as a notebook shows it, by great_tables: every text is escaped."""

from __future__ import annotations

import html as markup
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from outcomes.tables.description import Column, Table
from outcomes.tables.formats import Text

__all__ = ["notebook_html", "render"]


def render(
    frame: pd.DataFrame,
    labels: Mapping[str, str],
    *,
    name: str,
    text_columns: Sequence[str] = (),
    notes: Sequence[str] = (),
    spanners: Mapping[str, Sequence[str]] | None = None,
) -> Table:
    """Return the description of a table whose cells are texts already.

    Parameters
    ----------
    frame : DataFrame of str
        One row a line.
    labels : mapping of str to str
        Column -> heading, in order; other columns are left out.
    name : str
        Identifier of the table on its page.
    text_columns : sequence of str
        Columns that are words and stand left; the others are numbers and stand right.
    notes : sequence of str
        Footnotes.
    spanners : mapping of str to sequence of str, optional
        Heading above several columns -> these columns.
    """
    columns = {
        key: Column(label, Text(key, "left" if key in text_columns else "right"))
        for key, label in labels.items()
    }
    return Table(name, frame, columns, notes=notes, spanners=spanners or {})


def _drawn(table: Table) -> Any:
    """Return the great_tables table."""
    from great_tables import GT

    texts = pd.DataFrame(table.texts(), columns=list(table.columns), dtype="object")
    group = None
    if table.groups is not None:
        group = "_group"
        texts[group] = table.frame[table.groups].astype("str").to_numpy()
    drawn = GT(texts, id=table.name, groupname_col=group)
    drawn = drawn.cols_label({key: column.label for key, column in table.columns.items()})
    for side, left in (("left", True), ("right", False)):
        keys = [key for key, column in table.columns.items() if column.left == left]
        drawn = drawn.cols_align(side, columns=keys) if keys else drawn
    for words, spanned in table.spanners.items():
        drawn = drawn.tab_spanner(words, columns=list(spanned))
    for note in table.notes:
        drawn = drawn.tab_source_note(note)
    return drawn


def notebook_html(table: Table) -> str:
    """Return a table's HTML with its caption and style sheet, as a notebook shows it."""
    caption = f"<p><b>{markup.escape(table.caption)}</b></p>" if table.caption else ""
    made: str = _drawn(table).as_raw_html()
    return caption + made
