"""What became of those who fell: still better, back and treated again as one stacked picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from outcomes.errors import ArgumentError
from outcomes.plots.at_risk import at_risk_at, numbers_under, time_ticks
from outcomes.plots.describe import remember
from outcomes.plots.drawable import drawable
from outcomes.plots.style import BLUE, GRID, INK, VERMILION, axes_or_new, calm
from outcomes.plots.swift_axes import named_ticks

__all__ = ["still_better"]

_HINT = "give the result of oc.still_better(days, periods)"
_COLUMNS = ["time", "at_risk", "estimate", "back", "treated_again"]
_STEP = 28


def still_better(result: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the shares still better, back and treated again since the end of the course, adding up to 100 %.

    Parameters
    ----------
    result : StillBetter, Estimates or DataFrame
        What `oc.still_better` returned, or its curve, of one group.
    ax : Axes, optional
        Where to draw; a new Figure when left out.

    Returns
    -------
    Axes
        Three stacked areas from day 28, with the numbers still followed below.

    Raises
    ------
    ArgumentError
        When a column is missing, nobody was followed, or there are several groups.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> curve = pd.DataFrame({"time": [40.0, 84.0], "at_risk": [4, 3], "estimate": [0.75, 0.5],
    ...                       "back": [0.25, 0.25], "treated_again": [0.0, 0.25]})
    >>> plots.describe(plots.still_better(curve))
    'Of 4 patients whose days fell, by days since the end of the course. Day 84: 50% still better, 25% back, \
25% treated again.'
    """
    curve, _ = drawable(
        getattr(result, "curve", result), _COLUMNS, plot="still_better", hint=_HINT, known=_COLUMNS
    )
    if curve["time"].duplicated().any():
        raise ArgumentError(
            "still_better draws one group", got="several rows for one day", hint="choose one group"
        )
    curve = curve.sort_values("time")
    ax = axes_or_new(ax, height=3.5)
    time = np.r_[_STEP, curve["time"].to_numpy(float)]
    better, back, again = (
        100 * np.r_[start, curve[name].to_numpy(float)]
        for name, start in (("estimate", 1.0), ("back", 0.0), ("treated_again", 0.0))
    )
    for low, high, colour, label in (
        (0 * better, better, BLUE, "still better"),
        (better, better + back, VERMILION, "back"),
        (better + back, better + back + again, GRID, "treated again"),
    ):
        ax.fill_between(time, low, high, step="post", color=colour, alpha=0.75, linewidth=0, label=label)
    ticks = [tick for tick in time_ticks(float(time[-1]), _STEP) if tick >= _STEP]
    named_ticks(ax.xaxis, ticks)
    ax.set_xlim(_STEP, max(time[-1], _STEP + 1))
    ax.set_ylim(0, 100)
    calm(ax, x="days since the end of the course", y="percent of those whose days fell")
    numbers_under(ax, ticks, {"still followed": at_risk_at(curve, ticks)})
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, fontsize=9, labelcolor=INK)
    return remember(ax, _words(curve))


def _words(curve: pd.DataFrame) -> str:
    end = curve.iloc[-1]
    said = ", ".join(
        f"{100 * end[name]:.0f}% {what}"
        for name, what in (("estimate", "still better"), ("back", "back"), ("treated_again", "treated again"))
    )
    n = int(curve["at_risk"].max())
    at = f"Day {end['time']:.0f}: {said}."
    return f"Of {n} patients whose days fell, by days since the end of the course. {at}"
