"""Estimates with their intervals, one a row, with the numbers beside them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from outcomes.errors import ArgumentError
from outcomes.plots.describe import remember
from outcomes.plots.drawable import one_label
from outcomes.plots.drawn_frame import frame_with
from outcomes.plots.note import note
from outcomes.plots.style import BLUE, INK, MUTED, axes_or_new, calm
from outcomes.plots.swift_axes import named_ticks
from outcomes.plots.words import amount, between, level_words
from outcomes.results import Estimates

__all__ = ["forest"]

_HINT = "give a result with estimate, lower and upper, such as fit.contrasts(...) or oc.compare_arms(...)"
#: Blanks that an SVG keeps.
_GAP = "\N{NO-BREAK SPACE}" * 3
_RATIOS = ("ratio", "odds_ratio", "rate_ratio")


def forest(
    result: Estimates | pd.DataFrame,
    *,
    ax: Axes | None = None,
    label: str | Sequence[str] | None = None,
    xlabel: str | None = None,
    reference: float | None = None,
    log: bool | None = None,
    digits: int = 1,
) -> Axes:
    """Draw a square with its interval for each row, and write both beside it.

    Parameters
    ----------
    result : Estimates or DataFrame
        `estimate`, `lower`, `upper` and a column that names the rows.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    label : str or list of str, optional
        The columns that name the rows; found by themselves when one is contrast, term, group, period or the
        like, with the groups that tell rows of one name apart: "days 1-28, ketamine".
    xlabel : str, optional
        What is estimated, with its unit; the result's title when left out.
    reference : float, optional
        Where no difference is: 0, on a log axis 1.
    log : bool, optional
        Log axis; by itself for a result whose measure is a ratio.
    digits : int
        Decimals of the numbers beside the rows.

    Returns
    -------
    Axes
        Rows from top to bottom; an arrow where an interval goes on beyond the axis. A row without an
        estimate says so.

    Raises
    ------
    ArgumentError
        When a column is missing, there is no row with an estimate, or a log axis has values below 0.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> rows = pd.DataFrame({"contrast": ["active - placebo"],
    ...                      "estimate": -4.3, "lower": -6.1, "upper": -2.5})
    >>> plots.describe(plots.forest(rows, xlabel="difference in headache days per 28 days"))
    'difference in headache days per 28 days with 95% intervals. active - placebo: −4.3 (−6.1 to −2.5).'
    """
    rows = frame_with(result, ["estimate", "lower", "upper"], plot="forest", hint=_HINT)
    rows = rows.assign(name=one_label(rows, label, plot="forest", apart=True))
    if not np.isfinite(rows["estimate"].astype(float)).any():
        raise ArgumentError(
            "forest has nothing to draw", got=f"{len(rows)} rows without an estimate", hint=_HINT
        )
    meta = result.meta if isinstance(result, Estimates) else {}
    log = meta.get("measure") in _RATIOS if log is None else log
    reference = (1.0 if log else 0.0) if reference is None else reference
    xlabel = xlabel or (result.title if isinstance(result, Estimates) else "estimate")
    ax = axes_or_new(ax, height=0.9 + 0.3 * len(rows))
    if log:
        _check_log(rows)
        ax.set_xscale("log")
    _limits(ax, rows, reference, log=log)
    ax.axvline(reference, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
    for place, row in enumerate(rows.itertuples()):
        _row(ax, place, row, digits)
    _header(ax, rows, level=result.level if isinstance(result, Estimates) else 0.95)
    named_ticks(ax.yaxis, range(len(rows)), list(rows["name"]))
    ax.set_ylim(len(rows) - 0.5, -0.6)
    calm(ax, grid="x", x=xlabel)
    ax.spines["left"].set_visible(False)
    return remember(ax, _words(rows, xlabel, result, digits))


def _check_log(rows: pd.DataFrame) -> None:
    if (rows["estimate"].dropna() < 0).any() or (rows["lower"].dropna() < 0).any():
        raise ArgumentError(
            "a log axis takes ratios only", got="a row below 0", hint="pass log=False for differences"
        )


def _limits(ax: Axes, rows: pd.DataFrame, reference: float, *, log: bool) -> None:
    """Fit the axis to what is finite (and above 0 on a log axis), with the reference inside."""
    values = rows[["estimate", "lower", "upper"]].to_numpy(float).ravel()
    values = np.r_[values[np.isfinite(values) & ((values > 0) | (not log))], reference]
    low, high = values.min(), values.max()
    if log:
        ax.set_xlim(low / max((high / low) ** 0.08, 1.15), high * max((high / low) ** 0.08, 1.15))
    else:
        room = 0.08 * (high - low) or 1.0
        ax.set_xlim(low - room, high + room)


def _row(ax: Axes, place: int, row: object, digits: int) -> None:
    low, high = ax.get_xlim()
    estimate, lower, upper = (float(getattr(row, name)) for name in ("estimate", "lower", "upper"))
    text = f"{amount(estimate, digits)}{between(lower, upper, digits)}"
    if np.isnan(estimate):
        text = str(getattr(row, "status", "not known"))
    elif not (np.isnan(lower) or np.isnan(upper)):
        drawn = float(np.clip(lower, low, high)), float(np.clip(upper, low, high))
        ax.hlines(place, *drawn, colors=BLUE, linewidth=1.5)
        for end, beyond, arrow in ((low, lower < low, "<"), (high, upper > high, ">")):
            if beyond:
                ax.plot(end, place, arrow, color=BLUE, markersize=5, clip_on=False)
    if np.isfinite(estimate) and low <= estimate <= high:
        ax.plot(estimate, place, "s", color=BLUE, markersize=5.5, zorder=3)
    known = pd.notna(getattr(row, "n", None)) and pd.notna(getattr(row, "N", None))
    numbers = f"{row.n:.0f}/{row.N:.0f}{_GAP}" if known else ""  # type: ignore[attr-defined]
    colour = MUTED if np.isnan(estimate) else INK
    note(ax, numbers + text, (1, place), by=(6, 0), of="row", va="center", fontsize=8, color=colour)


def _header(ax: Axes, rows: pd.DataFrame, *, level: float | None) -> None:
    counted = f"n/N{_GAP}" if {"n", "N"} <= set(rows.columns) else ""
    words = f"{counted}estimate ({100 * level:.3g}% interval)" if level else f"{counted}estimate"
    note(ax, words, (1, -0.6), by=(6, 2), of="row", va="bottom", fontsize=7.5, color=MUTED)


def _words(rows: pd.DataFrame, xlabel: str, result: Estimates | pd.DataFrame, digits: int) -> str:
    level = result.level if isinstance(result, Estimates) else 0.95
    said = [f"{xlabel}{level_words(level)}."]
    for row in rows.itertuples():
        if np.isnan(row.estimate):
            said.append(f"{row.name}: {getattr(row, 'status', 'not known')}.")
        else:
            said.append(f"{row.name}: {amount(row.estimate, digits)}{between(row.lower, row.upper, digits)}.")
    return " ".join(said)
