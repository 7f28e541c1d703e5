"""Faults of the pump log: units, order, limits of the session."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from example_study.planter import Planter

__all__ = ["plant_log"]

FILE = "pump_log.csv"
SESSIONS = "infusionen.csv"
FORM = "%Y-%m-%dT%H:%M%z"


@dataclass(slots=True)
class _Log:
    """The log by session: rows of the file, setting, and which sessions are still without fault."""

    planter: Planter
    rows: pd.DataFrame
    taken: set[str]

    def session(self, fits: pd.Series, *, dose: bool = False) -> list[int]:
        """Return the rows of a session that fits; its charted dose is emptied unless it must stay."""
        names = [name for name in fits.index[fits] if name not in self.taken]
        if not names:
            raise AssertionError("no session is left that fits the fault")
        chosen = str(self.planter.rng.choice(names))
        self.taken.add(chosen)
        if not dose:
            at = int(np.flatnonzero(self.planter.files[SESSIONS]["Fallnr"] == chosen)[0])
            self.planter.files[SESSIONS].loc[at, "Dosis_mg"] = ""
        return [int(row) for row in np.flatnonzero(self.rows["case"] == chosen)]

    def change(self, row: int, cells: dict[str, str], *fault: str, severity: str = "error") -> None:
        column, rule, what = fault
        self.planter.change(FILE, row, cells)
        self.planter.note(FILE, row, column, rule, what, severity=severity)

    def moved(self, row: int, minutes: float) -> str:
        """Return the row's time, moved."""
        text = str(self.planter.files[FILE].loc[row, "time"])
        time = pd.to_datetime(text, format=FORM) + pd.Timedelta(minutes=minutes)
        return f"{time:%Y-%m-%dT%H:%M}{text[-6:]}"


def plant_log(planter: Planter) -> None:
    """Plant the faults of pump_log.csv; each session holds one."""
    rows = planter.files[FILE].copy()
    busy = {str(planter.files[SESSIONS].loc[row, "Fallnr"]) for file, row in planter.used if file == SESSIONS}
    log = _Log(planter, rows, busy)
    by = rows.groupby("case")
    unit, size = by["unit"].first(), by.size()
    ward = (unit == "mg/kg/h") & (size >= 5)
    flat = (unit == "mcg/kg/min") & (size == 2)
    _units(log, stepped=(unit == "mcg/kg/min") & (size >= 3), flat=flat, pump=unit == "mL/h", ward=ward)
    _order(log, ward, flat)
    like = planter.pick(FILE, rows["case"].isin(list(unit.index[ward])))
    planter.used.discard((FILE, like))
    row = planter.add(FILE, like, {"case": "F7777"})
    planter.note(FILE, row, "session_id", "unknown_session", "a case that is not in infusionen.csv")
    for rule, column, what in (
        ("log_without_start", "action", "follows: the only row of its case is no start"),
        ("log_without_stop", "action", "follows: and no stop"),
    ):
        action = planter.files[FILE].loc[row, "action"]
        if (rule == "log_without_start" and action not in ("start", "bolus")) or (
            rule == "log_without_stop" and action != "stop"
        ):
            planter.note(FILE, row, column, rule, what, severity="warning")


def _units(log: _Log, *, stepped: pd.Series, flat: pd.Series, pump: pd.Series, ward: pd.Series) -> None:
    """Rates in another unit than stated, impossible rates, units and concentrations."""
    rows = log.session(stepped, dose=True)
    for position, row in enumerate(rows[:-1]):
        value = float(str(log.planter.files[FILE].loc[row, "rate"]))
        what = "a rate called mg/kg/h that is in mcg/kg/min"
        log.change(row, {"unit": "mg/kg/h"}, "rate", "probable_unit", what, severity="warning")
        follows = [("unusual_rate", value > 1), ("large_step", position > 0)]
        for rule, holds in follows:
            if holds:
                log.planter.note(FILE, row, "rate", rule, "follows from the unit", severity="warning")
    log.planter.change(FILE, rows[-1], {"unit": "mg/kg/h"})
    case = log.planter.files[FILE].loc[rows[0], "case"]
    at = int(np.flatnonzero(log.planter.files[SESSIONS]["Fallnr"] == case)[0])
    dose = "follows from the unit: the log adds up to 17 times the dose"
    log.planter.note(SESSIONS, at, "dose_mg", "dose_differs_from_log", dose, severity="warning")
    log.change(log.session(flat)[0], {"rate": "150"}, "rate", "out_of_range", "150 mcg/kg/min, 9 mg/kg/h")
    log.change(log.session(flat)[0], {"rate": "ten"}, "rate", "not_a_number", "text in a number")
    row = log.session(ward)[0]
    log.change(row, {"unit": "mg/kg/hr"}, "rate_unit", "unknown_code", "a unit that no list has")
    log.planter.note(FILE, row, "rate", "rate_not_convertible", "follows from the unit")
    what = "a rate in mL/h without the concentration"
    log.change(log.session(pump)[0], {"mg_per_ml": ""}, "rate", "rate_not_convertible", what)
    what = "0.03 mg/kg/h"
    log.change(log.session(ward)[0], {"rate": "0.03"}, "rate", "unusual_rate", what, severity="warning")


def _order(log: _Log, ward: pd.Series, flat: pd.Series) -> None:
    """Times out of order, outside the session, twice; logs that begin or end oddly."""
    rows = log.session(ward)
    early = "ten minutes before the row above it"
    log.change(rows[2], {"time": log.moved(rows[1], -10)}, "time", "time_not_increasing", early)
    rows = log.session(ward)
    log.planter.change(FILE, rows[2], {"time": log.moved(rows[1], 0)})
    for row in rows[1:3]:
        log.planter.note(FILE, row, "time", "duplicate_time", "two rates at one time")
    rows = log.session(ward)
    outside = "twenty minutes before line in"
    log.change(rows[0], {"time": log.moved(rows[0], -20)}, "time", "outside_session", outside)
    rows = log.session(ward)
    gap = "the log ends forty minutes before line out"
    log.change(rows[-1], {"time": log.moved(rows[-1], -40)}, "time", "log_gap", gap, severity="warning")
    rows = log.session(ward)
    value = float(str(log.planter.files[FILE].loc[rows[-3], "rate"])) + 0.3
    step = "0.3 mg/kg/h more at once"
    log.change(
        rows[-2], {"rate": f"{value:.2f}", "action": "rate"}, "rate", "large_step", step, severity="warning"
    )
    rows = log.session(flat)
    what = "the first row is no start"
    log.change(rows[0], {"action": "rate"}, "action", "log_without_start", what, severity="warning")
    rows = log.session(flat)
    what = "the last row is no stop"
    log.change(rows[-1], {"action": "rate"}, "action", "log_without_stop", what, severity="warning")
    follows = "follows: the rate falls to 0 at once and no row says stop"
    log.planter.note(FILE, rows[-1], "rate", "large_step", follows, severity="warning")
    rows = log.session(flat)
    what = "an action that no list has"
    log.change(rows[0], {"action": "pause"}, "action", "unknown_code", what)
    rows = log.session(ward)
    text = str(log.planter.files[FILE].loc[rows[1], "time"])[:-6]
    what = "a time without offset where others have one"
    log.change(rows[1], {"time": text}, "time", "timezone_mix", what, severity="warning")
