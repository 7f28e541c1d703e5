"""Pump rates and doses: conversions between the units that pumps and charts use.

The package's own unit of a rate is mg/kg/h and of a dose mg.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from outcomes.errors import ArgumentError, one_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "LB_IN_KG",
    "OTHER_UNITS",
    "PER_WEIGHT",
    "RATE_UNITS",
    "TEXT_UNITS",
    "probable_rate_unit",
    "to_mg_per_kg_h",
    "units_of",
]

LB_IN_KG = 0.45359237
#: Table and column -> unit that a source may have -> what it is in the contract's unit.
OTHER_UNITS: dict[tuple[str, str], dict[str, float]] = {
    ("sessions", "weight_kg"): {"kg": 1.0, "lb": LB_IN_KG},
    ("sessions", "dose_mg"): {"mg": 1.0, "mcg": 0.001, "g": 1000.0},
    ("sessions", "pain_before"): {"0-10": 1.0, "0-100": 0.1},
    ("sessions", "pain_after"): {"0-10": 1.0, "0-100": 0.1},
    ("diary", "duration_h"): {"h": 1.0, "min": 1 / 60},
    ("diary", "aura_min"): {"min": 1.0, "h": 60.0},
    ("diary", "pain"): {"0-10": 1.0, "0-100": 0.1},
}
#: Table and column -> ways to write a measure in more than a number: 1:30, 1h 30m, 11 st 4.
TEXT_UNITS: dict[tuple[str, str], tuple[str, ...]] = {
    ("sessions", "weight_kg"): ("st",),
    ("diary", "duration_h"): ("h:mm", "words"),
    ("diary", "aura_min"): ("h:mm", "words"),
}
#: Table and column -> unit that only the weight makes the contract's unit -> power of the weight in kg.
PER_WEIGHT: dict[tuple[str, str], dict[str, int]] = {
    ("sessions", "dose_mg"): {"mg/kg": 1},
    ("sessions", "bolus_mg_per_kg"): {"mg": -1},
}
#: Every unit in which a pump rate may be given.
RATE_UNITS = ("mg/kg/h", "mcg/kg/min", "mg/h", "mL/h")

MCG_PER_MIN_IN_MG_PER_H = 0.06  # 60 min/h divided by 1,000 mcg/mg


def units_of(table: str, column: str) -> tuple[str, ...]:
    """Return the units in which a source may have a column; none where only the contract's is read.

    Examples
    --------
    >>> units_of("sessions", "weight_kg")
    ('kg', 'lb', 'st')
    """
    if (table, column) == ("titration", "rate"):
        return RATE_UNITS
    place = (table, column)
    return (*OTHER_UNITS.get(place, ()), *TEXT_UNITS.get(place, ()), *PER_WEIGHT.get(place, ()))


def to_mg_per_kg_h(
    rate: ArrayLike,
    unit: str,
    *,
    weight_kg: ArrayLike | None = None,
    mg_per_ml: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Convert pump rates to mg/kg/h.

    Parameters
    ----------
    rate : array_like
        Pump rates in `unit`.
    unit : {"mg/kg/h", "mcg/kg/min", "mg/h", "mL/h"}
        The unit of `rate`.
    weight_kg : array_like, kg, optional
        Body weight, needed for mg/h and mL/h.
    mg_per_ml : array_like, mg/mL, optional
        Concentration in the syringe, needed for mL/h.

    Returns
    -------
    ndarray
        Rates in mg/kg/h; NaN where a needed weight or concentration is missing.

    Raises
    ------
    ArgumentError
        For an unknown unit, or a weight or concentration that the unit needs and that is not given.

    Examples
    --------
    >>> float(to_mg_per_kg_h(5.0, "mcg/kg/min").round(3))
    0.3
    >>> float(to_mg_per_kg_h(30.0, "mg/h", weight_kg=75.0))
    0.4
    """
    one_of("unit", unit, RATE_UNITS)
    value = np.asarray(rate, dtype=np.float64)
    if unit == "mg/kg/h":
        return value.copy()
    if unit == "mcg/kg/min":
        return np.asarray(value * MCG_PER_MIN_IN_MG_PER_H)
    if weight_kg is None:
        raise ArgumentError(f"a rate in {unit} needs the body weight", hint="pass weight_kg")
    if unit == "mL/h":
        if mg_per_ml is None:
            raise ArgumentError("a rate in mL/h needs the concentration", hint="pass mg_per_ml")
        value = value * np.asarray(mg_per_ml, dtype=np.float64)
    return np.asarray(value / np.asarray(weight_kg, dtype=np.float64))


def probable_rate_unit(rate_mg_per_kg_h: ArrayLike) -> NDArray[np.str_]:
    """Name the unit that a rate called mg/kg/h was probably given in.

    Infusions for headache stay below 1.5 mg/kg/h; 1.5 to under 5 looks like mcg/kg/min
    (up to 20 does, but from 5 on mg/h is as likely and named), 5 to 100 like mg/h.

    Parameters
    ----------
    rate_mg_per_kg_h : array_like, mg/kg/h
        Rates as they were declared.

    Returns
    -------
    ndarray of str
        ``"mg/kg/h"``, ``"mcg/kg/min"``, ``"mcg/kg/min or mg/h"``, ``"mg/h"``, or ``""`` for a missing
        rate and for one above 100.

    Examples
    --------
    >>> probable_rate_unit([0.3, 3.0, 30.0]).tolist()
    ['mg/kg/h', 'mcg/kg/min', 'mg/h']
    """
    value = np.asarray(rate_mg_per_kg_h, dtype=np.float64)
    names = ["mg/kg/h", "mcg/kg/min", "mcg/kg/min or mg/h", "mg/h"]
    conditions = [
        value < 1.5,
        (value >= 1.5) & (value < 5),
        (value >= 5) & (value <= 20),
        (value > 20) & (value <= 100),
    ]
    return np.select(conditions, names, default="")
