"""Values and bounds of whole windows, by the study's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from outcomes.derive.bounds import bounds, month_value
from outcomes.derive.tally import DAY_ENDPOINTS, Tally
from outcomes.derive.windows import Windows

if TYPE_CHECKING:
    from outcomes.schema.rules import Rules

__all__ = ["window_bounds", "window_values"]


def _scale(layout: Windows, rules: Rules, *, prorated: bool) -> NDArray[np.float64]:
    """Return the factor from a window's calendar days to a month."""
    month = float(rules.month_days)
    if prorated:
        return np.asarray(month / np.maximum(layout.possible, 1))
    scale = np.ones(layout.start.shape)
    scale[:, 0] = month / rules.baseline_days
    return scale


def window_values(counts: Tally, layout: Windows, rules: Rules, endpoint: str) -> NDArray[np.float64]:
    """Return the value per month, or the mean pain, wherever anything was recorded."""
    if endpoint == "mean_pain":
        empty = np.full(counts.total.shape, np.nan)
        return np.asarray(np.divide(counts.total, counts.events, out=empty, where=counts.events > 0))
    prorated = rules.value == "prorated"
    scale = _scale(layout, rules, prorated=prorated)
    return month_value(
        counts.total, counts.recorded, scale=scale, month_days=rules.month_days, prorated=prorated
    )


def window_bounds(
    counts: Tally, layout: Windows, rules: Rules, endpoint: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the bounds of an endpoint that counts days; missing for the others."""
    if endpoint not in DAY_ENDPOINTS:
        none = np.full(counts.total.shape, np.nan)
        return none, none
    scale = _scale(layout, rules, prorated=rules.value == "prorated")
    return bounds(counts.events, counts.recorded, layout.possible.astype(float), scale=scale)
