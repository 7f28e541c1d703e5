"""Events per hour that infusions ran, by hour from line in and by pump rate."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from outcomes.plots.describe import remember
from outcomes.plots.drawable import drawable
from outcomes.plots.drawn_frame import check_most
from outcomes.plots.series import interval_line, looks
from outcomes.plots.style import INK, MUTED, axes_or_new, calm
from outcomes.plots.swift_axes import named_ticks
from outcomes.plots.words import amount, between, level_words, plural
from outcomes.results import Estimates

__all__ = ["within_infusion"]

_HINT = "give oc.within_infusion(oc.emergent(study), study.sessions)"
_COLUMNS = ["hour", "sessions", "running", "events", "exposure", "rate", "lower", "upper"]


def within_infusion(result: Estimates | pd.DataFrame, *, ax: Axes | None = None, most: int = 12) -> Axes:
    """Draw the rate of events in each hour from line in, a line per group of pump rates.

    Parameters
    ----------
    result : Estimates or DataFrame
        `hour`, `sessions`, `running`, `events`, `exposure`, `rate`, `lower`, `upper` and, where there are
        groups, `pump_rate`, as `oc.within_infusion` returns it. Limits that are robust by patient are
        preferred.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    most : int
        Steps from line in at most; the description says how many events began later.

    Returns
    -------
    Axes
        Below it the sessions that were running in each step.

    Raises
    ------
    ArgumentError
        When a column is missing or no row has a rate.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> rows = pd.DataFrame({"hour": [0.0, 1.0], "sessions": [20, 12], "running": [20, 12],
    ...     "events": [6, 1], "exposure": [20.0, 10.0], "rate": [30.0, 10.0],
    ...     "lower": [11.0, 0.3], "upper": [65.3, 55.7]})
    >>> plots.describe(plots.within_infusion(rows))
    'Events per 100 hours of infusion by hour from line in with 95% intervals. Hour 0: 6 events in 20.0 h of \
20 sessions, 30.0 (11.0 to 65.3). Hour 1: 1 event in 10.0 h of 12 sessions, 10.0 (0.3 to 55.7).'
    """
    check_most(most)
    rows, _ = drawable(result, _COLUMNS, plot="within_infusion", hint=_HINT, known=["hour", "rate"])
    for side in ("lower", "upper"):
        rows[side] = rows.get(f"{side}_cluster", rows[side]).fillna(rows[side])
    rows["line"] = pd.Categorical(rows["pump_rate"] if "pump_rate" in rows else [""] * len(rows))
    rows = rows.sort_values(["hour", "line"], kind="stable", ignore_index=True)
    hours = sorted(rows["hour"].unique())[:most]
    shown = rows[rows["hour"].isin(hours)]
    step = min((b - a for a, b in pairwise(hours)), default=1.0)
    ax = axes_or_new(ax, height=3.6)
    lines = looks(rows["line"].cat.categories, plot="within_infusion")
    for place, (name, look) in enumerate(lines.items()):
        some = shown[shown["line"] == name]
        shift = step * (0.5 + 0.1 * (place - (len(lines) - 1) / 2))
        interval_line(ax, some["hour"] + shift, some, "rate", look, name)
    meta = result.meta if isinstance(result, Estimates) else {}
    per = f"{meta.get('per', 100):g}"
    calm(
        ax,
        x="hours from line in; between them the sessions that ran",
        y=f"events per {per} hours of infusion",
    )
    ax.xaxis.labelpad = 14
    named_ticks(ax.xaxis, [*hours, hours[-1] + step])
    ax.set_xlim(hours[0], hours[-1] + step)
    # intervals of hours that hardly any session reached leave the picture: they end at its edge
    much = shown[shown["exposure"] >= 0.05 * shown["exposure"].sum()]
    ax.set_ylim(0, 1.05 * float(np.nanmax([1.0, shown["rate"].max(), much["upper"].max()])))
    _running(ax, shown, step)
    if "pump_rate" in rows:
        ax.legend(title="pump rate (mg/kg/h)", title_fontsize=8, fontsize=8.5, frameon=False, labelcolor=INK,
                  loc="lower left", bbox_to_anchor=(0, 1), ncols=2)  # fmt: skip
    later = int(rows.loc[~rows["hour"].isin(hours), "events"].sum())
    return remember(ax, _words(shown, result, per, later))


def _running(ax: Axes, rows: pd.DataFrame, step: float) -> None:
    """Write under each step how many sessions ran in it, in all groups of rates."""
    for hour, running in rows.groupby("hour")["running"].first().items():
        ax.annotate(f"{running:.0f}", (float(hour) + step / 2, 0), xycoords=("data", "axes fraction"),
                    xytext=(0, -22), textcoords="offset points", ha="center", fontsize=7.5,
                    color=MUTED)  # fmt: skip


def _words(rows: pd.DataFrame, result: Estimates | pd.DataFrame, per: str, later: int) -> str:
    level = result.level if isinstance(result, Estimates) else 0.95
    said = [f"Events per {per} hours of infusion by hour from line in{level_words(level)}."]
    for row in rows.itertuples():
        group = f", {row.line}" if row.line else ""
        said.append(
            f"Hour {row.hour:g}{group}: {plural(int(row.events), 'event')} in {row.exposure:.1f} h of "
            f"{plural(int(row.sessions), 'session')}, {amount(row.rate)}{between(row.lower, row.upper)}."
        )
    if later:
        said.append(f"{plural(later, 'event')} in later hours not drawn.")
    return " ".join(said)
