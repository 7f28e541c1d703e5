"""The tables themselves: overview, serious, leading to stop, by group and term, by worst grade, common."""

from __future__ import annotations

from dataclasses import replace
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from outcomes.errors import ArgumentError, DataError, instance_of, plural
from outcomes.models.harm.coding import CHECK, SERIOUS_UNKNOWN, coding_to_check
from outcomes.models.harm.tables.exposure_table import exposure_table
from outcomes.models.harm.tables.layers import Layer, layer, lines_of, tabulate
from outcomes.models.harm.tables.listing import serious_listing
from outcomes.models.harm.tables.prepared import SafetyData, check_data
from outcomes.models.stats.input_frames import check_columns
from outcomes.results import Estimates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

__all__ = [
    "ANY",
    "by_group_and_term",
    "by_worst_grade",
    "common_events",
    "grades_of",
    "leading_to_stop",
    "overview",
    "safety_tables",
    "serious_events",
]

#: Rows of the overview: words, column of the events, value (None: the column is yes or no).
OVERVIEW: tuple[tuple[str, str, str | None], ...] = (
    ("serious", "serious", None),
    ("fatal", "outcome", "fatal"),
    ("infusion stopped", "action", "stopped"),
    ("infusion paused", "action", "paused"),
    ("rate reduced", "action", "rate_reduced"),
    ("related", "related", None),
    ("needing medical attention", "medical_attention", None),
)
SEVERE = 3
#: Lines beside which contradictions of the coding stand, besides the severe ones.
GRAVE = ("serious", "fatal")
#: Columns that would say that there is none.
NUMBERS = ("percent", "lower", "upper", "lower_cluster", "upper_cluster")
ANY = "any"


def overview(data: SafetyData) -> Estimates:
    """Return how many patients and sessions had any, serious, fatal, severe, related ... events.

    Parameters
    ----------
    data : SafetyData
        From `safety_data`. A row whose column the events do not have, or that no event has an answer in, is
        left out, and a note says so: not recorded is not none. Where only some events have an answer to
        ``serious``, the others are a line of their own, and no 0 stands for serious: its numbers are missing.

    Returns
    -------
    Estimates
        ``unit, term``, the arm, and the columns of `outcomes.incidence`. Where the coding of events in a line
        contradicts itself, a note says of how many it is to be checked; `serious_listing` names them.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes.models.harm.tables import safety_data
    >>> events = pd.DataFrame({"patient_id": ["a", "a", "b"], "grade": [1, 3, 2]})
    >>> patients = pd.DataFrame({"patient_id": ["a", "b", "c"]})
    >>> overview(safety_data(events, patients))[["term", "n", "N", "events"]]
           term  n  N  events
    0       any  2  3       3
    1  grade 3+  1  3       1
    """
    check_data(data)
    lines, notes = {ANY: np.ones(len(data.events), dtype=bool)}, list[str]()
    absent = [
        words for words, column, _ in OVERVIEW if column not in data.events or not data.recorded(column)
    ]
    to_check = coding_to_check(data.events)
    for words, column, value in OVERVIEW:
        if words in absent:
            continue
        mask, note = data.flag(column, value)
        lines[words] = mask
        if words == "serious" and note:
            lines[SERIOUS_UNKNOWN] = data.events[column].isna().to_numpy()
        notes += [note] if note else []
        notes += _coding_notes(words, to_check[mask]) if words in GRAVE else []
    if "grade" in data.events.columns and not data.recorded("grade"):
        absent.append(f"grade {SEVERE}+")
    elif "grade" in data.events.columns:
        severe = grades_of(data) >= SEVERE
        lines[f"grade {SEVERE}+"] = severe
        notes += _coding_notes(f"grade {SEVERE}+", to_check[severe])
        if ungraded := int(np.isnan(grades_of(data)).sum()):
            which = plural(ungraded, "event without a grade is", "events without a grade are")
            notes.append(f"{which} not counted as grade {SEVERE}+")
    result = tabulate(data, [lines_of(lines)], columns=["term"], title="Overview of adverse events")
    result = replace(_not_zero(result), meta={**result.meta, "not_recorded": tuple(absent)})
    return result.with_notes(*(f"{answer}: not recorded" for answer in absent), *dict.fromkeys(notes))


def _coding_notes(words: str, to_check: pd.Series) -> list[str]:
    """Say for how many events of a line the coding contradicts itself."""
    found = to_check[to_check.ne("") & to_check.ne(SERIOUS_UNKNOWN)]
    if not len(found):
        return []
    return [f"{words}: {CHECK} of {plural(len(found), 'event')} ({'; '.join(sorted(set(found)))})"]


def _not_zero(result: Estimates) -> Estimates:
    """Remove the numbers of a line of 0 serious where seriousness is not known for every event."""
    frame = result.to_frame()
    keys = [c for c in frame.columns[: list(frame.columns).index("n")] if c != "term"]
    unknown = frame[frame["term"].eq(SERIOUS_UNKNOWN) & frame["n"].gt(0)]
    if not len(unknown):
        return result
    guess = frame["term"].eq("serious").to_numpy() & frame["n"].eq(0).to_numpy()
    if not guess.any():
        return result
    guess &= pd.MultiIndex.from_frame(frame[keys]).isin(pd.MultiIndex.from_frame(unknown[keys]))
    frame.loc[guess, [c for c in NUMBERS if c in frame]] = np.nan
    frame.loc[guess, "status"] = "not known: seriousness is not recorded for every event"
    return replace(result, frame=frame)


def grades_of(data: SafetyData) -> NDArray[np.float64]:
    """Return the grades of the events, NaN where there is none; refuse words."""
    check_columns("events", data.events, ["grade"])
    if not pd.api.types.is_numeric_dtype(data.events["grade"]):
        raise DataError(
            "the grade is not a number",
            got=str(data.events["grade"].dtype),
            allowed="CTCAE grades 1 to 5",
            hint="map words such as mild, moderate, severe to grades first",
        )
    return np.asarray(data.events["grade"].to_numpy(dtype=np.float64, na_value=np.nan))


def by_group_and_term(data: SafetyData, mask: Mask | None = None, *, title: str | None = None) -> Estimates:
    """Return any event, every group, and every term in its group.

    Parameters
    ----------
    data : SafetyData
        From `safety_data`; the events have ``group`` and ``term``.
    mask : ndarray of bool, optional
        Only these events.
    title : str, optional
        Title of the result.

    Returns
    -------
    Estimates
        ``unit, group, term``, the arm, and the columns of `outcomes.incidence`; a group's own row has the
        term ``any``, and any event at all is group and term ``any``.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes.models.harm.tables import safety_data
    >>> events = pd.DataFrame({"patient_id": ["a", "a", "b"], "group": "nausea",
    ...     "term": ["nausea", "queasy", "queasy"]})
    >>> patients = pd.DataFrame({"patient_id": ["a", "b", "c"]})
    >>> by_group_and_term(safety_data(events, patients))[["group", "term", "n", "N", "events"]]
        group    term  n  N  events
    0     any     any  2  3       3
    1  nausea     any  2  3       3
    2  nausea  nausea  1  3       1
    3  nausea  queasy  2  3       2
    """
    check_data(data)
    check_columns("events", data.events, ["group", "term"])
    if mask is not None and np.shape(mask) != (len(data.events),):
        raise ArgumentError("mask is not one yes or no for each event", got=f"shape {np.shape(mask)}")
    layers = [
        _ranked(layer(data, [], mask, group=ANY, term=ANY), 0),
        _ranked(layer(data, ["group"], mask, term=ANY), 1),
        _ranked(layer(data, ["group", "term"], mask), 2),
    ]
    result = tabulate(
        data,
        layers,
        columns=["group", "term", "_after", "_layer"],
        order=["_after", "group", "_layer", "term"],
        title=title or "Adverse events by group and term",
    )
    return replace(result, frame=result.frame.drop(columns=["_after", "_layer"]))


def _ranked(one: Layer, rank: int) -> Layer:
    """Mark a layer for sorting: any event first (``_after``), then each group before its terms."""
    # A group may come as a category, "any" as a word: one column needs one kind.
    words = {c: one.table[c].astype("str") for c in ("group", "term") if c in one.table.columns}
    return replace(one, table=one.table.assign(_layer=rank, _after=int(rank > 0), **words))


def serious_events(data: SafetyData) -> Estimates:
    """Return serious events by group and term: see `by_group_and_term`."""
    check_data(data)
    mask, note = data.flag("serious")
    result = by_group_and_term(data, mask, title="Serious adverse events by group and term")
    return _answered(data, "serious", result.with_notes(note) if note else result)


def leading_to_stop(data: SafetyData) -> Estimates:
    """Return events for which the infusion was stopped, by group and term: see `by_group_and_term`."""
    check_data(data)
    mask, note = data.flag("action", "stopped")
    result = by_group_and_term(data, mask, title="Adverse events that led to stopping the infusion")
    return _answered(data, "action", result.with_notes(note) if note else result)


def _answered(data: SafetyData, column: str, result: Estimates) -> Estimates:
    """Return a table without rows where no event has an answer: zeros would say that there was none."""
    if data.recorded(column):
        return result
    members = None if result.members is None else result.members.iloc[:0]
    return replace(result, frame=result.frame.iloc[:0], members=members, status=f"{column} is not recorded")


def by_worst_grade(data: SafetyData) -> Estimates:
    """Return each patient and session at its worst grade: of any event, and within each group.

    Parameters
    ----------
    data : SafetyData
        From `safety_data`; the events have ``group`` and a numeric ``grade``.

    Returns
    -------
    Estimates
        ``unit, group, grade``, the arm, and the columns of `outcomes.incidence`. n adds up to the units with
        an event of the group; ``events`` counts every event of that grade. Those whose events have no grade
        at all are a row with a missing grade.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes.models.harm.tables import safety_data
    >>> events = pd.DataFrame({"patient_id": ["a", "a", "b"], "group": "nausea", "grade": [1, 3, 1]})
    >>> patients = pd.DataFrame({"patient_id": ["a", "b", "c"]})
    >>> by_worst_grade(safety_data(events, patients))[["group", "grade", "n", "events"]]
        group  grade  n  events
    0     any      1  1       2
    1     any      3  1       1
    2  nausea      1  1       2
    3  nausea      3  1       1
    """
    check_data(data)
    check_columns("events", data.events, ["group", "grade"])
    grades_of(data)
    layers = [
        _ranked(layer(data, ["grade"], worst=True, group=ANY), 0),
        _ranked(layer(data, ["group", "grade"], worst=True), 1),
    ]
    result = tabulate(
        data,
        layers,
        columns=["group", "grade", "_layer"],
        order=["_layer", "group", "grade"],
        title="Adverse events by worst grade",
    )
    return replace(result, frame=result.frame.drop(columns="_layer"))


def common_events(data: SafetyData, *, at_least: float = 5) -> Estimates:
    """Return the terms that at least some percent of the patients of an arm had.

    Parameters
    ----------
    data : SafetyData
        From `safety_data`; the events have ``group`` and ``term``.
    at_least : float, percent
        A term is shown when it reaches this in any arm, rare ones in other arms and in sessions included.

    Raises
    ------
    ArgumentError
        For a percentage outside 0 to 100.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes.models.harm.tables import safety_data
    >>> events = pd.DataFrame({"patient_id": [0, 1, 2], "group": "g", "term": ["x", "x", "y"]})
    >>> patients = pd.DataFrame({"patient_id": range(20)})
    >>> common_events(safety_data(events, patients), at_least=10)[["term", "n", "percent"]]
      term  n  percent
    0    x  2     10.0
    """
    instance_of("at_least", at_least, Real, hint="give a percentage")
    if not 0 <= at_least <= 100:
        raise ArgumentError("at_least is not a percentage", got=repr(at_least), allowed="0 to 100")
    check_data(data)
    check_columns("events", data.events, ["group", "term"])
    every = tabulate(
        data, [layer(data, ["group", "term"])], columns=["group", "term"], title="Common adverse events"
    )
    frame = every.frame
    reached = frame[(frame["unit"] == "patient") & (frame["percent"] >= at_least)]
    keys = pd.MultiIndex.from_frame(frame[["group", "term"]])
    keep = keys.isin(pd.MultiIndex.from_frame(reached[["group", "term"]]))
    shown, seen = (len(rows.drop_duplicates(["group", "term"])) for rows in (reached, frame))
    words = f"terms of at least {at_least:g} % of the patients of an arm: {shown} of {seen}"
    return _kept(every, keep).with_notes(words)


def _kept(result: Estimates, keep: Mask) -> Estimates:
    """Return some rows of a result with the members of these rows."""
    place = np.full(len(keep), -1, dtype=np.int64)
    place[keep] = np.arange(int(keep.sum()))
    members = result.members
    if members is not None:
        row = place[members["row"].to_numpy()]
        members = members[row >= 0].assign(row=row[row >= 0]).reset_index(drop=True)
    return replace(result, frame=result.frame[keep], members=members)


def safety_tables(
    data: SafetyData, *, exposure: pd.DataFrame | None = None, at_least: float = 5
) -> dict[str, Estimates]:
    """Return every table by name, in the order of FDA's standard safety tables and figures.

    Parameters
    ----------
    data : SafetyData
        From `safety_data`.
    exposure : DataFrame, optional
        For `exposure_table`: one row per session or interval.
    at_least : float, percent
        For `common_events`.

    Returns
    -------
    dict of str to Estimates
        ``exposure`` (when given), ``overview``, ``serious``, ``serious_listing``, ``leading_to_stop``,
        ``by_group_and_term``, ``by_worst_grade``, ``common``.

    References
    ----------
    FDA. Standard Safety Tables and Figures: Integrated Guide, 2022.
    """
    check_data(data)
    tables: dict[str, Any] = {}
    if exposure is not None:
        tables["exposure"] = exposure_table(exposure, arm=data.arm)
    return tables | {
        "overview": overview(data),
        "serious": serious_events(data),
        "serious_listing": serious_listing(data),
        "leading_to_stop": leading_to_stop(data),
        "by_group_and_term": by_group_and_term(data),
        "by_worst_grade": by_worst_grade(data),
        "common": common_events(data, at_least=at_least),
    }
