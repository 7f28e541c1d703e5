"""What a plot shows, in words, for people who cannot see it."""

from __future__ import annotations

from collections.abc import Hashable
from weakref import WeakKeyDictionary

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.text import Text

from outcomes.errors import ArgumentError

__all__ = ["describe", "remember"]

_WORDS: WeakKeyDictionary[Axes, str] = WeakKeyDictionary()


def remember(ax: Axes, words: str) -> Axes:
    """Keep the words that a plot function made from the numbers that it drew; return the Axes.

    A name of a group or an event may hold dollar signs: they are shown as they are and start no formula.
    Labels of the axes, which a caller may give, can hold one.
    """
    _WORDS[ax] = words
    artists = [artist for artist in ax.get_children() if not isinstance(artist, Axis)]
    texts = [text for artist in artists for text in artist.findobj(Text)]
    ticks = [tick for axis in (ax.xaxis, ax.yaxis) for tick in axis.majorTicks]  # makes none, as findobj does
    for text in [*texts, *(tick.label1 for tick in ticks)]:
        if "$" in text.get_text() and text is not ax.title:
            text.set_parse_math(False)
    return ax


def describe(ax: Axes) -> str:
    """Return a text that says what the plot shows, made from the numbers that were drawn.

    Parameters
    ----------
    ax : Axes
        What a function of `outcomes.plots` returned.

    Returns
    -------
    str
        One paragraph; the alternative text of the figure in a report.

    Raises
    ------
    ArgumentError
        When no function of `outcomes.plots` drew on `ax`.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> stages = pd.DataFrame({"stage": ["received", "with a diary"], "patients": [60, 57]})
    >>> plots.describe(plots.flow_diagram(stages))
    'Flow of patients. received: 60. with a diary: 57 (3 fewer).'
    """
    if not isinstance(ax, Hashable) or ax not in _WORDS:
        raise ArgumentError(
            "these Axes were not drawn by this package",
            got=type(ax).__name__,
            allowed="what a function of outcomes.plots returned",
        )
    return _WORDS[ax]
