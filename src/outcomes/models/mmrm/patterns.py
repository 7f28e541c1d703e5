"""Subjects sorted by covariance group and by the visits that they have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomes.errors import DataError
from outcomes.models.mmrm.table_rows import Table
from outcomes.models.stats.kernels.moments import PatternSet

__all__ = ["Layout", "lay_out"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The rows in the order of the patterns.

    Parameters
    ----------
    patterns : PatternSet
        Patterns of visits; places are visits, or for a numeric time places in the subject's sequence.
    order : int array (n,)
        Row of the table at each place of the layout: pattern by pattern, subject by subject, by visit.
    place : int array (n,)
        Visit, or place in the sequence, of each row of the layout.
    subject_start : int array (n_subjects + 1,)
        First row of each subject of the layout, and the end.
    pattern : int array (n_subjects,)
        Pattern of each subject of the layout, ascending.
    times : array (P, M) or None
        Times of each pattern when the visit is a time.
    """

    patterns: PatternSet
    order: Index
    place: Index
    subject_start: Index
    pattern: Index
    times: Array | None

    @property
    def n_subjects(self) -> int:
        """Number of subjects."""
        return len(self.pattern)


def lay_out(table: Table) -> Layout:
    """Sort subjects into patterns.

    Raises
    ------
    DataError
        For two rows of one subject at one visit, and for a subject in two groups.
    """
    order = _sorted_rows(table)
    subject, visit, group = table.subject[order], table.visit[order], table.group[order]
    same = subject[1:] == subject[:-1]
    twice = int((same & (visit[1:] == visit[:-1])).sum())
    if twice:
        raise DataError(
            "a subject has two rows at one visit",
            got=f"{twice} repeated subject-visits",
            hint="keep one row for each subject and visit",
        )
    torn = int((same & (group[1:] != group[:-1])).sum())
    if torn:
        raise DataError("a subject is in more than one covariance group", got=f"{torn} changes of group")
    start = np.concatenate([[0], np.flatnonzero(~same) + 1])
    size = np.diff(np.append(start, len(order)))
    sequence = np.arange(len(order)) - np.repeat(start, size)
    times = None
    if table.visit_levels:
        key, place, width = _visit_keys(visit, start), visit, len(table.visit_levels)
    else:
        width = int(size.max())
        times = np.full((len(start), width), np.nan, dtype=visit.dtype)
        times[np.repeat(np.arange(len(start)), size), sequence] = visit
        key, place = _time_keys(times), sequence
    return _assemble(order, place, start, size, key, group[start], width, times)


def _sorted_rows(table: Table) -> Index:
    """Return rows sorted by subject, then visit; the order in the data when it is sorted already."""
    subject, visit = table.subject, table.visit
    step, later = np.diff(subject), visit[1:] > visit[:-1]
    if ((step > 0) | ((step == 0) & later)).all():
        return np.arange(len(subject))
    if table.visit_levels:
        return np.argsort(subject * len(table.visit_levels) + visit, kind="stable")
    return np.lexsort((visit, subject))


def _visit_keys(visit: Index, start: Index) -> list[NDArray[Any]]:
    """Return one or more integer keys of each subject that distinguish sets of visits."""
    top = int(visit.max()) if len(visit) else 0
    keys = []
    for low in range(0, top + 1, 62):
        inside = (visit >= low) & (visit < low + 62)
        bit = np.where(inside, np.left_shift(1, np.where(inside, visit - low, 0)), 0)
        keys.append(np.bitwise_or.reduceat(bit, start))
    return keys


def _time_keys(times: Array) -> list[NDArray[Any]]:
    _, key = np.unique(np.nan_to_num(times, nan=np.inf), axis=0, return_inverse=True)
    return [key.reshape(-1)]


def _assemble(
    order: Index,
    place: Index,
    start: Index,
    size: Index,
    keys: list[NDArray[Any]],
    group: Index,
    width: int,
    times: Array | None,
) -> Layout:
    pattern = _number(keys, group)
    count = np.bincount(pattern)
    ranked = np.argsort(pattern, kind="stable")
    new_size = size[ranked]
    new_start = np.concatenate([[0], np.cumsum(new_size)])
    rows = np.arange(len(order)) + np.repeat(start[ranked] - new_start[:-1], new_size)
    first = ranked[np.concatenate([[0], np.cumsum(count)[:-1]])]
    present = np.zeros((len(count), width), dtype=bool)
    which = np.repeat(np.arange(len(count)), size[first])
    head = np.concatenate([np.arange(s, s + n) for s, n in zip(start[first], size[first], strict=True)])
    present[which, place[head]] = True
    patterns = PatternSet(present, count.astype(np.float64), group[first])
    own_times = None if times is None else np.nan_to_num(times[first])
    return Layout(patterns, order[rows], place[rows], new_start, pattern[ranked], own_times)


def _number(keys: list[NDArray[Any]], group: Index) -> Index:
    """Number the distinct combinations of keys and group."""
    number = group
    for key in keys:
        _, inverse = np.unique(key, return_inverse=True)
        combined = number * (int(inverse.max()) + 1) + inverse
        _, number = np.unique(combined, return_inverse=True)
    return np.asarray(number, dtype=np.intp)
