"""Text of one column to its declared type: each distinct text is read once, each fault is named.

Every reader takes the distinct texts (stripped, missing ones already empty) and returns their values
and, by rule, which of them could not be read and why.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.schema.columns import ColumnSpec
from outcomes.sources.conventions import TableSource
from outcomes.sources.dates import read_dates, read_timestamps
from outcomes.sources.measures import read_measure
from outcomes.sources.misread import Misread
from outcomes.sources.number_texts import read_numbers

__all__ = ["ReadColumn", "read_texts"]


@dataclass(frozen=True, slots=True, eq=False)
class ReadColumn:
    """Values of the distinct texts, with what could not be read.

    Parameters
    ----------
    values : Series
        One value per distinct text, in the dtype of the contract.
    misread : tuple of Misread
        Rule, message and mask of the texts that are refused or doubtful.
    by_day : ndarray of bool or None
        For timestamps: texts that hold a date without a time.
    """

    values: pd.Series
    misread: tuple[Misread, ...] = ()
    by_day: NDArray[np.bool_] | None = field(default=None)


def read_texts(texts: pd.Series, spec: ColumnSpec, source: TableSource, *, timezone: str) -> ReadColumn:
    """Read the distinct texts of a column as its kind.

    Parameters
    ----------
    texts : Series of str
        Distinct texts; the empty text is a missing value.
    spec : ColumnSpec
        What the column is.
    source : TableSource
        How the source writes things.
    timezone : str
        Zone of times without an offset.
    """
    mapped = _map_values(texts, spec, source)
    given = (mapped != "").to_numpy()
    if spec.kind in ("id", "text"):
        return ReadColumn(mapped.where(given).astype("str"))
    if spec.kind == "yesno":
        return _yesno(mapped, spec, source, given)
    if spec.kind == "code":
        return _code(mapped, spec, given)
    if spec.kind == "codes":
        return _codes(mapped, spec, source, given)
    if source.units.get(spec.name) in ("h:mm", "words", "st"):
        values, misread = read_measure(mapped, given, spec.name, source.units[spec.name])
        return ReadColumn(values, misread)
    if spec.kind in ("number", "integer"):
        values, misread = read_numbers(mapped, given, spec, source)
        return ReadColumn(values, misread)
    if spec.kind == "date":
        values, misread = read_dates(mapped, given, spec.name, source)
        return ReadColumn(values, misread)
    values, misread, by_day = read_timestamps(mapped, given, spec.name, source, timezone)
    return ReadColumn(values, misread, by_day)


def _map_values(texts: pd.Series, spec: ColumnSpec, source: TableSource) -> pd.Series:
    """Replace the source's words by ours; case does not matter for coded columns."""
    words = source.values.get(spec.name)  # noqa: PD011
    if not words:
        return texts
    if spec.kind in ("id", "text"):
        return texts.replace(words)
    folded = {word.casefold(): ours for word, ours in words.items()}
    return texts.str.casefold().map(folded).fillna(texts)


def _how_to_map(spec: ColumnSpec) -> str:
    """Return the line of study.toml that gives the source's words our codes."""
    code = next(code for code in spec.codes if code != "none")  # no example may call a drug none
    return f'map others below the file in study.toml: values.{spec.name} = {{ "your word" = "{code}" }}'


def _yesno(texts: pd.Series, spec: ColumnSpec, source: TableSource, given: NDArray[np.bool_]) -> ReadColumn:
    # 1.0 is what becomes of 1 in a column with an empty cell
    folded = texts.str.casefold().str.replace(r"^([01])\.0+$", r"\1", regex=True)
    yes = folded.isin([word.casefold() for word in (*source.yes, "yes")]).to_numpy()
    no = folded.isin([word.casefold() for word in (*source.no, "no")]).to_numpy()
    numbers = texts.str.fullmatch(r"[+-]?\d+([.,]\d+)?").to_numpy(dtype=bool) & given
    scale = numbers & bool((numbers & ~yes & ~no).any())
    yes, no = yes & ~scale, no & ~scale
    values = pd.array(np.where(yes, True, False), dtype="boolean")
    values[~(yes | no)] = pd.NA
    words = f"yes: {', '.join(source.yes)}; no: {', '.join(source.no)}"
    allowed = f'{words}; declare others in study.toml: yes = ["..."], no = ["..."]'
    wrong = Misread("not_yes_no", f"{spec.name} is neither yes nor no", given & ~yes & ~no & ~scale, allowed)
    text = f"{spec.name} holds a score and not an answer: its 0 and 1 are not read as no and yes"
    return ReadColumn(pd.Series(values), (wrong, Misread("not_yes_no", text, scale, _how_to_score(spec))))


def _how_to_score(spec: ColumnSpec) -> str:
    """Return the lines of study.toml that read a column of scores, or of other numbers for yes and no."""
    numbers = (
        'where numbers stand for yes and no, declare each of them: yes = ["1"], no = ["2"]; where another '
        'number is a slip, correct it in the source, or name it: missing = ["the number"]'
    )
    if spec.name != "headache":
        return numbers
    return f'columns.pain = "headache" (your name for the column) and headache = "pain above 0"; {numbers}'


def _canonical(texts: pd.Series, codes: tuple[str, ...]) -> pd.Series:
    """Return our code for each text in any case, with space or hyphen for underscore; else missing."""
    known = {code.casefold(): code for code in codes} | {
        code.casefold().replace("_", sign): code for code in codes for sign in (" ", "-")
    }
    return texts.str.casefold().map(known).astype("str")


def _code(texts: pd.Series, spec: ColumnSpec, given: NDArray[np.bool_]) -> ReadColumn:
    values = _canonical(texts, spec.codes)
    hint = f"codes: {', '.join(spec.codes)}; {_how_to_map(spec)}"
    wrong = Misread(
        "unknown_code", f"{spec.name} is not one of its codes", given & values.isna().to_numpy(), hint
    )
    return ReadColumn(values, (wrong,))


def _codes(texts: pd.Series, spec: ColumnSpec, source: TableSource, given: NDArray[np.bool_]) -> ReadColumn:
    """Read a set of codes joined by + ; , or |, and write it sorted and joined by +."""
    parts = texts[given].str.split(r"[+;,|]", regex=True).explode().str.strip()
    parts = _map_values(parts, spec, source)
    codes = _canonical(parts, spec.codes)
    unknown = codes.isna().groupby(level=0).any().reindex(texts.index, fill_value=False).to_numpy(dtype=bool)
    pairs = codes.reset_index().drop_duplicates().dropna()
    pairs.columns = pd.Index(["text", "code"])
    sets = (
        pairs.sort_values(["text", "code"])
        .groupby("text")["code"]
        .agg("+".join)
        .reindex(texts.index)
        .astype("str")
    )
    both = (
        sets.str.contains(r"\bnone\b", regex=True).fillna(False).to_numpy(dtype=bool)
        & (sets != "none").to_numpy()
    )
    hint = f"codes: {', '.join(spec.codes)}; joined by +; {_how_to_map(spec)}"
    wrong = Misread("unknown_code", f"{spec.name} holds a word that is not one of its codes", unknown, hint)
    clash = Misread(
        "none_and_more", f"{spec.name} says none and names a class", both & ~unknown & given, hint
    )
    values = sets.mask(unknown | both)
    return ReadColumn(values.astype("str"), (wrong, clash))
