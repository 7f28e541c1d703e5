"""Responders: patients whose value fell by a share of baseline, and those who reached the goal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.errors import ArgumentError, instance_of, one_of
from outcomes.models.headache.period_rows import (
    added_up,
    eligible,
    follow_up_rows,
    group_columns,
    groups_of_parts,
)
from outcomes.models.stats.few_patients import FEW, FEW_WORDS
from outcomes.models.stats.intervals import proportion
from outcomes.models.stats.intervals.arguments import check_level
from outcomes.results import Estimates

__all__ = ["ResponderCounts", "add_responders", "responder_counts", "responders", "responders_of"]

WAYS = ("non_responder", "observed")
# A fall of exactly 50 % may come out as 49.99999999999999; counts of days differ by far more.
PERCENT_ROUNDING = 1e-9
#: Columns that the result has, or that are made on the way to it.
OWN = (
    *("row", "term", "missing", "n", "N", "percent", "lower", "upper", "lower_exact", "upper_exact"),
    *("no_baseline", "baseline_zero", "not_due", "no_value", "treated_again", "status"),
    *("why_not_counted", "counted", "responded", "unseen", "again", "order", "way"),
)
#: Columns that count patients by why they are not in N, or did not respond.
WHY = ("no_baseline", "baseline_zero", "not_due", "no_value", "treated_again")
#: Why a patient is not in N; the first is of those who are.
REASONS = ("", "no_baseline", "baseline_zero", "not_due", "no_value")
NEEDED = ["baseline", "baseline_eligible", "value", "percent_change", "cut_by"]


def responders(
    periods: pd.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    thresholds: Sequence[float] = (30, 50, 75, 100),
    goal: bool = True,
    missing: Sequence[str] = WAYS,
    level: float = 0.95,
) -> Estimates:
    """Count responders in each period, with Wilson and Clopper-Pearson intervals.

    Parameters
    ----------
    periods : DataFrame
        From `outcomes.periods`.
    by : str or list of str, optional
        Columns to count separately by.
    thresholds : sequence of float, percent
        Falls from baseline that make a responder, above 0 and at most 100.
    goal : bool
        Also count patients at or under the goal (rule ``goal_days``), for endpoints in days.
    missing : sequence of {"non_responder", "observed"}
        ``non_responder``: a patient without a value has not responded. ``observed``: only patients
        with a value are counted. Both stand side by side.
    level : float
        Confidence level.

    Returns
    -------
    Estimates
        One row per group, period, term (``responder_50``, ``goal``) and way of counting the missing: n,
        N, percent, lower and upper (Wilson), lower_exact and upper_exact (Clopper-Pearson), all in
        percent; no_baseline, baseline_zero, not_due (patients with the period who are not in N,
        by reason), no_value (missing values counted as non-responders), treated_again (counted as
        non-responders because a next course began before the period or within it), status.

    Notes
    -----
    N holds patients with an eligible baseline. A period that the end of the data cuts is not due yet:
    ``non_responder`` leaves it out whether or not it has a value, so that only failures to record count as
    failures; ``observed`` takes the values that there are. A baseline of 0 cannot fall and is left out
    of the responders, not of the goal. Treatment again before or within a period counts as no response
    (composite), with or without a value. A period in which nobody has a value has no number: N is 0.

    References
    ----------
    Newcombe RG. Two-sided confidence intervals for the single proportion. Stat Med 1998;17:857-872.
    doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({
    ...     "patient_id": ["a", "b", "c"], "period": "days 1-28", "period_number": 1,
    ...     "baseline": [20.0, 20.0, 20.0], "baseline_eligible": True, "value": [8.0, 18.0, None],
    ...     "percent_change": [-60.0, -10.0, None], "cut_by": ""})
    >>> responders(rows, thresholds=[50], goal=False).to_frame()[["missing", "n", "N"]].values.tolist()
    [['non_responder', 1, 3], ['observed', 1, 2]]
    """
    check_level(level)
    counts, members = responder_counts(periods, by=by, thresholds=thresholds, goal=goal, missing=missing)
    return replace(responders_of(counts, level=level), members=members)


@dataclass(frozen=True, slots=True, eq=False)
class ResponderCounts:
    """What `responders` needs of some patients; those of other patients are added with `add_responders`.

    Parameters
    ----------
    groups : list of str
        Columns that make a group; the last is the period.
    frame : DataFrame
        One row per group: its columns.
    cells : list of tuple
        What is counted: term, and way of counting the missing.
    row, cell : ndarray
        Group and cell of each row of counts.
    counts : DataFrame
        n, N, and patients by why they are not in N or did not respond.
    patients : int
        Patients with a period.
    """

    groups: list[str]
    frame: pd.DataFrame
    cells: list[tuple[str, str]]
    row: NDArray[np.int64]
    cell: NDArray[np.int64]
    counts: pd.DataFrame
    patients: int


def responder_counts(
    periods: pd.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    thresholds: Sequence[float] = (30, 50, 75, 100),
    goal: bool = True,
    missing: Sequence[str] = WAYS,
) -> tuple[ResponderCounts, pd.DataFrame]:
    """Return the counts that `responders` makes its shares from, and who stands behind each row."""
    groups = group_columns(periods, by, NEEDED, OWN)
    terms = _terms(thresholds, goal and "goal" in periods.columns)
    for way in missing:
        one_of("missing", way, WAYS)
    rows = follow_up_rows(periods, groups)
    cells = [(term, way) for term, _ in terms for way in WAYS]
    seen = _seen(rows)
    none = {name: values[:0] for name, values in _members(seen, None, "observed", of=0).items()}
    parts = [none] + [
        _members(seen, threshold, way, of=len(WAYS) * number + WAYS.index(way))
        for number, (term, threshold) in enumerate(terms)
        for way in missing
    ]
    members = {name: np.concatenate([part[name] for part in parts]) for name in none}
    first = np.unique(rows["row"], return_index=True)[1]
    frame = rows[groups].iloc[first].reset_index(drop=True)
    row, cell, counts, position = _counts(members, len(frame), cells)
    behind = pd.DataFrame(
        {
            "row": position,
            "patient_id": rows["patient_id"].array.take(members["place"]),
            "counted": members["counted"],
            "responded": members["responded"],
            "why_not_counted": pd.array(REASONS, dtype="str").take(members["why"]),
        }
    )
    return ResponderCounts(groups, frame, cells, row, cell, counts, rows["patient_id"].nunique()), behind


def add_responders(parts: Sequence[ResponderCounts]) -> ResponderCounts:
    """Return the counts of all parts: they share no patient, and have the same categories of periods."""
    groups = parts[0].groups
    frame, place = groups_of_parts([part.frame for part in parts], groups)
    # rows of groups, and within a group those of its ways of counting
    begin = np.cumsum([0, *(len(part.frame) for part in parts[:-1])])
    row = [place[start + part.row] for start, part in zip(begin, parts, strict=True)]
    cells = parts[0].cells
    key = np.concatenate(row) * len(cells) + np.concatenate([part.cell for part in parts])
    counts = added_up([part.counts for part in parts], key)
    row_of, cell = np.divmod(counts.index.to_numpy(), max(len(cells), 1))
    patients = sum(part.patients for part in parts)
    return ResponderCounts(groups, frame, cells, row_of, cell, counts.reset_index(drop=True), patients)


def responders_of(counts: ResponderCounts, *, level: float = 0.95) -> Estimates:
    """Return `responders` of the patients who are counted; who stands behind each row is not known then."""
    frame = counts.frame.take(counts.row).reset_index(drop=True)
    for place, name in enumerate(("term", "missing")):
        frame[name] = pd.array([both[place] for both in counts.cells], dtype="str").take(counts.cell)
    found = _with_intervals({name: counts.counts[name].to_numpy() for name in counts.counts}, level)
    return Estimates(
        frame=pd.concat([frame, pd.DataFrame(found)], axis=1),
        title="Patients who responded",
        method="n / N with Wilson (lower, upper) and Clopper-Pearson (lower_exact, upper_exact) intervals",
        level=level,
        notes=(
            "N: patients with an eligible baseline whose period is due; a baseline of 0 has no responders.",
            "missing = non_responder counts no_value among those who did not respond.",
        ),
        status="ok" if (found["N"] > 0).any() else "nobody to count",
        meta={"patients": counts.patients},
    )


def _terms(thresholds: Sequence[float], goal: bool) -> list[tuple[str, float | None]]:
    """Return the names and thresholds of what is counted."""
    hint = "give falls in percent, for example [30, 50]"
    instance_of("thresholds", thresholds, Iterable, hint=hint)
    for threshold in thresholds:
        instance_of("a threshold", threshold, Real, hint=hint)
        if not 0 < threshold <= 100:
            raise ArgumentError(
                "a threshold is not a fall in percent", got=repr(threshold), allowed="above 0, at most 100"
            )
    terms: list[tuple[str, float | None]] = [
        (f"responder_{threshold:g}", float(threshold)) for threshold in thresholds
    ]
    return [*terms, ("goal", None)] if goal else terms


def _seen(rows: pd.DataFrame) -> dict[str, NDArray[Any]]:
    """Return what is asked of each patient and period, whatever is counted: arrays of the rows."""
    observed = rows["value"].notna().to_numpy()
    goal = rows["goal"].astype("boolean").fillna(False).to_numpy(dtype=bool) if "goal" in rows else observed
    return {
        "row": rows["row"].to_numpy(),
        "observed": observed,
        "fell": -rows["percent_change"].to_numpy(dtype=float, na_value=np.nan),
        "goal": goal,
        "has_goal": ~_no_goal(rows).to_numpy(),
        "again": rows["cut_by"].eq("next_course").to_numpy(),
        "cut": rows["cut_by"].eq("end_of_data").to_numpy(),
        "no_baseline": ~eligible(rows).to_numpy(),
        "baseline_zero": rows["baseline"].eq(0).to_numpy(),
    }


def _members(
    seen: dict[str, NDArray[Any]], threshold: float | None, way: str, *, of: int
) -> dict[str, NDArray[Any]]:
    """Say for each patient and period whether it is counted, why not, and whether it responded.

    Without a threshold the goal is asked, of endpoints in days. `of` is the cell that they are counted in.
    """
    observed, again = seen["observed"], seen["again"]
    met = seen["goal"] if threshold is None else seen["fell"] >= threshold - PERCENT_ROUNDING
    # composite: who is treated again before the period ends has not responded to the course before
    reasons = {
        "no_baseline": seen["no_baseline"],
        "baseline_zero": seen["baseline_zero"] & (threshold is not None),
        "not_due": seen["cut"] & (~observed | (way == "non_responder")),
        "no_value": ~observed & ~again & (way == "observed"),
    }
    why = np.select(list(reasons.values()), [REASONS.index(name) for name in reasons], default=0)
    counted = why == 0
    found = {
        "place": np.arange(len(why)),
        "row": seen["row"],
        "cell": np.full(len(why), of),
        "why": why,
        "counted": counted,
        "responded": counted & met & observed & ~again,
        "again": again & counted,
        "unseen": ~observed & ~again & (counted | (why == REASONS.index("no_value"))),
    }
    return {name: values[seen["has_goal"]] for name, values in found.items()} if threshold is None else found


def _counts(
    members: dict[str, NDArray[Any]], groups: int, cells: list[tuple[str, str]]
) -> tuple[NDArray[np.int64], NDArray[np.int64], pd.DataFrame, NDArray[np.int64]]:
    """Return group, cell and counts of each row of the result, and which row each member stands behind.

    Parameters
    ----------
    members : dict
        From `_members`, with ``cell``: the position in `cells`.
    groups : int
        How many there are.
    cells : list of tuple
        Term, and way of counting the missing.
    """
    key = members["row"] * max(len(cells), 1) + members["cell"]
    there = np.bincount(key, minlength=groups * len(cells)) > 0
    row, cell = np.divmod(np.flatnonzero(there), max(len(cells), 1))

    def added(flag: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(key, weights=flag, minlength=len(there))[there].astype(np.int64)

    counts = {"n": added(members["responded"]), "N": added(members["counted"])}
    for name in WHY[:3]:
        counts[name] = added(members["why"] == REASONS.index(name))
    counts |= {"no_value": added(members["unseen"]), "treated_again": added(members["again"])}
    return row, cell, pd.DataFrame(counts), (np.cumsum(there) - 1)[key]


def _no_goal(rows: pd.DataFrame) -> pd.Series:
    """Say which rows are of an endpoint that has no goal: hours and pain are not days."""
    if "endpoint" not in rows.columns:
        return pd.Series(False, index=rows.index)
    return rows["endpoint"].isin(["headache_hours", "mean_pain"])


def _with_intervals(counts: dict[str, NDArray[Any]], level: float) -> dict[str, NDArray[Any]]:
    """Return the counts with percent, both intervals and the status."""
    # in a period that nobody recorded nobody can be seen to respond, and nobody to fail
    unseen = (counts["no_value"] > 0) & (counts["no_value"] + counts["treated_again"] == counts["N"])
    n, total = (np.where(unseen, 0, counts[name]) for name in ("n", "N"))
    wilson = proportion(n, total, method="wilson", level=level)
    exact = proportion(n, total, method="clopper-pearson", level=level)
    # the limits of a percentage are percentages: a row has one scale
    names = ("lower", "upper", "lower_exact", "upper_exact")
    few = total < FEW
    limits = {
        name: np.where(few, np.nan, 100 * limit) for name, limit in zip(names, (*wilson, *exact), strict=True)
    }
    percent = np.divide(100 * n, total, out=np.full(len(n), np.nan), where=total > 0)
    words = ["nobody has a value in this period", "nobody to count", FEW_WORDS]
    status = np.select([unseen, total == 0, few], words, default="ok")
    first = {"n": n, "N": total, "percent": percent, **limits}
    return first | {name: counts[name] for name in WHY} | {"status": status}
