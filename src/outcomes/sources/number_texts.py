"""Numbers from text, by the declared marks only: a mark before exactly three digits may be either of two."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.schema.columns import ColumnSpec
from outcomes.schema.number_shapes import NUMBER_SHAPES, what_to_do
from outcomes.sources.conventions import TableSource
from outcomes.sources.misread import Misread

__all__ = ["read_numbers"]

#: Signs that stand for a space or an apostrophe between thousands.
MARK = "[.,]"
SPACES, APOSTROPHES = "[\u00a0\u2007\u2009\u202f]", "[\u2019\u02bc\u00b4]"


def read_numbers(
    texts: pd.Series, given: NDArray[np.bool_], spec: ColumnSpec, source: TableSource
) -> tuple[pd.Series, tuple[Misread, ...]]:
    """Read numbers of the declared decimal and thousands marks.

    Parameters
    ----------
    texts : Series of str
        Distinct texts; the empty text is a missing value.
    given : ndarray of bool
        Which are not empty.
    spec : ColumnSpec
        What the column is: a number or a whole number.
    source : TableSource
        Which marks are declared.
    """
    if not texts.str.isascii().all():
        texts = texts.str.replace(SPACES, " ", regex=True).str.replace(APOSTROPHES, "'", regex=True)
    decimal, thousands = re.escape(source.decimal), re.escape(source.thousands)
    grouped = rf"|\d{{1,3}}({thousands}\d{{3}})+({decimal}\d*)?" if source.thousands else ""
    plain = _fit(texts, rf"[+-]?(\d+({decimal}\d*)?|{decimal}\d+{grouped})([eE][+-]?\d{{1,3}})?")
    marks = _marks(texts, plain, spec.name, source)
    for mark in marks:
        plain = plain & ~mark.texts
    clean = texts.where(plain)
    clean = clean.str.replace(source.thousands, "", regex=False) if source.thousands else clean
    numbers = pd.to_numeric(clean.str.replace(source.decimal, ".", regex=False), errors="coerce")
    numbers = numbers.astype("float64")
    finite = np.isfinite(numbers.to_numpy())
    unread = given & ~finite
    for mark in marks:
        unread = unread & ~mark.texts
    faults = (*marks, *_not_numbers(texts, unread, spec.name))
    if spec.kind == "number":
        return numbers.where(finite), faults
    whole = finite & (np.where(finite, numbers, 0) % 1 == 0) & (np.abs(np.where(finite, numbers, 0)) < 2**53)
    wrong = Misread(
        "not_whole", f"{spec.name} is not a whole number", finite & ~whole, "write a whole number"
    )
    return numbers.where(whole).astype("Int64"), (*faults, wrong)


def _not_numbers(texts: pd.Series, unread: NDArray[np.bool_], name: str) -> list[Misread]:
    """Return what the texts that are no numbers are: none of them is guessed."""
    if not unread.any():
        return []
    found, left = [], unread.copy()
    for shape, (pattern, _) in NUMBER_SHAPES.items():
        fits = left.copy()
        fits[left] = _fit(texts[left].str.strip(), pattern)
        what = f"{name} is no number but a {shape}".replace(" a e", " an e")
        found.append(Misread("not_a_number", what, fits, what_to_do(shape, name)))
        left = left & ~fits
    united = left.copy()
    united[left] = _fit(texts[left], rf"\s*[+-]?\d+({MARK}\d+)*\s*(?:[^\W\d_]|[%°µ])[^\d]*")
    alone = "write the number alone; the unit of a whole column is declared once, under units"
    words = "write digits only; map words in study.toml under values"
    return [
        *found,
        Misread("not_a_number", f"{name} has a unit or a word beside the number", united, alone),
        Misread("not_a_number", f"{name} is not a number", left & ~united, words),
    ]


def _marks(texts: pd.Series, plain: NDArray[np.bool_], name: str, source: TableSource) -> tuple[Misread, ...]:
    """Return the texts with a mark that is not declared, by what it must or may be."""
    found: list[Misread] = []
    if not texts.str.contains("[.,' ]").any():
        return ()
    for sign in ".,' ":
        if sign == source.thousands or (sign == source.decimal and _declared(texts, source)):
            continue
        if not texts.str.contains(sign, regex=False).any():
            continue
        mark = re.escape(sign)
        three = _fit(texts, rf"[+-]?[1-9]\d{{0,2}}{mark}\d{{3}}")
        parted = _fit(
            texts, rf"[+-]?\d{{1,3}}({mark}\d{{3}}){{2,}}([.,]\d*)?|[+-]?\d{{1,3}}{mark}\d{{3}}[.,]\d+"
        )
        part = _fit(texts, rf"[+-]?\d*{mark}\d+") & ~three
        if sign in "' ":
            parted, three, part = parted | three, three & False, part & False
        if sign == source.decimal:
            part = part & False
        elif part.any():
            part, three = part | three, three & False
        elif parted.any():
            parted, three = parted | three, three & False
        found += _misread(name, sign, source, three, parted & ~plain, part)
    return tuple(found)


def _declared(texts: pd.Series, source: TableSource) -> bool:
    """Return whether the decimal mark is declared, or shown by a text in which it parts no thousands."""
    mark = re.escape(source.decimal)
    return "decimal" in source.model_fields_set or bool(
        (_fit(texts, rf"[+-]?\d*{mark}\d+") & ~_fit(texts, rf"[+-]?[1-9]\d{{0,2}}{mark}\d{{3}}")).any()
    )


def _misread(
    name: str,
    sign: str,
    source: TableSource,
    either: NDArray[np.bool_],
    parted: NDArray[np.bool_],
    part: NDArray[np.bool_],
) -> list[Misread]:
    other = "," if sign == "." else "."
    swap = f' and decimal = "{other}"' if sign == source.decimal else ""
    say = (
        f'does it separate thousands, or decimals? declare thousands = "{sign}"{swap}, or decimal = "{sign}"'
    )
    return [
        Misread("ambiguous_mark", f"{name} has a mark before exactly three digits", either, say),
        Misread(
            "thousands_mark",
            f"{name} has thousands separators",
            parted,
            f'declare thousands = "{sign}"{swap}',
        ),
        Misread(
            "other_decimal_mark", f"{name} has the decimal mark {sign}", part, f'declare decimal = "{sign}"'
        ),
    ]


def _fit(texts: pd.Series, pattern: str) -> NDArray[np.bool_]:
    return np.array(texts.str.fullmatch(pattern), dtype=np.bool_)
