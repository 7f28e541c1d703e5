"""The canvas of SVG drawings, which measures each text once for all drawings of a page.

matplotlib keeps the sizes of texts for one renderer, and a drawing has two: one for its layout and one to be
written. A page has forty drawings with the same ticks.
"""

from __future__ import annotations

import codecs
from functools import lru_cache
from typing import Any, Literal

from matplotlib import cbook, rcParams
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

__all__ = ["Canvas"]

_TEXTS = TextToPath()


@lru_cache(maxsize=4096)
def _size(
    text: str, font: FontProperties, math: bool | Literal["TeX"], _fonts: tuple[str, ...]
) -> tuple[float, float, float]:
    """Return width, height and descent; `_fonts` are those that a family's name stands for."""
    found: tuple[float, float, float] = _TEXTS.get_text_width_height_descent(text, font, math)
    return found


class _Renderer(RendererSVG):  # type: ignore[misc]
    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: bool | Literal["TeX"]
    ) -> tuple[float, float, float]:
        # a copy: the text's own properties may be changed later, and would be the key of another size
        return _size(s, prop.copy(), ismath, tuple(rcParams["font.sans-serif"]))


class Canvas(FigureCanvasSVG):  # type: ignore[misc]
    """As matplotlib's, with one memory of the sizes of texts."""

    def print_svg(self, filename: Any, *, metadata: dict[str, Any] | None = None, **others: Any) -> None:
        """Write the Figure at 72 dots per inch, as `FigureCanvasSVG.print_svg` does."""
        figure, dpi = self.figure, self.figure.dpi
        with cbook.open_file_cm(filename, "w", encoding="utf-8") as file:
            text = cbook.file_requires_unicode(file)
            out: Any = file if text else codecs.getwriter("utf-8")(file)
            figure.dpi = 72
            width, height = figure.get_size_inches()
            drawn = _Renderer(72 * width, 72 * height, out, image_dpi=dpi, metadata=metadata)
            renderer = MixedModeRenderer(figure, width, height, dpi, drawn, **others)
            figure.draw(renderer)
            renderer.finalize()
