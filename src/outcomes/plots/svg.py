"""A plot as SVG text: the same bytes for the same numbers, on light and dark pages."""

from __future__ import annotations

import html
import io
import re

from matplotlib.axes import Axes

from outcomes.plots.describe import describe
from outcomes.plots.short_path import short_path
from outcomes.plots.snug_layout import resized
from outcomes.plots.style import PALETTE, svg_settings
from outcomes.plots.svg_canvas import Canvas

__all__ = ["Svg", "alternative", "settled", "svg"]

#: Text stays text (found, copied, small). Verdana has the widths of DejaVu Sans, so lines break nowhere else.
_FONT = "'DejaVu Sans', Verdana, sans-serif"
#: The theme's colours for the roles; where there is no such theme the page's own text colour.
_JUPYTER = (
    "--fig-ink:var(--jp-content-font-color1,currentColor);"
    "--fig-muted:var(--jp-content-font-color2,currentColor);"
    "--fig-grid:var(--jp-border-color2,#8888)"
)
_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))


class Svg(str):
    """SVG text that a notebook shows as the drawing."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """Return the drawing with its ink, muted text and grid in JupyterLab's colours of the day."""
        return f'<div style="max-width:44rem;{_JUPYTER}">{self}</div>'


def svg(ax: Axes, *, name: str = "figure", width: float | None = None) -> Svg:
    """Return the Figure of `ax` as an ``<svg>`` element for an HTML page.

    Parameters
    ----------
    ax : Axes
        What a function of `outcomes.plots` returned.
    name : str
        Put before every id inside, so that several drawings can stand on one page.
    width : float, inches, optional
        Draw it anew so wide, as high as it was, with letters of the same size.

    Returns
    -------
    Svg
        Text that begins with ``<svg``; its ``aria-label`` is `describe`'s text.

    Notes
    -----
    Colours of a role are written as ``var(--fig-ink, #1c2328)`` and so on: a page may set the variables.
    """
    label = html.escape(describe(ax), quote=True)
    canvas, out = Canvas(ax.figure), io.StringIO()
    if width is not None:
        resized(canvas.figure, width)
    with svg_settings():
        canvas.print_svg(out, metadata=_NO_METADATA)
    text = out.getvalue()
    text = text[text.index("<svg") :].rstrip()
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    return Svg(_sized(_themed(_named(_small(text), name)), label))


def alternative(drawing: str) -> str:
    """Return the words of a drawing that `svg` made.

    Examples
    --------
    >>> alternative('<svg role="img" aria-label="6 of 55 &amp; more"></svg>')
    '6 of 55 & more'
    """
    head = drawing[: drawing.index(">")]
    found = re.search(r'aria-label="([^"]*)"', head)
    return html.unescape(found[1]) if found else ""


def settled(drawing: str) -> str:
    """Return a drawing with the colours of a light page instead of variables, without style sheet."""
    return re.sub(r"var\(--fig-[a-z]+, (#[0-9a-f]{6})\)", r"\1", drawing)


def _small(text: str) -> str:
    """Leave out what nobody sees: indents, empty groups, names of parts, idle turns, the third decimal."""
    text = re.sub(r"\n\s+", "\n", text)
    text = re.sub(r'<g id="[^"]*"/>\n', "", text)
    text = re.sub(r'<g id="(?:line2d|text|patch|[xy]tick)_\d+">', "<g>", text)
    text = re.sub(r' transform="rotate\(-0 [^"]*"', "", text)
    text = re.sub(r'="[^"]*\.\d{3}[^"]*"', lambda value: re.sub(r"(?<=\.\d\d)\d+", "", value[0]), text)
    return re.sub(r'(?<= d=")[^"]*', lambda path: short_path(path[0]), text)


def _named(text: str, name: str) -> str:
    """Put the figure's name before each id and each reference to one."""
    for before in (' id="', 'xlink:href="#', "url(#"):
        text = text.replace(before, f"{before}{name}-")
    return text


def _themed(text: str) -> str:
    """Let the page choose the colours that have a role, and one font for all text."""
    for role, colour in PALETTE.items():
        text = text.replace(f": {colour}", f": var(--fig-{role}, {colour})")
    return re.sub(r"font-family: [^;\"]*;? ?", "", text)


def _sized(text: str, label: str) -> str:
    """Let the page choose the size: only the view box stays, and the drawing gets its name."""
    head, rest = text.split(">", 1)
    head = re.sub(r'\s(?:width|height|version)="[^"]*"', "", head)
    return f'{head} role="img" aria-label="{label}" style="font-family: {_FONT}">{rest}'
