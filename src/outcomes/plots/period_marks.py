"""Points with intervals by period, of one group or of several beside each other, with n under each period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from outcomes.plots.at_risk import numbers_under
from outcomes.plots.groups import named_groups
from outcomes.plots.series import LOOKS, Look, looks
from outcomes.plots.style import INK
from outcomes.plots.swift_axes import named_ticks

__all__ = ["beyond", "draw_marks", "of_n", "period_axis", "placed"]

#: From this many periods on, the labels of the axis take three lines.
CROWDED = 5
#: From more periods on, only the first is told that its number is n.
MANY = 8
#: How far the groups of one period stand apart in all, in periods.
APART = 0.45


def placed(
    rows: pd.DataFrame, by: str | Sequence[str] | None, *, plot: str, hint: str
) -> tuple[pd.DataFrame, dict[str, Look]]:
    """Return the rows with ``group``, ``place`` (of the period) and ``x``, and the look of each group.

    Periods stand in the order of their categories, else in that in which they occur. Rows of one group have
    the group "" and the first look.
    """
    group = named_groups(rows, by, key="period", plot=plot, hint=hint)
    order = rows["period"].cat.categories if hasattr(rows["period"], "cat") else pd.unique(rows["period"])
    names = rows["period"].astype(str)
    present = [str(name) for name in order if (names == str(name)).any()]
    rows = rows.assign(period=names, place=names.map(present.index), group="" if group is None else group)
    styles = {"": LOOKS[0]} if group is None else looks(rows["group"], plot=plot)
    count = len(styles)
    shift = {name: APART * (i - (count - 1) / 2) / max(count - 1, 1) for i, name in enumerate(styles)}
    return rows.assign(x=rows["place"] + rows["group"].map(shift)), styles


def draw_marks(ax: Axes, rows: pd.DataFrame, value: str, styles: dict[str, Look]) -> None:
    """Draw a point with its interval for each row with a value; a legend when there are groups."""
    for name, look in styles.items():
        shown = rows[(rows["group"] == name) & rows[value].notna()]
        error = [shown[value] - shown["lower"], shown["upper"] - shown[value]]
        style: dict[str, Any] = {"color": look.colour, "marker": look.marker, "linewidth": 1.6, "capsize": 4}
        style |= {"linestyle": "none", "markersize": 6, "zorder": 3, "label": name or "_"}
        ax.errorbar(shown["x"], shown[value], yerr=error, **style)
    if len(styles) > 1:
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, fontsize=9, labelcolor=INK)


def period_axis(ax: Axes, rows: pd.DataFrame, styles: dict[str, Look]) -> None:
    """Write the periods under the axis, and n of each group under them."""
    named = rows.drop_duplicates("place").sort_values("place")
    crowded = len(named) > CROWDED
    labels = [_broken(name) if crowded else name for name in named["period"]]
    if len(styles) == 1:
        told = [of_n(n) for n in named.get("n", [""] * len(named))]
        if len(named) > MANY:  # no room for each n =: the first says what the others are
            told[1:] = [words.removeprefix("n = ").replace("n withheld", "–") for words in told[1:]]
        labels = [f"{label}\n{words}" for label, words in zip(labels, told, strict=True)]
    named_ticks(ax.xaxis, range(len(named)), labels)
    ax.set_xlim(-0.5, len(named) - 0.5)
    if len(styles) > 1 and "n" in rows:
        known = rows.dropna(subset=["n"]).set_index(["group", "place"])["n"].to_dict()
        numbers = {name: [known.get((name, place)) for place in range(len(named))] for name in styles}
        numbers_under(ax, list(range(len(named))), numbers, what="n")


def of_n(n: Any) -> str:
    """Say how many; a number that was withheld because it is about few people is missing."""
    return "" if isinstance(n, str) else "n withheld" if pd.isna(n) else f"n = {n:.0f}"


def _broken(period: str) -> str:
    """Put the word days and its numbers on two lines."""
    return period.replace("days ", "days\n", 1) if " " in period else f"{period}\n"


def beyond(ax: Axes, rows: pd.DataFrame, styles: dict[str, Look]) -> None:
    """Put an arrowhead where an interval goes on beyond the axis."""
    low, high = ax.get_ylim()
    for side, marker, edge in ((rows["upper"] > high, "^", high), (rows["lower"] < low, "v", low)):
        for x, group in rows.loc[side, ["x", "group"]].itertuples(index=False):
            look = styles[group]
            ax.plot(x, edge, marker=marker, color=look.colour, markersize=6, clip_on=False, zorder=4)
