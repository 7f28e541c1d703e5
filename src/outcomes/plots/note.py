"""Words some points beside a place: a text that is moved, a third of what an annotation costs to place."""

from __future__ import annotations

from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.transforms import Bbox, ScaledTranslation

__all__ = ["note"]


class _Note(Text):
    """A text that knows what it is beside, as an annotation does."""

    def __init__(self, words: str, at: tuple[float, float], **look: Any) -> None:
        super().__init__(*at, words, clip_on=False, **look)
        self.xy = at


class _OfPoint(_Note):
    """A text beside a point, which goes when the point is beyond the axes."""

    def draw(self, renderer: Any) -> None:
        if self._beside_something():
            super().draw(renderer)

    def get_tightbbox(self, renderer: Any = None) -> Bbox | None:
        return super().get_tightbbox(renderer) if self._beside_something() else Bbox.null()

    def _beside_something(self) -> bool:
        return self.axes is not None and bool(self.axes.viewLim.contains(*self.xy))


def note(
    ax: Axes,
    words: str,
    at: tuple[float, float],
    *,
    by: tuple[float, float],
    of: Literal["point", "row", "column", "axes"],
    **look: Any,
) -> None:
    """Write words beside a place.

    Parameters
    ----------
    ax : Axes
        Where to write.
    words : str
        What to write.
    at : tuple of float
        x and y: of the data, but x of a row, y of a column and both of the axes are shares of the Axes.
    by : tuple of float, points
        How far to the right of the place and above it.
    of : {"point", "row", "column", "axes"}
        What the words are about. Those of a point beyond the axes are not shown.
    **look : Any
        As of `matplotlib.text.Text`.
    """
    places = {
        "point": ax.transData,
        "row": ax.get_yaxis_transform(),
        "column": ax.get_xaxis_transform(),
        "axes": ax.transAxes,
    }
    shift = ScaledTranslation(by[0] / 72, by[1] / 72, ax.figure.dpi_scale_trans)
    kind = _OfPoint if of == "point" else _Note
    ax.add_artist(kind(words, at, transform=places[of] + shift, **look))
