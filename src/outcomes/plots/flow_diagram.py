"""Who was received, who dropped out of the analysis and where."""

from __future__ import annotations

import textwrap
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from outcomes.errors import ArgumentError
from outcomes.plots.describe import remember
from outcomes.plots.drawn_frame import frame_with
from outcomes.plots.style import BLUE, INK, MUTED, axes_or_new
from outcomes.results import Estimates

__all__ = ["flow_diagram"]

_BOX, _STEP = 0.66, 1.0


def flow_diagram(result: Estimates | pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw one box per stage, with its number of patients, and what each step took away beside it.

    Parameters
    ----------
    result : Estimates or DataFrame
        `stage` and `patients`, one row per stage in order, as `oc.flow` returns it.
    ax : Axes, optional
        Where to draw; a new Figure when left out.

    Returns
    -------
    Axes
        Boxes from top to bottom; their width is the share of the first stage.

    Raises
    ------
    ArgumentError
        When a column is missing or there is no stage.
    """
    stages = frame_with(result, ["stage", "patients"], plot="flow_diagram", hint="give oc.flow(study)")
    if stages.empty:
        raise ArgumentError("flow_diagram has no stage to draw", got="0 rows", hint="give oc.flow(study)")
    stages = stages.assign(lost=-stages["patients"].diff().fillna(0).astype(int))
    ax = axes_or_new(ax, height=0.25 + 0.46 * len(stages))
    first = max(int(stages["patients"].iloc[0]), 1)
    for place, row in enumerate(stages.itertuples()):
        _stage(ax, -place * _STEP, row, share=row.patients / first, last=place == len(stages) - 1)
    ax.set_xlim(-0.01, 1.16)
    ax.set_ylim(-len(stages) * _STEP + 0.3, 0.45)
    ax.set_axis_off()
    return remember(ax, _words(stages))


def _stage(ax: Axes, middle: float, row: object, *, share: float, last: bool) -> None:
    """Draw the pale full-width box, the part of it that is left, the text and the arrow to the next."""
    low = middle - _BOX / 2
    outline: dict[str, Any] = {
        "boxstyle": "round,pad=0,rounding_size=0.02",
        "linewidth": 0.8,
        "mutation_aspect": 4,
    }
    ax.add_patch(FancyBboxPatch((0, low), 1, _BOX, facecolor="none", edgecolor=MUTED, **outline))
    bar = FancyBboxPatch((0, low), share, _BOX, facecolor=BLUE, alpha=0.16, edgecolor="none", **outline)
    bar.set_gid(f"share-{middle:.0f}")
    ax.add_patch(bar)
    text = textwrap.shorten(str(row.stage), 58, placeholder=" ...")  # type: ignore[attr-defined]
    ax.text(0.02, middle, text, va="center", fontsize=8.5, color=INK)
    ax.text(0.98, middle, f"{row.patients}", va="center", ha="right", fontsize=9.5, weight="bold", color=INK)  # type: ignore[attr-defined]
    if row.lost > 0:  # type: ignore[attr-defined]
        ax.text(1.03, middle, f"\N{MINUS SIGN}{row.lost}", va="center", fontsize=8.5, color=MUTED)  # type: ignore[attr-defined]
    if not last:
        ax.annotate(
            "",
            (0.5, middle - _STEP + _BOX / 2),
            xytext=(0.5, low),
            arrowprops={"arrowstyle": "-|>", "color": MUTED, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0},
        )


def _words(stages: pd.DataFrame) -> str:
    said = ["Flow of patients."]
    for row in stages.itertuples():
        fewer = f" ({row.lost} fewer)" if row.lost > 0 else ""
        said.append(f"{row.stage}: {row.patients}{fewer}.")
    return " ".join(said)
