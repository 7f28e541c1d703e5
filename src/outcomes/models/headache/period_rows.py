"""Rows of a frame of periods, split into the groups that an estimate is made for."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, DataError, plural
from outcomes.models.stats.input_frames import check_columns, names
from outcomes.models.stats.kernels.cells import joint_codes
from outcomes.models.stats.reserved import check_reserved

__all__ = [
    "MAKE",
    "NUMBERS",
    "added_up",
    "eligible",
    "follow_up_rows",
    "group_columns",
    "groups_of_parts",
    "month_days",
    "one_endpoint",
    "refuse_repeated",
]

KEY = ("patient_id", "period", "period_number")

#: Columns of periods that hold numbers.
NUMBERS = ("period_number", "baseline", "value", "change", "percent_change", "lower_bound", "upper_bound")

#: What to do without such a frame.
MAKE = "make the frame with oc.periods(study)"


def month_days(labels: Iterable[object]) -> int:
    """Return the days of a period, which values are per, from names such as ``days 1-30``; else 28.

    Examples
    --------
    >>> month_days(["baseline", "days 1-30"]), month_days(["month 1"])
    (30, 28)
    """
    for label in labels:
        if found := re.fullmatch(r"days (\d+)-(\d+)", str(label)):
            return int(found[2]) - int(found[1]) + 1
    return 28


def one_endpoint(periods: pd.DataFrame) -> None:
    """Raise `ArgumentError` when a frame of periods holds several endpoints."""
    if "endpoint" in periods.columns and len(periods["endpoint"].unique()) > 1:
        raise ArgumentError(
            "the frame holds more than one endpoint", hint="choose one: periods(study, endpoint=...)"
        )


def eligible(rows: pd.DataFrame) -> pd.Series:
    """Return which rows have an eligible baseline; a missing answer counts as not eligible.

    Raises
    ------
    ArgumentError
        When ``baseline_eligible`` is not made of yes and no.
    """
    answer = rows["baseline_eligible"]
    try:
        return answer.astype("boolean").fillna(False).astype(bool)
    except (TypeError, ValueError):
        raise ArgumentError(
            "column 'baseline_eligible' of periods is not yes or no", got=str(answer.dtype), hint=MAKE
        ) from None


def refuse_repeated(rows: pd.DataFrame, groups: Sequence[str], *, by_course: bool = False) -> None:
    """Raise `DataError` when a patient is in a group twice: the rows would not be independent."""
    twice = rows.duplicated([*groups, "patient_id"])
    if twice.any():
        more = ", or estimate by course: by='course'" if by_course else ""
        raise DataError(
            "a patient has more than one row in a period",
            got=plural(int(twice.sum()), "row too many", "rows too many"),
            hint=f"choose one course with periods(study, course=...){more}",
        )


def group_columns(
    periods: pd.DataFrame,
    by: str | Sequence[str] | None,
    needed: Sequence[str],
    own: Collection[str] = (),
) -> list[str]:
    """Return the columns that make a group: endpoint, those of `by`, and the period.

    `own` names the columns of the result, which no column of `by` may be called.

    Raises
    ------
    ArgumentError
        When it is no frame, lacks a column that is needed or that `by` names, or has text for numbers.
    DataError
        For infinite numbers.
    """
    wanted = names(by)
    check_reserved(dict.fromkeys(wanted), own=own)
    check_columns("periods", periods, [*KEY, *needed, *wanted], numbers=NUMBERS, hint=MAKE)
    first = ["endpoint"] if "endpoint" in periods.columns else []
    return list(dict.fromkeys([*first, *(name for name in wanted if name != "period"), "period"]))


def follow_up_rows(periods: pd.DataFrame, groups: list[str]) -> pd.DataFrame:
    """Return the rows after baseline with ``row``: the position of each one's group in sorted order.

    Raises
    ------
    DataError
        When a patient is in a group twice: the rows would not be independent.
    """
    rows = periods[periods["period_number"] > 0]
    rows["row"] = _numbered([rows[name] for name in groups])
    refuse_repeated(rows, ["row"], by_course=True)
    return rows


def _numbered(columns: Sequence[pd.Series]) -> NDArray[np.int64]:
    """Return the position of each row's group among those that occur, in sorted order, missing last."""
    codes, sizes = [], []
    for column in columns:
        if isinstance(column.dtype, pd.CategoricalDtype):
            code, size = column.cat.codes.to_numpy(np.int64), len(column.cat.categories)
        else:
            code, kinds = pd.factorize(column, sort=True)
            size = len(kinds)
        codes.append(np.where(code < 0, size, code))
        sizes.append(size + 1)
    return joint_codes(codes, sizes)[0].astype(np.int64)


def groups_of_parts(
    frames: Sequence[pd.DataFrame], groups: list[str]
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Return the groups of all parts of the patients, each once in sorted order, and which one each row is.

    Parameters
    ----------
    frames : sequence of DataFrame
        Of each part: one row per group of it, the columns `groups` and no other.
    groups : list of str
        Columns that make a group; categories are the same in all parts, and those that nobody has go.
    """
    every = pd.concat(frames, ignore_index=True)
    place = _numbered([every[name] for name in groups])
    first = every[~pd.Series(place).duplicated()]
    frame = first.iloc[np.argsort(place[first.index])].reset_index(drop=True)
    used = frame.select_dtypes("category").columns
    return frame.assign(**{name: frame[name].cat.remove_unused_categories() for name in used}), place


def added_up(frames: Sequence[pd.DataFrame], place: NDArray[np.int64], how: str = "sum") -> pd.DataFrame:
    """Return columns of numbers of all parts, added up by group: `place` of `groups_of_parts`."""
    # a thousand small frames are put together more slowly than their numbers
    numbers = np.concatenate([frame.to_numpy() for frame in frames])
    found: pd.DataFrame = pd.DataFrame(numbers, columns=frames[0].columns).groupby(place).agg(how)
    return found
