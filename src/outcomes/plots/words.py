"""Numbers as a description says them."""

from __future__ import annotations

import math

from outcomes.errors import plural

__all__ = ["amount", "between", "level_words", "plural", "share"]


def amount(value: float, digits: int = 1) -> str:
    """Write a number; one without an end as `no limit`, a missing one as `not known`.

    Examples
    --------
    >>> amount(-0.04), amount(float("inf"))
    ('0.0', 'no limit')
    """
    if math.isnan(value):
        return "not known"
    if math.isinf(value):
        return "no limit"
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "\N{MINUS SIGN}")  # never -0.0


def between(lower: float, upper: float, digits: int = 1) -> str:
    """Write an interval in brackets with a blank before it; nothing when neither end is known."""
    if math.isnan(lower) and math.isnan(upper):
        return ""
    return f" ({amount(lower, digits)} to {amount(upper, digits)})"


def share(n: float, of: float) -> str:
    """Write n of N with its percentage, without one when N is 0."""
    return f"{n:.0f} of {of:.0f}" + (f" ({100 * n / of:.0f}%)" if of else "")


def level_words(level: float | None) -> str:
    """Say of which level the intervals are; nothing when there are none."""
    return f" with {100 * level:.3g}% intervals" if level else ""
