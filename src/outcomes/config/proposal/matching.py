"""Columns of a file matched with those of a table: by name, in several languages, where cells allow it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from outcomes.config.proposal.vocabulary import (
    column_names,
    fold,
    known_words,
    plain,
    same_words,
    unit_in_name,
)
from outcomes.schema.contract import specs
from outcomes.schema.tables import TABLES

__all__ = ["BY_WORDS", "MOST", "Match", "distinct", "given_texts", "match_columns"]

#: Part of a column's texts that must look like what the column holds.
MOST = 0.7
#: How texts of a kind begin or look; other kinds take any text.
LOOKS = {
    "date": r".*\d.*",
    "timestamp": r".*\d.*",
    "number": r"[<>+-]?\s*[\d.,].*",
    "integer": r"[<>+-]?\s*\d.*",
}
#: Columns that are also told in words: mild, moderate, severe.
BY_WORDS = ("pain", "grade")
#: Columns that begin alike in a form that names its fields so.
SHARED = 3
#: Kind of the columns of a list of attacks.
ATTACK_KINDS = {"start": "timestamp", "end": "timestamp", "day": "date", "end_day": "date"}
CLOCK = r"\d{1,2}:\d{2}(:\d{2})?( ?[AaPp]\.?[Mm]\.?)?"


@dataclass(frozen=True, slots=True)
class Match:
    """A column of the file that is one of ours.

    Parameters
    ----------
    ours, theirs : str
        Both names.
    why : str
        How it was recognised.
    unit : str
        The unit that its name gives; empty when it gives none.
    """

    ours: str
    theirs: str
    why: str
    unit: str = ""


def match_columns(table: str, frame: pd.DataFrame) -> dict[str, Match]:
    """Return our name -> match, each column of the file at most once.

    Parameters
    ----------
    table : str
        Name of the table, or ``attacks`` for the columns of a list of attacks.
    frame : DataFrame of str
        The file.

    Examples
    --------
    >>> frame = pd.DataFrame({"PatNr": ["7"], "Datum": ["1.2.2026"], "Schmerz": ["4"], "Dauer (min)": ["90"]})
    >>> [(one.ours, one.unit) for one in match_columns("diary", frame).values()]
    [('patient_id', ''), ('date', ''), ('duration_h', 'min'), ('pain', '')]
    """
    names = column_names(table)
    names = names if table == "attacks" else {ours: names[ours] for ours in specs(table) if ours in names}
    order = {name: place for place, name in enumerate(names)}
    prefixes = _prefixes(map(str, frame))
    found = []
    for theirs in frame:
        for ours, known in names.items():
            place = _place(str(theirs), ours, known, prefixes)
            if place is not None:
                found.append((place, order[ours], ours, str(theirs)))
    matched: dict[str, Match] = {}
    used: set[str] = set()
    for place, _, ours, theirs in sorted(found):
        if ours not in matched and theirs not in used and _fits(table, ours, frame[theirs]):
            why = f"a usual name of {ours}"
            unit = unit_in_name(theirs)[1] if place[0] >= 2 or fold(theirs) != ours else ""
            matched[ours] = Match(ours, theirs, why, unit)
            used.add(theirs)
    return {ours: matched[ours] for ours in names if ours in matched}


def distinct(cells: pd.Series) -> pd.Series:
    """Return the different texts of a column, stripped, without the empty one."""
    texts = pd.Series(cells.astype("str").str.strip().unique(), dtype="str")
    return texts[texts.ne("")].reset_index(drop=True)


def given_texts(cells: pd.Series) -> pd.Series:
    """Return the different texts without the words for missing."""
    texts = distinct(cells)
    return texts[~texts.str.casefold().isin(known_words("missing"))].reset_index(drop=True)


def _prefixes(names: Iterable[str]) -> list[str]:
    """Return the beginnings that a form gives its fields: names of tables, and what three columns share."""
    begins = Counter(fold(name).partition("_")[0] for name in names if "_" in fold(name))
    return [*TABLES, *(begin for begin, times in begins.items() if times >= SHARED)]


def _place(theirs: str, ours: str, known: Iterable[str], prefixes: list[str]) -> tuple[int, int] | None:
    """Return how well a name fits: the same, one of the known, one without its unit or its form's name."""
    if theirs == ours:
        return 0, 0
    known = list(known)
    folded, (base, _) = fold(theirs), unit_in_name(theirs)
    prefix = next((one for one in prefixes if folded.startswith(f"{one}_")), "")
    bare = fold(re.sub(r"[(\[].*?[)\]]", " ", theirs))  # Headache (0 = no, 1 = yes)
    for rank, name in ((1, folded), (2, base), (3, folded.removeprefix(f"{prefix}_")), (4, bare)):
        places = [place for place, one in enumerate(known) if same_words(one, name)]
        if places:
            return rank, places[0]
    return None


def _fits(table: str, ours: str, cells: pd.Series) -> bool:
    """Return whether most texts look like what the column holds; a column without any does."""
    texts = given_texts(cells)
    if not len(texts):
        return True
    if ours in ("clock", "end_clock") and table == "attacks":
        return bool(texts.str.fullmatch(CLOCK).mean() >= MOST)
    kind = ATTACK_KINDS.get(ours, "text") if table == "attacks" else specs(table)[ours].kind
    if kind == "yesno":
        words = cells.str.strip().map(plain)
        said = words.isin([*known_words("yesno"), *known_words("missing"), ""])
        return len(texts) <= 12 or bool(said.mean() >= MOST)
    if ours == "substance":  # a column of drugs may be of any
        words = {*known_words(ours), *known_words(f"{ours}?"), *specs(table)[ours].codes}
        return bool(texts.str.casefold().isin(words).mean() >= MOST)
    if ours in BY_WORDS and texts.map(plain).isin(known_words("severity")).mean() >= MOST:
        return True
    if kind in ("date", "timestamp") and texts.str.fullmatch(CLOCK).mean() >= MOST:
        return False
    return bool(texts.str.fullmatch(LOOKS.get(kind, ".*"), flags=16).mean() >= MOST)
