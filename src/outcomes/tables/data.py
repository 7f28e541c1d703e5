"""Tables of the data: rows received and rejected, findings, files, rules, facts by group."""

from __future__ import annotations

import pandas as pd

from outcomes.tables.description import Column, Table
from outcomes.tables.formats import Text, Whole
from outcomes.tables.render import render

__all__ = ["findings_table", "plain_table", "row_flow_table"]


def row_flow_table(flow: pd.DataFrame, *, name: str = "rows") -> Table:
    """Return received, accepted and rejected rows by table, with the reasons of the rejected."""
    wide = flow.pivot_table(
        index="table", columns="status", values="rows", aggfunc="sum", fill_value=0, sort=False
    )
    wide = wide.reindex(columns=["received", "accepted", "rejected"], fill_value=0)
    rejected = flow[flow["status"] == "rejected"]
    words = (rejected["reason"].str.replace("_", " ") + " " + rejected["rows"].astype("str")).groupby(
        rejected["table"]
    )
    wide["reasons"] = words.agg(", ".join).reindex(wide.index).fillna("")
    rows = wide.reset_index()
    rows["table"] = rows["table"].str.replace("_", " ")
    columns = {
        "table": Column("Table", Text("table")),
        "received": Column("Received", Whole("received")),
        "accepted": Column("Accepted", Whole("accepted")),
        "rejected": Column("Rejected", Whole("rejected")),
        "reasons": Column("Why", Text("reasons")),
    }
    notes = (
        "Received = accepted + rejected. A rejected row is used nowhere; each counts once, under its first error.",
    )
    return Table(name, rows, columns, notes=notes)


def findings_table(findings: pd.DataFrame, *, name: str = "findings") -> Table:
    """Return findings by rule: how many rows, and the first place; no value of the data.

    A place is the data row and, beside it, the row as a spreadsheet numbers it.
    """
    keys = ["severity", "table", "message", "rule"]
    by = findings.groupby(keys, sort=True, dropna=False)
    rows = by[["file", "row", "line"]].first()
    rows.insert(0, "rows", by["count"].sum())
    rows = rows.reset_index()
    place = rows["file"] + (" row " + rows["row"].astype("str")).where(rows["row"].notna(), "")
    place += (" (line " + rows["line"].astype("str") + ")").where(rows["line"].notna(), "")
    rows = rows.assign(first=place, table=rows["table"].str.replace("_", " "))
    columns = {
        "severity": Column("Severity", Text("severity")),
        "table": Column("Table", Text("table")),
        "message": Column("Finding", Text("message")),
        "rows": Column("Rows", Whole("rows")),
        "first": Column("First at", Text("first")),
    }
    return Table(name, rows, columns)


def plain_table(frame: pd.DataFrame, labels: dict[str, str], *, name: str, text_columns: list[str]) -> Table:
    """Return a frame of texts as it is."""
    return render(frame.astype("str"), labels, name=name, text_columns=text_columns)
