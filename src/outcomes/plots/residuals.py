"""Residuals of a fit: against the fitted values, and against what a normal distribution would give."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from outcomes.plots.describe import remember
from outcomes.plots.drawable import drawable
from outcomes.plots.style import BLUE, INK, VERMILION, axes_or_new, calm, panel
from outcomes.plots.words import amount, plural

__all__ = ["residuals"]

_HINT = "give a fit of oc.mmrm, or a frame with fitted and resid"
#: Standardised residuals beyond this are marked: 1 in 370 of a normal distribution.
_FAR = 3.0


def residuals(result: Any, *, ax: Axes | None = None) -> Axes:
    """Draw standardised residuals over fitted values, and their quantiles over normal ones.

    Parameters
    ----------
    result : MMRMResult or DataFrame
        A fit with `fittedvalues` and ``resid("normalized")``, or a frame with `fitted` and `resid`; residuals
        in standard deviations.
    ax : Axes, optional
        Where to draw; a new Figure when left out. It is divided in two.

    Returns
    -------
    Axes
        Holds two: ``ax.child_axes[0]`` residuals over fitted values, ``ax.child_axes[1]`` the quantiles.

    Raises
    ------
    ArgumentError
        When a column is missing or there is no residual.

    Notes
    -----
    The i-th of n sorted residuals is drawn over the normal quantile at (i - 0.5) / n.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> rows = pd.DataFrame({"fitted": [10.0, 12.0, 14.0], "resid": [-1.0, 0.0, 1.0]})
    >>> plots.describe(plots.residuals(rows))
    'Standardised residuals of 3 rows: from −1.0 to 1.0, 0 of them beyond 3 standard deviations.'
    """
    rows, missing = drawable(_frame(result), ["fitted", "resid"], plot="residuals", hint=_HINT,
                             known=["fitted", "resid"])  # fmt: skip
    value = rows["resid"].to_numpy(float)
    ax = axes_or_new(ax, height=3.0, width=6.6)
    ax.set_axis_off()
    left, right = panel(ax, (0, 0, 0.46, 1)), panel(ax, (0.57, 0, 0.43, 1))
    faint = float(np.clip(60 / len(value), 0.25, 0.9))
    _points(left, rows["fitted"].to_numpy(float), value, faint)
    calm(left, x="fitted value", y="residual (standard deviations)")
    left.axhline(0, color=INK, linewidth=0.9)
    ordered = np.sort(value)
    normal = NormalDist()
    expected = np.array([normal.inv_cdf((i + 0.5) / len(value)) for i in range(len(value))])
    _points(right, expected, ordered, faint)
    end = 1.05 * max(np.abs(ordered).max(), np.abs(expected).max(), 1.0)
    right.plot([-end, end], [-end, end], color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
    right.set_xlim(-end, end)
    right.set_ylim(-end, end)
    left.set_ylim(-end, end)
    calm(right, x="quantile of a normal distribution", y="")
    said = (
        f"Standardised residuals of {plural(len(value), 'row')}: from {amount(value.min())} to "
        f"{amount(value.max())}, {int((np.abs(value) > _FAR).sum())} of them beyond {_FAR:.0f} "
        "standard deviations."
    )
    return remember(ax, said + (f" {plural(missing, 'row')} without a residual." if missing else ""))


def _frame(result: Any) -> Any:
    if isinstance(result, pd.DataFrame) or not hasattr(result, "fittedvalues"):
        return result
    return pd.DataFrame(
        {"fitted": np.asarray(result.fittedvalues), "resid": np.asarray(result.resid("normalized"))}
    )


def _points(ax: Axes, x: np.ndarray, y: np.ndarray, faint: float) -> None:
    """Draw circles; those far out in another colour and shape."""
    far = np.abs(y) > _FAR
    ax.plot(x[~far], y[~far], "o", color=BLUE, markersize=3.5, alpha=faint, mew=0)
    ax.plot(x[far], y[far], "D", color=VERMILION, markersize=4.5)
