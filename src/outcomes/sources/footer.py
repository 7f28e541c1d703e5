"""The lines that `footer` takes away: a row among them is refused, as nobody would miss it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from outcomes.errors import SourceError
from outcomes.schema.columns import ColumnSpec
from outcomes.schema.contract import specs
from outcomes.sources.assemble import NO_ROW
from outcomes.sources.conventions import TableSource
from outcomes.sources.text import read_texts

__all__ = ["refuse_rows_below"]


def refuse_rows_below(
    lines: Iterable[Sequence[str]], names: Sequence[str], *, table: str, file: str, source: TableSource
) -> None:
    """Refuse a footer that holds a row: it has a date, each cell is read, and none that is needed is empty.

    Parameters
    ----------
    lines : iterable of sequence of str
        The cells of the lines below the rows.
    names : sequence of str
        Names of the columns.
    table, file : str
        Names for messages.
    source : TableSource
        How the source writes things.

    Raises
    ------
    SourceError
        When a line is a row: a file without the total that others have would lose its last day.
    """
    whole = [dict(zip(names, line, strict=True)) for line in lines if len(line) == len(names)]
    found = sum(_is_row(cells, table, source) for cells in whole)
    if found:
        rest = f"footer = {source.footer - found}"
        one = f'per_file = {{ "{file.partition(", sheet ")[0]}" = {{ {rest} }} }}'
        raise SourceError(
            f"{file}: footer takes away {'a line that is a row' if found == 1 else 'lines that are rows'}",
            got=f"footer = {source.footer}, and {found} of these lines can be read as rows of {table}",
            hint=f"write {one if len(source.files) > 1 else rest} below the file in study.toml",
        )


def _is_row(cells: dict[str, str], table: str, source: TableSource) -> bool:
    if NO_ROW.match(next(iter(cells.values())).strip(" '\"")):
        return False
    ours = {name: source.columns.get(name, name) for name in specs(table)}
    given = {name: cells[theirs].strip() for name, theirs in ours.items() if theirs in cells}
    given = {name: text for name, text in given.items() if text and text not in source.missing}
    needed = {name for name, spec in specs(table).items() if spec.required} - set(source.constants)
    if source.headache is not None:
        needed -= {"headache"}
        given.pop("headache", None)
    dated = any(specs(table)[name].kind in ("date", "timestamp") for name in given)
    if not dated or needed - set(given):
        return False
    return all(_is_read(text, specs(table)[name], source) for name, text in given.items())


def _is_read(text: str, spec: ColumnSpec, source: TableSource) -> bool:
    read = read_texts(pd.Series([text], dtype="str"), spec, source, timezone="UTC")
    return not any(bad.texts.any() for bad in read.misread if bad.severity == "error")
