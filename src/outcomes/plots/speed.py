"""How soon pain falls: the share of patients whose fall has been seen, over hours."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from outcomes.errors import plural
from outcomes.plots.at_risk import at_risk_at, numbers_under, time_ticks
from outcomes.plots.describe import remember
from outcomes.plots.drawable import drawable
from outcomes.plots.style import BLUE, axes_or_new, calm
from outcomes.plots.swift_axes import named_ticks
from outcomes.plots.words import between, level_words
from outcomes.results import Estimates

__all__ = ["speed"]

_HINT = "give the result of oc.speed(study)"
_COLUMNS = ["time", "at_risk", "n", "estimate", "lower", "upper"]
DAY = 24.0


def speed(result: Any, *, ax: Axes | None = None, fall: float = 2.0) -> Axes:
    """Draw the share of patients whose pain has been seen to fall.

    Parameters
    ----------
    result : Speed, Estimates or DataFrame
        Of `oc.speed`, or its curve: `time` (hours), `at_risk`, `n`, `estimate`, `lower`, `upper`.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    fall : float, NRS points
        The fall, for the axis; that of the result where it says so.

    Returns
    -------
    Axes
        Steps with a band; under the axis the patients whose fall has not been seen yet.

    Raises
    ------
    ArgumentError
        When a column is missing or there is nothing to draw.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> curve = pd.DataFrame({"time": [2.0, 50.0], "at_risk": [4, 2], "n": [2, 1], "estimate": [0.5, 0.75],
    ...                       "lower": [0.2, 0.4], "upper": [0.9, 0.98]})
    >>> plots.describe(plots.speed(curve))
    'Share with a fall of 2 points or more with 95% intervals. 4 patients, 3 seen to fall; by hour 2: 50% \
(20 to 90); by hour 50: 75% (40 to 98).'
    """
    meta = getattr(result, "meta", {})
    fall = float(meta.get("fall", fall))
    curve = getattr(result, "curve", result)
    curve = curve() if callable(curve) else curve
    rows, _ = drawable(curve, _COLUMNS, plot="speed", hint=_HINT, known=["time", "at_risk", "estimate"])
    rows = rows.sort_values("time", kind="stable")
    ax = axes_or_new(ax, height=3.3)
    time = np.r_[0.0, rows["time"].to_numpy(float)]
    ax.step(time, 100 * np.r_[0.0, rows["estimate"]], where="post", color=BLUE, linewidth=1.8)
    lower, upper = (100 * np.r_[np.nan, rows[name].to_numpy(float)] for name in ("lower", "upper"))
    ax.fill_between(time, lower, upper, step="post", color=BLUE, alpha=0.16, linewidth=0)
    last = max(float(time[-1]), 1.0)
    ticks = time_ticks(last, DAY if last > 2 * DAY else 1.0 if last > 3 else 0.5)
    named_ticks(ax.xaxis, ticks)
    ax.set_xlim(0, last * 1.02)
    ax.set_ylim(0, 102)
    calm(ax, x="hours since the start of the course", y=f"percent with a fall of {fall:g} or more")
    numbers_under(ax, ticks, {"not yet": at_risk_at(rows, ticks)}, what="not yet")
    level = curve.level if isinstance(curve, Estimates) else 0.95
    first = rows[rows["n"] > 0].iloc[:1] if (rows["n"] > 0).any() else rows.iloc[:1]
    said = [
        f"by hour {row.time:.3g}: {100 * row.estimate:.0f}%{between(100 * row.lower, 100 * row.upper, 0)}"
        for row in [*first.itertuples(), *rows.iloc[-1:].itertuples()]
    ]
    counted = f"{plural(int(rows['at_risk'].max()), 'patient')}, {int(rows['n'].sum())} seen to fall"
    words = f"Share with a fall of {fall:g} points or more{level_words(level)}. {counted}; "
    return remember(ax, words + "; ".join(dict.fromkeys(said)) + ".")
