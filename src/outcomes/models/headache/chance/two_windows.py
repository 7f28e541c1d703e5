"""Chance alone from two windows before treatment: the earlier one mirrors the follow-up.

A level that wanders without a trend looks the same forwards and backwards in time. So what is expected some
days after the baseline is what was recorded the same number of days before it, also under slow waves.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.models.headache.chance.span import Model, Span, days_in_window

__all__ = ["SMALLEST", "both_windows", "two_windows"]

Array = NDArray[np.float64]

#: Fewer patients with both windows do not carry a slope.
SMALLEST = 10


def both_windows(recorded: pd.DataFrame, lag: int, span: Span) -> pd.DataFrame:
    """Return x (the baseline) and z (its mirror, `lag` days before it) of the patients who have both.

    Parameters
    ----------
    recorded : DataFrame
        From `recorded_days`.
    lag : int, days
        Days between the end of the baseline and the first day of the follow-up.
    span : Span
        The windows.
    """
    late = days_in_window(recorded, -span.baseline, -1, span).rename("x")
    last = -span.baseline - 1 - lag
    early = days_in_window(recorded, last - span.month + 1, last, span).rename("z")
    return pd.concat([late, early], axis=1, join="inner")


def two_windows(recorded: pd.DataFrame, lag: int, span: Span) -> Model:
    """Return the least squares line of the earlier window on the baseline, for all who have a baseline."""
    late = days_in_window(recorded, -span.baseline, -1, span)
    both = both_windows(recorded, lag, span)
    notes: tuple[str, ...] = ()
    if len(both) < SMALLEST and 0 < lag < span.month:
        near = both_windows(recorded, 0, span)
        if len(near) >= SMALLEST:
            notes = (
                f"the earlier window lies {lag} days nearer to the baseline than the follow-up does: "
                "slow waves bring a little more than it shows",
            )
            both, lag = near, 0
    first = span.baseline + lag
    method = (
        f"slope of days -{first + span.month} to -{first + 1} on days -{span.baseline} to -1, least squares"
    )
    facts: dict[str, object] = {"patients_with_both_periods": len(both)}
    reason = _why_no_slope(both, lag, span)
    if reason:
        nothing = np.full((len(late), 2), np.nan)
        return Model(method, late.index, nothing[:, 0], nothing, nothing, facts, reason=reason)
    beta, influence = _line(both)
    design = np.column_stack([np.ones(len(late)), late])
    facts |= {"slope": float(beta[1]), "intercept": float(beta[0])}
    moved = influence.reindex(late.index).fillna(0.0).to_numpy()
    return Model(method, late.index, design @ beta, design, moved, facts, notes, patients=len(both))


def _line(both: pd.DataFrame) -> tuple[Array, pd.DataFrame]:
    """Return intercept and slope, and each patient's influence on them."""
    x = np.column_stack([np.ones(len(both)), both["x"]])
    z = both["z"].to_numpy()
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ z
    return beta, pd.DataFrame((x * (z - x @ beta)[:, None]) @ bread, index=both.index)


def _why_no_slope(both: pd.DataFrame, lag: int, span: Span) -> str:
    if len(both) < SMALLEST:
        last = span.baseline + lag + 1
        return (
            f"fewer than {SMALLEST} patients recorded days -{last + span.month - 1} to -{last} "
            "in addition to their baseline"
        )
    return "all baselines are equal: no slope" if np.ptp(both["x"]) == 0 else ""
