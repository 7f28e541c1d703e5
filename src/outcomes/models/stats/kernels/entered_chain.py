"""Who was taken: the probability that a two-state chain of days has enough days with the event."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Sequences:
    """Counts that are sufficient for a patient's recorded days.

    counts (patients, 2 + 4 gaps): first day is 0 / 1, then for each gap the transitions 00, 01, 10, 11;
    gaps (gaps,): days between two entries; length (patients,): days recorded.
    """

    counts: Array
    gaps: Index
    length: Index


@dataclass(frozen=True, slots=True, eq=False)
class Entered:
    """The entry rule.

    at_least (patients,): the fewest recorded days with the event with which the patient is taken; by
    calendar the same number for all. length (patients,): days that the rule looks at. by_calendar: all days
    of the window, recorded or not; open_rows: patients whose recorded days do not yet decide it, window
    (open, days): their days, 0, 1 or -1 where nothing is recorded.
    """

    at_least: Index
    length: Index
    by_calendar: bool = False
    open_rows: Index | None = None
    window: NDArray[np.int8] | None = None

    @property
    def at_least_half(self) -> bool:
        """Whether everybody had the event on at least half of the days that the rule looks at."""
        return bool((2 * self.at_least >= self.length).all())


def sequences(patient: Index, day: Index, event: NDArray[np.bool_], patients: int) -> Sequences:
    """Count first days and transitions; rows are sorted by patient and day, patients are 0, 1, ..."""
    first = np.r_[True, patient[1:] != patient[:-1]]
    gap = np.diff(day, prepend=0)
    follows = np.flatnonzero(~first)
    gaps, which = np.unique(gap[follows], return_inverse=True)
    counts = np.zeros((patients, 2 + 4 * len(gaps)))
    counts[patient[first], event[first].astype(np.intp)] = 1
    code = 2 + 4 * which + 2 * event[follows - 1] + event[follows]
    np.add.at(counts, (patient[follows], code), 1)
    return Sequences(counts, gaps.astype(np.intp), np.bincount(patient, minlength=patients))


def calendar_rule(
    data: Sequences, patient: Index, day: Index, event: NDArray[np.bool_], at_least: int, window: int
) -> Entered:
    """Return the rule on all days of a window; days are 0 to window - 1."""
    patients = len(data.length)
    state = np.full((patients, window), -1, dtype=np.int8)
    state[patient, day] = event
    undecided = np.flatnonzero((state == 1).sum(axis=1) < at_least)
    whole = np.full(patients, window, dtype=np.intp)
    return Entered(np.full(patients, at_least, dtype=np.intp), whole, True, undecided, state[undecided])


def taken(theta: Array, carried: Array, length: Index, at_least: Index) -> Array:
    """Return P(at least this many events in so many days | theta), shape (cases, nodes).

    carried (cases,): correlation of one entry with the next. Every case is a chain of its own length.
    Days without the event are counted, as few are allowed: at most length - at_least.
    """
    allowed = length - at_least
    cases, nodes, top = len(length), len(theta), max(1, int(allowed.max()))
    out = np.empty((cases, nodes))
    # state[s][case, k, node]: probability of k days without the event so far and the last day in state s.
    free, event = np.zeros((cases, top + 1, nodes)), np.zeros((cases, top + 1, nodes))
    free[:, 1], event[:, 0] = 1 - theta, theta
    up = (theta * (1 - carried[:, None]))[:, None]  # P(1 after 0)
    stay = (theta + (1 - theta) * carried[:, None])[:, None]  # P(1 after 1)
    for day in range(1, int(length.max()) + 1):
        if day > 1:
            free, event = _next_day(free, event, up, stay)
        for case in np.flatnonzero(length == day):
            kept = max(0, allowed[case] + 1)
            out[case] = free[case, :kept].sum(axis=0) + event[case, :kept].sum(axis=0)
    return out


def event_days(theta: Array, carried: float, length: int) -> Array:
    """Return P(0, 1, ..., length events | theta) in a chain of days, shape (length + 1, nodes)."""
    free, event = np.zeros((2, 1, length + 1, len(theta)))
    free[:, 1], event[:, 0] = 1 - theta, theta
    up, stay = (theta * (1 - carried))[None, None], (theta + (1 - theta) * carried)[None, None]
    for _ in range(1, length):
        free, event = _next_day(free, event, up, stay)
    return np.asarray((free + event)[0, ::-1])


def _next_day(free: Array, event: Array, up: Array, stay: Array) -> tuple[Array, Array]:
    one = free * up + event * stay
    zero = free + event - one
    moved = np.zeros_like(zero)
    moved[:, 1:] = zero[:, :-1]  # one day more without the event
    return moved, one


def entered_recorded(data: Sequences, entered: Entered, theta: Array, r: float) -> tuple[Array, Index]:
    """Return P(the recorded days meet the rule | theta) of each length and rule, and every patient's case.

    Missing days loosen a patient's chain; its correlation is the mean of r^gap over the
    patients of the same length.
    """
    key = np.column_stack([data.length, entered.at_least])
    cases, which = np.unique(key, axis=0, return_inverse=True)
    moves = data.counts[:, 2:].reshape(len(data.counts), -1, 4).sum(axis=2)
    weight = np.zeros((len(cases), moves.shape[1]))
    np.add.at(weight, which, moves)
    carried = (weight @ r ** data.gaps.astype(float)) / np.maximum(weight.sum(axis=1), 1)
    return taken(theta, carried, cases[:, 0], cases[:, 1]), which


def entered_any(entered: Entered, theta: Array, r: float) -> tuple[Array, Array]:
    """Return log P(the open patients' days, and entry | theta), and P(entry | theta) of a whole window."""
    at_least, length = int(entered.at_least[0]), int(entered.length[0])
    whole = taken(theta, np.array([r]), np.array([length]), np.array([at_least]))[0]
    window, top = entered.window, length - at_least
    if window is None or not len(window):
        return np.empty((0, len(theta))), whole
    free = np.zeros((len(window), top + 1, len(theta)))
    event = np.zeros_like(free)
    if top:
        free[:, 1] = 1 - theta
    event[:, 0] = theta
    up, stay = theta * (1 - r), theta + (1 - theta) * r
    for day in range(length):
        if day:
            free, event = _next_day(free, event, up, stay)
        seen = window[:, day]
        free[seen == 1] = 0.0  # an entry leaves the state that it names
        event[seen == 0] = 0.0
    return np.log(np.maximum((free + event).sum(axis=1), 1e-300)), whole
