"""The shapes of texts: what kind of thing stands in cells, without any value of a patient."""

from __future__ import annotations

import pandas as pd

from outcomes.schema.number_shapes import NUMBER_SHAPES

__all__ = ["CLOCK", "COMMA", "MIXED", "WORDS", "shapes_of"]

WHOLE, POINT, COMMA = "whole numbers", "numbers with a point", "numbers with a comma"
DATE, WORDS, MIXED, CLOCK = "date", "words", "numbers with words", "hours:minutes"
#: Shape -> the pattern of the texts that have it; the first that fits is taken.
PATTERNS = {
    WHOLE: r"[+-]?[0-9]{1,4}",
    POINT: r"[+-]?[0-9]*[.][0-9]+",
    COMMA: r"[+-]?[0-9]*,[0-9]+",
    CLOCK: r"\d{1,3}:[0-5]\d(?::[0-5]\d)?",
    DATE: r"\d{5,}|\d{1,4}([-/. :T])\d{1,2}([-/. :T])\d{1,4}.*",
    **{shape: pattern for shape, (pattern, _) in NUMBER_SHAPES.items()},
    WORDS: r"[^\d]*[^\W\d][^\d]*",
    MIXED: r".*\d.*",
}
#: Scales that whole numbers may be of: largest number -> name.
SCALES = {1: "0-1", 3: "0-3", 10: "0-10", 100: "0-100"}


def shapes_of(texts: pd.Series) -> pd.Series:
    """Return how many of the texts have each shape, the most frequent first.

    Parameters
    ----------
    texts : Series of str
        The texts of the cells, without empty ones.

    Returns
    -------
    Series of int
        Indexed by shape: a scale in quotes (``"0-10"``), ``words``, ``numbers with a comma``, a date
        with 9 for each digit, ``numbers with words`` or ``other texts``.

    Examples
    --------
    >>> shapes_of(pd.Series(["3", "7", "10", "sumatriptan"])).to_dict()
    {'"0-10"': 3, 'words': 1}
    """
    counts = texts.astype("str").str.strip().value_counts()
    distinct = pd.Series(counts.index, dtype="str")
    kind = pd.Series("other texts", index=distinct.index, dtype="str")
    for name, pattern in reversed(PATTERNS.items()):
        kind = kind.mask(distinct.str.fullmatch(pattern).to_numpy(dtype=bool), name)
    whole = kind == WHOLE
    kind = kind.mask(whole, _scale(distinct[whole]))
    dated = kind == DATE
    kind = kind.mask(dated, '"' + distinct.str.replace(r"\d", "9", regex=True).str.slice(0, 20) + '"')
    found: pd.Series = pd.Series(counts.to_numpy(), dtype="int64").groupby(kind.to_numpy()).sum()
    return found.sort_values(ascending=False, kind="stable")


def _scale(numbers: pd.Series) -> str:
    """Name the shortest scale that holds all the numbers."""
    values = pd.to_numeric(numbers)
    if not len(values) or values.min() < 0:
        return "whole numbers, some below 0"
    top = next((name for highest, name in SCALES.items() if values.max() <= highest), None)
    return f'"{top}"' if top else "whole numbers, some above 100"
