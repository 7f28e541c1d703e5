"""Prorating: the value per month of the days recorded in a window, and its bounds over the missing days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from outcomes.derive.tally import DAY_ENDPOINTS, Tally
from outcomes.derive.windows import Windows

if TYPE_CHECKING:
    from outcomes.schema.rules import Rules

__all__ = ["window_bounds", "window_values"]

Floats = NDArray[np.float64]


def _scale(layout: Windows, rules: Rules, *, prorated: bool) -> Floats:
    """Return the factor from a window's calendar days to a month."""
    month = float(rules.month_days)
    if prorated:
        return np.asarray(month / np.maximum(layout.possible, 1))
    scale = np.ones(layout.start.shape)
    scale[:, 0] = month / rules.baseline_days
    return scale


def window_values(counts: Tally, layout: Windows, rules: Rules, endpoint: str) -> Floats:
    """Return the value per month, or the mean pain, wherever anything was recorded."""
    if endpoint == "mean_pain":
        empty = np.full(counts.total.shape, np.nan)
        return np.asarray(np.divide(counts.total, counts.events, out=empty, where=counts.events > 0))
    prorated = rules.value == "prorated"
    scale = _scale(layout, rules, prorated=prorated)
    return _month_value(
        counts.total, counts.recorded, scale=scale, month_days=rules.month_days, prorated=prorated
    )


def window_bounds(counts: Tally, layout: Windows, rules: Rules, endpoint: str) -> tuple[Floats, Floats]:
    """Return the bounds of an endpoint that counts days; missing for the others."""
    if endpoint not in DAY_ENDPOINTS:
        none = np.full(counts.total.shape, np.nan)
        return none, none
    scale = _scale(layout, rules, prorated=rules.value == "prorated")
    return _bounds(counts.events, counts.recorded, layout.possible.astype(float), scale=scale)


def _month_value(
    total: Floats, recorded: Floats, *, scale: Floats, month_days: int, prorated: bool
) -> Floats:
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


def _bounds(events: Floats, recorded: Floats, possible: Floats, *, scale: Floats) -> tuple[Floats, Floats]:
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
