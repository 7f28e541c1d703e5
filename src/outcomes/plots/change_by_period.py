"""Mean change from baseline by period with its interval, beside what groups without the drug did."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from outcomes.errors import ArgumentError
from outcomes.plots.describe import remember
from outcomes.plots.drawn_frame import frame_with
from outcomes.plots.note import note
from outcomes.plots.period_marks import draw_marks, of_n, period_axis, placed
from outcomes.plots.style import GRID, INK, MUTED, axes_or_new, calm
from outcomes.plots.words import amount, between
from outcomes.results import Estimates

__all__ = ["change_by_period"]

_HINT = "give the result of oc.change(oc.periods(study))"


def change_by_period(
    result: Estimates | pd.DataFrame,
    *,
    ax: Axes | None = None,
    by: str | Sequence[str] | None = None,
    band: tuple[float, float] | None = None,
    band_label: str = "",
    ylabel: str = "change in headache days per 28 days",
    height: float = 3.4,
) -> Axes:
    """Draw the mean change of each period with its interval, and no change as a line.

    Parameters
    ----------
    result : Estimates or DataFrame
        One row per period in the order of time, or a group and period, with `period`, `n`, `estimate`,
        `lower`, `upper`, as `oc.change` returns it. A missing n is written as withheld.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    by : str or list of str, optional
        Columns of the groups, at most five, drawn beside each other; found by themselves when a period
        occurs more than once. Patients without a level are the group "not recorded".
    band : tuple of float, optional
        The least and the largest change of other groups, in the unit of the estimates: drawn as a grey band.
    band_label : str
        What the band is, with its source.
    ylabel : str
        What changes, with its unit.
    height : float, inches
        Of a new Figure.

    Returns
    -------
    Axes
        Points with error bars, not joined: the patients of two periods are not the same.

    Raises
    ------
    ArgumentError
        When a column is missing or no period has an estimate.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> rows = pd.DataFrame({"period": ["days 1-28"], "n": [20], "estimate": [-3.2],
    ...                      "lower": [-5.0], "upper": [-1.4]})
    >>> print(plots.describe(plots.change_by_period(rows)))
    Mean change in headache days per 28 days by period, with 95% intervals. days 1-28: −3.2 (−5.0 to \
−1.4), n = 20.
    """
    rows = frame_with(
        result, ["period", "n", "estimate", "lower", "upper"], plot="change_by_period", hint=_HINT
    ).reset_index(drop=True)
    if rows["estimate"].isna().all():
        raise ArgumentError(
            "change_by_period has no period with an estimate", got=f"{len(rows)} rows", hint=_HINT
        )
    rows, styles = placed(rows, by, plot="change_by_period", hint=_HINT)
    ax = axes_or_new(ax, height=height + 0.2 * (len(styles) > 1) * (1 + len(styles)))
    if band is not None:
        ax.axhspan(*sorted(band), color=GRID, alpha=0.9, linewidth=0, zorder=0)
        # above the axes, where no interval crosses the words
        words = f"shaded: {band_label}"
        note(ax, words, (1, 1), by=(0, 3), of="axes", ha="right", va="bottom", fontsize=8, color=MUTED)
    ax.axhline(0, color=INK, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)
    draw_marks(ax, rows, "estimate", styles)
    period_axis(ax, rows, styles)
    calm(ax, y=ylabel)
    level = result.level if isinstance(result, Estimates) else 0.95
    return remember(ax, _words(rows, ylabel, level, band, band_label))


def _words(
    rows: pd.DataFrame, ylabel: str, level: float | None, band: tuple[float, float] | None, label: str
) -> str:
    kind = f", with {100 * level:.0f}% intervals" if level else ""
    said = [f"Mean {ylabel} by period{kind}."]
    for row in rows.itertuples():
        name = f"{row.group}, {row.period}" if row.group else row.period
        if pd.isna(row.estimate):
            said.append(f"{name}: no value, {of_n(row.n)}.")
            continue
        limits = between(row.lower, row.upper)
        said.append(f"{name}: {amount(row.estimate)}{limits}, {of_n(row.n)}.")
    if band is not None:
        said.append(f"Band: {label},{between(*band)}.")
    return " ".join(said)
