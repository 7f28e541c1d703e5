"""The probability of a first event by each time, in the presence of competing events."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from outcomes.plots.at_risk import numbers_under, time_ticks
from outcomes.plots.describe import remember
from outcomes.plots.drawable import drawable
from outcomes.plots.groups import as_text
from outcomes.plots.series import Look, looks
from outcomes.plots.steps import draw_steps
from outcomes.plots.style import INK, axes_or_new, calm
from outcomes.plots.swift_axes import named_ticks
from outcomes.plots.words import between, level_words, plural
from outcomes.results import Estimates

__all__ = ["cumulative_incidence"]

_HINT = "give the result of oc.cumulative_incidence(...)"
_COLUMNS = ["term", "time", "N", "n", "estimate", "lower", "upper"]


def cumulative_incidence(
    result: Estimates | pd.DataFrame,
    *,
    ax: Axes | None = None,
    at_risk: Estimates | pd.DataFrame | None = None,
    by: str | None = None,
    xlabel: str = "days since the first infusion",
) -> Axes:
    """Draw Aalen-Johansen curves as rising steps with their bands, the numbers at risk below.

    Parameters
    ----------
    result : Estimates or DataFrame
        `term`, `time`, `N` (at risk just before), `n` (with the event so far), `estimate`, `lower`, `upper`
        as proportions, as `oc.cumulative_incidence` returns it.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    at_risk : Estimates or DataFrame, optional
        The same at the times where numbers are wanted: ``oc.cumulative_incidence(..., at=[0, 28, 56])``.
        Without it the numbers are given at some of the curve's own times, where `N` is known.
    by : str, optional
        Column whose levels (arms) are drawn separately.
    xlabel : str
        The time and its unit.

    Returns
    -------
    Axes
        One curve per term and group.

    Raises
    ------
    ArgumentError
        When a column is missing or there is no estimate.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> curve = pd.DataFrame({"term": "nausea", "time": [2.0, 4.0], "N": [4, 2], "n": [1, 2],
    ...                       "estimate": [0.25, 0.5], "lower": [0.01, 0.06], "upper": [0.66, 0.84]})
    >>> plots.describe(plots.cumulative_incidence(curve))
    'Cumulative incidence of a first event with 95% intervals. nausea: 4 at risk before the first \
event, 2 with the event by 4; by then 50% (6 to 84).'
    """
    needed = [*_COLUMNS, *([by] if by else [])]
    known = ["time", "N", "estimate"]
    curve, _ = drawable(result, needed, plot="cumulative_incidence", hint=_HINT, known=known)
    curve = _named(curve, by)
    counted = curve
    if at_risk is not None:
        counted, _ = drawable(at_risk, needed, plot="cumulative_incidence", hint=_HINT, known=["time", "N"])
        counted = _named(counted, by)
    styles = looks(curve["curve"], plot="cumulative_incidence")
    ax = axes_or_new(ax, height=3.2 + 0.15 * len(styles))
    for name, look in styles.items():
        draw_steps(ax, curve[curve["curve"] == name], look, name, start=0.0)
    # events on day 0 alone still need an axis with a length
    last = max(1.0, float(curve["time"].max()), float(counted["time"].max()))
    ax.set_xlim(0, last * 1.02)
    highest = 100 * float(np.nanmax(curve[["estimate", "upper"]].to_numpy(float)))
    ax.set_ylim(0, min(102.0, 1.08 * highest + 1))
    calm(ax, x=xlabel, y="percent with a first event")
    _numbers(ax, counted, styles, last, all_times=at_risk is not None)
    if len(styles) > 1:
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, fontsize=9, labelcolor=INK)
    return remember(ax, _words(curve, styles, result))


def _named(frame: pd.DataFrame, by: str | None) -> pd.DataFrame:
    """Name each curve by its group and, when there are several events, by its event."""
    parts = [as_text(frame[by])] if by else []
    if len(frame["term"].unique()) > 1 or not by:
        parts.append(frame["term"].astype(str).str.replace("_", " "))
    name = parts[0] if len(parts) == 1 else parts[0] + ", " + parts[1]
    return frame.assign(curve=name).sort_values(["curve", "time"], kind="stable")


def _numbers(
    ax: Axes, counted: pd.DataFrame, styles: dict[str, Look], last: float, *, all_times: bool
) -> None:
    """Write N at known times: all, or those nearest to even ticks. No number is made up between them."""
    even = np.asarray(time_ticks(last, float(np.ceil(last / 5)) or 1.0))
    times = np.unique(counted["time"].to_numpy(float))
    at = times if all_times else np.unique(times[np.abs(times[:, None] - even).argmin(axis=0)])
    named_ticks(ax.xaxis, at)
    ax.xaxis.set_major_formatter("{x:.3g}")
    here = (
        counted[counted["time"].isin(at)].drop_duplicates(["curve", "time"]).set_index(["curve", "time"])["N"]
    )
    # At a time at which only another group had an event this one's number is not known: it stays blank.
    known = here.to_dict()
    rows = {name: [known.get((name, time)) for time in at] for name in styles}
    numbers_under(ax, list(at), rows)


def _words(curve: pd.DataFrame, styles: dict[str, Look], result: Estimates | pd.DataFrame) -> str:
    level = result.level if isinstance(result, Estimates) else 0.95
    said = [f"Cumulative incidence of a first event{level_words(level)}."]
    for name in styles:
        part = curve[curve["curve"] == name]
        end = part.iloc[-1]
        said.append(
            f"{name}: {int(part['N'].max())} at risk before the first event, {int(end['n'])} with the event "
            f"by {end['time']:.3g}; by then {100 * end['estimate']:.0f}%"
            f"{between(100 * end['lower'], 100 * end['upper'], 0)}."
        )
    competing = result.meta.get("competing") if isinstance(result, Estimates) else ""
    if competing:
        said.append(f"Competing: {competing}.")
    if isinstance(result, Estimates) and result.meta.get("N"):
        said.append(f"{plural(int(result.meta['N']), 'patient')} in all.")
    return " ".join(said)
