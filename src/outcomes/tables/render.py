"""A table whose cells are texts already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from outcomes.tables.description import Column, Table
from outcomes.tables.formats import Text

__all__ = ["render"]


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
        One row per line.
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
