"""What is left of an identifier without what people write differently: those that share it look alike."""

from __future__ import annotations

import pandas as pd

__all__ = ["likeness_key"]

#: Cyrillic and Greek letters that look like Latin ones, and signs that nobody sees.
LOOK_ALIKE = str.maketrans(
    "авекмнорстхуіјѕαεικνορτυχ", "abekmhopctxyijsaeikvoptux", "\u200b\u200c\u200d\u2060\ufeff\u00ad"
)


def likeness_key(ids: pd.Series) -> pd.Series:
    r"""Return what is left of identifiers without case, leading zeros, spaces, dashes and look-alike letters.

    Examples
    --------
    >>> likeness_key(pd.Series(["P01", "p1", "P-01", "PO1", "\u042001", "P.01*", "1-01", "10-1"])).tolist()
    ['p1', 'p1', 'p1', 'p1', 'p1', 'p1', '1.1', '10.1']
    """
    plain = ids.str.strip().str.casefold()
    if not plain.str.isascii().all():  # full width, letters of other scripts, signs without width
        plain = plain.str.normalize("NFKC").str.translate(LOOK_ALIKE)
    plain = plain.str.replace("o", "0", regex=False)
    plain = plain.str.replace("[li]", "1", regex=True)
    if plain.str.isdigit().all():  # the usual case needs no expression: Arrow has none that looks around
        number = plain.str.lstrip("0")
        return number.mask(number == "", "0")
    plain = plain.str.replace(r"(?<=\d)[\s\-_./]+(?=\d)", ".", regex=True)
    plain = plain.str.replace(r"[\s\-_/]+|(?<!\d)\.|\.(?!\d)|^\W+|\W+$", "", regex=True)
    return plain.str.replace(r"(?<!\d)0+(?=\d)", "", regex=True)
