"""A table as an object of the package great_tables, for those who style and export with it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from outcomes.errors import ArgumentError, install_extra
from outcomes.results import Tabular
from outcomes.tables.described import described
from outcomes.tables.description import Table

__all__ = ["great_table"]


def great_table(table: Table | Tabular | pd.DataFrame) -> Any:
    """Return a table as `great_tables.GT`, to be styled and saved with that package.

    Parameters
    ----------
    table : Table, result or DataFrame
        What `outcomes.tables`, an analysis or pandas returned.

    Returns
    -------
    great_tables.GT
        With the headings, groups of rows and footnotes of the table; every text is escaped.

    Raises
    ------
    ArgumentError
        When it is not a table, or great_tables is not installed.

    Examples
    --------
    >>> rows = pd.DataFrame({"event": ["nausea"], "patients": [6]})
    >>> type(great_table(rows)).__name__
    'GT'
    """
    shown = described(table)
    try:
        from great_tables import GT
    except ImportError:
        raise ArgumentError(
            "a great-tables object needs the package great_tables, which is not installed",
            hint=install_extra("great-tables"),
        ) from None
    texts = pd.DataFrame(shown.texts(), columns=list(shown.columns), dtype="object")
    group = None
    if shown.groups is not None:
        group = "_group"
        texts[group] = shown.frame[shown.groups].astype("str").to_numpy()
    drawn = GT(texts, id=shown.name, groupname_col=group)
    drawn = drawn.tab_header(shown.caption) if shown.caption else drawn
    drawn = drawn.cols_label({key: column.label for key, column in shown.columns.items()})
    for side, left in (("left", True), ("right", False)):
        keys = [key for key, column in shown.columns.items() if column.left == left]
        drawn = drawn.cols_align(side, columns=keys) if keys else drawn
    for words, spanned in shown.spanners.items():
        drawn = drawn.tab_spanner(words, columns=list(spanned))
    for note in shown.notes:
        drawn = drawn.tab_source_note(note)
    return drawn
