"""Texts that say something about a number without being one: limits, ranges, estimates, fractions, units."""

from __future__ import annotations

__all__ = ["NUMBER_SHAPES", "what_to_do"]

NUMBER, UNIT = r"[+-]?\d{1,3}(?:[.,]\d+)?", r"(?:\s*(?:[^\W\d_]|[%°µ/])[^\d]*)?"
LIMIT = (
    r"[<>≤≥]=?|=[<>]|(?:less|more|fewer|greater)\s+than|over|under|above|below|at\s+(?:least|most)|up\s+to"
    r"|max\.?|min\.?|mind\.|mehr\s+als|weniger\s+als|über|unter|plus\s+de|moins\s+de"
)
ABOUT = r"[~≈±]|ca?\.?|circa|approx\.?|approximately|about|around|roughly|etwa|ungefähr|env\.?|environ"
DASH = r"[-\u2010-\u2015]|\.\.+|to|bis|or|oder|à"
MAP = 'or in study.toml map it: values.{name} = {{ "your text" = "the number" }}'
#: What texts are -> their pattern, and what to do; the first that fits.
NUMBER_SHAPES = {
    "limit such as <9 or 9+": (
        rf"(?i:(?:{LIMIT})\s*{NUMBER}{UNIT}|{NUMBER}\s*(?:\++|(?:or|and|oder)\s+(?:more|less|mehr)){UNIT})",
        f"write the number itself, or leave the cell empty; {MAP}",
    ),
    "range such as 9-9": (
        rf"(?i:{NUMBER}{UNIT}\s*(?:{DASH})\s*{NUMBER}{UNIT})",
        f"write the one that your protocol takes, for instance the highest; {MAP}",
    ),
    "estimate such as ~9": (
        rf"(?i:(?:{ABOUT})\s*{NUMBER}{UNIT}|{NUMBER}\s*[?~*]+)",
        f"write the number alone where your protocol takes estimates; {MAP}",
    ),
    "fraction such as 9/9": (
        r"\d{0,2}\s*[\u00bc-\u00be\u2150-\u215e]|(?:\d{1,2}\s+)?\d{1,3}\s*/\s*\d{1,3}",
        f"write one number, for instance 0.5 for one half; {MAP}",
    ),
}


def what_to_do(shape: str, name: str) -> str:
    """Return what to do about texts of one of these shapes in a column.

    Examples
    --------
    >>> what_to_do("fraction such as 9/9", "pain").partition(";")[0]
    'write one number, for instance 0.5 for one half'
    """
    return NUMBER_SHAPES[shape][1].format(name=name)
