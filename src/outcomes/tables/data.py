"""Tables of the data: rows received and rejected, findings, files, rules, facts by group."""

from __future__ import annotations

from typing import Any

import pandas as pd

from outcomes.tables.render import render

__all__ = ["findings_table", "plain_table", "row_flow_table"]


def row_flow_table(flow: pd.DataFrame, *, name: str = "rows") -> Any:
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
    labels = {
        "table": "Table",
        "received": "Received",
        "accepted": "Accepted",
        "rejected": "Rejected",
        "reasons": "Why",
    }
    text = wide.reset_index()
    text["table"] = text["table"].str.replace("_", " ")
    for column in ("received", "accepted", "rejected"):
        text[column] = text[column].map("{:,d}".format)
    notes = (
        "Received = accepted + rejected. A rejected row is used nowhere; each counts once, under its first error.",
    )
    return render(text, labels, name=name, text_columns=["table", "reasons"], notes=notes)


def findings_table(findings: pd.DataFrame, *, name: str = "findings") -> Any:
    """Return findings by rule: how many rows, and the first place; no value of the data."""
    keys = ["severity", "table", "message", "rule"]
    by = findings.groupby(keys, sort=True, dropna=False)
    rows = by.agg(rows=("count", "sum"), file=("file", "first"), row=("row", "first")).reset_index()
    place = rows["file"] + (" row " + rows["row"].astype("str")).where(rows["row"].notna(), "")
    text = rows.assign(
        first=place, rows=rows["rows"].map("{:,d}".format), table=rows["table"].str.replace("_", " ")
    )
    labels = {
        "severity": "Severity",
        "table": "Table",
        "message": "Finding",
        "rows": "Rows",
        "first": "First at",
    }
    return render(text, labels, name=name, text_columns=["severity", "table", "message", "first"])


def plain_table(frame: pd.DataFrame, labels: dict[str, str], *, name: str, text_columns: list[str]) -> Any:
    """Return a frame of texts as it is."""
    return render(frame.astype("str"), labels, name=name, text_columns=text_columns)
