"""How clinics name tables, columns and answers, in the languages common in the field.

The two tables beside this file hold general words only; a word that stands in neither is never guessed.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import cache
from pathlib import Path

__all__ = ["column_names", "fold", "known_words", "plain", "same_words", "table_of_name", "unit_in_name"]

NAMES, WORDS = (Path(__file__).with_name(name) for name in ("names.csv", "words.csv"))
#: How a unit is written at the end of a column's name, and what it is called in study.toml.
UNITS = {
    **dict.fromkeys(("h", "hr", "hrs", "hours", "std", "stunden", "heures", "ore", "horas", "uren"), "h"),
    **dict.fromkeys(("min", "mins", "minutes", "minuten", "minuti", "minutos"), "min"),
    **dict.fromkeys(("kg",), "kg"),
    **dict.fromkeys(("lb", "lbs", "pounds"), "lb"),
    **dict.fromkeys(("st", "stone"), "st"),
    **dict.fromkeys(("mg",), "mg"),
    **dict.fromkeys(("mg_kg",), "mg/kg"),
    **dict.fromkeys(("mg_kg_h",), "mg/kg/h"),
    **dict.fromkeys(("mcg_kg_min", "ug_kg_min", "mug_kg_min"), "mcg/kg/min"),
    **dict.fromkeys(("mg_h",), "mg/h"),
    **dict.fromkeys(("ml_h",), "mL/h"),
    **dict.fromkeys(("0_10",), "0-10"),
    **dict.fromkeys(("0_100",), "0-100"),
    **dict.fromkeys(("0_3",), "0-3"),
}


def fold(name: str) -> str:
    """Return a name without case, accents and signs, its parts joined by underscores.

    Examples
    --------
    >>> fold("Körpergewicht (kg)"), fold("PatientNr."), fold("Pain Level")
    ('korpergewicht_kg', 'patient_nr', 'pain_level')
    """
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).casefold().replace("ß", "ss").replace("µ", "mu")
    return "_".join(re.findall(r"[a-z0-9]+", plain(parted)))


def plain(text: str) -> str:
    """Return a text in small letters without accents.

    Examples
    --------
    >>> plain("Sí"), plain("Não")
    ('si', 'nao')
    """
    parted = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in parted if not unicodedata.combining(sign))


def unit_in_name(name: str) -> tuple[str, str]:
    """Return a folded name without the unit at its end, and the unit as study.toml calls it.

    Examples
    --------
    >>> unit_in_name("Duration (min)"), unit_in_name("weight")
    (('duration', 'min'), ('weight', ''))
    """
    folded = fold(name)
    for unit in sorted(UNITS, key=len, reverse=True):
        if folded.endswith(f"_{unit}"):
            return folded.removesuffix(f"_{unit}"), UNITS[unit]
    return folded, ""


def same_words(one: str, other: str) -> bool:
    """Return whether two folded names are the same words, in any order."""
    return one == other or ("_" in one and sorted(one.split("_")) == sorted(other.split("_")))


@cache
def column_names(table: str) -> dict[str, tuple[str, ...]]:
    """Return each column of a table (also ``attacks``) with the folded names that mean it."""
    found: dict[str, tuple[str, ...]] = {}
    for row in _rows(NAMES):
        if row["table"] in ("*", table) and not (row["table"] == "*" and table == "titration"):
            found[row["column"]] = tuple(fold(name) for name in row["names"].split("|"))
    return found


def table_of_name(name: str) -> str:
    """Return the table that the name of a file or a form is a word for; empty when there is none.

    Examples
    --------
    >>> table_of_name("Kopfschmerztagebuch_2025"), table_of_name("export")
    ('diary', '')
    """
    parts = fold(name).split("_")
    joined = {"_".join(parts[i:j]) for i in range(len(parts)) for j in range(i + 1, len(parts) + 1)}
    for row in _rows(NAMES):
        if row["table"] == "@file" and joined & set(row["names"].split("|")):
            return row["column"]
    return ""


@cache
def known_words(column: str) -> dict[str, str]:
    """Return the words (in small letters) that mean a code of a codelist, of ``yesno`` or of ``missing``."""
    return {
        word: row["code"]
        for row in _rows(WORDS)
        if row["column"] == column
        for word in row["words"].split("|")
    }


@cache
def _rows(path: Path) -> tuple[dict[str, str], ...]:
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
