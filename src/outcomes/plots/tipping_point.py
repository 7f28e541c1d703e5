"""How much worse the missing days must have been before the conclusion changes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from outcomes.plots.describe import remember
from outcomes.plots.drawable import drawable
from outcomes.plots.style import BLUE, INK, MUTED, VERMILION, axes_or_new, calm
from outcomes.plots.words import amount, between, level_words
from outcomes.results import Estimates

__all__ = ["tipping_point"]

_HINT = "give the result of oc.tipping_point(oc.impute(...))"


def tipping_point(
    result: Estimates | pd.DataFrame,
    *,
    ax: Axes | None = None,
    ylabel: str = "change in headache days per 28 days",
) -> Axes:
    """Draw the estimate with its band over the shift of the imputed values, and where it tips.

    Parameters
    ----------
    result : Estimates or DataFrame
        `term` (``shift`` or ``tipping point``), `delta` (days per 28), `estimate`, `lower`, `upper`, and,
        when there, `event_share` (share of the shifted days that then had the event), as `oc.tipping_point`
        returns it.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    ylabel : str
        What is estimated, with its unit.

    Returns
    -------
    Axes
        A line with its band; a vertical line at the tipping point; shifts that no diary could produce are
        hatched.

    Raises
    ------
    ArgumentError
        When a column is missing or there is no row with an estimate.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> rows = pd.DataFrame({"term": ["shift", "tipping point"], "delta": [0.0, 6.5],
    ...                      "estimate": [-3.0, -2.0], "lower": [-5.0, -4.0], "upper": [-1.0, 0.0]})
    >>> print(plots.describe(plots.tipping_point(rows)))
    change in headache days per 28 days by the shift of imputed values with 95% intervals. Without a shift \
−3.0 (−5.0 to −1.0). The conclusion tips at a shift of 6.5 days per 28: −2.0 (−4.0 to 0.0).
    """
    needed = ["term", "delta", "estimate", "lower", "upper"]
    rows, _ = drawable(result, needed, plot="tipping_point", hint=_HINT, known=["delta", "estimate"])
    rows = rows.sort_values("delta", kind="stable").reset_index(drop=True)
    ax = axes_or_new(ax, height=3.2)
    ax.fill_between(rows["delta"], rows["lower"], rows["upper"], color=BLUE, alpha=0.16, linewidth=0)
    ax.plot(rows["delta"], rows["estimate"], color=BLUE, linewidth=1.8, marker="o", markersize=3.5)
    ax.axhline(0, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
    tip = rows[rows["term"] == "tipping point"]
    if len(tip):
        at = float(tip["delta"].iloc[0])
        ax.axvline(at, color=VERMILION, linewidth=1.3)
        ax.annotate(f"tips at {amount(at, 2)}", (at, 1), xycoords=("data", "axes fraction"), xytext=(0, 4),
                    textcoords="offset points", ha="center", fontsize=8.5, color=INK)  # fmt: skip
    _impossible(ax, rows)
    calm(ax, y=ylabel, x="shift added to imputed values (days per 28 days)")
    return remember(ax, _words(rows, tip, ylabel, result))


def _impossible(ax: Axes, rows: pd.DataFrame) -> None:
    """Hatch the shifts that would need more, or fewer, days with the event than there are days."""
    if "event_share" not in rows.columns or len(rows["delta"].unique()) == 1:
        return
    ends = rows[["delta", "event_share"]].dropna().iloc[[0, -1]].to_numpy(float)
    slope = (ends[1, 1] - ends[0, 1]) / (ends[1, 0] - ends[0, 0])
    # The share is a line in the shift: it leaves 0 to 1 at two shifts.
    none, all_days = (ends[0, 0] + (limit - ends[0, 1]) / slope for limit in (0.0, 1.0))
    low, high = ends[0, 0], ends[1, 0]
    words = "more days than there are", "fewer days than none"
    spans = ((max(low, all_days), high, words[0]), (low, min(high, none), words[1]))
    for start, end, label in spans:
        if end > start:
            ax.axvspan(start, end, facecolor="none", edgecolor=MUTED, hatch="////", alpha=0.7, linewidth=0,
                       label=label)  # fmt: skip
            ax.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False, fontsize=8.5, labelcolor=INK)


def _words(rows: pd.DataFrame, tip: pd.DataFrame, ylabel: str, result: Estimates | pd.DataFrame) -> str:
    level = result.level if isinstance(result, Estimates) else 0.95
    said = [f"{ylabel} by the shift of imputed values{level_words(level)}."]
    for row in rows[np.isclose(rows["delta"], 0)].head(1).itertuples():
        said.append(f"Without a shift {amount(row.estimate)}{between(row.lower, row.upper)}.")
    for row in tip.itertuples():
        days = getattr(row, "event_share", float("nan"))
        share = f", when {100 * days:.0f}% of the shifted days had the event" if days == days else ""
        said.append(
            f"The conclusion tips at a shift of {amount(row.delta)} days per 28{share}: "
            f"{amount(row.estimate)}{between(row.lower, row.upper)}."
        )
    return " ".join(said if len(tip) else [*said, "No shift that is drawn changes the conclusion."])
