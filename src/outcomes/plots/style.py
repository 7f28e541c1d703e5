"""Colours and settings that all plots share.

The colours are Okabe and Ito's, which people with any of the common colour deficiencies can tell apart;
no plot relies on them alone: shape, line style or position say the same, so that a grey print reads too.
Text and lines have a colour of their own role, which `svg` turns into a CSS variable: a dark page can
then draw them light.

References
----------
Okabe M, Ito K. Color Universal Design. https://jfly.uni-koeln.de/color/
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Literal

from matplotlib import rc_context, rcParams, rcParamsDefault
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from outcomes.plots.snug_layout import SnugLayout, begun
from outcomes.plots.swift_axes import SwiftAxes

__all__ = [
    "BLUE",
    "GRID",
    "INK",
    "MUTED",
    "PALETTE",
    "SKY",
    "VERMILION",
    "WIDTH",
    "axes_or_new",
    "calm",
    "panel",
    "svg_settings",
    "untouched_settings",
]

INK = "#1c2328"
MUTED = "#5a666f"
GRID = "#d8dee3"
BLUE = "#0072b2"
VERMILION = "#d55e00"
SKY = "#56b4e9"

#: Role -> colour on a light page; `svg` writes ``var(--fig-ROLE, colour)``.
PALETTE: dict[str, str] = {
    "ink": INK,
    "muted": MUTED,
    "grid": GRID,
    "blue": BLUE,
    "vermilion": VERMILION,
    "sky": SKY,
}

_SVG = {"svg.hashsalt": "outcomes", "svg.fonttype": "none"}

#: Inches. Narrow on purpose: on a telephone the text keeps a readable size.
WIDTH = 5.8


def axes_or_new(ax: Axes | None, *, height: float, width: float = WIDTH) -> Axes:
    """Return `ax`, or the only Axes of a new Figure of this size in inches."""
    if ax is not None:
        return ax
    figure = Figure(figsize=(width, height), layout=SnugLayout(), facecolor="none")
    made = figure.add_subplot(axes_class=SwiftAxes, facecolor="none")
    made.set_position(begun(width, height), "original")
    return made


def panel(ax: Axes, place: tuple[float, float, float, float]) -> Axes:
    """Return a panel at a place of `ax` (left, bottom, width, height as shares), clear as `ax` is."""
    return ax.inset_axes(place, facecolor="none")


@contextmanager
def untouched_settings() -> Iterator[None]:
    """Draw with matplotlib's own settings for a while, whatever the caller or a matplotlibrc has set."""
    kept = {name: value for name, value in rcParamsDefault.items() if not name.startswith("backend")}
    with rc_context(kept | _SVG):
        yield


@contextmanager
def svg_settings() -> Iterator[None]:
    """Write SVG with texts as texts and the same names each time; copying all settings takes half a ms."""
    with nullcontext() if all(rcParams[name] == value for name, value in _SVG.items()) else rc_context(_SVG):
        yield


def calm(ax: Axes, *, grid: Literal["x", "y"] | None = "y", **labels: Any) -> None:
    """Keep what is not data in the background: no box, thin grid on one axis, muted ticks."""
    for side in ("top", "right", "left" if grid == "y" else "bottom"):
        ax.spines[side].set_visible(False)
    for spine in ax.spines.values():
        spine.set_color(GRID)
    ax.tick_params(colors=MUTED, labelcolor=INK, labelsize=9, length=0)
    if grid:
        ax.grid(axis=grid, color=GRID, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.set_xlabel(labels.get("x", ""), fontsize=9, color=INK)
    ax.set_ylabel(labels.get("y", ""), fontsize=9, color=INK)
