"""Values of a period from its counts, and the bounds that no missing day can leave."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["bounds", "month_value"]

Floats = NDArray[np.float64]


def month_value(total: Floats, recorded: Floats, *, scale: Floats, month_days: int, prorated: bool) -> Floats:
    """Return the value per month of a total seen on the days recorded.

    Parameters
    ----------
    total : ndarray
        Days with event, or hours.
    recorded : ndarray, days
        Days recorded; 0 gives a missing value, never zero.
    scale : ndarray
        Factor from days of the window to a month, for the value as observed.
    month_days : int, days
        Length of a month.
    prorated : bool
        total / recorded x month_days, or total x scale.
    """
    factor = np.divide(month_days, recorded, out=np.full(recorded.shape, np.nan), where=recorded > 0)
    return np.asarray(total * (factor if prorated else np.where(recorded > 0, scale, np.nan)))


def bounds(events: Floats, recorded: Floats, possible: Floats, *, scale: Floats) -> tuple[Floats, Floats]:
    """Return the value if every unrecorded day had been free of the event, and if every one had had it.

    Notes
    -----
    With e events on r of p possible days and scale s::

        lower = e * s          upper = (e + p - r) * s

    Since e <= r <= p, e/p <= e/r <= (e + p - r)/p: the prorated value lies between them for s = month/p.
    Days that could not be recorded at all, after the cut-off or in the next course, are not missing days.
    """
    seen = np.where(possible > 0, scale, np.nan)
    return np.asarray(events * seen), np.asarray((events + possible - recorded) * seen)
