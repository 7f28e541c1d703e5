"""Exposure that is checked: never negative, never counted twice, never silently missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError, DataError, name_rows, one_of, plural
from outcomes.models.harm.at_risk.clock import check_one_clock, microseconds
from outcomes.models.harm.at_risk.names import END, PATIENT, START
from outcomes.models.harm.at_risk.units import AtRisk, at_risk_units, find
from outcomes.models.stats.input_frames import check_columns
from outcomes.models.stats.kernels.time_at_risk import Intervals, intervals, overlapping

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.integer[Any]]
    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["TIME_UNITS", "Exposure", "checked_exposure"]

HOUR = 3.6e9  # microseconds
#: Unit of exposure -> microseconds. A month is 28 days, as everywhere in this package.
TIME_UNITS = {"hours": HOUR, "days": 24 * HOUR, "months": 28 * 24 * HOUR, "years": 365.25 * 24 * HOUR}
UNIT_NAMES = {
    "hours": "hours of exposure",
    "days": "patient-days",
    "months": "patient-months of 28 days",
    "years": "patient-years of 365.25 days",
    "sessions": "sessions",
}


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """Checked exposure of each unit at risk (a patient, or a patient in an arm).

    Parameters
    ----------
    units : AtRisk
        The units.
    time : ndarray, shape (units,)
        Exposure of each unit in `unit`; NaN where an end is missing.
    unit : str
        Name of the unit of time.
    parts : tuple of ndarray or None
        Unit, start and length of the intervals in microseconds, those without a known end left out; None for
        plain numbers.
    per_microsecond : float
        Factor from microseconds to `unit`.
    row_unit : ndarray of int, shape (rows,)
        Unit of each row of the exposure given.
    """

    units: AtRisk
    time: Floats
    unit: str
    parts: tuple[Codes, Codes, Floats] | None
    per_microsecond: float
    row_unit: Codes

    @property
    def known(self) -> Mask:
        """Whether the exposure of each unit is known."""
        return np.asarray(~np.isnan(self.time))

    def intervals(self) -> Intervals | None:
        """Return the intervals in order; None for plain numbers."""
        return None if self.parts is None else intervals(*self.parts)

    @property
    def label(self) -> str:
        """Name of the unit for titles."""
        return UNIT_NAMES.get(self.unit, self.unit)


def checked_exposure(exposure: pd.DataFrame, *, arm: str | None, unit: str | None) -> Exposure:
    """Return the exposure of each unit, or refuse it with the rows named.

    A missing end is no error: the unit is kept with an unknown exposure.
    """
    units = at_risk_units(exposure, PATIENT, arm)
    patient = find(units.patients, exposure[PATIENT])
    row_unit = _unit_of_row(exposure, units, patient, arm)
    sessions = unit == "sessions"
    time = None if sessions else _time_column(exposure, unit)
    spans = None
    if {START, END} <= set(exposure.columns) or (time is None and not sessions):
        spans = _spans(exposure, patient)
    if sessions:
        return _total(units, row_unit, np.ones(len(exposure)), "sessions", None, 1.0)
    if time is not None:
        check_columns("exposure", exposure, [time])
        lengths = _numbers(exposure, time, open_end=None if spans is None else spans.open)
        return _total(units, row_unit, lengths, unit or time, None, 1.0)
    return _measured(exposure, units, row_unit, spans, unit)


def _measured(
    exposure: pd.DataFrame, units: AtRisk, row_unit: Codes, spans: _Spans | None, unit: str | None
) -> Exposure:
    """Return the exposure as end - start in `unit`."""
    assert spans is not None
    unit = unit or ("hours" if "session_id" in exposure.columns else "months")
    factor = 1 / TIME_UNITS[one_of("unit", unit, TIME_UNITS)]
    micro = np.where(spans.open, np.nan, (spans.end - spans.start).astype(np.float64))
    known = ~spans.open
    parts = (row_unit[known], spans.start[known], micro[known])
    return _total(units, row_unit, micro * factor, unit, parts, factor)


@dataclass(frozen=True, slots=True, eq=False)
class _Spans:
    """Start and end of each row in microseconds, and which ends are missing; shape (rows,)."""

    start: Codes
    end: Codes
    open: Mask


def _time_column(exposure: pd.DataFrame, unit: str | None) -> str | None:
    """Return the column of plain numbers to use, or None when intervals are to be measured."""
    for name in ("exposure", "hours", "days", "months", "years"):
        if name in exposure.columns and (unit in (None, name) or name == "exposure"):
            return name
    if {START, END} <= set(exposure.columns):
        return None
    raise ArgumentError(
        "exposure has neither a column with time at risk nor a start and an end",
        allowed=f"a column named exposure, hours, days, months or years; or {START} and {END}",
        hint="rename the column with the time at risk, or those with its start and end",
    )


def _unit_of_row(exposure: pd.DataFrame, units: AtRisk, patient: Codes, arm: str | None) -> Codes:
    if units.unique:  # a patient is a unit, in the order of the units
        return patient
    in_arm = find(units.arms, exposure[arm])
    own = pd.Index(units.cluster * len(units.arms) + units.arm)
    return np.asarray(own.get_indexer(patient * len(units.arms) + in_arm), dtype=np.int64)


def _spans(exposure: pd.DataFrame, patient: Codes) -> _Spans:
    check_columns("exposure", exposure, [START, END])
    check_one_clock(("exposure", exposure, START), ("exposure", exposure, END))
    begin, finish = microseconds(exposure, START), microseconds(exposure, END)
    _refuse(
        exposure[START].isna().to_numpy(), "row of exposure has no start", "rows of exposure have no start"
    )
    no_end = exposure[END].isna().to_numpy(dtype=bool)
    _refuse(
        (finish < begin) & ~no_end,
        "row of exposure is negative: it ends before it starts",
        "rows of exposure are negative: they end before they start",
    )
    twice = np.zeros(len(begin), dtype=bool)
    twice[overlapping(patient, begin, np.where(no_end, begin, finish))] = True
    _refuse(
        twice,
        "row of exposure overlaps an earlier one of the same patient",
        "rows of exposure overlap an earlier one of the same patient",
    )
    return _Spans(begin, finish, no_end)


def _refuse(wrong: Mask, one: str, many: str) -> None:
    if wrong.any():
        raise DataError(
            plural(int(wrong.sum()), one, many),
            got=name_rows(np.flatnonzero(wrong)),
            hint="correct the source: a rate over such time would be wrong",
        )


def _numbers(exposure: pd.DataFrame, time: str, open_end: Mask | None) -> Floats:
    if not pd.api.types.is_numeric_dtype(exposure[time]):
        raise ArgumentError(f"exposure column {time!r} is not a number", got=str(exposure[time].dtype))
    lengths = exposure[time].to_numpy(dtype=np.float64, na_value=np.nan)
    known = np.ones(len(lengths), dtype=bool) if open_end is None else ~open_end
    none = ~np.isfinite(lengths) & known
    _refuse(none, f"row of exposure has no {time}", f"rows of exposure have no {time}")
    why = f"negative: {time} below 0"
    _refuse(lengths < 0, f"row of exposure is {why}", f"rows of exposure are {why}")
    return np.where(known, lengths, np.nan)


def _total(
    units: AtRisk,
    row_unit: Codes,
    lengths: Floats,
    unit: str,
    parts: tuple[Codes, Codes, Floats] | None,
    factor: float,
) -> Exposure:
    # NaN of one open interval makes the unit's total unknown.
    time = np.bincount(row_unit, weights=lengths, minlength=len(units)).astype(np.float64)
    return Exposure(units, time, unit, parts, factor, row_unit)
