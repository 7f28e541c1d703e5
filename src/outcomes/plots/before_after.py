"""Each patient's baseline and a later period, joined by a line."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from outcomes.errors import ArgumentError
from outcomes.plots.describe import remember
from outcomes.plots.drawable import one_period
from outcomes.plots.drawn_frame import frame_with
from outcomes.plots.style import BLUE, INK, MUTED, VERMILION, axes_or_new, calm
from outcomes.plots.swift_axes import named_ticks
from outcomes.plots.words import amount, between, plural
from outcomes.results import Estimates

__all__ = ["before_after"]

_HINT = "give oc.periods(study, endpoint=...)"
#: kind -> colour and line: a fall is whole, a rise broken, so that grey shows which is which.
#: Prorated values that are equal may differ in the last digits: that is no fall and no rise.
DECIMALS = 9
_KINDS: dict[str, tuple[str, Any]] = {
    "fall": (BLUE, "-"),
    "no change": (MUTED, (0, (1, 1.5))),
    "rise": (VERMILION, (0, (4, 2))),
}


def before_after(
    result: Estimates | pd.DataFrame,
    *,
    ax: Axes | None = None,
    period: str | None = None,
    mean: Estimates | pd.DataFrame | None = None,
    ylabel: str = "headache days per 28 days",
    limits: tuple[float, float] | None = (0, 28),
) -> Axes:
    """Draw a line per patient from the baseline to one later period.

    Parameters
    ----------
    result : DataFrame
        `patient_id`, `period`, `baseline`, `value` of one endpoint, as `oc.periods` returns it.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    period : str, optional
        Which period; the first after the baseline when left out.
    mean : Estimates or DataFrame, optional
        `period`, `baseline_mean`, `value_mean`, `estimate`, `lower`, `upper`, as `oc.change` returns
        them: drawn as a thick line.
    ylabel : str
        What is measured, with its unit.
    limits : tuple of float, optional
        Ends of the axis; None to fit the data.

    Returns
    -------
    Axes
        Lines of the patients with both values; an open circle for a baseline without a later value.

    Raises
    ------
    ArgumentError
        When a column is missing or no patient has a baseline.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> rows = pd.DataFrame({"patient_id": ["a", "b"], "period": "days 1-28",
    ...                      "baseline": [20.0, 24.0], "value": [12.0, None]})
    >>> plots.describe(plots.before_after(rows))
    'headache days per 28 days at baseline and in days 1-28, one line per patient. Of 1 patient with both \
1 fell, 0 did not change and 0 rose. 1 patient has a baseline and no later value.'
    """
    rows, name = one_period(result, period, ["baseline", "value"], plot="before_after", hint=_HINT)
    rows = rows.dropna(subset=["baseline"])
    if rows.empty:
        raise ArgumentError("before_after has nothing to draw", got="no patient with a baseline", hint=_HINT)
    both = rows.dropna(subset=["value"])
    ax = axes_or_new(ax, height=3.4, width=4.2)
    moved = (both["value"] - both["baseline"]).round(DECIMALS)
    kind = np.sign(moved).map({-1.0: "fall", 0.0: "no change", 1.0: "rise"})
    alone = rows.loc[rows["value"].isna(), "baseline"].to_numpy(float)
    _lines(ax, both, kind)
    ax.plot(np.zeros(len(alone)), alone, "o", mfc="none", mec=MUTED, markersize=6, linestyle="none",
            label=f"no later value ({len(alone)})" if len(alone) else "_")  # fmt: skip
    average = _mean(ax, mean, name)
    named_ticks(ax.xaxis, [0, 1], [f"baseline\nn = {len(rows)}", f"{name}\nn = {len(both)}"])
    ax.set_xlim(-0.35, 1.35)
    calm(ax, y=ylabel)
    if limits:
        ax.set_ylim(limits[0] - 0.02 * (limits[1] - limits[0]), limits[1] + 0.02 * (limits[1] - limits[0]))
        named_ticks(ax.yaxis, np.linspace(*limits, 5))
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, frameon=False, fontsize=8, labelcolor=INK)
    return remember(ax, _words(ylabel, name, kind, len(alone), average))


def _lines(ax: Axes, both: pd.DataFrame, kind: pd.Series) -> None:
    faint = float(np.clip(14 / max(len(both), 1), 0.3, 0.8))
    for name, (colour, line) in _KINDS.items():
        mine = both[(kind == name).to_numpy(bool)]
        ends = mine[["baseline", "value"]].to_numpy(float)
        joined = np.stack([np.tile([0.0, 1.0], (len(ends), 1)), ends], axis=2)
        label = f"{name} ({len(mine)})" if len(mine) else "_"
        style: dict[str, Any] = {"colors": colour, "linestyles": [line], "linewidths": 0.9, "alpha": faint}
        ax.add_collection(LineCollection(list(joined), label=label, **style))
        ax.plot(np.repeat([0, 1], len(ends)), ends.T.ravel(), "o", color=colour, markersize=2.5, alpha=faint)


def _mean(ax: Axes, mean: Estimates | pd.DataFrame | None, period: str) -> pd.Series | None:
    """Draw the mean of the period and return its row; None without one."""
    if mean is None:
        return None
    needed = ["period", "baseline_mean", "value_mean", "estimate", "lower", "upper"]
    frame = frame_with(mean, needed, plot="before_after", hint="mean is the result of oc.change(periods)")
    rows = frame[(frame["period"].astype(str) == period) & frame["baseline_mean"].notna()]
    if len(rows) != 1:
        raise ArgumentError(
            "mean does not have exactly one row with a value for the period",
            got=f"{len(rows)} rows for {period}",
            hint="give oc.change(periods) of these periods, without groups",
        )
    row = rows.iloc[0]
    ends = [row["baseline_mean"], row["value_mean"]]
    ax.plot([0, 1], ends, color=INK, linewidth=2.6, marker="o", markersize=6, zorder=4, label="mean")
    for place, value in enumerate(ends):
        side: dict[str, Any] = {
            "ha": "left" if place else "right",
            "va": "center",
            "fontsize": 9,
            "weight": "bold",
        }
        ax.text(place + (0.06 if place else -0.06), value, f"{value:.1f}", color=INK, **side)
    return row


def _words(ylabel: str, period: str, kind: pd.Series, alone: int, average: pd.Series | None) -> str:
    n = {name: int((kind == name).sum()) for name in _KINDS}
    said = (
        f"{ylabel} at baseline and in {period}, one line per patient. "
        f"Of {plural(len(kind), 'patient')} with both {n['fall']} fell, {n['no change']} did not change "
        f"and {n['rise']} rose."
    )
    if average is not None:
        said += (
            f" The mean went from {average['baseline_mean']:.1f} to {average['value_mean']:.1f}: a change of "
            f"{amount(average['estimate'])}{between(average['lower'], average['upper'])}."
        )
    if alone:
        said += f" {plural(alone, 'patient has', 'patients have')} a baseline and no later value."
    return said
