"""A share over time as steps with its band."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from outcomes.plots.series import Look

__all__ = ["draw_steps"]


def draw_steps(ax: Axes, part: pd.DataFrame, look: Look, label: str, *, start: float) -> None:
    """Draw the estimates from `start` at time 0; the band is open where the interval does not exist."""
    time = np.r_[0.0, part["time"].to_numpy(float)]
    share = 100 * np.r_[start, part["estimate"].to_numpy(float)]
    ax.step(time, share, where="post", color=look.colour, linestyle=look.line, linewidth=1.8, label=label)
    lower, upper = (100 * np.r_[np.nan, part[name].to_numpy(float)] for name in ("lower", "upper"))
    ax.fill_between(time, lower, upper, step="post", color=look.colour, alpha=0.16, linewidth=0)
