"""How several groups on one Axes are distinguished: by colour, line and marker at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from outcomes.errors import ArgumentError
from outcomes.plots.style import BLUE, VERMILION

__all__ = ["GRADES", "LOOKS", "NO_GRADE", "RAMP", "Look", "grade_patches", "interval_line", "looks"]


@dataclass(frozen=True, slots=True)
class Look:
    """Colour, line style and marker of one group: each alone is enough to tell it from the others."""

    colour: str
    line: str
    marker: str


#: Okabe and Ito's colours in an order in which neighbours differ most in grey too.
LOOKS: tuple[Look, ...] = (
    Look(BLUE, "-", "o"),
    Look(VERMILION, "--", "D"),
    Look("#009e73", "-.", "s"),
    Look("#cc79a7", ":", "^"),
    Look("#e69f00", (0, (6, 1, 1, 1, 1, 1)), "v"),  # type: ignore[arg-type]
)

#: From none to worst; the lightness falls with each step, so that grey shows the same order.
RAMP: tuple[str, ...] = ("#eef2f5", "#c6dbef", "#85bcdb", "#3787c0", "#0b4d94", "#06264d")
#: CTCAE grades: 0 is no event, 6 an event whose grade was not recorded.
NO_GRADE = 6
GRADES: tuple[str, ...] = (*RAMP, "#f0c58a")
EDGE = "#b9c4cc"


def grade_patches(grades: Iterable[int]) -> list[Patch]:
    """Return the legend of these grades, the mildest first."""
    names = {0: "no event", NO_GRADE: "grade not recorded (?)"}
    return [
        Patch(facecolor=GRADES[g], edgecolor=EDGE, linewidth=0.4, label=names.get(g, f"grade {g}"))
        for g in sorted(set(grades))
    ]


def interval_line(ax: Axes, at: pd.Series, rows: pd.DataFrame, value: str, look: Look, name: str) -> None:
    """Draw a line through the column `value` at the places `at`, with the intervals `lower` to `upper`."""
    ax.vlines(at, rows["lower"], rows["upper"], colors=look.colour, linewidth=1.2)
    ax.plot(at, rows[value], color=look.colour, linestyle=look.line, marker=look.marker, markersize=5,
            linewidth=1.2, label=name, zorder=3)  # fmt: skip


def looks(names: Iterable[object], *, plot: str) -> dict[str, Look]:
    """Give each group its look, in the order of the names.

    Raises
    ------
    ArgumentError
        When there are more groups than can be distinguished.
    """
    groups = list(dict.fromkeys(map(str, names)))
    if len(groups) > len(LOOKS):
        raise ArgumentError(
            f"{plot} cannot draw that many groups distinctly",
            got=f"{len(groups)} groups",
            allowed=f"at most {len(LOOKS)}",
            hint="draw some of the groups, or use one Axes per group",
        )
    return dict(zip(groups, LOOKS, strict=False))
