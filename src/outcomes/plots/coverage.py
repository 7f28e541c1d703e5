"""Coverage of intervals at known truth: a sign for each estimator and world, and the least accepted."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from outcomes.errors import plural
from outcomes.plots.describe import remember
from outcomes.plots.style import BLUE, INK, MUTED, VERMILION, axes_or_new, calm
from outcomes.plots.swift_axes import named_ticks

__all__ = ["coverage"]

#: Sign of each world, in their order.
SIGNS = "osD^vPX"


def coverage(summary: pd.DataFrame, *, nominal: float, least: float, ax: Axes | None = None) -> Axes:
    """Draw the coverage of each estimator in each world.

    Parameters
    ----------
    summary : DataFrame
        estimator, world, coverage, coverage_error and band (``ok``, ``fails``, ``no number``).
    nominal, least : float
        The level of the intervals, and the least coverage that is accepted.
    ax : Axes, optional
        Where to draw; a new Figure when left out.

    Returns
    -------
    Axes
        One line an estimator; what fails its band is filled and vermilion.
    """
    rows = summary[summary["band"] != "no number"]
    names, worlds = (list(rows[column].drop_duplicates()) for column in ("estimator", "world"))
    ax = axes_or_new(ax, height=1.2 + 0.42 * len(names) + 0.16 * len(worlds))
    for number, world in enumerate(worlds):
        own = rows[rows["world"] == world]
        shift = 0.32 * (number - (len(worlds) - 1) / 2) / max(len(worlds) / 2, 1)
        y = np.array([names.index(name) for name in own["estimator"]]) + shift
        fails = (own["band"] == "fails").to_numpy()
        colours = np.where(fails, VERMILION, BLUE)
        ax.hlines(
            y, own["coverage"] - own["coverage_error"], own["coverage"] + own["coverage_error"], colours
        )
        sign = SIGNS[number % len(SIGNS)]
        ax.scatter(own["coverage"][~fails], y[~fails], marker=sign, facecolors="none", edgecolors=BLUE, s=22)
        ax.scatter(own["coverage"][fails], y[fails], marker=sign, color=VERMILION, s=22)
        ax.scatter([], [], marker=sign, facecolors="none", edgecolors=MUTED, s=22, label=world)
    ax.axvline(nominal, color=MUTED, linewidth=0.8)
    ax.axvline(least, color=MUTED, linewidth=0.8, linestyle=":")
    named_ticks(ax.yaxis, range(len(names)), names)
    ax.invert_yaxis()
    calm(ax, grid="x", xlabel=f"coverage of {nominal:.0%} intervals, with Monte Carlo error")
    ax.legend(
        loc="upper left", bbox_to_anchor=(0, -0.12), frameon=False, ncols=2, fontsize="small", labelcolor=INK
    )
    bad = rows[rows["band"] == "fails"]
    told = ", ".join(bad["estimator"] + " (" + bad["world"] + ")") or "none"
    what = f"{plural(len(names), 'estimator')} in {plural(len(worlds), 'world')}"
    return remember(ax, f"Coverage of {nominal:.0%} intervals of {what}; below {least:.0%}: {told}.")
