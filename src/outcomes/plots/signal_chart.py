"""A rate or proportion over repeated looks, with the interval that holds at all of them together."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from outcomes.errors import ArgumentError
from outcomes.plots.describe import remember
from outcomes.plots.drawable import drawable
from outcomes.plots.style import BLUE, INK, MUTED, VERMILION, axes_or_new, calm
from outcomes.plots.words import amount, between, plural
from outcomes.results import Estimates

__all__ = ["signal_chart"]

_HINT = "give signal(proportion_sequence(...), reference=...) of oc.sequential"
_COLUMNS = ["look", "estimate", "lower", "upper"]
_DIGITS = 3


def signal_chart(
    result: Estimates | pd.DataFrame, *, ax: Axes | None = None, ylabel: str | None = None
) -> Axes:
    """Draw the estimate at each look with its confidence sequence, the reference and the first signal.

    Parameters
    ----------
    result : Estimates or DataFrame
        `look`, `estimate`, `lower`, `upper` (the sequence); when there, `lower_single` and `upper_single`
        (the interval for one look), `reference`, `signal`, and `N` or `exposure`.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    ylabel : str, optional
        What is estimated, with its unit; from the result's kind when left out.

    Returns
    -------
    Axes
        The band is the sequence, dotted lines are the interval of a single look, a diamond marks the
        first signal.

    Raises
    ------
    ArgumentError
        When a column is missing or no look has an estimate.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> looks = pd.DataFrame({"look": [1, 2], "N": [20, 40], "estimate": [0.05, 0.25], "lower": [0.0, 0.09],
    ...                       "upper": [0.4, 0.4], "reference": 0.05, "signal": [False, True]})
    >>> plots.describe(plots.signal_chart(looks))
    'proportion over 2 looks; the 95% interval holds at all looks together. Last look, N = 40: 0.250 \
(0.090 to 0.400). Reference 0.050: signal from look 2 on.'
    """
    rows, missing = drawable(result, _COLUMNS, plot="signal_chart", hint=_HINT, known=["look", "estimate"])
    rows = rows.sort_values("look", kind="stable").reset_index(drop=True)
    if rows["look"].duplicated().any():
        raise ArgumentError("signal_chart draws one sequence", got="a look with several rows", hint=_HINT)
    kind = result.meta.get("kind", "proportion") if isinstance(result, Estimates) else "proportion"
    ylabel = ylabel or (result.title if isinstance(result, Estimates) and kind != "proportion" else kind)
    ax = axes_or_new(ax, height=3.3)
    _band(ax, rows)
    reference = rows["reference"].iloc[0] if "reference" in rows.columns else None
    if reference is not None:
        ax.axhline(reference, color=INK, linewidth=1, linestyle=(0, (4, 2)), label="reference")
    first = _first_signal(rows)
    if first is not None:
        ax.plot(first["look"], first["estimate"], "D", color=VERMILION, markersize=8, zorder=4,
                label=f"first signal: look {first['look']:.0f}")  # fmt: skip
    _scale(ax, rows, reference, floor=kind != "mean")
    calm(ax, y=ylabel, x=_xlabel(rows))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=9))
    ax.set_xlim(rows["look"].min() - 0.5, rows["look"].max() + 0.5)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=8.5, labelcolor=INK)
    return remember(ax, _words(rows, missing, ylabel, reference, first, result))


def _band(ax: Axes, rows: pd.DataFrame) -> None:
    lower, upper = (rows[name].replace([np.inf, -np.inf], np.nan) for name in ("lower", "upper"))
    ax.fill_between(
        rows["look"], lower, upper, color=BLUE, alpha=0.18, linewidth=0, label="holds at all looks"
    )
    ax.plot(rows["look"], rows["estimate"], color=BLUE, linewidth=1.6,
            marker="o" if len(rows) <= 40 else "", markersize=3.5, label="estimate")  # fmt: skip
    if {"lower_single", "upper_single"} <= set(rows.columns):
        for name, label in (("lower_single", "for one look only"), ("upper_single", "_")):
            finite = rows[name].replace([np.inf, -np.inf], np.nan)
            ax.plot(rows["look"], finite, color=MUTED, linewidth=1, linestyle=":", label=label)


def _scale(ax: Axes, rows: pd.DataFrame, reference: float | None, *, floor: bool) -> None:
    """Fit the axis to the later looks: the first intervals are as wide as the scale and say little."""
    late = rows.iloc[len(rows) // 5 :]
    values = np.r_[late[["lower", "upper"]].to_numpy(float).ravel(), rows["estimate"].to_numpy(float)]
    values = np.r_[values[np.isfinite(values)], reference if reference is not None else []]
    low, high = float(values.min()), float(values.max())
    room = 0.06 * (high - low) or 0.5
    ax.set_ylim(0 if floor else low - room, high + room)


def _first_signal(rows: pd.DataFrame) -> pd.Series | None:
    if "signal" not in rows.columns or not rows["signal"].any():
        return None
    return rows[rows["signal"].astype(bool)].iloc[0]


def _seen(row: pd.Series) -> str:
    for name, word in (("N", "N"), ("exposure", "exposure")):
        if name in row.index:
            return f"{word} = {row[name]:.4g}"
    return ""


def _xlabel(rows: pd.DataFrame) -> str:
    first, last = _seen(rows.iloc[0]), _seen(rows.iloc[-1])
    return f"look ({first} at the first, {last} at the last)" if first else "look"


def _words(
    rows: pd.DataFrame, missing: int, ylabel: str, reference: float | None, first: pd.Series | None,
    result: Estimates | pd.DataFrame,
) -> str:  # fmt: skip
    level = result.level if isinstance(result, Estimates) else 0.95
    end = rows.iloc[-1]
    seen = _seen(end)
    said = (
        f"{ylabel} over {plural(len(rows), 'look')}; the {100 * (level or 0.95):.3g}% interval holds "
        f"at all looks together. Last look{f', {seen}' if seen else ''}: {amount(end['estimate'], _DIGITS)}"
        f"{between(end['lower'], end['upper'], _DIGITS)}."
    )
    if reference is not None:
        found = f"signal from look {first['look']:.0f} on" if first is not None else "no signal"
        said += f" Reference {amount(reference, _DIGITS)}: {found}."
    return said + (f" {plural(missing, 'look')} without an estimate not drawn." if missing else "")
