"""Adverse events of two arms: the percent of each, and beside it the difference with its interval."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from outcomes.errors import ArgumentError
from outcomes.plots.arm_contrast import ArmContrast, draw_contrast, event_axes, event_rows, row_axis
from outcomes.plots.describe import remember
from outcomes.plots.series import LOOKS
from outcomes.plots.style import INK
from outcomes.plots.swift_axes import named_ticks
from outcomes.plots.words import amount, between, level_words, share
from outcomes.results import Estimates, format_p

__all__ = ["incidence_difference"]

_HINT = "give oc.compare_arms(oc.incidence(..., arm=...), reference=...), measure difference"


def incidence_difference(
    result: Estimates | pd.DataFrame,
    *,
    ax: Axes | None = None,
    label: str | None = None,
    most: int = 20,
) -> Axes:
    """Draw a row per event: both arms' percentages, and their difference in percentage points.

    Parameters
    ----------
    result : Estimates or DataFrame
        `contrast` (``A - B``, one only), `n`, `N`, `n_reference`, `N_reference`, and `estimate`, `lower`,
        `upper` of the difference as a proportion, as `oc.compare_arms` returns it.
    ax : Axes, optional
        Where to draw; a new Figure when left out. It is divided in two.
    label : str, optional
        The column that names the event; found by itself when it is term or group.
    most : int
        How many events at most, the largest difference first. The description says how many were left out.

    Returns
    -------
    Axes
        Holds two: ``ax.child_axes[0]`` the percentages, ``ax.child_axes[1]`` the differences.

    Raises
    ------
    ArgumentError
        When a column is missing, there is no row with a difference, or there are several contrasts.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> rows = pd.DataFrame({"group": ["nausea"], "contrast": "active - placebo", "n": 6, "N": 40,
    ...     "n_reference": 2, "N_reference": 40, "estimate": 0.1, "lower": -0.04, "upper": 0.25})
    >>> plots.describe(plots.incidence_difference(rows))
    'Adverse events of active and placebo with 95% intervals of the difference. nausea: active 6 of 40 \
(15%), placebo 2 of 40 (5%), difference 10.0 percentage points (−4.0 to 25.0).'
    """
    found = event_rows(result, label, most, plot="incidence_difference", hint=_HINT)
    if found.ratio:
        got = str(found.rows["contrast"].iloc[0])
        raise ArgumentError("incidence_difference draws one difference A - B", got=got, hint=_HINT)
    ax, left, right = event_axes(ax, len(found.rows), each=0.3, left=0.5)
    _percents(left, found.rows, found.arms)
    draw_contrast(right, found)
    return remember(ax, " ".join([*_words(found, result), *found.not_drawn()]))


def _percents(ax: Axes, rows: pd.DataFrame, arms: list[str]) -> None:
    """Draw the two dots of each event, the reference open, both in their own shape."""
    names = [("n", "N"), ("n_reference", "N_reference")]
    for arm, look, (n, total), full in zip(arms, LOOKS[:2], names, (True, False), strict=True):
        face = look.colour if full else "white"
        ax.scatter(100 * rows[n] / rows[total], range(len(rows)), facecolor=face, edgecolor=look.colour,
                   marker=look.marker, s=30, zorder=3, label=f"{arm} (N = {_one(rows[total])})")  # fmt: skip
    named_ticks(ax.yaxis, range(len(rows)), list(rows["event"]))
    row_axis(ax, len(rows), "percent of patients")
    ax.set_xlim(left=-1)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=1, frameon=False, fontsize=8.5, labelcolor=INK)


def _one(totals: pd.Series) -> str:
    """Write the one denominator, or the range of several."""
    low, high = int(totals.min()), int(totals.max())
    return f"{low}" if low == high else f"{low} to {high}"


def _words(found: ArmContrast, result: Estimates | pd.DataFrame) -> list[str]:
    arms = found.arms
    level = result.level if isinstance(result, Estimates) else 0.95
    said = [f"Adverse events of {arms[0]} and {arms[1]}{level_words(level)} of the difference."]
    for row in found.rows.itertuples():
        p_value = getattr(row, "p_adjusted", float("nan"))
        p = f", adjusted P {format_p(p_value)}" if p_value == p_value else ""
        said.append(
            f"{row.event}: {arms[0]} {share(row.n, row.N)}, {arms[1]} "
            f"{share(row.n_reference, row.N_reference)}, difference {amount(100 * row.estimate)} percentage "
            f"points{between(100 * row.lower, 100 * row.upper)}{p}."
        )
    return said
