"""Count a published trial again: table 14-5.01 (treatment-emergent adverse events) of the CDISC pilot.

The files are the user's: the subjects (ADSL) and adverse events (ADAE) as CSV, and the table's cells as JSON.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from outcomes.errors import SourceError
from outcomes.models.incidence import incidence

__all__ = ["verify_published"]

ARMS = {"placebo": "Placebo", "low": "Xanomeline Low Dose", "high": "Xanomeline High Dose"}
LEVELS: dict[str, list[str]] = {"any": [], "soc": ["AEBODSYS"], "pt": ["AEBODSYS", "AEDECOD"]}
SUBJECTS = ["USUBJID", "SAFFL", "TRT01A"]
EVENTS = ["USUBJID", "SAFFL", "TRTEMFL", "AEBODSYS", "AEDECOD"]
DECIMALS = 1  # the table prints per cent with one


def verify_published(adsl: Path, adae: Path, table: Path) -> dict[str, Any]:
    """Return rows and cells that were compared, and a sentence for each that differs.

    Raises
    ------
    SourceError
        When a file is not there, or is not what it should be.
    """
    subjects, events = _read(adsl, SUBJECTS), _read(adae, EVENTS)
    at_risk = subjects[subjects["SAFFL"] == "Y"].rename(columns={"TRT01A": "arm"})
    emergent = events[(events["SAFFL"] == "Y") & (events["TRTEMFL"] == "Y")]
    published = _table(table)
    problems: list[str] = []
    for level, by in LEVELS.items():
        counted = incidence(emergent, at_risk, by=by, arm="arm", subject="USUBJID").to_frame()
        problems += _differences(counted, published[published["level"] == level], by)
    cells = len(published) * len(ARMS) * 3
    return {"rows": len(published), "cells": cells, "problems": problems}


def _differences(counted: pd.DataFrame, published: pd.DataFrame, by: list[str]) -> list[str]:
    keys = ["arm", *by]
    rows = published.rename(columns={"soc": "AEBODSYS", "pt": "AEDECOD"})
    long = pd.concat([_of_arm(rows, short, arm) for short, arm in ARMS.items()], ignore_index=True)
    both = long.merge(counted[[*keys, "n", "events", "percent"]], on=keys, how="left", suffixes=("_told", ""))
    same = (
        (both["n"] == both["n_told"])
        & (both["events"] == both["events_told"])
        & (both["percent"].round(DECIMALS) == both["percent_told"])
    )
    if same.all():
        return []
    wrong = both[~same]
    texts = wrong[keys].astype(str).agg(", ".join, axis="columns")
    return [
        f"{text}: {n} ({percent:.1f} %), {events} events; published {told} ({told_percent} %), {told_events}"
        for text, n, percent, events, told, told_percent, told_events in zip(
            texts,
            wrong["n"],
            wrong["percent"],
            wrong["events"],
            wrong["n_told"],
            wrong["percent_told"],
            wrong["events_told"],
            strict=True,
        )
    ]


def _of_arm(rows: pd.DataFrame, short: str, arm: str) -> pd.DataFrame:
    cells = pd.DataFrame(list(rows[short]), index=rows.index)
    told = cells.rename(columns={"n": "n_told", "events": "events_told", "pct": "percent_told"})
    names = [name for name in ("AEBODSYS", "AEDECOD") if name in rows]
    return rows[names].join(told[["n_told", "events_told", "percent_told"]]).assign(arm=arm)


def _read(path: Path, columns: list[str]) -> pd.DataFrame:
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise SourceError(f"{path.name} cannot be read as CSV", got=type(error).__name__) from None
    absent = [column for column in columns if column not in frame]
    if absent:
        raise SourceError(f"{path.name} lacks {', '.join(absent)}")
    return frame


def _table(path: Path) -> pd.DataFrame:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["tables"]["14-5.01"]
        frame = pd.DataFrame(rows)
        cells = [set(cell) for short in ARMS for cell in frame[short]]
        frame["level"], frame["soc"], frame["pt"] = frame["level"], frame["soc"], frame["pt"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{path.name} does not hold table 14-5.01", got=type(error).__name__) from None
    if not cells or not all({"n", "events", "pct"} <= cell for cell in cells):
        raise SourceError(f"{path.name}: a cell of table 14-5.01 lacks n, events or pct")
    return frame
