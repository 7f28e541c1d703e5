"""Results for the eye: P values as journals write them, a column's numbers alike, words for codes."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["format_p", "readable", "worded"]

#: A column with more digits than these after the point is written number by number.
MOST_DIGITS = 6
#: Columns whose texts are codes.
CODES = ("missing", "group", "endpoint", "strategy", "interval")
#: Columns of what somebody was asked: without an answer it is not known, which is neither no nor nothing.
ASKED = ("grade", "serious", "related", "medical_attention")
#: Terms that are names of columns.
TERMS = {"sbp_change": "systolic", "dbp_change": "diastolic"}
#: Below this a number is what rounding leaves: estimates here are days, percents, shares and odds.
ROUNDING = 1e-9


def format_p(p: float) -> str:
    """Write a P value as tables do: ``.049``, ``< .001``, ``> .999``; empty for a missing one.

    Examples
    --------
    >>> [format_p(p) for p in (0.0492, 0.00004, 0.5, 0.99999)]
    ['.049', '< .001', '.500', '> .999']
    """
    if p is None or p != p:
        return ""
    if p < 0.001:
        return "< .001"
    if p > 0.999:
        return "> .999"
    return f"{p:.3f}".removeprefix("0")


def readable(frame: pd.DataFrame) -> pd.DataFrame:
    """Round for the eye only: P values as in journals, the floats of a column to the same digits.

    The largest number of a column has four significant digits, the smallest at least one: no number that is
    not zero reads as zero.

    Examples
    --------
    >>> readable(pd.DataFrame({"estimate": [-12.3456, 0.071, 0.0], "df": [36.0, 9.0, 1.0]})).values.tolist()
    [['-12.35', '36'], ['0.07', '9'], ['0', '1']]
    """
    shown = frame.copy()
    for name in shown.columns:
        if str(name).startswith(("p_value", "p_adjusted")):
            shown[name] = shown[name].map(format_p)
        elif pd.api.types.is_float_dtype(shown[name]):
            digits = _digits(shown[name].to_numpy(float, na_value=np.nan))
            shown[name] = shown[name].map(lambda value, digits=digits: _rounded(value, digits))
    return shown


def worded(frame: pd.DataFrame) -> pd.DataFrame:
    """Write codes as words, yes and no for true and false, times to the minute; for the eye only.

    Nothing stands for what is missing, "not known" for an answer that is.

    Examples
    --------
    >>> frame = pd.DataFrame({"term": ["responder_50"], "missing": ["non_responder"], "serious": [True]})
    >>> worded(frame).values.tolist()
    [['fall of 50% or more', 'non responder', 'yes']]
    """
    shown = frame.copy()
    for name in shown.columns[[str(kind) in ("boolean", "bool", "Int64") for kind in shown.dtypes]]:
        said = {True: "yes", False: "no"} if str(shown[name].dtype).startswith("bool") else {}
        values = shown[name].astype("object")
        shown[name] = values.replace(said).where(values.notna(), "not known" if name in ASKED else "")
    for name in shown.select_dtypes(["datetime", "datetimetz"]).columns:
        days = (shown[name].dropna() == shown[name].dropna().dt.normalize()).all()
        shown[name] = shown[name].dt.strftime("%Y-%m-%d" if days else "%Y-%m-%d %H:%M").fillna("")
    for name in [name for name in CODES if name in shown.columns]:
        shown[name] = shown[name].astype("object").replace("_", " ", regex=True)
    if "term" in shown.columns:
        terms = shown["term"].astype("object").replace(TERMS)
        shown["term"] = terms.replace(r"^responder_(\d+)$", r"fall of \1% or more", regex=True)
    return shown


def _digits(values: np.ndarray) -> int | None:
    """Return how many digits stand after the point of a column, None where no number of them suits."""
    size = np.abs(values[np.isfinite(values) & (np.abs(values) >= ROUNDING)])
    if not len(size) or size.max() >= 10**MOST_DIGITS:
        return None
    if np.array_equal(size, np.round(size)):
        return 0
    largest, smallest = np.floor(np.log10([size.max(), size.min()]))
    digits = int(max(3 - largest, -smallest, 0))
    return digits if digits <= MOST_DIGITS else None


def _rounded(value: float, digits: int | None) -> str:
    """Write a number, with four significant digits where its column has none in common.

    What is left of a difference of equal numbers is zero.
    """
    if value != value:
        return ""
    if abs(value) < ROUNDING:
        return "0"
    return f"{value:.4g}" if digits is None else f"{value:.{digits}f}"
