"""The pump's log: rates in mg/kg/h, its order, its place inside the session, and the dose it adds up to."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.schema.findings import Fault
from outcomes.schema.infused import infused
from outcomes.schema.look_up import look_up
from outcomes.units import RATE_UNITS, to_mg_per_kg_h

__all__ = ["check_dose", "check_log", "convert_rates"]

HOUR = pd.Timedelta(hours=1)
GAP_H = 0.25  # a log that begins or ends further than this from the session has a gap
STEP = 0.2  # mg/kg/h: larger changes of the rate are unusual
DOSE_TOLERANCE = 0.10  # relative difference between the dose charted and the log's integral


def convert_rates(titration: pd.DataFrame, sessions: pd.DataFrame) -> tuple[pd.DataFrame, list[Fault]]:
    """Return the log with its rates in mg/kg/h, and the rows whose weight or concentration is missing."""
    weight = _of_session(titration, sessions, "weight_kg")
    rate, lost = titration["rate"].copy(), pd.Series(False, index=titration.index)
    for unit in ("mcg/kg/min", "mg/h", "mL/h"):
        rows = titration["rate_unit"] == unit
        converted = to_mg_per_kg_h(
            titration.loc[rows, "rate"],
            unit,
            weight_kg=weight[rows],
            mg_per_ml=titration.loc[rows, "mg_per_ml"],
        )
        rate = rate.mask(rows, pd.Series(converted, index=titration.index[rows]))
        lost |= rows & titration["rate"].notna() & rate.isna()
    unread = titration["rate_unit"].isna() & rate.notna()
    fault = Fault(
        "titration",
        "rate_not_convertible",
        "the rate needs the session's weight (and for mL/h the concentration) to become mg/kg/h",
        np.flatnonzero(lost),
        "rate",
        hint="give sessions.weight_kg and mg_per_ml",
    )
    text = "the rate has a unit that cannot be read"
    hint = f"units: {', '.join(RATE_UNITS)}"
    unknown = Fault("titration", "rate_not_convertible", text, np.flatnonzero(unread), "rate", hint=hint)
    return titration.assign(rate=rate.mask(unread)), [fault, unknown]


def check_log(titration: pd.DataFrame, sessions: pd.DataFrame) -> list[Fault]:
    """Return the faults of each session's log: order, limits of the session, first and last row, steps."""
    start, end = (_of_session(titration, sessions, name) for name in ("start", "end"))
    by = titration.groupby("session_id", sort=False)
    before = by["time"].shift()
    step = (titration["rate"] - by["rate"].shift()).abs()
    first, last = before.isna(), by["time"].shift(-1).isna()
    outside = (titration["time"] < start) | (titration["time"] > end)
    # A time that is refused for itself does not cost the row after it.
    inside = titration["time"].mask(outside).groupby(titration["session_id"], sort=False)
    latest = inside.ffill().groupby(titration["session_id"], sort=False).shift()
    gap = (first & ((titration["time"] - start) / HOUR > GAP_H)) | (
        last & ((end - titration["time"]) / HOUR > GAP_H)
    )
    action = titration["action"]
    conditions = {
        ("outside_session", "error"): (outside, "time", "the time is outside the session"),
        ("time_not_increasing", "error"): (
            titration["time"] < latest,
            "time",
            "the time is not after the row before it in the same session",
        ),
        ("log_without_start", "warning"): (
            first & action.notna() & ~action.isin(["start", "bolus"]),
            "action",
            "the first row of the session's log is neither start nor bolus",
        ),
        ("log_without_stop", "warning"): (
            last & action.notna() & (action != "stop"),
            "action",
            "the last row of the session's log is not stop",
        ),
        ("log_gap", "warning"): (gap, "time", "the log begins or ends more than 15 minutes from the session"),
        ("large_step", "warning"): (
            (step > STEP) & ~action.isin(["start", "stop"]),
            "rate",
            f"the rate changes by more than {STEP:g} mg/kg/h",
        ),
    }
    return [
        Fault("titration", rule, text, np.flatnonzero(mask.fillna(False)), name, severity)  # type: ignore[arg-type]
        for (rule, severity), (mask, name, text) in conditions.items()
    ]


def check_dose(
    sessions: pd.DataFrame, titration: pd.DataFrame, unread_bolus: NDArray[np.bool_]
) -> list[Fault]:
    """Return the sessions whose charted dose differs from what the log adds up to by more than 10 %.

    Nothing is compared where a bolus was given of which the size is not known: `unread_bolus`, or a row
    bolus of the log.
    """
    log = infused(titration.dropna(subset=["session_id", "time"]), _named_once(sessions))
    from_log = look_up(sessions["session_id"], log["infused"]).astype("float64")
    unsized = look_up(sessions["session_id"], log["bolus_logged"]).eq(True).fillna(False) | unread_bolus
    bolus = sessions["bolus_mg_per_kg"].fillna(0).mask(unsized & sessions["bolus_mg_per_kg"].isna())
    expected = (from_log + bolus) * sessions["weight_kg"]
    differs = (sessions["dose_mg"] - expected).abs() > DOSE_TOLERANCE * expected
    return [
        Fault(
            "sessions",
            "dose_differs_from_log",
            "dose_mg differs by more than 10 % from rate x time x weight of the titration log plus the bolus",
            np.flatnonzero(differs.fillna(False)),
            "dose_mg",
            "warning",
            "check dose, weight and the unit of the rates",
        )
    ]


def _of_session(rows: pd.DataFrame, sessions: pd.DataFrame, name: str) -> pd.Series:
    """Return a column of the row's session; missing for an unknown or ambiguous session."""
    return look_up(rows["session_id"], _named_once(sessions).set_index("session_id")[name])


def _named_once(sessions: pd.DataFrame) -> pd.DataFrame:
    return sessions.loc[sessions["session_id"].notna() & ~sessions["session_id"].duplicated(keep=False)]
