"""The picture that a section opens with, drawn twice: for a page, and narrow for a telephone."""

from __future__ import annotations

from typing import Any

from outcomes.page.blocks import Drawing
from outcomes.plots.svg import svg

__all__ = ["picture"]

#: Width of the narrow drawing in inches: on a screen of 360 pixels its letters are three quarters as large as
#: on a page; at less, names and numbers beside a forest leave no room for it.
NARROW = 4.5


def picture(axes: Any, name: str, caption: str) -> Drawing:
    """Return a drawing that can be read on a telephone too."""
    wide = svg(axes, name=name)
    return Drawing(wide, caption, narrow=svg(axes, name=f"{name}-narrow", width=NARROW))
