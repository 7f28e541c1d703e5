"""One patient's months: a bar per period, beside the patient's own baseline and the goal."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from outcomes.errors import ArgumentError
from outcomes.plots.describe import remember
from outcomes.plots.drawn_frame import frame_with
from outcomes.plots.note import note
from outcomes.plots.style import BLUE, INK, MUTED, axes_or_new, calm
from outcomes.plots.swift_axes import named_ticks
from outcomes.results import Estimates

__all__ = ["patient_months"]

_BEFORE, _AFTER = to_rgba(MUTED, 0.55), to_rgba(BLUE, 0.85)
#: With so many bars only every second one is named.
_MANY = 9
_HINT = "give the periods of oc.one_patient(days, patient)"


def patient_months(
    result: Estimates | pd.DataFrame,
    *,
    ax: Axes | None = None,
    goal: float | None = 4.0,
    month: int = 28,
    height: float = 1.9,
) -> Axes:
    """Draw a patient's recorded days with headache per month.

    Parameters
    ----------
    result : Estimates or DataFrame
        `term`, `value`, `expected_lower`, `expected_upper`, as the periods of `oc.one_patient`.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    goal : float, optional
        Days per month that are the goal: a dashed line.
    month : int, days
        Of the axis.
    height : float, inches
        Of a new Figure.

    Returns
    -------
    Axes
        A bar for the baseline and for each month after the course, its number on it; where it is known, a
        bracket shows what would be expected if nothing but time had passed. A month with too few days has
        no bar and says so.

    Raises
    ------
    ArgumentError
        When a column is missing or no period has a value.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes.plots.describe import describe
    >>> rows = pd.DataFrame({"term": ["baseline", "days 1-28"], "value": [20.0, 12.0],
    ...                      "expected_lower": [None, 13.0], "expected_upper": [None, 24.0]})
    >>> describe(patient_months(rows))
    'Days with headache per 28 days: baseline 20.0; days 1-28 12.0 (13 to 24 if nothing but time had \
passed). Goal: at most 4.'
    """
    columns = ["term", "value", "expected_lower", "expected_upper"]
    rows = frame_with(result, columns, plot="patient_months", hint=_HINT)
    term = rows["term"].astype("str")
    rows = rows[(term == "baseline") | term.str.startswith("days ")].reset_index(drop=True)
    if rows["value"].isna().all():
        raise ArgumentError("patient_months has no period with a value", got=f"{len(rows)} rows", hint=_HINT)
    ax = axes_or_new(ax, height=height)
    _bars(ax, rows, float("inf") if goal is None else goal)
    _brackets(ax, rows[rows["value"].notna() & rows["expected_lower"].notna()])
    base = rows.loc[rows["term"] == "baseline", "value"]
    if base.notna().any():
        ax.axhline(float(base.iloc[0]), color=MUTED, linewidth=0.8)
    if goal is not None:
        ax.axhline(goal, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
        note(ax, "goal", (-0.58, goal), by=(0, 0), of="point", fontsize=8, color=INK, va="bottom", ha="left")
    named_ticks(ax.xaxis, range(len(rows)), _names(rows["term"]))
    ax.set_xlim(-0.6, len(rows) - 0.4)
    ax.set_ylim(0, month)
    calm(ax, x="days after the treatment")
    end = "" if goal is None else f" Goal: at most {goal:g}."
    remember(ax, f"Days with headache per {month} days: {'; '.join(map(_said, rows.itertuples()))}.{end}")
    return ax


def _names(terms: pd.Series) -> list[str]:
    """Return what stands under the bars; of many every second one, or they would lie on each other."""
    names = [name.removeprefix("days ").replace("baseline", "before") for name in terms]
    return [name if len(names) < _MANY or not place % 2 else "" for place, name in enumerate(names)]


def _bars(ax: Axes, rows: pd.DataFrame, goal: float) -> None:
    known = rows[rows["value"].notna()]
    colours = [_BEFORE if term == "baseline" else _AFTER for term in known["term"]]
    ax.bar(known.index, known["value"], width=0.55, color=colours)
    for place, value in known["value"].items():
        at = place - 0.18, value
        digits = int(round(value) <= goal < value - 1e-9)  # a bar above the goal's line is not called 4
        note(
            ax,
            f"{value:.{digits}f}",
            at,
            by=(0, 0),
            of="point",
            fontsize=8.5,
            color=INK,
            ha="center",
            va="bottom",
        )
    for place in rows.index.difference(known.index):
        look: dict[str, Any] = {"fontsize": 7.5, "color": MUTED, "ha": "center", "va": "bottom"}
        note(ax, "too few\nentries", (place, 5.5), by=(0, 0), of="point", **look)


def _brackets(ax: Axes, rows: pd.DataFrame) -> None:
    """Draw what would be expected if nothing but time had passed, beside the numbers of the bars."""
    low, high = rows["expected_lower"].astype(float), rows["expected_upper"].astype(float)
    ax.errorbar(
        rows.index + 0.16,
        (low + high) / 2,
        yerr=(high - low) / 2,
        color=INK,
        capsize=3,
        linewidth=1,
        fmt="none",
    )


def _said(row: Any) -> str:
    if pd.isna(row.value):
        return f"{row.term} too few entries"
    said = f"{row.term} {row.value:.1f}"
    if pd.isna(row.expected_lower):
        return said
    return f"{said} ({row.expected_lower:.0f} to {row.expected_upper:.0f} if nothing but time had passed)"
