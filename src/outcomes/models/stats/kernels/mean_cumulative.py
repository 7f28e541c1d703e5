"""Nelson's mean cumulative function of recurrent events with a robust variance, on arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["mean_cumulative_function"]

#: Patients x times that are held at once.
BLOCK = 5_000_000


def mean_cumulative_function(
    entry: Floats, leave: Floats, who: Codes, when: Floats, at: Floats
) -> tuple[Codes, Codes, Floats, Floats]:
    """Return at risk, events so far, mean events a patient, and its standard error, at each time asked for.

    Parameters
    ----------
    entry, leave : ndarray, shape (patients,)
        A patient is at risk at t when ``entry < t <= leave``.
    who, when : ndarray, shape (events,)
        Patient and time of each event, at a time when the patient is at risk.
    at : ndarray, shape (times,), ascending
        Times asked for.

    Notes
    -----
    ``M(t) = sum over u <= t of dN(u) / Y(u)``; variance (Lawless and Nadeau 1995)
    ``sum_i (sum_u Y_i(u) / Y(u) (dN_i(u) - dN(u) / Y(u)))^2``. For each patient the inner sum is that over
    its own events less what the function gained, over Y, while it was at risk: no table of patients x events.
    """
    times, place = np.unique(when, return_inverse=True)
    counts = np.bincount(place, minlength=len(times)).astype(np.float64)
    enter, go = np.sort(entry), np.sort(leave)
    risk = (np.searchsorted(enter, times, side="left") - np.searchsorted(go, times, side="left")).astype(
        float
    )
    gain = np.r_[0.0, np.cumsum(counts / risk)]
    drift = np.r_[0.0, np.cumsum(counts / risk**2)]
    asked = np.searchsorted(times, at, side="right")
    first = drift[np.searchsorted(times, entry, side="right")]
    last = np.searchsorted(times, leave, side="right")
    square = np.zeros(len(at))
    step = max(1, BLOCK // max(len(entry), 1))
    order = np.lexsort((place, who))
    own = 1.0 / risk[place[order]]
    for start in range(0, len(at), step):
        until = asked[start : start + step]
        score = -(drift[np.minimum(last[:, None], until[None, :])] - first[:, None])
        score = np.minimum(score, 0.0)
        for column, end in enumerate(until):
            had = place[order] < end
            score[:, column] += np.bincount(who[order][had], weights=own[had], minlength=len(entry))
        square[start : start + step] = (score**2).sum(axis=0)
    left = np.searchsorted(enter, at, side="left") - np.searchsorted(go, at, side="left")
    events = np.r_[0, np.cumsum(counts)].astype(np.int64)[asked]
    return left.astype(np.int64), events, gain[asked], np.sqrt(square)
