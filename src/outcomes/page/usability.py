"""Is my data usable: what `outcomes check` says, as plain numbers."""

from __future__ import annotations

from typing import Any

import pandas as pd

from outcomes.derive.flow import flow
from outcomes.derive.periods import periods
from outcomes.models.headache.change import change
from outcomes.page.opening import opening_lines
from outcomes.page.readers import CLINIC
from outcomes.study import Study

__all__ = ["usability"]


def usability(study: Study) -> dict[str, Any]:
    """Return rows by table and reason, findings by rule, the flow of patients and the first change.

    Parameters
    ----------
    study : Study
        A checked study.

    Returns
    -------
    dict
        title, as_of, opens_with (the lines that a report opens with), tables, cells, losses, alarms,
        findings, patients (stage -> number), endpoint, change, change_by_arm (empty without arms). It holds
        counts, names of columns and estimates; no value of a patient.
    """
    stages, rows = flow(study), periods(study)
    return {
        "title": study.title,
        "as_of": None if study.cutoff is None else study.cutoff.date().isoformat(),
        "tables": _tables(study.flow),
        "cells": study.cells.query("blanked > 0").to_dict(orient="records"),
        "opens_with": opening_lines(study, CLINIC),
        "losses": study.losses.to_dict(orient="records"),
        "alarms": study.alarms.to_dict(orient="records"),
        "findings": _findings(study.findings),
        "patients": dict(zip(stages["stage"], stages["patients"].tolist(), strict=True)),
        "endpoint": study.rules.endpoint,
        "change": _change(rows),
        "change_by_arm": _by_arm(rows),
    }


def _tables(flow_of_rows: pd.DataFrame) -> dict[str, Any]:
    """Return received, accepted and rejected rows by table; received = accepted + rejected."""
    tables: dict[str, Any] = {}
    for name, part in flow_of_rows.groupby("table", sort=False):
        by_status = part.groupby("status")["rows"].sum()
        reasons = part[part["status"] == "rejected"].set_index("reason")["rows"]
        counts = {status: int(by_status.get(status, 0)) for status in ("received", "accepted", "rejected")}
        tables[str(name)] = counts | {"reasons": {str(k): int(v) for k, v in reasons.items()}}
    return tables


def _findings(found: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one entry per table, column and rule, with the first place where it stands."""
    keys = ["table", "column", "rule", "severity", "cost", "message", "hint", "waived"]
    by = found.groupby(keys, sort=False, dropna=False)
    first = {f"first_{name}": (name, "first") for name in ("file", "row", "line")}
    grouped = by.agg(rows=("count", "sum"), **first).reset_index()
    for name in ("first_row", "first_line"):
        grouped[name] = grouped[name].astype("object").where(grouped[name].notna(), None)
    return [
        {str(key): value for key, value in record.items()} for record in grouped.to_dict(orient="records")
    ]


def _by_arm(rows: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return the change of each arm where there are several: pooled it is of nobody."""
    arms = sorted(str(arm) for arm in rows["arm"].dropna().unique())
    return {arm: _change(rows[rows["arm"] == arm]) for arm in arms} if len(arms) > 1 else {}


def _change(rows: pd.DataFrame) -> dict[str, Any]:
    """Return the mean change in the first follow-up period with its n, or why there is none."""
    rows = change(rows).to_frame()
    if not len(rows):
        return {"n": 0, "status": "no patient has a follow-up period"}
    first = rows.iloc[0]
    numbers = {name: _number(first[name]) for name in ("estimate", "sd", "lower", "upper")}
    counts = {name: int(first[name]) for name in ("n", "N")}
    return {"period": str(first["period"]), **counts, **numbers, "status": str(first["status"])}


def _number(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
