"""Which pairs of shifts of the missing days change the conclusion."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from outcomes.errors import ArgumentError
from outcomes.plots.describe import remember
from outcomes.plots.drawable import drawable
from outcomes.plots.style import BLUE, INK, MUTED, VERMILION, axes_or_new, calm
from outcomes.plots.words import amount, between, level_words, plural
from outcomes.results import Estimates

__all__ = ["tipping_surface"]

_HINT = "give the result of oc.tipping_surface(oc.impute(...))"
#: Conclusion -> colour, hatch (a grey print reads it) and the words of the legend.
_REGIONS = {
    "interval below zero": (BLUE, None, "interval below zero"),
    "interval above zero": (VERMILION, "||||", "interval above zero"),
}
_BEYOND = "more or fewer days than there are"


def tipping_surface(
    result: Estimates | pd.DataFrame,
    *,
    ax: Axes | None = None,
    xlabel: str | None = None,
    ylabel: str | None = None,
) -> Axes:
    """Draw the conclusion over two shifts of missing days, with the line where it changes.

    Parameters
    ----------
    result : Estimates or DataFrame
        `delta` and `delta_other` (days per 28, every pair of them), `estimate`, `lower`, `upper`,
        `conclusion` and `status`, as `oc.tipping_surface` returns it.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    xlabel, ylabel : str, optional
        What is shifted along each axis, with its unit; by default the result's own words.

    Returns
    -------
    Axes
        Regions in which the interval excludes zero, thick lines at their edge (a limit is zero), thin
        dashed lines of equal estimates, a dot where nothing is shifted; pairs that no diary could produce are
        hatched.

    Raises
    ------
    ArgumentError
        When a column is missing, or the pairs are no grid of at least 2 x 2 shifts.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> rows = pd.DataFrame({"delta": [0.0, 8.0, 0.0, 8.0], "delta_other": [-8.0, -8.0, 0.0, 0.0],
    ...                      "estimate": [-2.0, 0.0, -3.0, -1.0], "lower": [-4.0, -2.0, -5.0, -3.0],
    ...                      "upper": [0.1, 2.0, -1.0, 1.0], "status": "ok",
    ...                      "conclusion": ["interval includes zero"] * 2 + ["interval below zero"]
    ...                      + ["interval includes zero"]})
    >>> print(plots.describe(plots.tipping_surface(rows, xlabel="active", ylabel="reference")))
    Conclusion over 4 pairs of shifts of missing days with 95% intervals; across: active; up: reference. \
Without a shift −3.0 (−5.0 to −1.0), interval below zero. The interval lies below zero at 1 pair, includes \
zero at 3 and lies above zero at 0.
    """
    needed = ["delta", "delta_other", "estimate", "lower", "upper", "conclusion", "status"]
    rows, _ = drawable(
        result, needed, plot="tipping_surface", hint=_HINT, known=["delta", "estimate", "upper"]
    )
    table = _grid(rows)
    ax = axes_or_new(ax, height=4.6)
    x, y = table["estimate"].columns.to_numpy(float), table["estimate"].index.to_numpy(float)
    _regions(ax, x, y, table)
    _impossible(ax, x, y, rows)
    lines = ax.contour(
        x, y, table["estimate"].to_numpy(float), colors=MUTED, linewidths=0.7, linestyles="dashed"
    )
    ax.clabel(lines, fmt=lambda value: amount(value, 1), fontsize=7.5)
    ax.plot([0], [0], "o", color=INK, mec="white", mew=1.0, markersize=7, zorder=6)
    labels = _labels(result, xlabel, ylabel)
    calm(ax, grid=None, x=labels[0], y=labels[1])
    ax.legend(handles=_legend(rows), loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False,
              fontsize=8.5, labelcolor=INK)  # fmt: skip
    return remember(ax, _words(rows, labels, result))


def _grid(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return estimate, lower and upper as tables: delta across, delta_other down."""
    pairs = rows.set_index(["delta_other", "delta"])
    size = rows["delta_other"].nunique(), rows["delta"].nunique()
    if pairs.index.has_duplicates or len(rows) != size[0] * size[1] or min(size) < 2:
        raise ArgumentError(
            "tipping_surface draws every pair of two sets of shifts",
            got=f"{len(rows)} rows, {size[1]} deltas, {size[0]} other deltas",
            hint=_HINT,
        )
    wide = pairs[["estimate", "lower", "upper"]].unstack().sort_index()  # noqa: PD010 (one row per cell)
    return {name: wide[name].sort_index(axis=1) for name in ("estimate", "lower", "upper")}


def _regions(ax: Axes, x: np.ndarray, y: np.ndarray, table: dict[str, pd.DataFrame]) -> None:
    """Fill where the upper limit is below, or the lower limit above zero; draw the line where it is zero."""
    below, above = table["upper"].to_numpy(float), -table["lower"].to_numpy(float)
    for values, (colour, hatch, _) in zip((below, above), _REGIONS.values(), strict=True):
        if values.min() >= 0:
            continue
        lowest = float(values.min()) - 1.0
        filled = ax.contourf(x, y, values, levels=[lowest, 0.0], colors=[colour], alpha=0.22, hatches=[hatch])
        filled.set_edgecolor(MUTED if hatch else "none")
        if values.max() > 0:
            ax.contour(x, y, values, levels=[0.0], colors=INK, linewidths=2.2, linestyles="solid")


def _impossible(ax: Axes, x: np.ndarray, y: np.ndarray, rows: pd.DataFrame) -> None:
    """Hatch the pairs that would need more, or fewer, days with the event than there are days."""
    beyond = (rows["status"] == _BEYOND).to_numpy()
    if not beyond.any():
        return
    table = rows.assign(beyond=beyond.astype(float)).set_index(["delta_other", "delta"])["beyond"]
    wide = table.unstack().sort_index().sort_index(axis=1).to_numpy(float)  # noqa: PD010
    ax.contourf(x, y, wide, levels=[0.5, 1.5], colors="none", hatches=["////"]).set_edgecolor(MUTED)


def _labels(result: Estimates | pd.DataFrame, xlabel: str | None, ylabel: str | None) -> tuple[str, str]:
    meta = result.meta if isinstance(result, Estimates) else {}
    month = meta.get("month", 28)
    names = meta.get("axes", ("imputed periods", "the other missing days"))
    own = [f"shift of {name} (days per {month})" for name in names]
    return xlabel or own[0], ylabel or own[1]


def _legend(rows: pd.DataFrame) -> list[Patch | Line2D]:
    present = set(rows["conclusion"])
    handles: list[Patch | Line2D] = [
        Patch(facecolor=to_rgba(colour, 0.3), edgecolor=MUTED if hatch else "none", hatch=hatch, linewidth=0,
              label=words)
        for name, (colour, hatch, words) in _REGIONS.items() if name in present
    ]  # fmt: skip
    if len(present) > 1:
        handles.append(Line2D([], [], color=INK, linewidth=2.2, label="the conclusion changes"))
    handles.append(Line2D([], [], color=MUTED, linewidth=0.7, linestyle="dashed", label="equal estimates"))
    handles.append(Line2D([], [], marker="o", color=INK, linestyle="none", markersize=6, label="no shift"))
    if (rows["status"] == _BEYOND).any():
        handles.append(Patch(facecolor="none", edgecolor=MUTED, hatch="////", linewidth=0, label=_BEYOND))
    return handles


def _words(rows: pd.DataFrame, labels: tuple[str, str], result: Estimates | pd.DataFrame) -> str:
    level = result.level if isinstance(result, Estimates) else 0.95
    said = [
        f"Conclusion over {plural(len(rows), 'pair')} of shifts of missing days{level_words(level)}; "
        f"across: {labels[0]}; up: {labels[1]}."
    ]
    nothing = rows[np.isclose(rows["delta"], 0) & np.isclose(rows["delta_other"], 0)]
    for row in nothing.head(1).itertuples():
        said.append(
            f"Without a shift {amount(row.estimate)}{between(row.lower, row.upper)}, {row.conclusion}."
        )
    below, includes, above = (
        int((rows["conclusion"] == f"interval {name} zero").sum()) for name in ("below", "includes", "above")
    )
    said.append(
        f"The interval lies below zero at {plural(below, 'pair')}, includes zero at {includes} and lies "
        f"above zero at {above}."
    )
    beyond = int((rows["status"] == _BEYOND).sum())
    if beyond:
        said.append(f"{plural(beyond, 'pair needs', 'pairs need')} {_BEYOND}.")
    return " ".join(said)
