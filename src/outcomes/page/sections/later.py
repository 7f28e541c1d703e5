"""Later periods as if nobody had been treated again, beside the mean of those who were not."""

from __future__ import annotations

import pandas as pd

from outcomes.page.blocks import Block, TableBlock, Words
from outcomes.page.view import View
from outcomes.tables.description import Column, Table
from outcomes.tables.formats import Interval, Number, Text, Whole

__all__ = ["AS_IF", "later_blocks", "not_made"]

AS_IF = "; later periods as if nobody had been treated again"
#: What a reader must know of the mean of those who are left.
WHY = (
    "Those who are left in a later period were not treated again, often because they stayed well: their mean "
    "is not that of all."
)
NOTES = (
    "As if nobody had been treated again: all N patients with a baseline whose period is due; the days after a "
    "next course are drawn from a model of each patient's days (oc.later_periods). They were not observed.",
)


def not_made(later: pd.DataFrame) -> pd.Series:
    """Return which later periods have no model of their days: neither a mean nor a number of patients."""
    return later[later.columns.intersection(["estimate", "N"])].isna().all(axis=1)


def later_blocks(view: View, unit: str, *, arm: str = "", name: str = "later") -> list[Block]:
    """Return the later periods before whose end somebody was treated again; nothing where nobody was."""
    rows = view.later
    if not len(rows):
        return []
    columns = {
        "period": Column("Period", Text("period")),
        "N": Column("N", Whole("N")),
        "estimate": Column("Change", Number("estimate", 1, sign=True)),
        "interval": Column("95% interval", Interval(digits=1)),
        "again": Column("Treated again before it", Whole("treated_again")),
        "left": Column("n", Whole("left")),
        "observed": Column("Change", Number("observed", 1, sign=True)),
        "status": Column("Remark", Text("status")),
    }
    kept = {key: column for key, column in columns.items() if set(column.format.sources) <= set(rows)}
    spanners = {"Those not treated again": ["left", "observed"]} if "left" in kept else {}
    if "status" in rows:
        rows = rows.assign(status=rows["status"].where(rows["status"] != "ok", ""))
    table = Table(name, rows, kept, notes=NOTES, spanners=spanners)
    of = f"{arm}: change" if arm else "Change"
    return [Words(WHY), TableBlock(table, f"{of} in {unit} as if nobody had been treated again.")]
