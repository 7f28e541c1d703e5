"""How many patients fell by 30, 50, 75 and 100 percent, missing counted both ways."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from outcomes.errors import ArgumentError, one_of
from outcomes.plots.describe import remember
from outcomes.plots.drawable import drawable
from outcomes.plots.groups import as_text
from outcomes.plots.note import note
from outcomes.plots.series import Look, looks
from outcomes.plots.style import INK, MUTED, axes_or_new, calm
from outcomes.plots.swift_axes import named_ticks
from outcomes.plots.words import between, level_words
from outcomes.results import Estimates

__all__ = ["responder_ladder"]

_HINT = "give the result of oc.responders(oc.periods(study))"
_WAYS = {"non_responder": "missing = not responded", "observed": "observed only"}


def responder_ladder(
    result: Estimates | pd.DataFrame,
    *,
    ax: Axes | None = None,
    period: str | None = None,
    by: str | None = None,
) -> Axes:
    """Draw the share of responders at each threshold with its interval.

    Parameters
    ----------
    result : Estimates or DataFrame
        `term` (``responder_50``, ``goal``), `period`, `missing`, `n`, `N`, `percent`, `lower`, `upper`, as
        `oc.responders` returns it.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    period : str, optional
        Which period; the first when left out.
    by : str, optional
        Column whose levels (arms, cohorts) are drawn separately.

    Returns
    -------
    Axes
        One row per threshold. Full markers count patients without a value as not responded, open ones
        leave them out.

    Raises
    ------
    ArgumentError
        When a column is missing, there is nothing to draw, or rows of several groups cannot be told apart.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> rows = pd.DataFrame({"period": "days 1-28", "term": ["responder_30", "responder_50"],
    ...     "missing": "observed", "n": [9, 6], "N": 20, "percent": [45.0, 30.0], "lower": [25.8, 14.5],
    ...     "upper": [65.8, 51.9]})
    >>> plots.describe(plots.responder_ladder(rows))
    'Responders in days 1-28 with 95% intervals. Fall of 30% or more: 9 of 20, 45.0% (25.8 to 65.8), \
observed only. Fall of 50% or more: 6 of 20, 30.0% (14.5 to 51.9), observed only.'
    """
    needed = ["term", "period", "missing", "n", "N", "percent", "lower", "upper", *([by] if by else [])]
    rows, _ = drawable(result, needed, plot="responder_ladder", hint=_HINT, known=["percent"])
    rows, chosen = _of_period(rows, period)
    rows = rows.assign(group=as_text(rows[by]) if by else "", rung=rows["term"].map(_rung))
    if rows.duplicated(["group", "term", "missing"]).any():
        raise ArgumentError(
            "responder_ladder has several rows for one threshold",
            got=", ".join(map(str, rows.columns)),
            hint="choose one endpoint, and name the column of the groups with by=",
        )
    rungs = list(dict.fromkeys(rows["rung"]))
    groups = looks(rows["group"], plot="responder_ladder")
    lines = list(dict.fromkeys(zip(rows["group"], rows["missing"], strict=True)))
    ax = axes_or_new(ax, height=0.9 + max(0.36, 0.2 * len(lines)) * len(rungs))
    for line, (group, way) in enumerate(lines):
        mine = rows[(rows["group"] == group) & (rows["missing"] == way)]
        shift = 0.22 * (line - (len(lines) - 1) / 2) / max(1, (len(lines) - 1) / 2) if len(lines) > 1 else 0.0
        _dots(ax, mine, mine["rung"].map(rungs.index) + shift, groups[group], way, group)
    named_ticks(ax.yaxis, range(len(rungs)), rungs)
    ax.set_ylim(len(rungs) - 0.5, -0.5)
    ax.set_xlim(-1.5, 101.5)
    calm(ax, grid="x", x=f"percent of patients, {chosen}")
    ax.spines["left"].set_visible(False)
    # names of groups are long: side by side they would not fit a telephone
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=1 if by else 2, frameon=False, fontsize=8.5,
              labelcolor=INK)  # fmt: skip
    return remember(ax, _words(rows, chosen, result))


def _of_period(rows: pd.DataFrame, period: str | None) -> tuple[pd.DataFrame, str]:
    names = [str(name) for name in pd.unique(rows["period"])]
    chosen = names[0] if period is None else one_of("period", period, names)
    return rows[rows["period"].astype(str) == chosen], chosen


def _rung(term: str) -> str:
    """Write ``responder_50`` as a clinician says it."""
    threshold = str(term).removeprefix("responder_")
    if threshold == "100":
        return "free of it (100%)"
    return f"fall of {threshold}% or more" if threshold != str(term) else f"{term} reached"


def _dots(ax: Axes, rows: pd.DataFrame, place: pd.Series, look: Look, way: str, group: str) -> None:
    """Draw one group counted one way: full markers for the cautious count, open ones for the observed."""
    label = ", ".join(part for part in (group, _WAYS.get(way, way)) if part)
    face = look.colour if way == "non_responder" else "white"
    ax.hlines(place, rows["lower"], rows["upper"], colors=look.colour, linewidth=1.4)
    style: dict[str, Any] = {
        "facecolor": face,
        "edgecolor": look.colour,
        "marker": look.marker,
        "s": 30,
        "zorder": 3,
    }
    ax.scatter(rows["percent"], place, label=label, **style)
    for row, height in zip(rows.itertuples(), place, strict=True):
        at = (row.upper, height)
        note(ax, f"{row.n}/{row.N}", at, by=(4, 0), of="point", va="center", fontsize=7, color=MUTED)


def _words(rows: pd.DataFrame, period: str, result: Estimates | pd.DataFrame) -> str:
    level = result.level if isinstance(result, Estimates) else 0.95
    said = [f"Responders in {period}{level_words(level)}."]
    for row in rows.itertuples():
        group = f"{row.group}: " if row.group else ""
        numbers = f"{row.n} of {row.N}, {row.percent:.1f}%{between(row.lower, row.upper)}"
        said.append(f"{group}{row.rung}: {numbers}, {_WAYS.get(row.missing, row.missing)}.")
    return " ".join(part[0].upper() + part[1:] for part in said)
