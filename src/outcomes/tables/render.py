"""A frame of texts as a table: one description for notebooks and reports; every text is escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

__all__ = ["bare_html", "render"]


def render(
    frame: pd.DataFrame,
    labels: Mapping[str, str],
    *,
    name: str,
    text_columns: Sequence[str] = (),
    notes: Sequence[str] = (),
    spanners: Mapping[str, Sequence[str]] | None = None,
) -> Any:
    """Return a great_tables table of cells that are texts already.

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

    Returns
    -------
    great_tables.GT
    """
    from great_tables import GT

    table = GT(frame[list(labels)].astype("str"), id=name).cols_label(dict(labels))
    numbers = [column for column in labels if column not in text_columns]
    table = table.cols_align("left", columns=list(text_columns)) if text_columns else table
    table = table.cols_align("right", columns=numbers) if numbers else table
    for words, columns in (spanners or {}).items():
        table = table.tab_spanner(words, columns=list(columns))
    for note in notes:
        table = table.tab_source_note(note)
    return table


def bare_html(table: Any) -> str:
    """Return a table's HTML without its style sheet, for a page that brings its own.

    great_tables puts about 9 kB of rules before each table and fixes the colours of a light page.
    """
    html = re.sub(r"<style>.*?</style>\s*", "", table.as_raw_html(), flags=re.DOTALL)
    html = re.sub(r'(<div id="[^"]*") style="[^"]*"', r'\1 class="table"', html, count=1)
    return _notes_below(html).strip()


def _notes_below(html: str) -> str:
    """Put the footnotes under the table: inside they would be as wide as it, and cut on a small screen."""
    foot = re.search(r"\s*<tfoot.*?</tfoot>", html, flags=re.DOTALL)
    if foot is None:
        return html
    notes = re.findall(r"<td[^>]*>(.*?)</td>", foot[0], flags=re.DOTALL)
    below = "".join(f"<p>{note}</p>" for note in notes)
    bare = html.replace(foot[0], "")
    return bare.replace("</table>", f'</table>\n<div class="notes">{below}</div>', 1)
