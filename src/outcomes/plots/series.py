"""How several groups on one Axes are distinguished: by colour, line and marker at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from outcomes.errors import ArgumentError
from outcomes.plots.style import BLUE, VERMILION

__all__ = ["LOOKS", "RAMP", "Look", "looks"]


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


def looks(names: Iterable[object], *, plot: str) -> dict[str, Look]:
    """Give each group its look, in the order of the names.

    Raises
    ------
    ArgumentError
        When there are more groups than can be told apart.
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
