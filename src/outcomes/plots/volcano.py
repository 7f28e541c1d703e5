"""Volcano: how large each event's difference between two arms is against how surprising it would be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from outcomes.errors import ArgumentError
from outcomes.plots.describe import remember
from outcomes.plots.drawable import drawable, known_reference, one_label, two_arms
from outcomes.plots.style import BLUE, INK, VERMILION, axes_or_new, calm
from outcomes.plots.swift_axes import named_ticks
from outcomes.plots.words import amount, plural, share
from outcomes.results import Estimates, format_p

__all__ = ["volcano"]

_HINT = "give oc.compare_arms(oc.incidence(..., arm=...), reference=...)"
_COLUMNS = ["contrast", "n", "N", "n_reference", "N_reference", "estimate", "p_value"]
#: Adjusted P below which an event is named in the drawing, and how many of the rest are.
_NAMED, _MORE = 0.05, 3
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def volcano(result: Estimates | pd.DataFrame, *, ax: Axes | None = None, label: str | None = None) -> Axes:
    """Draw a bubble per event: the contrast of the arms to the right, the smallness of its P upwards.

    Parameters
    ----------
    result : Estimates or DataFrame
        One contrast, ``A - B`` or ``A / B``: `contrast`, `n`, `N`, `n_reference`, `N_reference`, `estimate`,
        `p_value` and, where there is one, `p_adjusted`, as `oc.compare_arms` returns it.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    label : str, optional
        The column that names the event; found by itself when it is term or group.

    Returns
    -------
    Axes
        The area of a bubble is the number of patients with the event in both arms. Filled and named: events
        whose P adjusted for the number of events is below .05; of the others the three smallest P are named.

    Raises
    ------
    ArgumentError
        When a column is missing, no row has a finite estimate and P, or there are several contrasts.

    Notes
    -----
    It screens many events: a small P marks what to look at, and a large one does not show that arms are
    alike.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> rows = pd.DataFrame({"term": ["nausea", "rash"], "contrast": "active - placebo", "n": [16, 1],
    ...     "N": 40, "n_reference": [2, 1], "N_reference": 40, "estimate": [0.35, 0.0],
    ...     "p_value": [0.0003, 1.0], "p_adjusted": [0.0006, 1.0]})
    >>> plots.describe(plots.volcano(rows))
    'Contrast of active and placebo of 2 events against P. P below .05 after adjustment: nausea, 35.0 \
percentage points, active 16 of 40 (40%), placebo 2 of 40 (5%), P < .001. 1 event is more frequent with \
active, 0 with placebo, 1 alike.'
    """
    rows, _ = drawable(result, _COLUMNS, plot="volcano", hint=_HINT, known=["estimate", "p_value"])
    arms, ratio = two_arms(rows, plot="volcano", hint=_HINT, reference=known_reference(result))
    rows = rows.assign(event=one_label(rows.drop(columns="contrast"), label, plot="volcano"))
    finite = np.isfinite(rows["estimate"]) & (rows["estimate"].gt(0) | (not ratio))
    if not finite.any():
        got = f"{len(rows)} ratios of 0 or without limit"
        raise ArgumentError(
            "volcano has nothing to draw", got=got, hint="give differences in place of ratios"
        )
    shown = rows[finite].sort_values(["p_value", "event"], kind="stable", ignore_index=True)
    shown["x"] = shown["estimate"] * (1 if ratio else 100)
    # a P of 0 is one too small for a number
    shown["y"] = -np.log10(shown["p_value"].clip(lower=np.finfo(float).tiny))
    small = shown.get("p_adjusted", shown["p_value"]).lt(_NAMED)
    ax = axes_or_new(ax, height=3.8)
    if ratio:
        ax.set_xscale("log")
    _bubbles(ax, shown, small, none=1.0 if ratio else 0.0)
    unit = "ratio" if ratio else "percentage points"
    sign = "/" if ratio else "\N{MINUS SIGN}"
    calm(ax, grid="y", x=f"{arms[0]} {sign} {arms[1]} ({unit})", y="P value")
    _p_axis(ax, float(shown["y"].max()))
    return remember(ax, _words(shown, small, arms, len(rows) - len(shown), ratio=ratio))


def _bubbles(ax: Axes, rows: pd.DataFrame, small: pd.Series, *, none: float) -> None:
    area = 12 + 260 * (rows["n"] + rows["n_reference"]) / (rows["N"] + rows["N_reference"])
    for chosen, colour in ((~small, BLUE), (small, VERMILION)):
        some = rows[chosen]
        ax.scatter(some["x"], some["y"], s=area[chosen], zorder=3, edgecolor=colour,
                   facecolor=colour if colour == VERMILION else "none", clip_on=False)  # fmt: skip
    ax.axvline(none, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
    last, apart = np.inf, 0.05 * max(float(rows["y"].max()), 1.0)
    for row in rows[small | (~small).cumsum().le(_MORE)].itertuples():
        if last - row.y < apart:  # the name would lie on another
            continue
        right, last = row.x >= none, row.y
        ax.annotate(row.event, (row.x, row.y), xytext=(-8 if right else 8, 0), textcoords="offset points",
                    ha="right" if right else "left", va="center", fontsize=7.5, color=INK)  # fmt: skip


def _p_axis(ax: Axes, highest: float) -> None:
    """Write P values where their negative logarithms are."""
    top = max(highest, 1.5)
    step = max(1, int(np.ceil(top / 6)))
    ticks = [0.0, -np.log10(0.05), *range(2, int(np.ceil(top)) + 1, step)]
    powers = [str(power).translate(_SUPERSCRIPT) for power in ticks[2:]]
    named_ticks(ax.yaxis, ticks, ["1", ".05", *(f"10\N{SUPERSCRIPT MINUS}{power}" for power in powers)])
    ax.set_ylim(-0.04 * top, 1.06 * top)


def _words(rows: pd.DataFrame, small: pd.Series, arms: list[str], left_out: int, *, ratio: bool) -> str:
    none = 1.0 if ratio else 0.0
    more, fewer = int((rows["x"] > none).sum()), int((rows["x"] < none).sum())
    found = "; ".join(_event(row, arms, ratio=ratio) for row in rows[small].itertuples()) or "none"
    said = (
        f"Contrast of {arms[0]} and {arms[1]} of {plural(len(rows), 'event')} against P. P below .05 after "
        f"adjustment: {found}. {plural(more, 'event is', 'events are')} more frequent with {arms[0]}, "
        f"{fewer} with {arms[1]}, {len(rows) - more - fewer} alike."
    )
    if left_out:
        said += f" {plural(left_out, 'event')} in only one arm not drawn: the ratio has no limit."
    return said


def _event(row: Any, arms: list[str], *, ratio: bool) -> str:
    value = amount(row.x, 2) if ratio else f"{amount(row.x)} percentage points"
    counts = f"{arms[0]} {share(row.n, row.N)}, {arms[1]} {share(row.n_reference, row.N_reference)}"
    return f"{row.event}, {value}, {counts}, P {format_p(getattr(row, 'p_adjusted', row.p_value))}"
