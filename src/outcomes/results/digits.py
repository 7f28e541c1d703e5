"""Numbers for the eye: P values as journals write them, four significant digits for the rest."""

from __future__ import annotations

import pandas as pd

__all__ = ["format_p", "readable"]

#: Below this a number is what rounding leaves: estimates here are days, percents, shares and odds.
ROUNDING = 1e-12


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
    """Round for the eye only: P values as in journals, other floats to four significant digits."""
    shown = frame.copy()
    for name in shown.columns:
        if str(name).startswith(("p_value", "p_adjusted")):
            shown[name] = shown[name].map(format_p)
        elif pd.api.types.is_float_dtype(shown[name]):
            shown[name] = shown[name].map(_rounded)
    return shown


def _rounded(value: float) -> str:
    """Write four significant digits; what is left of a difference of equal numbers is zero."""
    if value != value:
        return ""
    return "0" if abs(value) < ROUNDING else f"{value:.4g}"
