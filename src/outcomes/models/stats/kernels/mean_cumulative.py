"""The mean cumulative function of recurrent events, with or without death, and its robust variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["mean_cumulative_function"]

#: Patients x times that are held at once.
BLOCK = 5_000_000


def mean_cumulative_function(
    entry: Floats, leave: Floats, who: Codes, when: Floats, at: Floats, dead: Flags
) -> tuple[Codes, Codes, Floats, Floats]:
    """Return at risk, events so far, mean events per patient, and its standard error, at each time asked for.

    Parameters
    ----------
    entry, leave : ndarray, shape (patients,)
        A patient is at risk at t when ``entry < t <= leave``.
    who, when : ndarray, shape (events,)
        Patient and time of each event, at a time when the patient is at risk.
    at : ndarray, shape (times,), ascending
        Times asked for.
    dead : ndarray of bool, shape (patients,)
        Whether nothing can happen to the patient after `leave`; else it is only not observed.

    Notes
    -----
    ``M(t) = sum over u <= t of S(u-) dN(u) / Y(u)``, S the Kaplan-Meier curve of death (Ghosh and Lin 2000);
    without death Nelson's. Variance: ``sum_i psi_i^2``, with
    ``psi_i = sum_u S(u-) / Y(u) (dN_i - Y_i dN / Y) - sum_s (M(t) - M(s)) / (Y - dD) (dD_i - Y_i dD / Y)``;
    its first sum alone is Lawless and Nadeau's. For each patient the sums are those over its own events less
    what the functions gained while it was at risk: no table of patients x events.
    """
    times = np.unique(np.append(when, leave[dead]))
    place = np.searchsorted(times, when)
    counts = np.bincount(place, minlength=len(times)).astype(np.float64)
    deaths = np.bincount(np.searchsorted(times, leave[dead]), minlength=len(times)).astype(np.float64)
    enter, go = np.sort(entry), np.sort(leave)
    risk = (np.searchsorted(enter, times, side="left") - np.searchsorted(go, times, side="left")).astype(
        float
    )
    alive = np.r_[1.0, np.cumprod(1 - deaths / risk)][:-1]
    gain = np.r_[0.0, np.cumsum(alive * counts / risk)]
    drift = np.r_[0.0, np.cumsum(alive * counts / risk**2)]
    death = _Death.of(deaths, risk, gain, np.where(dead, np.searchsorted(times, leave), -1))
    asked = np.searchsorted(times, at, side="right")
    last = np.searchsorted(times, leave, side="right")
    square = np.zeros(len(at))
    step = max(1, BLOCK // max(len(entry), 1))
    order = np.lexsort((place, who))
    own = (alive / risk)[place[order]]
    begin = np.searchsorted(times, entry, side="right")
    for start in range(0, len(at), step):
        until = asked[start : start + step]
        # nothing before the entry, whatever is asked for
        stop = np.maximum(np.minimum(last[:, None], until[None, :]), begin[:, None])
        score = drift[begin][:, None] - drift[stop]
        if dead.any():
            score -= death.score(begin, stop, until, gain)
        for column, end in enumerate(until):
            had = place[order] < end
            score[:, column] += np.bincount(who[order][had], weights=own[had], minlength=len(entry))
        square[start : start + step] = (score**2).sum(axis=0)
    left = np.searchsorted(enter, at, side="left") - np.searchsorted(go, at, side="left")
    events = np.r_[0, np.cumsum(counts)].astype(np.int64)[asked]
    return left.astype(np.int64), events, gain[asked], np.sqrt(square)


@dataclass(frozen=True, slots=True, eq=False)
class _Death:
    """What deaths do to the estimate.

    ``weight`` 1 / (Y - dD) at each time, ``fall`` and ``along`` the sums of it times dD / Y, and times M
    besides; ``own`` the place of each patient's death among the times, -1 for none.
    """

    weight: Floats
    fall: Floats
    along: Floats
    own: Codes

    @classmethod
    def of(cls, deaths: Floats, risk: Floats, gain: Floats, own: Codes) -> _Death:
        """Return it for deaths and patients at risk at each time."""
        left = risk - deaths
        weight = np.where(left > 0, 1 / np.where(left > 0, left, 1.0), 0.0)
        fall = weight * deaths / risk
        return cls(weight, np.r_[0.0, np.cumsum(fall)], np.r_[0.0, np.cumsum(fall * gain[1:])], own)

    def score(self, begin: Codes, stop: Codes, until: Codes, gain: Floats) -> Floats:
        """Return the second sum of each patient at each time asked for."""
        died = (self.own[:, None] >= 0) & (self.own[:, None] < until)
        weight = np.where(died, np.append(self.weight, 0.0)[self.own][:, None], 0.0)
        change = weight - (self.fall[stop] - self.fall[begin][:, None])
        before = gain[self.own + 1][:, None]
        along = weight * before - (self.along[stop] - self.along[begin][:, None])
        return np.asarray(gain[until] * change - along)
