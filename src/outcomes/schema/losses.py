"""What of the data is not used: rows of sessions, diary and events, and cells that decide something."""

from __future__ import annotations

import numpy as np
import pandas as pd

from outcomes.schema.contract import specs
from outcomes.schema.same_rows import SAME_ROW

__all__ = ["losses_frame", "rows_lost"]

TABLES_OF_ROWS = ("sessions", "diary", "adverse_events")


def rows_lost(flow: pd.DataFrame) -> pd.DataFrame:
    """Return the lines of the flow that are a loss: a row that another one repeats is rejected, not lost."""
    return flow[(flow["status"] == "rejected") & (flow["reason"] != SAME_ROW)]


def losses_frame(flow: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return one row per table that lost rows, and one a deciding column that lost cells.

    Parameters
    ----------
    flow : DataFrame
        Rows received, accepted and rejected.
    cells : DataFrame
        Cells given, used and blanked.

    Returns
    -------
    DataFrame
        table, column (empty for rows), lost, of (rows received, or cells given). Rows that stand twice are
        neither lost nor received a second time.
    """
    used, lost = (
        part.groupby("table", sort=False)["rows"].sum()
        for part in (flow[flow["status"] == "accepted"], rows_lost(flow))
    )
    lost = lost[(lost > 0) & lost.index.isin(TABLES_OF_ROWS)]
    received = lost + used.reindex(lost.index).fillna(0)
    rows = pd.DataFrame({"lost": lost, "of": received}).reset_index().assign(column="")
    blank = cells[cells["blanked"] > 0].rename(columns={"blanked": "lost", "given": "of"})
    names = zip(blank["table"], blank["column"], strict=True)
    blank = blank[np.array([specs(table)[name].decides for table, name in names], dtype=bool)]
    columns = ["table", "column", "lost", "of"]
    both = pd.concat([rows[columns], blank[columns]], ignore_index=True)
    return both.astype({"table": "str", "column": "str", "lost": "int64", "of": "int64"})
