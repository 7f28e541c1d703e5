"""The same drawing for each group, side by side on the same scale."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from outcomes.errors import ArgumentError
from outcomes.plots.describe import describe, remember
from outcomes.plots.drawn_frame import frame_with
from outcomes.plots.groups import as_text
from outcomes.plots.style import INK, WIDTH, axes_or_new, panel
from outcomes.plots.trajectory import trajectory
from outcomes.results import Estimates

__all__ = ["small_multiples"]

#: Panels side by side; more would be narrower than their labels.
ACROSS = 2
#: Share of a panel's place that its drawing takes, across and up; the rest is for labels.
WIDE, HIGH = 0.86, 0.66
MOST = 12

_HINT = "give a result made with by=, such as oc.means(periods, by='cohort')"


def small_multiples(
    result: Estimates | pd.DataFrame,
    *,
    by: str,
    draw: Callable[..., Axes] = trajectory,
    ax: Axes | None = None,
    height: float = 2.4,
    same_scale: bool = True,
    **options: Any,
) -> Axes:
    """Draw each group of a result in its own panel, all on one scale.

    Parameters
    ----------
    result : Estimates or DataFrame
        Rows with the column `by`, as `oc.means` and `oc.change` return them with ``by=``.
    by : str
        Column of the groups, at most 12; patients without a level are the panel "not recorded".
    draw : callable
        Function of `outcomes.plots` that draws one group.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    height : float, inches
        Of one row of panels in a new Figure.
    same_scale : bool
        One y axis for all panels; False for panels of different units.
    **options
        For `draw`. Of a frame or result with the column `by`, each panel gets its own rows.

    Returns
    -------
    Axes
        An Axes without a frame; its ``child_axes`` are the panels. The words are those of all panels.

    Raises
    ------
    ArgumentError
        When the column is missing, or there are no groups or too many.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> means = pd.DataFrame({"cohort": ["a", "b"], "period": "days 1-28", "n": [9, 7], "mean": [14.2, 16.1],
    ...                       "lower": [10.0, 12.0], "upper": [18.4, 20.2]})
    >>> len(plots.small_multiples(means, by="cohort").child_axes)
    2
    """
    rows = frame_with(result, [by], plot="small_multiples", hint=_HINT)
    names = list(dict.fromkeys(as_text(rows[by])))
    if not 1 <= len(names) <= MOST:
        raise ArgumentError(
            "small_multiples cannot draw that many groups", got=f"{len(names)} groups",
            allowed=f"1 to {MOST}", hint="draw some of the groups",
        )  # fmt: skip
    across, down = min(ACROSS, len(names)), ceil(len(names) / ACROSS)
    ax = axes_or_new(ax, height=height * down, width=WIDTH * (1 if across == 1 else 1.5))
    ax.set_axis_off()
    words = []
    for place, name in enumerate(names):
        row, column = divmod(place, across)
        at = panel(ax, (column / across, 1 - (row + HIGH) / down, WIDE / across, HIGH / down))
        draw(_of(result, by, name), ax=at, **{key: _of(value, by, name) for key, value in options.items()})
        at.tick_params(labelsize=7.5)
        at.set_title(name, fontsize=9, color=INK, loc="left")
        if column:
            at.set_ylabel("")
        words.append(f"{name}: {describe(at)}")
    if same_scale:
        _same_scale(ax.child_axes)
    return remember(ax, " ".join(words))


def _of(value: Any, by: str, name: str) -> Any:
    """Return the rows of one group of a frame or result, without the column of the groups."""
    if isinstance(value, Estimates):
        kept = _of(value.to_frame(), by, name)
        return Estimates(kept, value.title, value.method, value.level, value.notes, value.status, value.meta)
    if not isinstance(value, pd.DataFrame) or by not in value.columns:
        return value
    return value[as_text(value[by]) == name].drop(columns=by).reset_index(drop=True)


def _same_scale(panels: list[Any]) -> None:
    """Give all panels the y axis that holds all of them."""
    ends = [one.get_ylim() for one in panels]
    if any(low > high for low, high in ends):  # rows from top to bottom: no scale
        return
    for one in panels:
        one.set_ylim(min(low for low, _ in ends), max(high for _, high in ends))
