"""How numbers are written: with their unit of certainty, never with more digits than they carry."""

from __future__ import annotations

import math
import re

__all__ = ["count", "interval", "number", "percent", "percent_digits", "share", "signed", "true_minus"]

MINUS = "\N{MINUS SIGN}"
EMPTY = "\N{EN DASH}"
#: A hyphen that stands before a number and joins nothing.
HYPHEN = r"(?<![\w.)-])-(?=\d)"


def number(value: float | None, digits: int = 1) -> str:
    """Write a number with a true minus sign; a dash when there is none.

    Examples
    --------
    >>> number(-1.25), number(None)
    ('−1.2', '–')
    """
    if value is None or not math.isfinite(value):
        return EMPTY
    text = f"{value:.{digits}f}"
    text = text.removeprefix("-") if float(text) == 0 else text
    return text.replace("-", MINUS)


def true_minus(text: str) -> str:
    """Give the numbers of a sentence the minus sign that the tables beside it have.

    Examples
    --------
    >>> true_minus("was -3.2 (95% interval -5.6 to -0.9), days 1-28, up to 2026-05-31")
    'was −3.2 (95% interval −5.6 to −0.9), days 1-28, up to 2026-05-31'
    """
    return re.sub(HYPHEN, MINUS, text)


def signed(value: float | None, digits: int = 1) -> str:
    """Write a change with its sign.

    Examples
    --------
    >>> signed(1.87), signed(-0.04)
    ('+1.9', '0.0')
    """
    text = number(value, digits)
    return text if text == EMPTY or text.startswith(MINUS) or float(text) == 0 else f"+{text}"


def interval(lower: float | None, upper: float | None, digits: int = 1) -> str:
    """Write an interval as ``lower to upper``; a dash when it is not defined.

    Examples
    --------
    >>> interval(-0.6, 4.35)
    '−0.6 to 4.3'
    """
    low, high = number(lower, digits), number(upper, digits)
    return EMPTY if EMPTY in (low, high) else f"{low} to {high}"


def percent(value: float | None, total: float) -> str:
    """Write a percentage with no more decimals than its denominator carries: none below 100.

    Examples
    --------
    >>> percent(27.27, 55), percent(27.27, 1200)
    ('27%', '27.3%')
    """
    text = number(value, percent_digits(total))
    return text if text == EMPTY else f"{text}%"


def percent_digits(total: float) -> int:
    """Return the decimals of a percentage of so many: none below 100.

    Examples
    --------
    >>> percent_digits(55), percent_digits(1200)
    (0, 1)
    """
    return 0 if total < 100 else 1


def share(n: float, total: float) -> str:
    """Write ``n/N (percent)``; the percentage is left out when nobody is at risk.

    Examples
    --------
    >>> share(15, 55), share(0, 0)
    ('15/55 (27%)', '0/0')
    """
    head = f"{n:.0f}/{total:.0f}"
    return f"{head} ({percent(100 * n / total, total)})" if total else head


def count(value: float, word: str, plural: str | None = None) -> str:
    """Write a number with its noun.

    Examples
    --------
    >>> count(1, "patient"), count(1200, "session")
    ('1 patient', '1,200 sessions')
    """
    return f"{value:,.0f} {word if value == 1 else plural or word + 's'}"
