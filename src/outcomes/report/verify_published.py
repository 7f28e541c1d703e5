"""Count a published trial again: table 14-5.01 (treatment-emergent adverse events) of the CDISC pilot.

Patients, events and per cent of each cell, and the P values of both doses against placebo. The files are the
user's: the subjects (ADSL) and adverse events (ADAE) as CSV, and the table's cells as JSON.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from outcomes.errors import SourceError
from outcomes.models.harm.comparisons import compare_arms
from outcomes.models.harm.incidence import incidence
from outcomes.results import Estimates

__all__ = ["verify_published"]

ARMS = {"placebo": "Placebo", "low": "Xanomeline Low Dose", "high": "Xanomeline High Dose"}
LEVELS: dict[str, list[str]] = {"any": [], "soc": ["AEBODSYS"], "pt": ["AEBODSYS", "AEDECOD"]}
SUBJECTS = ["USUBJID", "SAFFL", "TRT01A"]
EVENTS = ["USUBJID", "SAFFL", "TRTEMFL", "AEBODSYS", "AEDECOD"]
DECIMALS = 1  # the table prints per cent with one
#: How the table prints P values: three decimals, a star below the first limit, these words above the second.
STARRED, CEILING, ABOVE = 0.15, 0.99, ">.99"
P_VALUES = {"low": "fisher_p_low", "high": "fisher_p_high"}


def verify_published(adsl: Path, adae: Path, table: Path) -> dict[str, Any]:
    """Return rows, cells and P values that were compared, and a sentence for each that differs.

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
        counted = incidence(emergent, at_risk, by=by, arm="arm", subject="USUBJID")
        told = published[published["level"] == level].rename(columns={"soc": "AEBODSYS", "pt": "AEDECOD"})
        problems += _differences(counted.to_frame(), told, by)
        problems += _other_p_values(counted, told, by)
    counts = {"cells": len(published) * len(ARMS) * 3, "p_values": len(published) * len(P_VALUES)}
    return {"rows": len(published)} | counts | {"problems": problems}


def _other_p_values(counted: Estimates, rows: pd.DataFrame, by: list[str]) -> list[str]:
    """Compare Fisher's exact P values as the table prints them."""
    compared = compare_arms(counted, reference=ARMS["placebo"], adjust="none").to_frame()
    compared["printed"] = _printed(compared["p_value"])
    problems: list[str] = []
    for short, key in P_VALUES.items():
        contrast = f"{ARMS[short]} - {ARMS['placebo']}"
        found = compared[compared["contrast"] == contrast]
        if by:
            both = rows.merge(found[[*by, "printed"]], on=by, how="left")
        else:
            both = rows.assign(printed=found["printed"].to_numpy())
        wrong = both[both["printed"].fillna("none") != both[key]]
        if wrong.empty:
            continue
        names = wrong[by].astype(str).assign(contrast=contrast).agg(", ".join, axis="columns")
        problems += [
            f"{name}: P {ours or 'none'}; published {told or 'none'}"
            for name, ours, told in zip(names, wrong["printed"], wrong[key], strict=True)
        ]
    return problems


def _printed(p_values: pd.Series) -> pd.Series:
    digits = p_values.map("{:.3f}".format) + np.where(p_values < STARRED, "*", "")
    return digits.mask(p_values > CEILING, ABOVE).mask(p_values.isna(), "")


def _differences(counted: pd.DataFrame, rows: pd.DataFrame, by: list[str]) -> list[str]:
    keys = ["arm", *by]
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
        frame = frame[[*ARMS, "level", "soc", "pt", *P_VALUES.values()]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{path.name} does not hold table 14-5.01", got=type(error).__name__) from None
    if not cells or not all({"n", "events", "pct"} <= cell for cell in cells):
        raise SourceError(f"{path.name}: a cell of table 14-5.01 lacks n, events or pct")
    return frame
