"""The fonts that come with the plots: a document that shows drawings needs them beside it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from matplotlib import get_data_path
from matplotlib.ft2font import FT2Font

__all__ = ["FAMILY", "font_folder", "glyphs"]

#: The family in which all plots are drawn; it has Latin, Greek, Cyrillic, Hebrew and Arabic letters.
FAMILY = "DejaVu Sans"


def font_folder() -> Path:
    """Return the folder of the font files, the same on every machine."""
    return Path(get_data_path(), "fonts", "ttf")


@cache
def glyphs() -> frozenset[int]:
    """Return the code points that `FAMILY` can show.

    Examples
    --------
    >>> ord("é") in glyphs(), 0x65E5 in glyphs()
    (True, False)
    """
    return frozenset(FT2Font(str(font_folder() / "DejaVuSans.ttf")).get_charmap())
