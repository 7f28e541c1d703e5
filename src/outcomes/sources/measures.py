"""Measures that are written as more than a number: 1:30, 1 h 30 min, 11 st 4 lb."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.sources.misread import Misread
from outcomes.units import LB_IN_KG

__all__ = ["read_measure"]

POUNDS_OF_A_STONE = 14
NUMBER = r"\d+(?:[.,]\d+)?"
#: Words for days, hours and minutes in the languages that dates are read in.
DAYS = r"d(?:ays?)?|tage?|jours?|giorn[io]|d[ií]as?|dag(?:en)?"
HOURS = r"h(?:rs?|ours?|eures?|oras?)?|std\.?|stunden?|or[ae]|horas?|uur|uren"
MINUTES = r"m(?:in(?:s|ut[eios]+n?)?)?\.?|'"
WORDS = (
    rf"(?:(?P<d>{NUMBER})\s*(?:{DAYS}))?[\s,]*(?:(?P<h>{NUMBER})\s*(?:{HOURS}))?[\s,]*"
    rf"(?:(?P<m>{NUMBER})\s*(?:{MINUTES})?)?"
)
CLOCK = r"(?P<h>\d{1,3}):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))?"
STONE = rf"(?P<st>\d{{1,2}})\s*(?:st|stones?)\.?\s*(?:(?P<lb>{NUMBER})\s*(?:lbs?|pounds?)?\.?)?"


def read_measure(
    texts: pd.Series, given: NDArray[np.bool_], name: str, unit: str
) -> tuple[pd.Series, tuple[Misread, ...]]:
    """Read texts of a declared way to write a measure.

    Parameters
    ----------
    texts : Series of str
        Distinct texts; the empty text is a missing value.
    given : ndarray of bool
        Which are not empty.
    name : str
        The contract's column: its unit is that of the values (h, min or kg).
    unit : {"h:mm", "words", "st"}
        How they are written. A number alone has no unit and is not read.

    Examples
    --------
    >>> texts = pd.Series(["5h 30m", "1 day 2 hours", "45 min", "90"])
    >>> read_measure(texts, np.ones(4, dtype=bool), "duration_h", "words")[0].tolist()
    [5.5, 26.0, 0.75, nan]
    >>> read_measure(pd.Series(["11 st 4"]), np.ones(1, dtype=bool), "weight_kg", "st")[0].round(1).tolist()
    [71.7]
    """
    pattern = {"h:mm": CLOCK, "words": WORDS, "st": STONE}[unit]
    texts = texts.where(~texts.str.fullmatch(NUMBER)) if unit == "words" else texts
    parts = texts.str.casefold().str.extract(f"^{pattern}$", expand=True)
    numbers = parts.apply(lambda part: pd.to_numeric(part.str.replace(",", "."), errors="coerce"))
    whole = numbers["lb"].fillna(0).lt(POUNDS_OF_A_STONE) if unit == "st" else True
    known = (numbers.notna().any(axis=1) & whole & given).to_numpy(dtype=bool)
    if unit == "st":
        values = (numbers["st"] * POUNDS_OF_A_STONE + numbers["lb"].fillna(0)) * LB_IN_KG
    else:
        numbers = numbers.reindex(columns=["d", "h", "m", "s"]).fillna(0)
        values = numbers["d"] * 24 + numbers["h"] + numbers["m"] / 60 + numbers["s"] / 3600
        values = values * (60 if name.endswith("_min") else 1)
    shown = {"h:mm": "5:30", "words": "5h 30m", "st": "11 st 4"}[unit]
    hint = f"declared units.{name}: {unit}, written such as {shown}"
    wrong = Misread("not_a_measure", f"{name} is not written in its declared unit", given & ~known, hint)
    return values.astype("float64").where(known), (wrong,)
