"""The lines a page opens with: what of the data is not used, and what is used against the checks' advice."""

from __future__ import annotations

from typing import Any

import pandas as pd

from outcomes.page.readers import Readers
from outcomes.study import Study

__all__ = ["opening_lines"]

#: Table -> what a row of it is.
ROWS = {"sessions": "sessions", "diary": "diary days", "adverse_events": "adverse events"}
#: So many columns are named; the cells of the others are one number.
NAMED = 3
#: Tables whose rows are not people, sessions or events.
OF_DAYS = ("diary", "titration")


def opening_lines(study: Study, readers: Readers) -> list[str]:
    """Return one line on rows and cells that are not used, and one for each waived column.

    Readers outside the clinic are told no count of sessions, events or people below the smallest count.
    """
    parts = _lost(study.losses, readers)
    lines = [f"Not used: {'; '.join(parts)}."] if parts else []
    alarms = study.alarms
    for row in alarms[alarms["decides"] & (alarms["waived"] != "")].to_dict(orient="records"):
        lines.append(f"{_wrong(row)}. They are used anyway: {row['waived']}")
    return lines


def _wrong(row: dict[Any, Any]) -> str:
    """Say what is wrong with a column, without counts of people."""
    place = f"{row['column']} of the table {row['table'].replace('_', ' ')}"
    if "cannot be read" in row["message"]:
        return f"Many cells of {place} cannot be read"
    return f"Entries of {place} look wrong: {row['message'].partition(': ')[2].partition(' (')[0]}"


def _lost(losses: pd.DataFrame, readers: Readers) -> list[str]:
    """Name the rows of each table, the columns that lost the largest shares, and the rest as one number."""
    rows = losses[losses["column"] == ""]
    cells = losses[losses["column"] != ""]
    cells = cells.loc[(cells["lost"] / cells["of"]).sort_values(ascending=False, kind="stable").index]
    named, rest = cells.head(NAMED), cells.iloc[NAMED:]
    shown = pd.concat([rows, named])
    parts = [_told(row, readers) for row in shown.to_dict(orient="records")]
    if len(rest):
        kept_back = not readers.inside and rest["lost"].sum() < readers.smallest_count
        number = f"fewer than {readers.smallest_count}" if kept_back else f"{rest['lost'].sum():,}"
        columns = "1 other column" if len(rest) == 1 else f"{len(rest)} other columns"
        parts.append(f"{number} {'cell' if number == '1' else 'cells'} of {columns}")
    return parts


def _told(row: dict[Any, Any], readers: Readers) -> str:
    small = not readers.inside and row["table"] not in OF_DAYS and row["lost"] < readers.smallest_count
    number = f"fewer than {readers.smallest_count}" if small else f"{row['lost']:,} of {row['of']:,}"
    if row["column"]:
        return f"{number} cells of {row['column']} ({row['table'].replace('_', ' ')})"
    return f"{number} {ROWS[row['table']]}"
