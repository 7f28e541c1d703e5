"""A table as a notebook shows it, by great_tables: every text is escaped."""

from __future__ import annotations

import html as markup
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:  # a table calls this module to show itself
    from outcomes.tables.description import Table

__all__ = ["notebook_html"]


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
