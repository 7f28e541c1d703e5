"""How often sessions have an event, along their dose, with the sessions behind every point."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from outcomes.plots.describe import remember
from outcomes.plots.drawable import drawable
from outcomes.plots.style import BLUE, axes_or_new, calm
from outcomes.plots.swift_axes import named_ticks
from outcomes.plots.words import amount, between, level_words, plural
from outcomes.results import Estimates

__all__ = ["dose_events"]

_HINT = "give the result of oc.dose_events(events, oc.exposure(study))"
_COLUMNS = ["term", "dose", "dose_low", "dose_high", "n", "N", "estimate", "lower", "upper"]


def dose_events(
    result: Estimates | pd.DataFrame,
    *,
    ax: Axes | None = None,
    xlabel: str | None = None,
    ylabel: str | None = None,
) -> Axes:
    """Draw a point with its cluster-robust interval for each group of doses, the sessions written below.

    Parameters
    ----------
    result : Estimates or DataFrame
        `term`, `dose`, `dose_low`, `dose_high`, `n`, `N`, `estimate`, `lower`, `upper`, as `oc.dose_events`
        returns it.
    ax : Axes, optional
        Where to draw; a new Figure when left out.
    xlabel, ylabel : str, optional
        Dose and estimate with their units; from the result when left out.

    Returns
    -------
    Axes
        A point and its interval for each group, in the order of the doses; under it the range of doses
        and the sessions with an event of all sessions.

    Raises
    ------
    ArgumentError
        When a column is missing or no group has an estimate.

    Examples
    --------
    >>> import pandas as pd
    >>> from outcomes import plots
    >>> rows = pd.DataFrame({"term": ["0.2 to 0.4 mg/kg", "0.6 to 0.8 mg/kg"], "dose": [0.3, 0.7],
    ...     "dose_low": [0.2, 0.6], "dose_high": [0.4, 0.8], "n": [3, 15], "N": 20, "estimate": [15.0, 75.0],
    ...     "lower": [3.0, 50.0], "upper": [38.0, 92.0]})
    >>> print(plots.describe(plots.dose_events(rows)))
    percent of sessions with an event by dose with 95% intervals. 0.2 to 0.4 mg/kg: 15.0 (3.0 to 38.0), \
3 of 20 sessions. 0.6 to 0.8 mg/kg: 75.0 (50.0 to 92.0), 15 of 20 sessions. The dose follows what a patient \
tolerates: an association, not the effect of a higher dose.
    """
    rows, missing = drawable(result, _COLUMNS, plot="dose_events", hint=_HINT, known=["dose", "estimate"])
    rows = rows.sort_values("dose", kind="stable").reset_index(drop=True)
    meta = result.meta if isinstance(result, Estimates) else {}
    rate = meta.get("measure") == "rate"
    ylabel = ylabel or (
        str(result.title).split(" by ")[0].lower()
        if rate and isinstance(result, Estimates)
        else "percent of sessions with an event"
    )
    ax = axes_or_new(ax, height=3.4)
    places = range(len(rows))
    ax.vlines(places, rows["lower"], rows["upper"], colors=BLUE, linewidth=1.5)
    ax.plot(places, rows["estimate"], "o", color=BLUE, markersize=6, zorder=3)
    named_ticks(ax.xaxis, places, _labels(rows))
    ax.set_xlim(-0.5, len(rows) - 0.5)
    top = float(rows[["estimate", "upper"]].max(axis=None))
    ax.set_ylim(0, min(1.08 * top + 1, 102.0) if not rate else 1.08 * top or 1.0)
    unit = meta.get("dose_unit", "")
    name = str(meta.get("dose", "dose")).removesuffix("_mg_per_kg").removesuffix("_mg").replace("_", " ")
    calm(ax, y=ylabel, x=xlabel or f"{name} of the session{f' ({unit})' if unit else ''}; below: sessions")
    return remember(ax, _words(rows, missing, ylabel, result))


def _labels(rows: pd.DataFrame) -> list[str]:
    """Name each group by its doses, with its sessions below."""
    low, high = (rows[name].map("{:.3g}".format) for name in ("dose_low", "dose_high"))
    doses = low.where(low == high, low + " to " + high)
    sessions = rows["n"].map("{:.0f}".format) + "/" + rows["N"].map("{:.0f}".format)
    return list(doses + "\n" + sessions)


def _words(rows: pd.DataFrame, missing: int, ylabel: str, result: Estimates | pd.DataFrame) -> str:
    level = result.level if isinstance(result, Estimates) else 0.95
    said = [f"{ylabel} by dose{level_words(level)}."]
    for row in rows.itertuples():
        said.append(
            f"{row.term}: {amount(row.estimate)}{between(row.lower, row.upper)}, "
            f"{row.n:.0f} of {plural(int(row.N), 'session')}."
        )
    if missing:
        said.append(f"{plural(missing, 'group')} without an estimate not drawn.")
    said.append("The dose follows what a patient tolerates: an association, not the effect of a higher dose.")
    return " ".join(said)
