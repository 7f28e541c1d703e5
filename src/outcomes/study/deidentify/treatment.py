"""What becomes of each column: the safe-harbour rule of HIPAA (45 CFR 164.514(b)(2)) over the contract."""

from __future__ import annotations

from typing import Literal

from outcomes.schema.contract import specs
from outcomes.schema.tables import TABLES

__all__ = ["WORDS", "Treatment", "treatment_of", "treatments"]

Treatment = Literal["new", "shifted", "over 89", "recoded", "shared", "dropped", "kept"]

#: What is done, in words.
WORDS: dict[Treatment, str] = {
    "new": "replaced by a new identifier, made with the key",
    "shifted": "moved by the patient's own number of weeks",
    "over 89": "ages over 89 become 90",
    "recoded": "replaced by a label with a number",
    "shared": "kept where at least 5 patients share it, else left out",
    "dropped": "left out",
    "kept": "kept",
}
#: Texts that are no identifier and no code; every other text is left out.
TEXTS: dict[tuple[str, str], Treatment] = {
    ("patients", "site"): "recoded",
    ("patients", "arm"): "recoded",
    ("patients", "cohort"): "recoded",
    ("adverse_events", "term"): "shared",
    ("laboratory", "unit"): "shared",
}
#: Numbers that only make sense with what was converted already.
CONVERTED = (("titration", "mg_per_ml"),)


def treatment_of(table: str, column: str) -> Treatment:
    """Return what becomes of a column.

    Examples
    --------
    >>> treatment_of("patients", "age"), treatment_of("adverse_events", "pt"), treatment_of("diary", "date")
    ('over 89', 'dropped', 'shifted')
    """
    kind = specs(table)[column].kind
    if kind == "id":
        return "new"
    if kind in ("date", "timestamp"):
        return "shifted"
    if column == "age":
        return "over 89"
    if (table, column) in CONVERTED:
        return "dropped"
    return TEXTS.get((table, column), "dropped") if kind == "text" else "kept"


def treatments() -> dict[tuple[str, str], Treatment]:
    """Return what becomes of every column of the contract."""
    return {(table, name): treatment_of(table, name) for table in TABLES for name in specs(table)}
