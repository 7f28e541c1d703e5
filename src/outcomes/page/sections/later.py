"""Later periods as if nobody had been treated again, beside the mean of those who were not."""

from __future__ import annotations

from outcomes.page.as_untreated import not_made
from outcomes.page.blocks import Block, TableBlock, Words
from outcomes.page.view import View
from outcomes.tables.description import Column, Table
from outcomes.tables.formats import Interval, Number, Text, Whole

__all__ = ["AS_IF", "later_blocks"]

AS_IF = "; later periods as if nobody had been treated again"
#: What a reader must know of the mean of those who are left.
WHY = (
    "Those who are left in a later period were not treated again, often because they stayed well: their mean "
    "is not that of all."
)
UNMADE = "Later periods before which patients were treated again are"
NOTES = (
    "As if nobody had been treated again: all N patients with a baseline whose period is due; the days after a "
    "next course are drawn from a model of each patient's days (oc.later_periods). They were not observed.",
)


def later_blocks(view: View, unit: str, *, arm: str = "", name: str = "later") -> list[Block]:
    """Return the later periods before whose end somebody was treated again; nothing where nobody was."""
    rows = view.later
    unmade = not_made(rows)
    reasons = rows.loc[unmade, "status"].unique() if unmade.any() else ()
    said: list[Block] = [Words(f"{UNMADE} {why}.") for why in reasons]
    if "left" not in rows:  # for readers outside there is nothing to tell of them
        rows = rows[~unmade].drop(columns="status", errors="ignore")
    if not len(rows):
        return said
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
    return [*said, Words(WHY), TableBlock(table, f"{of} in {unit} as if nobody had been treated again.")]
