"""A table as HTML for a page that brings its own style; every text is escaped."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a table calls this module to show itself
    from outcomes.tables.description import Table

__all__ = ["bare_html", "styled_html"]

#: For a notebook or a page of its own: the colours are the reader's, light or dark.
STYLE = """<style>
.outcomes-table { overflow-x: auto; }
.outcomes-table table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 0.5em 0; }
.outcomes-table caption { caption-side: top; text-align: left; font-weight: bold; padding: 0.3em 0; }
.outcomes-table th, .outcomes-table td { text-align: left; vertical-align: top; padding: 0.25em 0.8em;
  border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); background: none; }
.outcomes-table th[scope="colgroup"] { text-align: center; }
.outcomes-table .number { text-align: right; white-space: nowrap; }
.outcomes-table .notes { font-size: 0.85em; }
.outcomes-table .notes p { margin: 0.2em 0; }
</style>
"""


def bare_html(table: Table) -> str:
    """Return a table's HTML without style: the page has it, and its colours for light and dark.

    Notes
    -----
    Each group of rows is a ``tbody`` of its own under a heading with ``scope="rowgroup"``. The footnotes stand
    below the table: inside they would be as wide as it, and cut on a small screen.
    """
    notes = "".join(f"<p>{escape(note)}</p>\n" for note in table.notes)
    below = f'<div class="notes">\n{notes}</div>\n' if notes else ""
    return (
        f'<div id="{escape(table.name)}" class="table">\n<table>\n<thead>\n{_head(table)}</thead>\n'
        f"<tbody>\n{''.join(_body(table))}</tbody>\n</table>\n{below}</div>"
    )


def styled_html(table: Table) -> str:
    """Return a table's HTML with its caption and a style of its own, in the reader's colours."""
    caption = f"<caption>{escape(table.caption)}</caption>\n" if table.caption else ""
    drawn = bare_html(table).replace("<table>\n", f"<table>\n{caption}", 1)
    return f'{STYLE}<div class="outcomes-table">\n{drawn}\n</div>'


def _head(table: Table) -> str:
    """Return the headings: one row, or two when some stand above several columns."""
    columns = list(zip(table.heads, table.columns.values(), strict=True))
    if not table.spanning:
        return _row(_cell("th", words, 'scope="col"', left=column.left) for words, column in columns)
    above, below, at = [], [], 0
    for heading in table.spanning:
        under = columns[at : at + heading.span]
        at += heading.span
        if heading.words:
            words = f'<span class="spanner">{escape(heading.words)}</span>'
            above.append(f'<th scope="colgroup" colspan="{heading.span}">{words}</th>\n')
            below += [_cell("th", words, 'scope="col"', left=column.left) for words, column in under]
        else:
            above += [
                _cell("th", words, 'scope="col" rowspan="2"', left=column.left) for words, column in under
            ]
    return _row(above) + _row(below)


def _body(table: Table) -> Iterator[str]:
    """Return the rows; the heading of a group opens a body of its own."""
    lefts = [column.left for column in table.columns.values()]
    for number, line in enumerate(table.lines()):
        if line.group:
            yield "</tbody>\n<tbody>\n" if number else ""
            yield _row([f'<th scope="rowgroup" colspan="{len(lefts)}">{escape(line.texts[0])}</th>\n'])
        else:
            yield _row(_cell("td", text, left=left) for text, left in zip(line.texts, lefts, strict=True))


def _row(cells: Iterator[str] | list[str]) -> str:
    return f"<tr>\n{''.join(cells)}</tr>\n"


def _cell(tag: str, text: str, attributes: str = "", *, left: bool) -> str:
    """Return a cell: words stand left, numbers right."""
    attributes = (attributes + ("" if left else ' class="number"')).strip()
    return (
        f"<{tag} {attributes}>{escape(text)}</{tag}>\n" if attributes else f"<{tag}>{escape(text)}</{tag}>\n"
    )
