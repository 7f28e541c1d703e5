"""How long the fall lasts: the share not yet back near baseline over time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from outcomes.plots.at_risk import at_risk_at, numbers_under, time_ticks
from outcomes.plots.describe import remember
from outcomes.plots.drawable import drawable
from outcomes.plots.groups import as_text
from outcomes.plots.series import Look, looks
from outcomes.plots.steps import draw_steps
from outcomes.plots.style import INK, axes_or_new, calm
from outcomes.plots.swift_axes import named_ticks
from outcomes.plots.words import between, level_words, plural
from outcomes.results import Estimates

__all__ = ["durability"]

_HINT = "give the result of oc.durability(days, periods)"
_COLUMNS = ["time", "at_risk", "relapses", "competing", "estimate", "lower", "upper"]
_STEP = 28


def durability(
    result: Any,
    *,
    ax: Axes | None = None,
    by: str | None = None,
    ylabel: str = "percent of patients without relapse",
) -> Axes:
    """Draw the Kaplan-Meier curve with its band, censored patients as ticks and the numbers at risk below.

    Parameters
    ----------
    result : Durability, Estimates or DataFrame
        What `oc.durability` returned, or its curve: `time` (days since the end of the course), `at_risk`,
        `relapses`, `competing`, `estimate`, `lower`, `upper`, the last three as proportions.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    by : str, optional
        Column whose levels are drawn separately.
    ylabel : str
        What the curve is of.

    Returns
    -------
    Axes
        Steps from 100 percent; ticks where patients left without relapse (the end of their diary or a
        next course).

    Raises
    ------
    ArgumentError
        When a column is missing or nobody was followed.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> curve = pd.DataFrame({"time": [30.0, 40.0], "at_risk": [4, 3], "relapses": [1, 0], "competing": 0,
    ...                       "estimate": [0.75, 0.75], "lower": [0.13, 0.13], "upper": [0.96, 0.96]})
    >>> plots.describe(plots.durability(curve))
    'Share of patients without relapse over days since the end of the course with 95% intervals. 4 patients, \
1 relapse; day 28: 100% without relapse, 4 at risk; last day 40: 75% (13 to 96), 3 at risk.'
    """
    curve, _ = drawable(
        getattr(result, "curve", result), [*_COLUMNS, *([by] if by else [])], plot="durability", hint=_HINT,
        known=["time", "at_risk", "estimate"],
    )  # fmt: skip
    curve = curve.assign(curve=as_text(curve[by]) if by else "all").sort_values(["curve", "time"])
    styles = looks(curve["curve"], plot="durability")
    ax = axes_or_new(ax, height=3.3 + 0.15 * len(styles))
    parts = {name: curve[curve["curve"] == name] for name in styles}
    for name, part in parts.items():
        _curve(ax, part, styles[name], name if by else "_")
    last = float(curve["time"].max())
    ticks = time_ticks(last, _STEP)
    named_ticks(ax.xaxis, ticks)
    ax.set_xlim(0, last * 1.02)
    ax.set_ylim(0, 102)
    calm(ax, x="days since the end of the course", y=ylabel)
    numbers_under(ax, ticks, {name: at_risk_at(part, ticks) for name, part in parts.items()})
    if by:
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, fontsize=9, labelcolor=INK)
    return remember(ax, _words(parts, result, named=by is not None))


def _curve(ax: Axes, part: pd.DataFrame, look: Look, label: str) -> None:
    draw_steps(ax, part, look, label, start=1.0)
    left = _censored(part)
    ax.plot(part["time"][left], 100 * part["estimate"][left], "|", color=INK, markersize=7, mew=1.1)


def _censored(part: pd.DataFrame) -> np.ndarray:
    """Say at which times somebody left the risk set without a relapse."""
    gone = part["at_risk"].to_numpy(float) - np.r_[part["at_risk"].to_numpy(float)[1:], 0]
    return np.asarray(gone > part["relapses"].to_numpy(float))


def _words(parts: dict[str, pd.DataFrame], result: Any, *, named: bool) -> str:
    curve = getattr(result, "curve", result)
    level = curve.level if isinstance(curve, Estimates) else 0.95
    said = [f"Share of patients without relapse over days since the end of the course{level_words(level)}."]
    for name, part in parts.items():
        n, events = int(part["at_risk"].max()), int(part["relapses"].sum())
        before = part[part["time"] <= _STEP]
        share = 100 * before["estimate"].iloc[-1] if len(before) else 100.0
        end = part.iloc[-1]
        limits = between(100 * end["lower"], 100 * end["upper"], 0)
        said.append(
            (f"{name}: " if named else "")
            + f"{plural(n, 'patient')}, {plural(events, 'relapse')}; day {_STEP}: {share:.0f}% without "
            f"relapse, {at_risk_at(part, [_STEP])[0]} at risk; last day {end['time']:.0f}: "
            f"{100 * end['estimate']:.0f}%{limits}, {end['at_risk']:.0f} at risk."
        )
    return " ".join(said)
