"""The margins of a drawing of one Axes, as constrained layout sets them, but seldom measured twice.

Constrained layout measures every text twice, since margins change the size of the Axes, and that may move a
text that hangs over its edge. A drawing begins here with about the margins that it will have: what one
measurement leaves is then less than the padding. Measuring texts is half of what a drawing costs.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

__all__ = ["SnugLayout", "begun", "resized"]

#: Inches that a drawing begins with: left, right, bottom, top.
FIRST = (0.5, 0.1, 0.5, 0.1)
#: Axes whose width or height changed by more than this share are measured again: texts are wider than high.
AGAIN = (0.1, 0.3)
#: Turns more for Axes whose sides keep their ratio.
MOST_TURNS = 6
#: Margins that a drawing had at another width fit when the Axes changes by no more than this share.
FITS = 0.001
#: Inches around a drawing, as constrained layout leaves.
PADDING = 0.04167


class SnugLayout(ConstrainedLayoutEngine):
    """As constrained layout for a Figure of one Axes; any other is laid out by it."""

    #: Where the Axes may already fit: left, bottom, width and height, as shares.
    likely: tuple[float, float, float, float] | None = None

    def execute(self, fig: Figure) -> None:
        """Place the Axes so that all that belongs to it just fits."""
        likely, self.likely = self.likely, None
        if len(fig.axes) != 1 or not (_fits(fig, fig.axes[0], likely) or _placed(fig, fig.axes[0])):
            super().execute(fig)


def begun(width: float, height: float) -> tuple[float, float, float, float]:
    """Return left, bottom, width and height, as shares, of the Axes of a drawing so large in inches."""
    left, right, bottom, top = FIRST
    across, down = max(width - left - right, width / 2), max(height - bottom - top, height / 2)
    return min(left / width, 0.4), min(bottom / height, 0.4), across / width, down / height


def resized(figure: Figure, width: float) -> None:
    """Make a Figure so wide; its only Axes may fit with the margins, in inches, that it had."""
    before, layout = figure.get_figwidth(), figure.get_layout_engine()
    figure.set_figwidth(width)
    if len(figure.axes) == 1 and isinstance(layout, SnugLayout):
        place = figure.axes[0].get_position(original=True)
        across = width - before * (1 - place.width)
        if across > 0 and figure.axes[0].get_aspect() == "auto":
            layout.likely = place.x0 * before / width, place.y0, across / width, place.height


def _fits(figure: Figure, ax: Axes, place: tuple[float, float, float, float] | None) -> bool:
    """Place the Axes here if all that belongs to it just fits, else where it was."""
    if place is None:
        return False
    kept = ax.get_position(original=True).bounds
    _put(ax, place)
    changed = _fitted(figure, ax)
    if changed is not None and max(changed) < FITS:
        return True
    _put(ax, kept)
    return False


def _placed(figure: Figure, ax: Axes) -> bool:
    """Measure and place once, or twice if the Axes changed much; False: there is no room."""
    changed = _fitted(figure, ax)
    if changed is not None and (ax.get_aspect() != "auto" or any(np.greater(changed, AGAIN))):
        changed = _fitted(figure, ax)
    if ax.get_aspect() != "auto":  # what hangs over moves with the sides, which keep their ratio
        for _ in range(MOST_TURNS):
            if changed is None or not any(np.greater(changed, AGAIN)):
                break
            changed = _fitted(figure, ax)
    return changed is not None


def _fitted(figure: Figure, ax: Axes) -> tuple[float, float] | None:
    """Place the Axes by what hangs over it; return by which shares it changed, None: there is no room."""
    place = ax.get_position(original=True)
    whole, padding = figure.bbox, PADDING * figure.dpi
    own = place.transformed(figure.transFigure)
    all_of_it = ax.get_tightbbox(for_layout_only=True)
    if all_of_it is None:
        return None
    left, bottom = own.x0 - all_of_it.x0 + padding, own.y0 - all_of_it.y0 + padding
    width = whole.width - left - (all_of_it.x1 - own.x1 + padding)
    height = whole.height - bottom - (all_of_it.y1 - own.y1 + padding)
    if min(width, height) <= 0:
        return None
    _put(ax, (left / whole.width, bottom / whole.height, width / whole.width, height / whole.height))
    return abs(width / own.width - 1), abs(height / own.height - 1)


def _put(ax: Axes, place: tuple[float, float, float, float]) -> None:
    ax.set_position(place, "original")
    ax.set_in_layout(True)  # or a Figure that is cut to what it shows would lose the Axes
