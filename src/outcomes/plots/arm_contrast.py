"""Two arms' contrast, an event a row: what can be drawn, and the estimates with their limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from outcomes.plots.drawable import drawable, known_reference, one_label, two_arms
from outcomes.plots.drawn_frame import check_most
from outcomes.plots.style import BLUE, INK, axes_or_new, calm, panel
from outcomes.plots.words import plural
from outcomes.results import Estimates

__all__ = ["ArmContrast", "draw_contrast", "event_axes", "event_rows", "row_axis"]

_COLUMNS = ["contrast", "n", "N", "n_reference", "N_reference", "estimate", "lower", "upper"]
_RATIO_TICKS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)


@dataclass(frozen=True)
class ArmContrast:
    """The rows drawn, the largest estimate first, each named in `event`; the arms; what is not drawn."""

    rows: pd.DataFrame
    arms: list[str]
    ratio: bool
    left_out: int
    unknown: int

    @property
    def what(self) -> str:
        """Ratio or difference."""
        return "ratio" if self.ratio else "difference"

    def not_drawn(self) -> list[str]:
        """Return the sentences on events that are not drawn."""
        counted = ((self.left_out, f"a smaller {self.what}"), (self.unknown, f"a {self.what}"))
        words = ("with", "without")
        return [
            f"{plural(many, 'event')} {word} {what} not drawn."
            for word, (many, what) in zip(words, counted, strict=True)
            if many
        ]


def event_rows(
    result: Estimates | pd.DataFrame, label: str | None, most: int, *, plot: str, hint: str
) -> ArmContrast:
    """Return the `most` events with the largest estimates.

    Raises
    ------
    ArgumentError
        When a column is missing, there is no row with an estimate, or there are several contrasts.
    """
    check_most(most)
    known = ["estimate", "N", "N_reference"]
    rows, unknown = drawable(result, _COLUMNS, plot=plot, hint=hint, known=known)
    arms, ratio = two_arms(rows, plot=plot, hint=hint, reference=known_reference(result))
    rows = rows.assign(event=one_label(rows.drop(columns="contrast"), label, plot=plot))
    rows = rows.sort_values(["estimate", "event"], ascending=[False, True], kind="stable", ignore_index=True)
    return ArmContrast(rows.head(most), arms, ratio, max(len(rows) - most, 0), unknown)


def event_axes(ax: Axes | None, rows: int, *, each: float, left: float) -> tuple[Axes, Axes, Axes]:
    """Return the axes, and the two that stand in it side by side: `left` is the share of the first."""
    ax = axes_or_new(ax, height=1.1 + each * rows, width=6.6)
    ax.set_axis_off()
    return ax, panel(ax, (0, 0, left, 1)), panel(ax, (left + 0.06, 0, 0.94 - left, 1))


def row_axis(ax: Axes, rows: int, xlabel: str) -> None:
    """Lay an axis out for rows of events, the first on top."""
    ax.set_ylim(rows - 0.4, -0.6)
    calm(ax, grid="x", x=xlabel)
    ax.spines["left"].set_visible(False)


def draw_contrast(ax: Axes, found: ArmContrast) -> None:
    """Draw the estimates; what is not finite on its axis ends in an arrow at the edge."""
    rows, arms, ratio = found.rows, found.arms, found.ratio
    scale, sign, none = (1.0, "/", 1.0) if ratio else (100.0, "\N{MINUS SIGN}", 0.0)
    values = scale * rows[["estimate", "lower", "upper"]].to_numpy(float)
    if ratio:
        ax.set_xscale("log")
    finite = values[np.isfinite(values) & ((values > 0) | (not ratio))]
    low, high = min([none, *finite]), max([none, *finite])
    ax.set_xlim(*((low / 1.3, high * 1.3) if ratio else (low - 2, high + 2)))
    if ratio:
        ticks = [tick for tick in _RATIO_TICKS if low / 1.3 <= tick <= high * 1.3]
        ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.minorticks_off()
    ax.axvline(none, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
    ends = np.clip(values, *ax.get_xlim())
    inside = np.flatnonzero(values[:, 0] == ends[:, 0])
    ax.plot(values[inside, 0], inside, "s", color=BLUE, markersize=5)
    for row, ((_, lower, upper), (_, first, last)) in enumerate(zip(values, ends, strict=True)):
        ax.hlines(row, first, last, colors=BLUE, linewidth=1.5)
        for beyond, end, arrow in ((lower < first, first, "<"), (upper > last, last, ">")):
            if beyond:
                ax.plot(end, row, arrow, color=BLUE, markersize=4.5, clip_on=False)
    unit = "ratio" if ratio else "percentage points"
    row_axis(ax, len(rows), f"{arms[0]} {sign} {arms[1]}\n({unit})")
    ax.set_yticks(range(len(rows)), [""] * len(rows))
