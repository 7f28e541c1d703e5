"""Take the frame out of what a plot was given, and say what is missing from it."""

from __future__ import annotations

from numbers import Integral

import pandas as pd

from outcomes.errors import ArgumentError, instance_of
from outcomes.results import Estimates

__all__ = ["check_most", "frame_with"]


def frame_with(data: Estimates | pd.DataFrame, columns: list[str], *, plot: str, hint: str) -> pd.DataFrame:
    """Return a copy of the frame of `data` after making sure that it has `columns`.

    Raises
    ------
    ArgumentError
        When `data` is neither a result nor a frame, or lacks a column.
    """
    instance_of(f"what {plot} draws", data, Estimates | pd.DataFrame, hint=hint)
    frame = data.to_frame() if isinstance(data, Estimates) else data.copy()
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise ArgumentError(
            f"{plot} needs columns that are missing: {', '.join(missing)}",
            got=", ".join(map(str, frame.columns)),
            allowed=", ".join(columns),
            hint=hint,
        )
    return frame


def check_most(most: object) -> None:
    """Refuse a number of things to draw that is none: a negative one would leave out the last.

    Raises
    ------
    ArgumentError
        When it is no whole number from 1 on.
    """
    if not isinstance(most, Integral) or most < 1:
        got = str(most) if isinstance(most, int | float) else type(most).__name__
        raise ArgumentError("most is no number of things to draw", got=got, allowed="1, 2, ...")
