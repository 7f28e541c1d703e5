"""Groups with their terms, each at any grade and by worst grade, in the order that a reader looks for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError, one_of
from outcomes.models.harm.tables.layers import Layer, layer, tabulate
from outcomes.models.harm.tables.prepared import SafetyData, check_data
from outcomes.models.harm.tables.tables import ANY, grades_of
from outcomes.models.stats.input_frames import check_columns
from outcomes.results import Estimates

__all__ = ["nested_events"]

SORTS = ("name", "frequency", "difference")
NOT_GRADED = "not graded"
KEYS = ["group", "term", "grade"]


def nested_events(data: SafetyData, *, sort: str = "frequency", reference: str | None = None) -> Estimates:
    """Return any event, every group and every term in its group, at any grade and by worst grade.

    Parameters
    ----------
    data : SafetyData
        From `safety_data`; the events have ``group``, ``term`` and a numeric ``grade``.
    sort : {"frequency", "difference", "name"}
        Order of the groups, and of the terms within each: by the largest percentage of patients in any arm;
        by the largest difference of an arm from `reference`, whichever way; by name.
    reference : str, optional
        The arm from which differences count; needed for ``sort="difference"``.

    Returns
    -------
    Estimates
        ``unit, group, term, grade`` (``any``, ``1`` to ``5``, ``not graded``), the arm, and the columns of
        `outcomes.incidence`. A group's own rows have the term ``any``. The rows of the grades count each unit
        at its worst one: they add up to the row of any grade.

    Raises
    ------
    ArgumentError
        For an order that there is not, and a difference without arms or from an arm that there is not.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes.models.harm.tables import safety_data
    >>> events = pd.DataFrame({"patient_id": ["a", "a", "b"], "group": ["x", "y", "y"],
    ...     "term": ["p", "q", "q"], "grade": [1, 3, 1]})
    >>> patients = pd.DataFrame({"patient_id": ["a", "b", "c"]})
    >>> nested_events(safety_data(events, patients))[["group", "term", "grade", "n"]].iloc[3:6]
      group term grade  n
    3     y  any   any  2
    4     y  any     1  1
    5     y  any     3  1
    """
    check_data(data)
    one_of("sort", sort, SORTS)
    check_columns("events", data.events, KEYS)
    grades_of(data)
    made = []
    for rank in range(3):
        by = ["group", "term"][:rank]
        made.append(_worded(layer(data, by), rank, graded=False))
        made.append(_worded(layer(data, [*by, "grade"], worst=True), rank, graded=True))
    order = ["_after", "group", "_layer", "term", "_grade"]
    result = tabulate(
        data,
        made,
        columns=[*KEYS, "_after", "_layer", "_grade"],
        order=order,
        title="Events by group and term",
    )
    frame = result.frame.assign(grade=result.frame["_grade"].map(_grade_word).astype("str"))
    result = replace(result, frame=frame, meta={**result.meta, "sort": sort})
    if sort != "name":
        result = _reordered(result, _places(frame, data.arm, sort, reference))
    return replace(result, frame=result.frame.drop(columns=["_after", "_layer", "_grade"]))


def _worded(one: Layer, rank: int, *, graded: bool) -> Layer:
    """Mark a layer for sorting: any event first, groups before their terms, any grade before each."""
    words: dict[str, Any] = {"group": ANY, "term": ANY}
    words |= {column: one.table[column].astype("str") for column in words if column in one.table}
    grade = one.table["grade"].to_numpy(dtype=np.float64, na_value=np.inf) if graded else -1.0
    table = one.table if graded else one.table.assign(grade=np.nan)
    return replace(one, table=table.assign(_layer=rank, _after=int(rank > 0), _grade=grade, **words))


def _grade_word(grade: float) -> str:
    return ANY if grade < 0 else f"{grade:g}" if np.isfinite(grade) else NOT_GRADED


def _places(frame: pd.DataFrame, arm: str | None, sort: str, reference: str | None) -> np.ndarray:
    """Return the order of the rows: groups, then their terms, by what patients had at any grade."""
    rows = frame[(frame["unit"] == "patient") & (frame["grade"] == ANY)]
    if sort == "difference":
        if arm is None or reference not in set(rows[arm]):
            allowed = "none: there is no arm" if arm is None else ", ".join(map(str, rows[arm].unique()))
            raise ArgumentError(
                "a difference needs an arm to differ from", got=f"reference={reference!r}", allowed=allowed
            )
        base = rows[rows[arm] == reference].set_index(["group", "term"])["percent"]
        against = base.reindex(pd.MultiIndex.from_frame(rows[["group", "term"]])).to_numpy()
        rows = rows.assign(percent=(rows["percent"] - against).abs())
    weight = rows.groupby(["group", "term"])["percent"].max()
    own = -weight.reindex(pd.MultiIndex.from_frame(frame[["group", "term"]])).to_numpy()
    group = -weight.xs(ANY, level="term").reindex(frame["group"]).to_numpy()
    keys = frame.assign(_own=own, _group=group, _at=np.arange(len(frame)))
    # "any event" stays first, units stay together, and names decide between equals
    by = ["unit", "_after", "_group", "group", "_layer", "_own", "_at"]
    return np.asarray(keys.sort_values(by, kind="stable", na_position="last").index)


def _reordered(result: Estimates, order: np.ndarray) -> Estimates:
    """Return the rows in another order, with the members that stand behind each."""
    place = np.argsort(order, kind="stable")
    members = result.members
    if members is not None:
        members = members.assign(row=place[members["row"].to_numpy()]).sort_values("row", kind="stable")
    return replace(result, frame=result.frame.iloc[order].reset_index(drop=True), members=members)
