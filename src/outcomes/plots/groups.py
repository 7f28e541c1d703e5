"""Which group a row of a result belongs to, as text; a level that is not recorded is a group too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from outcomes.errors import ArgumentError

__all__ = ["NOT_RECORDED", "as_text", "joined", "named_groups"]

#: How a level that is missing is called, in legends, on axes and in words.
NOT_RECORDED = "not recorded"


def as_text(values: pd.Series) -> pd.Series:
    """Return levels as text; a missing one is `NOT_RECORDED`, never ``nan``.

    Examples
    --------
    >>> as_text(pd.Series(["a", None, 2.0], dtype=object)).tolist()
    ['a', 'not recorded', '2']
    """
    text = values.astype(object).map(_plain, na_action="ignore")
    return text.where(values.notna(), NOT_RECORDED).astype(str)


def _plain(value: Any) -> str:
    """Write a whole number without decimals: a column with a missing one holds 1.0 for course 1."""
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)


def joined(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Return the levels of several columns as one text each: ``ketamine, days 1-28``."""
    parts = [as_text(frame[name]) for name in columns]
    out = parts[0]
    for part in parts[1:]:
        out = out + ", " + part
    return out


def named_groups(
    frame: pd.DataFrame, by: str | Sequence[str] | None, *, key: str, plot: str, hint: str
) -> pd.Series | None:
    """Return each row's group as text, or None for rows of one group.

    Parameters
    ----------
    frame : DataFrame
        Rows of a result, its groups standing before `key`, as results have them.
    by : str, list of str or None
        Columns of the groups; found by themselves when left out and a level of `key` occurs twice.
    key : str
        Column that occurs once a group: the period.
    plot, hint : str
        For the error.

    Raises
    ------
    ArgumentError
        When a column is not there, or rows of one group still share a level of `key`.
    """
    columns = list(frame.columns)
    chosen = [by] if isinstance(by, str) else list(by or ())
    if gone := [name for name in chosen if name not in columns]:
        raise ArgumentError(
            f"{plot} has no column to draw the groups of: {', '.join(map(str, gone))}",
            got=", ".join(map(str, columns)), hint=hint,
        )  # fmt: skip
    if not chosen and frame[key].duplicated().any():
        before = columns[: columns.index(key)]
        chosen = [name for name in before if len(frame[name].unique()) > 1]
    group = joined(frame, chosen) if chosen else None
    rows = frame.assign(_group="" if group is None else group)
    if rows.duplicated(["_group", key]).any():
        raise ArgumentError(
            f"{plot} needs one row per {key} and group",
            got=f"{int(rows.duplicated(['_group', key]).sum())} rows more",
            hint="choose one endpoint and one course, and name the column of the groups with by=",
        )
    return group
