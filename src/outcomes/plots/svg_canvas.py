"""The canvas of SVG drawings, which measures each text once for all drawings of a page.

matplotlib keeps the sizes of texts for one renderer, and a drawing has two: one for its layout and one to be
written. A page has forty drawings with the same ticks.
"""

from __future__ import annotations

import codecs
import io
from functools import lru_cache
from typing import Any, Literal

from matplotlib import cbook, rcParams
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.font_manager import FontProperties, findfont, get_font
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


@lru_cache(maxsize=256)
def _heights(font: FontProperties, _fonts: tuple[str, ...]) -> tuple[float, float, float] | None:
    """Return ascent, descent and the gap between lines in points: the same for all texts of a font."""
    face = get_font(findfont(font))
    lines, head = face.get_sfnt_table("OS/2"), face.get_sfnt_table("head")
    if lines is None or head is None:
        return None
    point = font.get_size_in_points() / head["unitsPerEm"]
    return lines["sTypoAscender"] * point, -lines["sTypoDescender"] * point, lines["sTypoLineGap"] * point


class _Renderer(RendererSVG):  # type: ignore[misc]
    def _get_font_height_metrics(
        self, prop: FontProperties
    ) -> tuple[float, float, float] | tuple[None, None, None]:
        # matplotlib asks a renderer that has an answer, and else reads the font's tables for each text anew
        return _heights(prop.copy(), tuple(rcParams["font.sans-serif"])) or (None, None, None)

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: bool | Literal["TeX"]
    ) -> tuple[float, float, float]:
        # a copy: the text's own properties may be changed later, and would be the key of another size
        return _size(s, prop.copy(), ismath, tuple(rcParams["font.sans-serif"]))


class Canvas(FigureCanvasSVG):  # type: ignore[misc]
    """As matplotlib's, with one memory of the sizes of texts."""

    def get_renderer(self) -> _Renderer:
        """Return what measures texts for a layout, which writes nothing."""
        width, height = self.figure.get_size_inches()
        return _Renderer(72 * width, 72 * height, io.StringIO(), image_dpi=self.figure.dpi)

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
