"""Axes whose ticks are one tick that is moved along the axis.

matplotlib makes an object with five artists for each tick of each axis, and measures its label four times for
each drawing: half of what a drawing of this package costs. Here one tick is moved to each place, and measured
once; the drawing is the same to the letter. As soon as somebody asks for the ticks (``ax.get_xticklabels()``)
or the axis has what one tick cannot show (minor ticks, labels on both sides, a common offset, other Axes
beside it), it is an axis like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
from matplotlib.artist import allow_rasterization
from matplotlib.axes import Axes
from matplotlib.axis import Axis, Tick, XAxis, YAxis
from matplotlib.offsetbox import OffsetBox
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike

__all__ = ["SwiftAxes", "named_ticks"]


class _Swift(Axis):
    """An axis that draws and measures one tick for all."""

    axis_name: str
    # of XAxis and YAxis
    get_ticks_position: Any
    label_position: Any
    #: Names of the ticks, dots per inch, and how far below or left of the Axes its label stands.
    _put: tuple[list[str], float, float] | None = None
    #: Whether somebody has put the label in a place of its own.
    _label_stays = False

    def draw(self, renderer: Any) -> None:
        """Draw the grid, the names of the ticks and the axis' label."""
        shown = self._shown()
        if shown is None:
            super().draw(renderer)
        elif self.get_visible():
            renderer.open_group("matplotlib.axis", gid=self.get_gid())
            if self._put is None or self._put[:2] != self._measured_of(shown):
                self._put_label(shown, self._boxes(shown, renderer))
            else:  # the layout has measured the same names
                self._move_label(self._put[2])
            self._put = None
            for tick in self._moved(shown):
                self._draw(tick, renderer)
            self.label.draw(renderer)
            renderer.close_group("matplotlib.axis")
            self.stale = False

    def get_tightbbox(self, renderer: Any = None, *, for_layout_only: bool = False) -> Bbox | None:
        """Return the box around the names of the ticks and the axis' label, as matplotlib's axes do."""
        shown = self._shown()
        if shown is None or renderer is None:
            return super().get_tightbbox(renderer, for_layout_only=for_layout_only)
        if not self.get_visible() or (for_layout_only and not self.get_in_layout()):
            return None
        boxes = self._boxes(shown, renderer)
        self._put_label(shown, boxes)
        parts = [*boxes]
        if self.label.get_visible():
            label = self.label.get_window_extent(renderer)
            parts.append(_thin(label, self.axis_name) if for_layout_only else label)
        parts = [box for box in parts if box.width or box.height]
        return Bbox.union(parts) if parts else None

    def _shown(self) -> list[tuple[float, str]] | None:
        """Return place and name of each tick in view; None: this axis needs ticks of its own."""
        if len(self.majorTicks) > 1 or not isinstance(self.get_minor_locator(), NullLocator):
            return None
        if self._label_stays:
            return None
        sides = {self.get_ticks_position(), self.label_position}
        if sides - {"bottom", "left"} or len(self.axes.figure.axes) > 1:
            return None
        places = np.asarray(self.get_majorticklocs(), float)
        names = self.get_major_formatter().format_ticks(list(places))
        if self.get_major_formatter().get_offset():
            return None
        low, high = np.sort(self.get_transform().transform(np.sort(self.get_view_interval())))
        at = self.get_transform().transform(places)
        room = 1e-10 * (high - low)
        inside = (low - room <= at) & (at <= high + room)
        return [(float(places[i]), names[i]) for i in np.flatnonzero(inside)]

    def _draw(self, tick: Tick, renderer: Any) -> None:
        """Draw what can be seen of a tick."""
        if not tick.get_visible():
            return
        renderer.open_group(f"{self.axis_name}tick", gid=tick.get_gid())
        lines = [line for line in (tick.tick1line, tick.tick2line) if line.get_markersize()]
        for part in (tick.gridline, *lines, tick.label1, tick.label2):
            part.draw(renderer)
        renderer.close_group(f"{self.axis_name}tick")

    def _moved(self, shown: list[tuple[float, str]]) -> Iterator[Tick]:
        for place, name in shown:
            (tick,) = self.get_major_ticks(1)
            tick.update_position(place)
            tick.label1.set_text(name)
            yield tick

    def _boxes(self, shown: list[tuple[float, str]], renderer: Any) -> list[Bbox]:
        names = (tick.label1 for tick in self._moved(shown))
        return [
            name.get_window_extent(renderer) for name in names if name.get_visible() and name.get_in_layout()
        ]

    def _put_label(self, shown: list[tuple[float, str]], boxes: list[Bbox]) -> None:
        """Put the label beyond the names of the ticks."""
        edge = "y0" if self.axis_name == "x" else "x0"
        own = getattr(self.axes.bbox, edge)
        beyond = min(getattr(box, edge) for box in (self.axes.bbox, *boxes))
        self._put = *self._measured_of(shown), own - beyond
        self._move_label(own - beyond)

    def _move_label(self, away: float) -> None:
        edge, put = ("y0", self.label.set_y) if self.axis_name == "x" else ("x0", self.label.set_x)
        put(getattr(self.axes.bbox, edge) - away - self.labelpad * self.axes.figure.dpi / 72)

    def _measured_of(self, shown: list[tuple[float, str]]) -> tuple[list[str], float]:
        return [name for _, name in shown], self.axes.figure.dpi

    def set_label_coords(self, x: float, y: float, transform: Any = None) -> None:
        """Put the axis' label in a place of its own."""
        self._label_stays = True
        super().set_label_coords(x, y, transform)

    def set_tick_params(self, which: Any = "major", reset: bool = False, **look: Any) -> None:
        """Change the ticks that there are and will be; matplotlib makes two to be changed."""
        self._put = None
        with self._as_they_are():
            super().set_tick_params(which, reset, **look)

    def set_clip_path(self, path: Any, transform: Any = None) -> None:
        """Clip the axis and the ticks that there are."""
        with self._as_they_are():
            super().set_clip_path(path, transform)

    @contextmanager
    def _as_they_are(self) -> Iterator[None]:
        """Make no tick for a while."""
        unmade = {"majorTicks", "minorTicks"} - vars(self).keys()
        vars(self).update({name: [] for name in unmade})
        try:
            yield
        finally:
            for name in unmade & vars(self).keys():
                if not vars(self)[name]:
                    delattr(self, name)

    def _get_tick(self, major: bool) -> Tick:  # as matplotlib has it for an axis of one's own
        made: Tick = super()._get_tick(major)  # type: ignore[misc]
        made.set_clip_path(self.axes.patch)
        return made


class _SwiftX(_Swift, XAxis):
    pass


class _SwiftY(_Swift, YAxis):
    pass


class SwiftAxes(Axes):
    """As matplotlib's, with axes that seldom make ticks."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for spine in self.spines.values():  # lies on the edge, and would make all ticks to be measured
            spine.set_in_layout(False)

    @allow_rasterization  # type: ignore[untyped-decorator]
    def draw(self, renderer: Any) -> None:
        """Draw all that is on the Axes; the parts of a legend are measured once, not by each box around."""
        legend = self.get_legend()
        parts = legend.findobj(OffsetBox) if legend else []
        for part in parts:
            part.get_bbox = cache(part.get_bbox)  # type: ignore[method-assign]
        try:
            super().draw(renderer)
        finally:
            for part in parts:
                del part.get_bbox

    def _init_axis(self) -> None:  # as matplotlib's example of a projection of one's own does
        self.xaxis, self.yaxis = _SwiftX(self, clear=False), _SwiftY(self, clear=False)
        for name, spine in self.spines.items():
            spine.register_axis(self.yaxis if name in ("left", "right") else self.xaxis)


def named_ticks(axis: Axis, places: ArrayLike, names: Sequence[str] | None = None) -> None:
    """Put ticks at these places, with these names, and make no object for each.

    A name with a dollar sign has one, in which `remember` says that it begins no formula.
    """
    if any("$" in name for name in names or ()):
        axis.set_ticks(places, names)
        return
    at = np.asarray(places, float)
    axis.set_major_locator(FixedLocator(list(at)))
    if len(at):
        axis.set_view_interval(at.min(), at.max())
    if names is not None:
        axis.set_major_formatter(FixedFormatter(list(names)))


def _thin(label: Bbox, axis: str) -> Bbox:
    """Leave the length of a label out of a layout, which cannot make room for it."""
    (x0, y0), (x1, y1) = label.get_points()
    if axis == "x" and x1 > x0:
        x0 = (x0 + x1) / 2 - 0.5
        x1 = x0 + 1
    if axis == "y" and y1 > y0:
        y0 = (y0 + y1) / 2 - 0.5
        y1 = y0 + 1
    return Bbox([[x0, y0], [x1, y1]])
