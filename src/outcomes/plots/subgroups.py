"""Subgroups: each estimate with its interval, and beside it the one that is shrunk towards the others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from outcomes.errors import ArgumentError
from outcomes.plots.describe import remember
from outcomes.plots.drawn_frame import frame_with
from outcomes.plots.note import note
from outcomes.plots.style import BLUE, INK, MUTED, VERMILION, axes_or_new, calm
from outcomes.plots.swift_axes import named_ticks
from outcomes.plots.words import amount, between, level_words
from outcomes.results import Estimates

__all__ = ["subgroups"]

_HINT = "give the result of oc.subgroups(study)"
_NEEDED = ["factor", "subgroup", "n", "N", "estimate", "lower", "upper"]
_SHRUNKEN = ["shrunken", "shrunken_lower", "shrunken_upper"]
#: How far above and below the row's middle the two estimates stand.
ASIDE = 0.15


def subgroups(
    result: Estimates | pd.DataFrame,
    *,
    ax: Axes | None = None,
    xlabel: str = "change in headache days per 28 days",
) -> Axes:
    """Draw the estimate of each subgroup, and the shrunken one below it.

    Parameters
    ----------
    result : Estimates or DataFrame
        `factor`, `subgroup`, `n`, `N`, `estimate`, `lower`, `upper`, `shrunken`, `shrunken_lower`,
        `shrunken_upper`, `p_value`, as `oc.subgroups` returns it.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    xlabel : str
        What is estimated, with its unit.

    Returns
    -------
    Axes
        Squares: the subgroup alone; diamonds: shrunk towards the others of its factor; dashed: all patients.

    Raises
    ------
    ArgumentError
        When a column is missing or no row has an estimate.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> rows = pd.DataFrame({"factor": "setting", "subgroup": ["inpatient", "outpatient"], "n": [9, 12],
    ...     "N": [9, 13], "estimate": [-4.0, -2.0], "lower": [-7.0, -5.0], "upper": [-1.0, 1.0],
    ...     "shrunken": [-3.3, -2.6], "shrunken_lower": [-5.9, -5.0], "shrunken_upper": [-0.9, 0.0]})
    >>> plots.describe(plots.subgroups(rows)).split(". ")[1]
    'Setting, inpatient: −4.0 (−7.0 to −1.0), shrunken −3.3, 9 of 9 patients'
    """
    rows = frame_with(result, [*_NEEDED, *_SHRUNKEN], plot="subgroups", hint=_HINT).reset_index(drop=True)
    if rows["estimate"].isna().all():
        raise ArgumentError("subgroups has nothing to draw", got=f"{len(rows)} rows", hint=_HINT)
    ax = axes_or_new(ax, height=1.3 + 0.3 * len(rows))
    place = np.arange(len(rows)) + 0.6 * (rows["factor"] != rows["factor"].shift()).cumsum().to_numpy()
    for column, limits, look in (
        ("estimate", ("lower", "upper"), (BLUE, "s", "this subgroup alone", -ASIDE)),
        (
            "shrunken",
            ("shrunken_lower", "shrunken_upper"),
            (VERMILION, "D", "shrunk towards the others", ASIDE),
        ),
    ):
        colour, marker, label, shift = look
        known = rows[column].notna().to_numpy()
        heights = place[known] + shift
        ax.hlines(
            heights, rows.loc[known, limits[0]], rows.loc[known, limits[1]], colors=colour, linewidth=1.4
        )
        ax.plot(rows.loc[known, column], heights, marker, color=colour, markersize=4.5, label=label)
    ax.axvline(0, color=INK, linewidth=0.9)
    everybody = rows.loc[rows["factor"] == "all", "estimate"].dropna()
    if len(everybody):
        ax.axvline(everybody.iloc[0], color=MUTED, linewidth=0.9, linestyle=(0, (4, 2)))
    _names(ax, rows, place)
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, fontsize=8.5, labelcolor=INK)
    calm(ax, grid="x", x=xlabel)
    ax.spines["left"].set_visible(False)
    return remember(ax, _words(rows, xlabel, result))


def _names(ax: Axes, rows: pd.DataFrame, place: np.ndarray) -> None:
    """Write each factor over its subgroups, and n of N at the right."""
    named_ticks(ax.yaxis, place, [str(name) for name in rows["subgroup"]])
    ax.set_ylim(place[-1] + 0.6, place[0] - 0.6)
    beside: dict[str, Any] = {"of": "row", "va": "center"}
    for height, row in zip(place, rows.itertuples(), strict=True):
        text = f"{row.n:.0f}/{row.N:.0f}" if pd.notna(row.n) and pd.notna(row.N) else "withheld"
        note(ax, text, (1, height), by=(6, 0), fontsize=8, color=INK, **beside)
    note(ax, "n/N", (1, place[0] - 0.6), by=(6, 0), fontsize=7.5, color=MUTED, **beside)
    for first in rows.index[(rows["factor"] != rows["factor"].shift()) & (rows["factor"] != "all")]:
        name = _factor(rows.loc[first, "factor"])
        at = (0, place[first] - 0.62)
        note(ax, name, at, by=(-4, 0), ha="right", fontsize=8.5, color=MUTED, **beside)


def _factor(name: object) -> str:
    words = str(name).replace("_", " ")
    return words[:1].upper() + words[1:]


def _words(rows: pd.DataFrame, xlabel: str, result: Estimates | pd.DataFrame) -> str:
    level = result.level if isinstance(result, Estimates) else 0.95
    said = [f"Subgroups: {xlabel}{level_words(level)}."]
    for row in rows.itertuples():
        name = str(row.subgroup) if row.factor == "all" else f"{_factor(row.factor)}, {row.subgroup}"
        counted = (
            f"{row.n:.0f} of {row.N:.0f} patients" if pd.notna(row.n) and pd.notna(row.N) else "withheld"
        )
        if pd.isna(row.estimate):
            said.append(f"{name}: no value, {counted}.")
            continue
        drawn = f", shrunken {amount(row.shrunken)}" if pd.notna(row.shrunken) else ""
        said.append(f"{name}: {amount(row.estimate)}{between(row.lower, row.upper)}{drawn}, {counted}.")
    return " ".join(said)
