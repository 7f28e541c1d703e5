"""Which rows of a frame can be drawn; what cannot is counted, never lost."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError, one_of
from outcomes.plots.drawn_frame import frame_with
from outcomes.plots.groups import joined
from outcomes.results import Estimates

__all__ = [
    "MOST_DRAWN",
    "drawable",
    "evenly",
    "known_reference",
    "one_label",
    "one_period",
    "told_apart",
    "two_arms",
]

#: What may name the rows of a result, the most telling first.
LABELS = ("contrast", "term", "group", "period", "endpoint", "arm", "cohort")
#: The first of these ends the columns that name a row of a result.
COUNTED = ("n", "N", "events", "estimate", "percent")


#: Patients in a drawing that has a line for each: no screen has more.
MOST_DRAWN = 2_000


def evenly(size: int) -> np.ndarray:
    """Return the places of all, or of more than `MOST_DRAWN` of as many, at equal distances.

    Examples
    --------
    >>> evenly(3), len(evenly(160_000)), evenly(160_000)[[0, -1]].tolist()
    (array([0, 1, 2]), 2000, [0, 159999])
    """
    if size <= MOST_DRAWN:
        return np.arange(size)
    return np.linspace(0, size - 1, MOST_DRAWN).round().astype(np.intp)


def drawable(
    data: Estimates | pd.DataFrame, columns: list[str], *, plot: str, hint: str, known: Sequence[str]
) -> tuple[pd.DataFrame, int]:
    """Return the rows in which all `known` columns have a value, and the number of the others.

    Raises
    ------
    ArgumentError
        When a column is missing, there is no row, or no row can be drawn.
    """
    frame = frame_with(data, columns, plot=plot, hint=hint)
    usable = frame[list(known)].notna().all(axis=1)
    if not usable.any():
        got = f"{len(frame)} rows, none with {' and '.join(known)}" if len(frame) else "0 rows"
        raise ArgumentError(f"{plot} has nothing to draw", got=got, hint=hint)
    return frame[usable].reset_index(drop=True), int((~usable).sum())


def one_period(
    data: Estimates | pd.DataFrame, period: str | None, columns: list[str], *, plot: str, hint: str
) -> tuple[pd.DataFrame, str]:
    """Return one row per patient: those of `period`, or of the first period that is not the baseline.

    Raises
    ------
    ArgumentError
        When a column is missing, the period is unknown, or a patient has several rows in it.
    """
    frame = frame_with(data, ["patient_id", "period", *columns], plot=plot, hint=hint)
    names = [str(name) for name in pd.unique(frame["period"]) if str(name) != "baseline"]
    if not names:
        raise ArgumentError(f"{plot} has no period to draw", got=f"{len(frame)} rows", hint=hint)
    chosen = names[0] if period is None else one_of("period", period, names)
    rows = frame[frame["period"].astype(str) == chosen].reset_index(drop=True)
    if rows["patient_id"].duplicated().any():
        raise ArgumentError(
            f"{plot} needs one row per patient",
            got=f"{int(rows['patient_id'].duplicated().sum())} more rows in {chosen}",
            hint="choose one endpoint and one course first",
        )
    return rows, chosen


def one_label(
    frame: pd.DataFrame, label: str | Sequence[str] | None, *, plot: str, apart: bool = False
) -> pd.Series:
    """Return the names of the rows as text.

    The columns `label`, else the first of `LABELS` that is there; with `apart` and rows that share a name
    also the columns before the numbers that tell them apart (arm, period, course).

    Raises
    ------
    ArgumentError
        When no column names the rows.
    """
    chosen = [label] if isinstance(label, str) else list(label or ())
    found = chosen or [name for name in LABELS if name in frame.columns][:1]
    if not found or not set(found) <= set(frame.columns):
        raise ArgumentError(
            f"no column names the rows of {plot}",
            got=", ".join(map(str, frame.columns)),
            allowed=f"{', '.join(LABELS)}, or the one that label= names",
        )
    if apart and not chosen:
        found = told_apart(frame, found)
    return joined(frame, found).str.replace("_", " ")


def told_apart(frame: pd.DataFrame, found: list[str]) -> list[str]:
    """Return the columns `found` and, while rows share their names, those before the numbers that differ."""
    if not frame.duplicated(found).any():
        return found
    before = list(takewhile(lambda name: name not in COUNTED, frame.columns))
    more = [name for name in before if name not in found and len(frame[name].unique()) > 1]
    return [*found, *more]


def known_reference(result: Estimates | pd.DataFrame) -> str | None:
    """Return the reference arm of a comparison of arms; None where the result does not say it."""
    found = result.meta.get("reference") if isinstance(result, Estimates) else None
    return None if found is None else str(found)


def two_arms(
    rows: pd.DataFrame, *, plot: str, hint: str, reference: str | None = None
) -> tuple[list[str], bool]:
    """Return both arms of the one contrast of these rows, and whether it is a ratio.

    A name may hold the sign itself: `reference`, where it is known, says which part is the second arm.

    Raises
    ------
    ArgumentError
        When there are several contrasts, or none of the form ``A - B`` or ``A / B``.
    """
    contrasts = [str(contrast) for contrast in rows["contrast"].unique()]
    for sign in (" - ", " / "):
        if len(contrasts) == 1 and reference and contrasts[0].endswith(f"{sign}{reference}"):
            return [contrasts[0].removesuffix(f"{sign}{reference}"), reference], sign == " / "
    for sign in (" - ", " / "):
        if len(contrasts) == 1 and sign in contrasts[0]:
            return contrasts[0].split(sign, 1), sign == " / "
    raise ArgumentError(f"{plot} draws one contrast, A - B or A / B", got=", ".join(contrasts), hint=hint)
